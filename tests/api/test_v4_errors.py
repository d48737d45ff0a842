"""v4 section 14: every code of section 11 that these calls give, and adjacent steps in order.

The codes themselves are met in the other files; here a request that breaks two neighbors among
the steps of 7.1 must get the code of the earlier one.
"""
import json

import pytest
from licetd import make_bundle, make_product
from v4 import Absent, Case, DeviceKey, hw, instant, ok, refused

PAST, AHEAD = "2020-01-01", "2199-01-01"


def broken(client, manage, **terms):
    """A license on which one device is active already."""
    case = Case(client, manage, max_activations=2, **terms)
    case.device = hw()
    ok(case.activate(case.device))
    return case


def bar(case, device):
    case.manage.post("blacklist/", {"hardware_id": device, "scope": "license",
                                    "scope_id": case.id, "reason": "test"})
    return device


def disable(case):
    case.manage.post(f"licenses/{case.id}/disable/", {})


def archive(case):
    case.manage.post(f"products/{case.product['id']}/archive/")


def test_steps_1_and_2(client):
    answer = client.raw("POST", "/api/v4/activate_license", body=b"", headers=[])
    refused(answer, "missing_headers")
    refused(client.raw("POST", "/api/v4/activate_license", body=b"{"), "invalid_json")


def test_parameters_in_order(server, client, manage):
    case = Case(client, manage)
    restricted = server.client(products=[make_product(manage)["short_code"]])
    device, key = hw(), DeviceKey()
    refused(case.activate(device, product=None, is_vm="x"), "missing_parameters")
    refused(key.call(case, "activate_license", device, is_vm="x", device_proof="A" * 86),
            "validation_error")
    other = Case(restricted, manage)
    refused(key.call(other, "activate_license", device, device_proof="A" * 86),
            "device_proof_invalid")
    refused(other.activate(device, product="no-such"), "api_key_product_not_allowed")


def test_product_then_bundle(client, manage):
    bundle = Case(client, manage, make_bundle(manage, 1))
    archive(bundle)
    refused(bundle.call("POST", "activate_license", hw()), "archived_product")
    refused(bundle.call("POST", "activate_license", hw(), product="nope", bundle_code="nope2"),
            "unknown_product")


def test_bundle_then_credential(client, manage):
    bundle = Case(client, manage, make_bundle(manage, 1))
    refused(bundle.call("POST", "activate_license", hw(), license_key="NONE"), "product_is_bundle")
    single = Case(client, manage)
    refused(single.call("POST", "activate_bundle", hw(), license_key="NONE"), "product_not_bundle")
    refused(single.activate(hw(), bundle_code=bundle.code, license_key="NONE"),
            "product_not_in_bundle")


def test_credential_then_enabled(client, manage):
    case = broken(client, manage)
    disable(case)
    refused(case.activate(case.device, license_key="NONE"), "license_not_found")
    refused(case.activate(case.device), "license_not_enabled")


def test_enabled_then_blacklist(client, manage):
    case = broken(client, manage)
    disable(case)
    refused(case.activate(bar(case, case.device)), "license_not_enabled")


def test_blacklist_then_start(client, manage):
    case = Case(client, manage, start_date=AHEAD)
    refused(case.activate(bar(case, hw())), "blacklisted")


def test_start_then_expiry(client, manage):
    case = Case(client, manage, start_date=AHEAD, license_type="time-limited", validity_period=PAST)
    refused(case.activate(hw()), "license_start_date_error")


def test_expiry_then_vm(client, manage):
    case = Case(client, manage, prevent_vm=True, license_type="time-limited", validity_period=PAST)
    refused(case.activate(hw(), is_vm=True), "license_expired")


def test_vm_then_existing_activation(client, manage):
    case = broken(client, manage, prevent_vm=True, reject_reactivation=True)
    refused(case.activate(case.device, is_vm=True), "vm_not_allowed")
    refused(case.activate(case.device), "license_device_exists", 409)


def test_existing_activation_needs_no_seat(client, manage):
    case = Case(client, manage, max_transfers=-1)
    device = hw()
    ok(case.activate(device))
    ok(case.activate(device))


def test_transfer_only_when_a_seat_is_free(client, manage):
    case = Case(client, manage, max_transfers=-1)
    first = hw()
    ok(case.activate(first))
    refused(case.activate(hw()), "license_activated_max_times")
    ok(case.deactivate(first))
    refused(case.activate(hw()), "license_transferred_max_times")


def test_license_then_own_maximum(client, manage):
    from test_v4_user import UserCase
    case = UserCase(client, manage, user={"max_activations": 1}, max_activations=1)
    ok(case.activate(hw()))
    refused(case.activate(hw()), "license_activated_max_times")
    case.edit(max_activations=2)
    refused(case.activate(hw()), "license_user_activated_max_times")


LATER = [("GET", "check_license"), ("POST", "deactivate_license"), ("POST", "add_consumption")]


@pytest.mark.parametrize("method,endpoint", LATER)
def test_later_calls_in_order(client, manage, method, endpoint):
    """7.2: product, credential, enabled, blacklist, then D."""
    case = Case(client, manage, license_type="consumption", max_activations=2)
    device = hw()

    def call(**more):
        return case.call(method, endpoint, device, **more)

    refused(call(product="no-such", license_key="NONE"), "unknown_product")
    refused(call(license_key=Absent), "missing_parameters")
    refused(call(license_key="NONE"), "license_not_found")
    refused(call(), "license_not_active")
    ok(case.activate(hw()))
    refused(call(), "device_not_found")
    bar(case, device)
    refused(call(), "blacklisted")
    disable(case)
    refused(call(), "license_not_enabled")
    archive(case)
    refused(call(), "license_not_enabled")


def test_consumption_steps(client, manage):
    """Type, expiry, sign, limit."""
    plain = broken(client, manage, license_type="time-limited", validity_period=instant(days=1))
    plain.edit(validity_period=PAST)
    refused(plain.consume(plain.device, consumptions=-1), "license_not_consumption")
    case = broken(client, manage, license_type="consumption", max_consumptions=0)
    case.edit(validity_period=PAST)
    refused(case.consume(case.device, consumptions=-1), "license_expired")
    case.edit(validity_period=None)
    refused(case.consume(case.device, consumptions=-1), "negative_consumption_not_allowed")
    refused(case.consume(case.device, consumptions=1), "license_not_enough_consumptions")


def test_errors_have_no_more_members(client, manage):
    case = Case(client, manage)
    assert list(refused(case.check(hw()), "license_not_active")) == ["status", "code", "message"]


def test_error_body_is_compact_json(client):
    answer = client.get("product_details", product="no-such")
    assert answer.body == json.dumps(answer.json, separators=(",", ":"),
                                     ensure_ascii=False).encode()
