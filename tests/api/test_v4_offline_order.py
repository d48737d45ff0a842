"""The offline calls of License API v4: order of checks, dates, replay, many at once (license-api-v4.md
10.3 and 10.4)."""
import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import licetd
import pytest
from clock import ClockServer, until
from licetd import make_product, unique
from v4 import Case, bundle_case, hw, ok, refused
from v4_file import PLAIN, Files, Maker, js_date, mac, sign_v1, text

DONE = b'"license_deactivated"'


@pytest.fixture
def files(client, manage):
    return Files(Case(client, manage))


def bundle_files(client, manage, **terms):
    return Files(bundle_case(client, manage, **terms))


def row(files, device):
    (found,) = files.case.manage.get("devices/", license=files.case.id, hardware_id=device)["results"]
    return found


def seats(files):
    return files.case.now()["seats_used"]


# --- 10.3, in its order ----------------------------------------------------------------------------

def test_each_code(server, files, client, manage):
    def send(**more):
        return files.upload("activate_offline", files.activation(hw(), **more))
    for name in ("api_key", "date"):
        refused(send(**{name: None}), "authorization_missing_params")
        refused(send(**{name: ""}), "authorization_missing_params")
        refused(send(**{name: 7}, signature="x"), "validation_error")
    plain = json.loads(files.activation(hw()))
    del plain["signature"]
    refused(files.upload("activate_offline", text(plain)), "authorization_missing_params")
    refused(files.upload("activate_offline", text({**plain, "signature": 7})), "validation_error")
    refused(files.upload("activate_offline", text({**plain, "signature": None})), "authorization_missing_params")
    refused(send(api_key="nobody"), "invalid_api_key")
    refused(send(api_key="k" * 65), "invalid_api_key")
    refused(send(api_key="a b"), "invalid_api_key")
    refused(send(api_key=None, client_id="auth-company-1"), "invalid_api_key")
    for signature in ("!", "AAAA", "A" * 44, mac("x", b"")):
        refused(files.upload("activate_offline", text({**plain, "signature": signature})), "signature_mismatch")
    for name in ("license_key", "hardware_id", "date"):
        body = {**json.loads(files.activation(hw())), name: js_date(seconds=9) if name == "date" else "other"}
        refused(files.upload("activate_offline", text(body)), "signature_mismatch")
    refused(send(request_id=7), "validation_error")
    assert seats(files) == 0


def test_order_of_checks(server, files, client, manage):
    """Each step with all later ones violated, too."""
    used = files.fields(hw(), "activation", {})
    ok(files.upload("activate_offline", files.make.v2(used)))
    read_only, gone = server.client(read_only=True), server.client()
    (key,) = [k for k in manage.get("api-keys/", limit=100)["results"] if k["api_key"] == gone.api_key]
    manage.post(f"api-keys/{key['id']}/revoke/", {"reason": "a test of the order"})
    both = server.client(read_only=True)
    (key,) = [k for k in manage.get("api-keys/", limit=100)["results"] if k["api_key"] == both.api_key]
    manage.post(f"api-keys/{key['id']}/revoke/", {"reason": "a test of the order"})

    def make(inner, **more):
        maker = Maker(inner)
        fields = {**used, "date": js_date(days=-31), "product": None, **more}
        return maker.v2(fields)

    def send(body, headers=None, encode=True):
        return files.upload("activate_offline", body, headers, encode)
    bad = make(client, date=None, api_key="nobody")[:-1]
    refused(send(bad, [], False), "missing_headers")
    refused(send(b"", None, False), "missing_content")
    refused(send(b"!" + bad, None, False), "validation_error")
    refused(send(bad), "invalid_json")
    refused(send(make(client, date=None, api_key="nobody")), "authorization_missing_params")
    refused(send(make(client, api_key="nobody", date=7).replace(b":7", b':"7"')), "invalid_api_key")
    broken = make(both).replace(b'"hardware_id":"', b'"hardware_id":"x')
    refused(send(broken), "signature_mismatch")
    refused(send(make(both)), "revoked_api_key")
    refused(send(make(gone)), "revoked_api_key")
    refused(send(make(read_only, date="yesterday")), "read_only_api_key")
    refused(send(make(client, date="yesterday")), "validation_error")
    refused(send(make(client)), "offline_request_expired")
    refused(send(make(client, date=js_date())), "request_replayed")
    refused(send(make(client, date=js_date(), request_id=unique("r"))), "missing_parameters")


def test_credentials_of_the_call_come_first(server, files):
    body = base64.b64encode(b"[]")
    client = files.case.client
    answer = client.raw("POST", "/api/v4/activate_offline", body=body, headers=PLAIN)
    refused(answer, "missing_headers")
    reader = server.client(read_only=True)
    refused(files.upload("activate_offline", b"[]", client=reader), "read_only_api_key")


def test_one_key_carries_the_file_of_another(server, files):
    other = server.client()
    device = hw()
    body = ok(files.upload("activate_offline", files.activation(device), client=other))
    inner = files.case.client
    assert body["offline_signature"] == sign_v1(
        inner.shared_key, body["date"], files.case.key, device, inner.api_key)


def test_product_lists_of_both_keys(server, manage, files):
    other = make_product(manage)["short_code"]
    allowed, barred = server.client(products=[files.case.code]), server.client(products=[other])

    def send(inner, outer, product=None):
        fields = files.fields(hw(), "activation", {"product": product or files.case.code})
        return files.upload("activate_offline", Maker(inner).v1(fields), client=outer)
    ok(send(allowed, allowed))
    ok(Files(Case(files.case.client, manage)).activate(hw()))
    for inner, outer in ((allowed, barred), (barred, allowed), (barred, barred), (barred, files.case.client)):
        refused(send(inner, outer), "api_key_product_not_allowed")
    refused(send(allowed, files.case.client, "nobody"), "api_key_product_not_allowed")


# --- dates -----------------------------------------------------------------------------------------

def forms(at):
    day = f"{at:%a %b} {at.day} {at:%Y %H:%M:%S}"
    return [f"{at:%a}, {at.day:02} {at:%b %Y %H:%M:%S} GMT", f"{at:%a}, {at.day} {at:%b %Y %H:%M:%S} GMT",
            day + " GMT+0000", f"{at:%a %b %d %Y %H:%M:%S} GMT+0000", day + " GMT-0000 (Coordinated Universal Time)",
            day + " GMT+0000 (Mitteleuropäische Zeit)", f"{at:%Y-%m-%dT%H:%M:%S}Z", f"{at:%Y-%m-%dT%H:%M:%S}.123Z",
            f"{at:%Y-%m-%dT%H:%M:%S}+00:00"]


def test_date_forms(client, manage):
    now = datetime.now(timezone.utc)
    files = Files(Case(client, manage, allow_unlimited_activations=True))
    for date in forms(now):
        ok(files.activate(hw(), date=date))
    shifted = now + timedelta(hours=5, minutes=30)
    ok(files.activate(hw(), date=f"{shifted:%a %b} {shifted.day} {shifted:%Y %H:%M:%S} GMT+0530 (India)"))
    ok(files.activate(hw(), date=f"{shifted:%Y-%m-%dT%H:%M:%S}+05:30"))


@pytest.mark.parametrize("date", (
    "yesterday", "2025-07-04", "1751626573", "Fri Jul 4 2025 10:56:13", "Fri Jul 4 2025 10:56:13 UTC",
    "Fri Jul 32 2025 10:56:13 GMT+0000", "Fri Jul 4 2025 10:56:13 GMT+00", "Fri Jul 4 2025 10:56:13 GMT+0000 (",
    "Fri Jul 4 2025 10:56:13 GMT+0000 (a) b", "Fri Jul 4 2025 10:56:13 GMT+2400", "2025-07-04T10:56:13",
    "Fri, 04 Jul 2025 10:56:13 +0000", " Fri, 04 Jul 2025 10:56:13 GMT"))
def test_dates_that_are_none(files, date):
    refused(files.activate(hw(), date=date), "validation_error")


def test_age(client, manage):
    files = Files(Case(client, manage, allow_unlimited_activations=True))
    ok(files.activate(hw(), date=js_date(days=-30, minutes=2)))
    ok(files.activate(hw(), date=js_date(days=1, minutes=-2)))
    refused(files.activate(hw(), date=js_date(days=-30, minutes=-2)), "offline_request_expired")
    refused(files.activate(hw(), date=js_date(days=1, minutes=2)), "offline_request_expired")
    refused(files.activate(hw(), date="1970-01-01T00:00:00Z"), "offline_request_expired")


def test_no_limit_of_age():
    server = licetd.Server("offline.request_max_age=0").start()
    try:
        files = Files(Case(server.client(), server.manage))
        ok(files.activate(hw(), date="1970-01-01T00:00:00Z"))
        refused(files.activate(hw(), date=js_date(days=1, minutes=2)), "offline_request_expired")
    finally:
        server.remove()


# --- replay ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("v2", (False, True))
@pytest.mark.parametrize("named", (False, True))
def test_same_file_again(files, v2, named):
    device = hw()
    body = files.activation(device, v2=v2, **({} if named else {"request_id": None}))
    first = files.upload("activate_offline", body)
    ok(first)
    ok(files.case.activate(device))
    again = files.upload("activate_offline", body)
    assert (again.status, again.body) == (200, first.body)
    assert row(files, device)["offline"] is False, "the repeat had an effect"
    assert seats(files) == 1
    files.case.edit(license_enabled=False)
    assert files.upload("activate_offline", body).body == first.body
    files.case.edit(license_enabled=True)
    ok(files.case.deactivate(device))
    refused(files.upload("activate_offline", body), "request_replayed")
    ok(files.case.activate(device))
    refused(files.upload("activate_offline", body), "request_replayed")
    assert seats(files) == 1


def test_other_request_with_the_handle(files):
    handle, device = unique("r"), hw()
    body = files.activation(device, v2=True, request_id=handle)
    ok(files.upload("activate_offline", body))
    refused(files.activate(hw(), request_id=handle), "request_replayed")
    refused(files.activate(device, request_id=handle, v2=True, os_ver="12"), "request_replayed")
    refused(files.upload("activate_bundle_offline", body), "request_replayed")
    refused(files.upload("deactivate_offline", files.deactivation(device, request_id=handle)), "request_replayed")
    assert row(files, device)["active"]


def test_signature_is_a_handle_like_another(files):
    body = files.activation(hw(), request_id=None)
    ok(files.upload("activate_offline", body))
    refused(files.activate(hw(), request_id=json.loads(body)["signature"]), "request_replayed")


def test_refused_requests_are_not_remembered(client, manage):
    files = Files(Case(client, manage, max_activations=1))
    first, second = hw(), hw()
    ok(files.activate(first))
    body = files.activation(second)
    refused(files.upload("activate_offline", body), "license_activated_max_times")
    ok(files.case.deactivate(first))
    ok(files.upload("activate_offline", body))


def test_deactivation_again(files):
    device = hw()
    ok(files.activate(device))
    body = files.deactivation(device)
    assert files.upload("deactivate_offline", body).body == DONE
    ok(files.case.activate(device))
    again = files.upload("deactivate_offline", body)
    assert (again.status, again.body) == (200, DONE)
    assert row(files, device)["active"], "the repeat had an effect"


def test_a_revoked_device_gets_nothing_again(files):
    device = hw()
    body = files.activation(device)
    ok(files.upload("activate_offline", body))
    files.case.manage.post(f"devices/{row(files, device)['id']}/revoke/", {"reason": "stolen", "blacklist": "none"})
    refused(files.upload("activate_offline", body), "request_replayed")


def test_every_row_of_a_bundle_counts(client, manage):
    files = bundle_files(client, manage, members=2)
    device = hw()
    body = files.activation(device)
    first = files.upload("activate_bundle_offline", body)
    ok(first)
    assert files.upload("activate_bundle_offline", body).body == first.body
    member = files.case.product["members"][0]
    ok(files.case.call("POST", "deactivate_license", device, product=member))
    refused(files.upload("activate_bundle_offline", body), "request_replayed")


def test_v1_signs_neither_product_nor_id(client, manage, files):
    """The handle alone tells v1 files of one second apart; a stored answer stays what it was."""
    device, date = hw(), js_date()
    first = files.upload("activate_offline", files.activation(device, date=date, request_id="a" + device))
    ok(first)
    again = files.upload("activate_offline", files.activation(device, date=date, request_id="a" + device,
                                                              product="nobody"))
    assert again.body == first.body
    other = ok(files.upload("activate_offline", files.activation(device, date=date, request_id="b" + device)))
    assert other["device_id"] == first.json["device_id"] and seats(files) == 1


def test_remembered_over_a_restart(server):
    made = licetd.Server()
    try:
        files = Files(Case(made.start().client(), made.manage))
        body = files.activation(hw())
        first = files.upload("activate_offline", body)
        ok(first)
        made.stop()
        made.start()
        files.case.client.close()
        files.case.client.base = made.public
        assert files.upload("activate_offline", body).body == first.body
    finally:
        made.remove()


def at_once(n, ask):
    barrier = threading.Barrier(n)

    def run(i):
        barrier.wait()
        return ask(i)
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


def test_one_file_64_times_at_once(server, client, manage):
    files = Files(Case(client, manage, max_activations=10))
    device = hw()
    body = files.activation(device)
    clients = [licetd.Client(server, client.api_key, client.shared_key) for _ in range(64)]
    answers = at_once(64, lambda i: files.upload("activate_offline", body, client=clients[i]))
    assert {a.status for a in answers} == {200}
    assert len({a.body for a in answers}) == 1 and seats(files) == 1
    assert row(files, device)["activation_count"] == 1
    assert len(manage.get("offline/activations/", license=files.case.id)["results"]) == 1


def test_last_seats_at_once(server, client, manage):
    files = Files(Case(client, manage, max_activations=10))
    clients = [licetd.Client(server, client.api_key, client.shared_key) for _ in range(64)]
    bodies = [files.activation(hw()) for _ in range(64)]
    answers = at_once(64, lambda i: files.upload("activate_offline", bodies[i], client=clients[i]))
    assert sorted(a.status for a in answers) == [200] * 10 + [400] * 54
    assert {a.code for a in answers if a.status == 400} == {"license_activated_max_times"}
    assert seats(files) == 10


@pytest.mark.parametrize("age", ("30d", "0"))
def test_names_of_requests_are_free_again(age):
    """A day after a request could no longer be handed in; never without a limit."""
    server = ClockServer(f"offline.request_max_age={age}")
    try:
        server.start_at("2027-03-01 10:00:00")
        files = Files(Case(server.client(), server.manage, allow_unlimited_activations=True))

        def send(device):
            date = js_date(datetime.fromtimestamp(server.now(), timezone.utc))
            return files.activate(device, request_id="r-1", date=date)
        ok(send("hw-1"))
        server.start_at("2027-04-01 09:00:00")
        files.case.client.close()
        refused(send("hw-2"), "request_replayed")
        server.start_at("2027-04-01 11:00:00")
        files.case.client.close()
        if age == "0":
            refused(send("hw-2"), "request_replayed")
        else:
            until(lambda: send("hw-2").status == 200)
        assert server.stop() == 0
    finally:
        server.remove()
