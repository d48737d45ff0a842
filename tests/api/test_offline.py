"""Licet's own offline format on the server (offline-activation.md 6, management-api.md 5.1-5.3), with
machines written in Python."""
import base64
import time
from concurrent.futures import ThreadPoolExecutor

import licetd
import pytest
from gap import DAY, JSON, Gap, Site, audit, refused
from licetd import make_product, unique
from offline import TYPES, Activation, armor, armored, dearmor, digest_of
from v4 import Case, bundle_case, hw, instant, ok, seconds_between


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


# --- activation -----------------------------------------------------------------------------------

TERMS = {
    "perpetual": {},
    "time-limited": {"valid_duration": "1y"},
    "subscription": {"subscription_duration": "1m", "allow_grace_period": True, "grace_period": 48},
    "consumption": {"max_consumptions": 500},
}


@pytest.mark.parametrize("kind", TERMS)
def test_each_license_type(gap, client, manage, kind):
    case = Case(client, manage, license_type=kind, offline_lease_days=30, enable_maintenance_period=True,
                maintenance_duration="90d", **TERMS[kind])
    site = Site(gap, case)
    before = int(time.time())
    held = site.activate(facts={"hostname": "lab", "os_ver": "Debian 12"}, variables={"site": "A"})
    shown = case.now()
    (lic,) = held.licenses
    assert (lic[1], lic[2], lic[3]) == (case.id, case.code, TYPES[kind])
    assert held.product == case.code and held.device == digest_of(site.machine.hardware_id)
    assert held.device_key == site.machine.public and held.sequence == 1
    assert before <= held.claims[6] <= time.time() and held.claims[5] == held.claims[6]
    assert held.until - held.claims[6] == 30 * DAY
    until = shown["validity_period"]
    assert (4 in lic) == (kind in ("time-limited", "subscription"))
    if until:
        assert abs(seconds_between(instant(), until) - (lic[4] - time.time())) < 2
    assert lic.get(5) == (48 if kind == "subscription" else None)
    assert abs(lic[6] - held.claims[6] - 90 * DAY) <= 1
    assert lic.get(8) == (500 if kind == "consumption" else None)
    assert lic.get(9) == (0 if kind == "consumption" else None)
    row = site.row()
    assert lic[11] == row["id"] and row["offline"] and row["serial"] == held.serial
    assert row["hostname"] == "lab" and row["frees_at"] == row["lease_until"] is not None
    assert shown["seats_used"] == 1
    assert audit(case, "offline.issued") == [("portal", str(held.serial), "")]


def test_terms_in_the_object(gap, client, manage):
    product = make_product(manage)
    for code, kind in (("pdf", "activation"), ("pages", "consumption"), ("free", "consumption")):
        manage.post("product-features/", {"product": product["short_code"], "code": code, "name": code,
                                          "feature_type": kind})
    features = [{"code": "pdf", "valid_duration": "1y"}, {"code": "pages", "max_consumption": 40},
                {"code": "free", "allow_unlimited_consumptions": True}]
    case = Case(client, manage, product=product, is_trial=True, trial_days=14, product_features=features)
    (lic,) = Site(gap, case).activate().licenses
    found = {f[0]: f[1:] for f in lic[7]}
    assert found["pages"] == [2, None, 40] and found["free"] == [2, None, None]
    assert found["pdf"][0] == 1 and abs(found["pdf"][1] - time.time() - 365 * DAY) < 2 * DAY
    assert lic[10] is True and abs(lic[4] - time.time() - 14 * DAY) < 5


def test_sizes(gap, client, manage):
    """offline-activation.md 3.2, certificate included."""
    single = Site(gap, Case(client, manage, offline_lease_days=30)).activate()
    assert single.certificate and len(single.data) <= 480
    members = []
    for _ in range(7):
        members.append(make_product(manage)["short_code"])
    case = bundle_case(client, manage, members, offline_lease_days=30)
    for license_id in [case.id] + [x["id"] for x in manage.get("licenses/", bundle_license_id=case.id)["results"]]:
        code = manage.get(f"licenses/{license_id}/")["product"]["short_code"]
        names = ["pro", "pdf", "net"]
        for name in names:
            manage.post("product-features/", {"product": code, "code": name, "name": name,
                                              "feature_type": "activation"})
        manage.post(f"licenses/{license_id}/update_features/", {"features": [{"code": n} for n in names]})
    bundle = Site(gap, case).activate()
    assert [len(x[7]) for x in bundle.licenses] == [3] * 8
    print("bytes", len(single.data), len(bundle.data))
    assert len(bundle.data) <= 1550


def test_bundle(gap, client, manage):
    case = bundle_case(client, manage, 3, offline_lease_days=7)
    site = Site(gap, case)
    held = site.activate()
    codes = [case.code, *case.product["members"]]
    assert [x[2] for x in held.licenses] == codes and held.product == case.code
    rows = site.rows()
    assert len(rows) == 4 and {r["serial"] for r in rows} == {held.serial}
    assert {r["license"] for r in rows} == {x[1] for x in held.licenses}
    assert site.issued()["licenses"] == [x[1] for x in held.licenses]
    single = site.machine.request(case.code, license_key=case.key)
    refused(gap.answer(single), "product_is_bundle")
    gap.receipt(gap.prove(site.proof()))
    assert not any(r["active"] for r in site.rows())


def test_bundle_names_the_member_that_refuses(gap, client, manage):
    case = bundle_case(client, manage, 2)
    member = manage.get("licenses/", bundle_license_id=case.id)["results"][0]
    manage.patch(f"licenses/{member['id']}/", {"max_activations": 0})
    answer = refused(gap.answer(Site(gap, case).request()), "license_activated_max_times")
    assert answer.json["license_id"] == member["id"]
    assert answer.json["product"] == member["product"]["short_code"]


def test_shortest_lease_of_a_set(gap, client, manage):
    case = bundle_case(client, manage, 2, offline_lease_days=90)
    members = manage.get("licenses/", bundle_license_id=case.id)["results"]
    manage.patch(f"licenses/{members[0]['id']}/", {"offline_lease_days": 10})
    manage.patch(f"licenses/{members[1]['id']}/", {"offline_lease_days": 0})
    held = Site(gap, case).activate()
    assert held.until - held.claims[6] == 10 * DAY


@pytest.fixture
def user_case(client, manage):
    product = make_product(manage, authorization_method="user")
    made = Case(client, manage, product=product, users=[
        {"email": unique("u") + "@example.com", "password": "correct horse"}], max_activations=5)
    made.email = made.now()["users"][0]["email"]
    return made


def test_user_and_password(gap, user_case):
    machine = gap.machine(hw())
    good = machine.request(user_case.code, username=user_case.email, password="correct horse")
    assert gap.activation(gap.answer(good)).product == user_case.code
    answers = [gap.answer(machine.request(user_case.code, username=name, password=word))
               for name, word in ((user_case.email, "wrong horse"), ("nobody@example.com", "correct horse"))]
    assert answers[0].body == answers[1].body
    refused(answers[0], "license_not_found")
    clear = machine.request(user_case.code, username=user_case.email, password="correct horse", seal=False)
    refused(gap.answer(clear), "request_not_sealed")
    refused(gap.answer(machine.request(user_case.code, username=user_case.email)), "missing_parameters")


def test_passwords_are_rated(manage):
    made = licetd.Server("v4.user_fail_rate=2/h", "offline.rate=0", "v4.fail_rate=0")
    try:
        gap = Gap(made.start())
        product = make_product(made.manage, authorization_method="user")
        case = Case(None, made.manage, product=product,
                    users=[{"email": "u@example.com", "password": "correct horse"}])
        machine = gap.machine("pc")

        def enter(word):
            return gap.answer(machine.request(case.code, username="U@example.com", password=word))
        for _ in range(2):
            refused(enter("wrong horse"), "license_not_found")
        late = refused(enter("correct horse"), "too_many_requests", 429)
        assert int(late.headers["retry-after"][0]) > 0
        assert made.stop() == 0
    finally:
        made.remove()


def test_steps_before_the_seat(gap, client, manage):
    def ask(case, **more):
        return gap.answer(Site(gap, case).request(**more))
    refused(ask(Case(client, manage, allow_offline_activation=False)), "offline_activation_not_allowed")
    floating = Case(client, manage, is_floating_cloud=True, floating_users=2)
    refused(ask(floating), "offline_floating_cloud_not_supported")
    case = Case(client, manage, prevent_vm=True)
    refused(ask(case, is_vm=True), "vm_not_allowed")
    case.edit(start_date=instant(days=3))
    assert "2" in refused(ask(case), "license_start_date_error").json["message"]
    case = Case(client, manage)
    refused(gap.answer(gap.machine(hw()).request(case.code, license_key="NO-SUCH-KEY")), "license_not_found")
    refused(gap.answer(gap.machine(hw()).request("nothing", license_key=case.key)), "unknown_product")
    Site(gap, case).activate()
    refused(ask(case), "license_activated_max_times")
    assert case.now()["seats_used"] == 1


# --- the same request, old requests, and what is no request -----------------------------------------

def test_repeat_is_the_same_answer(gap, case):
    site = Site(gap, case)
    request = site.request(seal=False)
    first = gap.answer(request)
    forms = [request, site.machine.seal(request), site.machine.seal(request)]
    assert all(gap.answer(form).body == first.body for form in forms)
    assert case.now()["seats_used"] == 1 and len(audit(case, "offline.issued")) == 1
    (result,) = gap.answer(request, headers=JSON).json["results"]
    assert result["repeated"] is True and result["activation"] == first.body.decode()
    other = site.request(id=gap.activation(first).request, facts={"hostname": "other"})
    refused(gap.answer(other), "request_replayed")


def test_thousand_uploads_of_one_request(gap, client, manage):
    case = Case(client, manage, max_activations=1000)
    request = Site(gap, case).request()
    with ThreadPoolExecutor(50) as pool:
        bodies = set(pool.map(lambda _: gap.answer(request).body, range(1000)))
    assert len(bodies) == 1 and b"BEGIN LICET ACTIVATION" in bodies.pop()
    assert case.now()["seats_used"] == 1
    assert manage.get("offline/activations/", license=case.id)["count"] == 1


def test_repeat_after_giving_up(gap, client, manage):
    case = Case(client, manage, max_activations=2)
    site = Site(gap, case)
    request = site.request()
    site.held = gap.activation(gap.answer(request))
    gap.receipt(gap.prove(site.proof()))
    refused(gap.answer(request), "request_replayed")
    again = site.activate()
    assert again.sequence > 1 and case.now()["seats_used"] == 1
    refused(gap.answer(request), "request_replayed")


def test_repeat_after_a_refresh_still_stands(gap, case):
    site = Site(gap, case)
    request = site.request()
    first = gap.answer(request)
    site.held = gap.activation(first)
    newer = gap.activation(site.refresh())
    assert site.issued(newer.serial)["state"] == "live"
    assert site.issued(site.held.serial)["state"] == "superseded"
    assert gap.answer(request).body == first.body
    site.held = newer
    gap.receipt(gap.prove(site.proof()))
    refused(gap.answer(request), "request_replayed")


def test_age_of_requests(gap, case):
    now = time.time()
    refused(gap.answer(Site(gap, case).request(at=now - 31 * DAY)), "offline_request_expired")
    refused(gap.answer(Site(gap, case).request(at=now + DAY + 3600)), "offline_request_expired")
    Site(gap, case).activate(at=now - 29 * DAY)


def test_no_limit_of_age():
    made = licetd.Server("offline.request_max_age=0")
    try:
        gap = Gap(made.start())
        Site(gap, Case(None, made.manage)).activate(at=1000000000)
        assert made.stop() == 0
    finally:
        made.remove()


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def test_what_cannot_be_read(gap, case):
    site = Site(gap, case, sealed=False)
    request = site.request()
    refused(gap.answer(armor("REQUEST", flip(request, len(request) - 5))), "object_signature")
    refused(gap.answer(armor("REQUEST", request[:-1])), "object_truncated")
    refused(gap.answer(armor("DEACTIVATION", site.machine.proof(1, 1))), "object_type")
    sealed = site.machine
    sealed.box = (b"12345678", gap.box()[1])
    refused(gap.answer(site.request(seal=True)), "box_key_unknown")
    refused(gap.answer("nothing of ours\n"), "carrier")
    refused(gap.answer(armored(request)[:-30]), "armor")
    refused(gap.send("POST", "/offline/v1/activations", b""), "missing_content")
    form = b"--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nthing\r\n--x--\r\n"
    refused(gap.send("POST", "/offline/v1/activations", form,
                     [("Content-Type", "multipart/form-data; boundary=x")]), "validation_error")
    refused(gap.send("POST", "/offline/v1/activations", b"x" * (1 << 20) + b"x"), "payload_too_large", 413)
    assert case.now()["seats_used"] == 0


def qr_texts(gap, serial):
    return gap.staff.call("GET", f"offline/activations/{serial}/file/", form="text").body.decode()


def test_carriers(gap, client, manage):
    case = Case(client, manage, allow_unlimited_activations=True)

    def carried(dress, headers=()):
        site = Site(gap, case)
        return gap.activation(gap.send("POST", "/offline/v1/activations", dress(site.request()), headers))
    carried(lambda r: r)
    carried(lambda r: base64.urlsafe_b64encode(r).rstrip(b"="))
    carried(lambda r: base64.b64encode(r))
    carried(lambda r: armored(r).replace("\n", "\r\n").encode())
    form = b"--b0\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.lreq\"\r\n" \
           b"Content-Type: application/octet-stream\r\n\r\n%s\r\n--b0--\r\n"
    carried(lambda r: form % r, [("Content-Type", "multipart/form-data; boundary=\"b0\"")])
    assert case.now()["seats_used"] == 5


def test_many_in_one_body(gap, client, manage):
    case = Case(client, manage, max_activations=2)
    sites = [Site(gap, case) for _ in range(3)]
    broken = armor("REQUEST", b"\xa0")
    answer = gap.answer(sites[0].request(), broken, sites[1].request(), sites[2].request())
    assert answer.status == 200
    found = dearmor(answer.body.decode())
    assert [x[0] for x in found] == ["ACTIVATION", "refused", "ACTIVATION", "refused"]
    assert found[3][1] == "license_activated_max_times"
    keys = gap.keys()
    assert [Activation(found[i][1], keys).device for i in (0, 2)] == [
        digest_of(s.machine.hardware_id) for s in sites[:2]]
    results = gap.answer(*[s.request() for s in (sites[0], sites[2])], headers=JSON).json["results"]
    assert [r["ok"] for r in results] == [True, False]
    assert results[0]["licenses"] == [case.id] and results[0]["repeated"] is False
    assert results[1]["code"] == "license_activated_max_times"
    lots = "".join(armored(sites[0].request()) for _ in range(257))
    refused(gap.answer(lots), "payload_too_large", 413)


# --- online and offline ----------------------------------------------------------------------------

def token_of(gap, body):
    (label, data), = dearmor(body["activation_token"])
    assert label == "ACTIVATION"
    return Activation(data, gap.keys())


def test_activation_token(gap, client, manage):
    case = bundle_case(client, manage, 2, offline_lease_days=5)
    device = hw()
    first, second = ok(case.activate(device)), ok(case.activate(device))
    assert "activation_token" not in first[1] and "activation_token" not in first[2]
    tokens = [token_of(gap, body[0]) for body in (first, second)]
    assert tokens[1].serial > tokens[0].serial and tokens[1].sequence == tokens[0].sequence + 1 == 2
    token = tokens[1]
    assert token.request is None and token.device_key is None and token.device == digest_of(device)
    assert [x[2] for x in token.licenses] == [case.code, *case.product["members"]]
    rows = manage.get("devices/", hardware_id=device)["results"]
    assert {r["serial"] for r in rows} == {token.serial} and not any(r["offline"] for r in rows)
    assert manage.get("offline/activations/", hardware_id=device)["count"] == 0
    ok(case.deactivate(device))
    assert token.serial in gap.revocations().serials


def test_from_online_to_offline_and_back(gap, case):
    site = Site(gap, case)
    ok(case.activate(site.machine.hardware_id))
    held = site.activate()
    assert held.sequence == 2 and case.now()["seats_used"] == 1 and site.row()["offline"]
    answer = case.activate(site.machine.hardware_id)
    assert (answer.status, answer.code) == (409, "license_device_exists")
    other = gap.machine(site.machine.hardware_id).request(case.code, license_key=case.key)
    refused(gap.answer(other), "license_device_exists", 409)


# --- refresh ---------------------------------------------------------------------------------------

def test_refresh_brings_new_terms(gap, client, manage):
    case = Case(client, manage, license_type="consumption", max_consumptions=100, offline_lease_days=10)
    site = Site(gap, case)
    first = site.activate()
    case.edit(max_consumptions=200, offline_lease_days=20)
    answer = site.refresh(consumptions=30, variables={"a": "b"})
    second = gap.activation(answer)
    assert second.serial > first.serial and second.sequence == first.sequence + 1
    assert second.until - second.claims[6] == 20 * DAY
    assert (second.licenses[0][8], second.licenses[0][9]) == (200, 30)
    assert case.now()["total_consumptions"] == 30 and case.now()["seats_used"] == 1
    site.held = second
    assert gap.activation(site.refresh(consumptions=500)).licenses[0][9] == 200
    assert site.issued(first.serial)["state"] == "superseded"
    assert site.issued(second.serial)["action"] == "refresh"


def test_refresh_needs_the_seat_and_the_key(gap, client, manage):
    case = Case(client, manage, max_activations=3, reject_reactivation=True)
    site, other = Site(gap, case), Site(gap, case)
    refused(other.refresh(1), "device_not_found")
    site.activate()
    gap.activation(site.refresh())
    refused(gap.answer(site.request()), "license_device_exists", 409)
    refused(site.refresh(1 << 40), "object_claim")
    refused(gap.answer(site.request(refresh=True)), "object_claim")
    thief = Site(gap, case, site.machine.hardware_id)
    refused(thief.refresh(1), "license_device_exists", 409)
    gap.receipt(gap.prove(site.proof()))
    refused(site.refresh(), "license_not_active")


def test_refresh_ahead_of_a_restored_server(gap, case):
    site = Site(gap, case)
    site.activate()
    assert gap.activation(site.refresh(7)).sequence == 8


@pytest.mark.parametrize("action", ["warn", "refuse"])
def test_clones(gap, client, manage, action):
    case = Case(client, manage, clone_action=action)
    site = Site(gap, case)
    held = site.activate()
    gap.activation(site.refresh())
    assert not site.row()["cloned"]
    second = site.refresh()
    if action == "warn":
        assert gap.activation(second).sequence == held.sequence + 2
    else:
        refused(second, "license_device_exists", 409)
        refused(site.refresh(2), "license_device_exists", 409)
        refused(gap.answer(site.request()), "license_device_exists", 409)
    assert site.row()["cloned"]
    assert manage.get("offline/activations/", license=case.id, state="live")["results"][0]["cloned"]
    assert len(audit(case, "device.cloned")) == 1
    assert case.now()["seats_used"] == 1


# --- deactivation ----------------------------------------------------------------------------------

def test_proof_and_receipt(gap, client, manage):
    case = Case(client, manage, license_type="consumption", max_consumptions=100)
    site = Site(gap, case)
    held = site.activate()
    proof = site.proof(consumptions=7, variables={"last": "words"})
    number = gap.revocations().number
    first = gap.prove(proof)
    receipt = gap.receipt(first)
    assert receipt.private[1] == held.claims[7] and receipt.private[2] == held.device
    assert case.now()["seats_used"] == 0 and case.now()["total_consumptions"] == 7
    listed = gap.revocations()
    assert held.serial in listed.serials and listed.number > number
    assert gap.prove(proof).body == first.body
    assert case.now()["total_consumptions"] == 7
    assert site.issued()["state"] == "deactivated"
    assert audit(case, "offline.deactivated") == [("portal", str(held.serial), "")]
    refused(gap.prove(site.proof()), "license_not_active")
    (result,) = gap.prove(proof, headers=JSON).json["results"]
    assert result["repeated"] is True and result["receipt"] == first.body.decode()
    same_id = site.proof(id=receipt.claims[7], consumptions=8)
    refused(gap.prove(same_id), "request_replayed")


def test_proof_of_an_older_object(gap, case):
    site = Site(gap, case)
    first = site.activate()
    newer = gap.activation(site.refresh())
    site.held = first
    gap.receipt(gap.prove(site.proof()))
    assert case.now()["seats_used"] == 0
    assert {first.serial, newer.serial} <= set(gap.revocations().serials)


def test_proof_by_another_device(gap, client, manage):
    case = Case(client, manage, max_activations=2)
    site, other = Site(gap, case), Site(gap, case)
    site.activate()
    other.activate()
    theirs = other.machine.proof(site.held.serial, 1, hardware_id=site.machine.hardware_id)
    refused(gap.prove(theirs), "device_proof_invalid")
    refused(gap.prove(site.proof(hardware_id="elsewhere")), "device_proof_invalid")
    refused(gap.prove(site.machine.proof(1 << 62, 1)), "device_not_found")
    refused(gap.prove(site.machine.proof((1 << 64) - 1, 1)), "device_not_found")
    assert case.now()["seats_used"] == 2
