"""activate_license: the answer, its effects, and every refusal of v4 7.1."""
import pytest
from licetd import make_product, unique
from v4 import Case, DeviceKey, hw, instant, ok, refused, seconds_between

FORM = ["id", "active", "allow_grace_period", "allow_overages", "allow_unlimited_activations",
        "allow_offline_activation", "can_borrow", "custom_fields", "customer", "company", "device_id",
        "enable_maintenance_period", "floating_timeout", "grace_period", "is_air_gapped", "is_expired",
        "is_floating_cloud", "is_floating", "is_hardware_key_auth", "is_trial", "license_key",
        "license_type", "license_template_id", "maintenance_period", "max_activations",
        "max_borrow_time", "max_overages", "max_transfers", "metadata", "prevent_vm",
        "product_details", "product_features", "start_date", "times_activated", "transfer_count",
        "validity_period", "request", "hardware_id", "installation_file", "activation_token"]
PRODUCT = ["product_id", "product_name", "short_code", "allow_trial", "trial_days",
           "authorization_method", "allow_overages", "max_overages", "prevent_vm", "validity_period",
           "floating_timeout", "company_id", "metadata"]
CUSTOMER = ["email", "company_name", "reference", "phone", "first_name", "last_name", "city",
            "postcode", "state", "country", "address", "customer_account", "metadata"]


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


def test_answer_has_every_field_in_order(case):
    device = hw()
    body = ok(case.activate(device))
    assert list(body) == FORM
    assert list(body["product_details"]) == PRODUCT
    assert list(body["customer"]) == CUSTOMER
    assert body["id"] == case.id and body["license_key"] == case.key
    assert body["hardware_id"] == device and body["request"] == "activation"
    assert body["active"] is True and body["times_activated"] == 1
    assert body["license_type"] == "perpetual" and body["validity_period"] is None
    assert body["product_details"]["short_code"] == case.code


def test_same_request_twice_moves_nothing(case):
    device = hw()
    first, second = ok(case.activate(device)), ok(case.activate(device))
    for name in ("device_id", "times_activated", "transfer_count"):
        assert first[name] == second[name]
    assert case.now()["seats_used"] == 1


def test_seats_end(client, manage):
    case = Case(client, manage, max_activations=2)
    devices = [hw() for _ in range(3)]
    assert [ok(case.activate(d))["times_activated"] for d in devices[:2]] == [1, 2]
    refused(case.activate(devices[2]), "license_activated_max_times")
    ok(case.deactivate(devices[0]))
    assert ok(case.activate(devices[2]))["times_activated"] == 2


def test_unlimited_activations(client, manage):
    case = Case(client, manage, allow_unlimited_activations=True, max_transfers=-1)
    for n in range(1, 5):
        assert ok(case.activate(hw()))["times_activated"] == n


ROWS = {  # v4 6.4: A on, A on again, A off, B on, B off, A on, B on, A off, C on
    (1, -1): "0 0 0 TR - 0 MAX 0 TR",
    (1, 0): "0 0 0 1 1 2 MAX 2 3",
    (1, 1): "0 0 0 1 1 TR 1 - MAX",
    (2, -1): "0 0 0 0 0 0 0 0 TR",
    (2, 0): "0 0 0 0 0 0 0 0 1",
    (2, 1): "0 0 0 0 0 0 0 0 1",
    (0, -1): "0 0 0 0 0 0 0 0 0",
    (0, 0): "0 0 0 0 0 0 0 0 0",
    (0, 1): "0 0 0 0 0 0 0 0 0",
}
CODES = {"license_transferred_max_times": "TR", "license_activated_max_times": "MAX",
         "license_not_active": "-", "device_not_found": "-"}


@pytest.mark.parametrize("row", ROWS)
def test_transfer_table(client, manage, row):
    seats, transfers = row
    case = Case(client, manage, max_activations=seats or 1, max_transfers=transfers,
                allow_unlimited_activations=seats == 0)
    names = {letter: hw() for letter in "ABC"}
    found = []
    for letter, on in zip("AAABBABAC", (1, 1, 0, 1, 0, 1, 1, 0, 1)):
        answer = (case.activate if on else case.deactivate)(names[letter])
        if answer.status == 200:
            found.append(str(case.now()["transfer_count"]))
        else:
            found.append(CODES[answer.code])
    assert " ".join(found) == ROWS[row]


def test_unknown_and_foreign_keys(case, client, manage):
    other = Case(client, manage)
    refused(case.activate(hw(), license_key="NO-SUCH-KEY"), "license_not_found")
    refused(case.activate(hw(), license_key=other.key), "license_not_found")


def test_key_is_trimmed_and_case_folded(case):
    body = ok(case.activate(hw(), license_key=f"  {case.key.lower()} "))
    assert body["license_key"] == case.key


def test_disabled(case):
    case.manage.post(f"licenses/{case.id}/disable/", {})
    refused(case.activate(hw()), "license_not_enabled")
    case.manage.post(f"licenses/{case.id}/enable/", {})
    ok(case.activate(hw()))


def test_start_date(client, manage):
    start = instant(days=3)
    case = Case(client, manage, start_date=start)
    error = refused(case.activate(hw()), "license_start_date_error")
    assert error["message"] == f"This license cannot be activated before start date: {start}"


def test_expired(client, manage):
    case = Case(client, manage, license_type="time-limited", validity_period=instant(days=-1))
    refused(case.activate(hw()), "license_expired")


def test_perpetual_ignores_validity(client, manage):
    case = Case(client, manage, validity_period=instant(days=-1))
    assert ok(case.activate(hw()))["is_expired"] is False


def test_subscription_grace(client, manage):
    terms = {"license_type": "subscription", "validity_period": instant(hours=-2)}
    refused(Case(client, manage, **terms).activate(hw()), "license_expired")
    graced = Case(client, manage, allow_grace_period=True, grace_period=3, **terms)
    assert ok(graced.activate(hw()))["is_expired"] is False
    short = Case(client, manage, allow_grace_period=True, grace_period=1, **terms)
    refused(short.activate(hw()), "license_expired")


@pytest.mark.parametrize("terms,days", [
    ({"license_type": "time-limited", "valid_duration": "15d"}, 15),
    ({"license_type": "subscription", "subscription_duration": "30d"}, 30),
    ({"is_trial": True, "trial_days": 7}, 7),
    ({"license_type": "consumption", "valid_duration": "2d"}, 2),
])
def test_first_activation_sets_the_end(client, manage, terms, days):
    case = Case(client, manage, max_activations=2, **terms)
    before = instant()
    body = ok(case.activate(hw()))
    assert 0 <= seconds_between(before, body["validity_period"]) - days * 86400 < 60
    assert ok(case.activate(hw()))["validity_period"] == body["validity_period"]


def test_first_activation_sets_maintenance(client, manage):
    case = Case(client, manage, enable_maintenance_period=True, maintenance_duration="10d")
    body = ok(case.activate(hw()))
    assert 0 <= seconds_between(instant(), body["maintenance_period"]) - 10 * 86400 + 60 < 61


def test_set_validity_wins(client, manage):
    end = instant(days=100)
    case = Case(client, manage, license_type="time-limited", valid_duration="1d", validity_period=end)
    assert ok(case.activate(hw()))["validity_period"] == end


def test_virtual_machine(client, manage):
    case = Case(client, manage, prevent_vm=True)
    refused(case.activate(hw(), is_vm=True), "vm_not_allowed")
    ok(case.activate(hw(), is_vm=False))


@pytest.mark.parametrize("scope", ["vendor", "customer", "license"])
def test_blacklist(client, manage, scope):
    device, email = hw(), unique("c") + "@example.com"
    product = make_product(manage)
    order = manage.post("orders/create_order/", {
        "customer": {"email": email}, "items": [{"product_code": product["short_code"]}]})
    case = Case(client, manage, product)
    case.key, case.id = order["licenses"][0]["license_key"], order["licenses"][0]["id"]
    customer = manage.get("customers/", email=email)["results"][0]
    scope_id = {"vendor": None, "customer": customer["id"], "license": case.id}[scope]
    body = {"hardware_id": device, "scope": scope, "reason": "ticket 12"}
    if scope_id is not None:
        body["scope_id"] = scope_id
    entry = manage.post("blacklist/", body)
    refused(case.activate(device), "blacklisted")
    ok(case.activate(hw()))
    manage.delete(f"blacklist/{entry['id']}/", reason="paid after all")
    refused(case.activate(device), "license_activated_max_times")


def test_archived_product(case, manage):
    device = hw()
    ok(case.activate(device))
    manage.post(f"products/{case.product['id']}/archive/")
    refused(case.activate(device), "archived_product")
    ok(case.check(device))


def test_reject_reactivation(client, manage):
    case = Case(client, manage, reject_reactivation=True)
    device = hw()
    ok(case.activate(device))
    refused(case.activate(device), "license_device_exists", 409)


def test_variables_are_echoed_in_order(case):
    body = ok(case.activate(hw(), variables={"zone": "b", "alpha": 1, "on": True, "none": None}))
    assert [(v["variable"], v["value"]) for v in body["variables"]] == \
        [("zone", "b"), ("alpha", "1"), ("on", "true")]
    assert list(body["variables"][0]) == ["variable", "value", "device_id", "created_at"]
    assert body["variables"][0]["device_id"] == body["device_id"]
    assert list(body) == [*FORM[:-1], "variables", FORM[-1]]


def test_facts_are_stored(case):
    device = hw()
    body = ok(case.activate(device, os_ver="Debian 12", app_ver="2.4", hostname="pc", is_vm=False))
    row = case.manage.get(f"devices/{body['device_id']}/")
    assert (row["os_ver"], row["app_ver"], row["hostname"]) == ("Debian 12", "2.4", "pc")
    ok(case.activate(device, app_ver="2.5"))
    row = case.manage.get(f"devices/{body['device_id']}/")
    assert (row["os_ver"], row["app_ver"]) == ("Debian 12", "2.5")


def test_device_key(case):
    device, key = hw(), DeviceKey()
    first = ok(key.call(case, "activate_license", device))
    assert ok(key.call(case, "activate_license", device))["device_id"] == first["device_id"]
    refused(case.activate(device), "license_device_exists", 409)
    refused(DeviceKey().call(case, "activate_license", device), "license_device_exists", 409)
    ok(case.deactivate(device))
    ok(DeviceKey().call(case, "activate_license", device))


def test_device_key_binds_later(case):
    device, key = hw(), DeviceKey()
    ok(case.activate(device))
    ok(key.call(case, "activate_license", device))
    refused(case.activate(device), "license_device_exists", 409)


def test_device_proof(case):
    device, key = hw(), DeviceKey()
    for proof in ("A" * 86, key.proof("activate_bundle", "x", case.code, device), "short", ""):
        answer = key.call(case, "activate_license", device, device_proof=proof)
        refused(answer, "device_proof_invalid")
    assert case.now()["seats_used"] == 0


def test_several_licenses_with_one_key_by_license_id(client, manage):
    """A member's license is found under its set's key, and license_id picks one."""
    from licetd import make_bundle
    first = Case(client, manage, make_bundle(manage, [make_product(manage)["short_code"]]))
    member = manage.get("licenses/", bundle_license_id=first.id)["results"][0]
    code = member["product"]["short_code"]
    fields = {"hardware_id": hw(), "product": code, "license_key": first.key}
    refused(client.post("activate_license", **fields, license_id=first.id), "license_not_found")
    body = ok(client.post("activate_license", **fields, license_id=member["id"],
                          bundle_code=first.code))
    assert body["id"] == member["id"]
    assert first.now()["seats_used"] == 0
