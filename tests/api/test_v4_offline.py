"""The offline calls of License API v4: answers, effects, carriers and forms (license-api-v4.md 10), with
a client written in Python."""
import base64
import json
import re

import pytest
from licetd import make_bundle, make_license, make_product, unique
from gap import Gap
from offline import Activation, dearmor
from test_v4_activate import FORM
from v4 import Case, DeviceKey, bundle_case, hw, instant, ok, refused, seconds_between
from v4_file import PLAIN, Files, js_date, mac, sign_v1, text

DONE = b'"license_deactivated"'
OFFLINE_FORM = FORM + ["date", "offline_signature"]


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


def token(server, body):
    ((label, data),) = dearmor(body["activation_token"])
    assert label == "ACTIVATION"
    return Activation(data, Gap(server).keys())


# --- answers and effects ---------------------------------------------------------------------------

@pytest.mark.parametrize("v2", (False, True))
def test_activation(server, files, v2):
    device = hw()
    body = ok(files.activate(device, v2=v2))
    assert list(body) == OFFLINE_FORM
    assert body["hardware_id"] == device and body["license_key"] == files.case.key
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} [1-9][0-9]? \d{4} \d\d:\d\d:\d\d GMT\+0000", body["date"])
    client = files.case.client
    assert body["offline_signature"] == sign_v1(
        client.shared_key, body["date"], files.case.key, device, client.api_key)
    shown = row(files, device)
    assert shown["active"] and shown["offline"] and shown["id"] == body["device_id"]
    assert shown["lease_until"] is None
    held = token(server, body)
    assert str(held.serial) == str(shown["serial"]) and held.device_key is None
    assert held.request is None and held.until is None


def test_bundle_activation(server, client, manage):
    files = bundle_files(client, manage, members=2)
    device = hw()
    answer = files.activate(device, v2=True)
    body = ok(answer)
    assert list(body) == ["licenses"] and len(body["licenses"]) == 3
    first, *members = body["licenses"]
    assert list(first) == OFFLINE_FORM
    for member in members:
        assert list(member) == [n for n in OFFLINE_FORM if n != "activation_token"]
        assert member["offline_signature"] == first["offline_signature"]
    assert [m["product_details"]["short_code"] for m in members] == files.case.product["members"]
    assert len(token(server, first).licenses) == 3
    again = files.upload("deactivate_bundle_offline", files.deactivation(device))
    assert (again.status, again.body) == (200, DONE)
    rows = manage.get("devices/", hardware_id=device)["results"]
    assert len(rows) == 3 and not any(r["active"] for r in rows)


def test_lease_and_issued_object(server, client, manage):
    product = make_product(manage)
    files = Files(Case(client, manage, product, offline_lease_days=30))
    device = hw()
    body = ok(files.activate(device))
    shown = row(files, device)
    assert abs(seconds_between(instant(), shown["lease_until"]) - 30 * 86400) < 120
    (issued,) = manage.get("offline/activations/", license=files.case.id)["results"]
    assert issued["issued_by"] == "api" and issued["state"] == "live"
    assert issued["serial"] == str(shown["serial"]) and issued["lease_until"] == shown["lease_until"]
    again = manage.call("GET", f"offline/activations/{issued['serial']}/file/", form="armor")
    assert again.body.decode() == body["activation_token"]
    assert files.deactivate(device).body == DONE
    assert manage.get(f"offline/activations/{issued['serial']}/")["state"] == "deactivated"
    revoked = Gap(server).revocations()
    assert int(issued["serial"]) in revoked.serials


def test_online_activation_clears_the_mark(files):
    device = hw()
    ok(files.activate(device))
    ok(files.case.activate(device))
    assert row(files, device)["offline"] is False


def test_facts_and_variables_are_stored(files):
    device = hw()
    body = ok(files.activate(device, os_ver="Debian 12", is_vm=False, variables={"site": "A"}))
    (variable,) = body["variables"]
    assert variable["variable"] == "site" and variable["value"] == "A"
    assert row(files, device)["os_ver"] == "Debian 12"


def test_user_based(client, manage):
    product = make_product(manage, authorization_method="user")
    email = unique("u") + "@example.com"
    license_ = make_license(manage, product, users=[{"email": email, "password": "correct horse"}])
    case = Case.__new__(Case)
    case.client, case.manage, case.product = client, manage, product
    case.code, case.key, case.license, case.id = product["short_code"], None, license_, license_["id"]
    files, device = Files(case), hw()
    refused(files.activate(device, username=email, password="wrong"), "license_not_found")
    refused(files.activate(device, username=email), "missing_parameters")
    body = ok(files.activate(device, username=email.upper(), password="correct horse"))
    assert body["username"] == email.upper()
    assert body["offline_signature"] == sign_v1(
        client.shared_key, body["date"], email.upper(), device, client.api_key)
    assert files.deactivate(device, username=email).body == DONE


def test_device_key(files, server):
    key, device, date = DeviceKey(), hw(), js_date()

    def proof(endpoint, at=date):
        return {"device_key": key.public, "date": date,
                "device_proof": key.proof(endpoint, at, files.case.code, device)}
    refused(files.activate(device, **proof("activate_license")), "device_proof_invalid")
    refused(files.activate(device, **proof("activate_offline", js_date(seconds=-1))), "device_proof_invalid")
    body = ok(files.activate(device, **proof("activate_offline")))
    assert token(server, body).device_key == key.key.verify_key.encode()
    refused(files.activate(device), "license_device_exists", 409)
    refused(files.deactivate(device), "device_proof_invalid")
    assert files.deactivate(device, **proof("deactivate_offline")).body == DONE


def test_not_allowed(client, manage):
    files = Files(Case(client, manage, allow_offline_activation=False, is_floating_cloud=True, floating_users=1))
    refused(files.activate(hw()), "offline_activation_not_allowed")
    files = Files(Case(client, manage, is_floating_cloud=True, floating_users=1))
    refused(files.activate(hw()), "offline_floating_cloud_not_supported")


def test_bundle_errors_name_the_license(client, manage):
    bundle = make_bundle(manage, 2)
    members = {code: {"allow_offline_activation": code != bundle["members"][1]} for code in bundle["members"]}
    files = Files(Case(client, manage, bundle, members=members))
    error = refused(files.activate(hw()), "offline_activation_not_allowed")
    assert error["product"] == bundle["members"][1] and seats(files) == 0


def test_kind_of_product(client, manage, files):
    bundle = bundle_files(client, manage)
    refused(files.upload("activate_bundle_offline", files.activation(hw())), "product_not_bundle")
    refused(bundle.upload("activate_offline", bundle.activation(hw())), "product_is_bundle")
    refused(bundle.upload("deactivate_offline", bundle.deactivation(hw())), "product_is_bundle")


def test_consumptions_of_a_deactivation(client, manage):
    product = make_product(manage)
    feature = {"product": product["short_code"], "feature_type": "consumption", "max_consumption": 10}
    for code in ("pages", "rooms"):
        manage.post("product-features/", {"code": code, "name": code, **feature})
    manage.post("product-features/", {"code": "pdf", "name": "PDF", "product": product["short_code"],
                                      "feature_type": "activation"})
    files = Files(Case(client, manage, product, license_type="consumption", max_consumptions=5,
                       product_features=[{"code": c} for c in ("pages", "rooms", "pdf")]))
    device = hw()
    ok(files.activate(device))
    used = [{"code": "pages", "consumptions": 4}, {"code": "pages", "consumptions": "3"},
            {"code": "rooms", "consumptions": 12}, {"code": "pdf", "consumptions": 1},
            {"code": "nobody", "consumptions": 1}, {"code": "rooms"}]
    bad = ([{"code": "pages", "consumptions": -1}], "negative_consumption_not_allowed"), \
        ([{"consumptions": 1}], "validation_error"), ({"pages": 1}, "validation_error"), \
        ([{"code": "pages", "consumptions": 1.5}], "validation_error"), \
        ([{"code": "pages", "consumptions": 10**12 + 1}], "validation_error"), \
        ([{"code": "pages", "consumptions": 1}] * 257, "validation_error"), (["pages"], "validation_error")
    for features, code in bad:
        refused(files.deactivate(device, product_features=features), code)
    assert files.deactivate(device, consumptions=7, product_features=used).body == DONE
    assert files.case.now()["total_consumptions"] == 5
    body = ok(files.activate(hw()))
    totals = {f["code"]: f.get("total_consumptions") for f in body["product_features"]}
    assert totals == {"pages": 7, "rooms": 10, "pdf": None}
    entries = manage.get("audit/", action="license.deactivated", license=files.case.id)["results"]
    fields = entries[0]["detail"]["fields"]
    assert fields["consumption_excess"] == [0, 2] and fields["feature_consumption_excess"] == [0, 2]


# --- carriers --------------------------------------------------------------------------------------

def part(name, data, boundary=b"xyz"):
    return b"--" + boundary + b'\r\nContent-Disposition: form-data; name="' + name + \
        b'"; filename="activate_offline.req"\r\n\r\n' + data + b"\r\n"


FORM_TYPE = [("Content-Type", "multipart/form-data; boundary=xyz")]


def test_carriers(files):
    """One request in every carrier: one answer."""
    body = files.activation(hw(), v2=True)
    coded = base64.b64encode(body)
    first = files.upload("activate_offline", body)
    ok(first)
    spaced = b"\r\n\t " + b"\n".join(coded[i:i + 7] for i in range(0, len(coded), 7)) + b" \v\f\n"
    form = part(b"other", b"x") + part(b"file", spaced) + b"--xyz--\r\n"
    raw_form = part(b"file", body) + b"--xyz--\r\n"
    carriers = [(PLAIN, coded.rstrip(b"=")), (PLAIN, spaced), (PLAIN, b" \r\n" + body),
                ([("Content-Type", "application/octet-stream")], coded), (FORM_TYPE, form), (FORM_TYPE, raw_form),
                ([("Content-Type", "application/json")], body)]
    for headers, sent in carriers:
        again = files.upload("activate_offline", sent, headers, encode=False)
        assert (again.status, again.body) == (200, first.body), (headers, sent, again)


def test_bodies_that_are_none(files):
    def send(sent, headers=None):
        return files.upload("activate_offline", sent, headers, encode=False)
    refused(send(b"", []), "missing_headers")
    refused(send(b"x", []), "missing_headers")
    refused(send(b""), "missing_content")
    refused(send(b" \r\n\t"), "missing_content")
    refused(send(part(b"file", b" ") + b"--xyz--\r\n", FORM_TYPE), "missing_content")
    refused(send(part(b"other", b"x") + b"--xyz--\r\n", FORM_TYPE), "validation_error")
    refused(send(b"no form", FORM_TYPE), "validation_error")
    good = base64.b64encode(files.activation(hw()))
    odd = good.rstrip(b"=")
    for bad in (b"!", b"A", b"=", b"====", b"AA=A", b"e30_", b"e30-", b"\xff", b"e30=e30=", b"e31", b"[]",
                odd[:len(odd) - len(odd) % 4] + b"A", b"e30\0"):
        refused(send(bad), "validation_error")
    for bad in (b"[]", b"1", b'"text"', b"null", b"{", b'{"a":1}x', b'{"a":1,"a":2}', b" ", base64.b64encode(good),
                b'{"a":"\\ud800"}'):
        refused(files.upload("activate_offline", bad), "invalid_json")
    refused(send(b"{"), "invalid_json")
    refused(files.upload("activate_offline", b'{"a":"\xff"}'), "validation_error")
    refused(files.upload("activate_offline", b'{"a":"\\u0000"}'), "validation_error")
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    refused(files.upload("activate_offline", deep), "invalid_json")


def test_huge(files):
    def send(n):
        body = files.activation(hw(), note="x" * n)
        return files.upload("activate_offline", body, encode=False)
    small = len(files.activation(hw(), note=""))
    ok(send(65536 - small - 64))
    answer = send(65536)
    assert (answer.status, answer.code) == (413, "payload_too_large")


# --- forms -----------------------------------------------------------------------------------------

def spaced(fields):
    """The same request with other bytes: white space, escapes, members that look like the end."""
    return (" \n" + json.dumps({"}\"],{": ["}", {"signature": "\\"}], **fields}, indent=1) + "\t ").strip().encode()


def test_v2_signs_the_bytes_as_they_are(files):
    fields = files.fields(hw(), "activation", {"Č": "Č\\\"}"})
    ok(files.upload("activate_offline", files.make.v2(fields, spaced)))
    body = files.make.v2(fields, spaced)
    refused(files.upload("activate_offline", body.replace(b"\n", b"", 1)), "signature_mismatch")


@pytest.mark.parametrize("name", (b'"request"', b'"req\\u0075est"'))
def test_v2_wherever_the_member_is(files, name):
    inner = text({"api_key": files.case.client.api_key, "date": js_date(),
                  **files.fields(hw(), "activation", {})})
    signature = mac(files.case.client.shared_key, inner).encode()
    before = b'{ "signature" :\t"' + signature + b'", "x":[{"request":{}}, "\\"}", -1.5e3], "y" : null ,'
    ok(files.upload("activate_offline", before + name + b" : " + inner + b'\n,"z":{} }'))


def test_v2_takes_nothing_from_outside(files):
    """What is not signed counts for nothing."""
    fields = files.fields(hw(), "activation", {})
    del fields["product"]
    body = files.make.v2(fields, outer={"product": files.case.code})
    refused(files.upload("activate_offline", body), "missing_parameters")
    body = files.make.v2({**fields, "product": files.case.code}, outer={"license_id": 1})
    ok(files.upload("activate_offline", body))


@pytest.mark.parametrize("request_", (1, True, [], 1.5))
def test_request_of_no_form(files, request_):
    refused(files.upload("activate_offline", files.activation(hw(), request=request_)), "validation_error")


@pytest.mark.parametrize("v2", (False, True))
def test_what_is_asked_for(files, v2):
    device = hw()
    for value in ("deactivation", "Activation", "refresh"):
        body = files.file({**files.fields(device, value, {})}, v2)
        refused(files.upload("activate_offline", body), "validation_error")
    refused(files.upload("deactivate_offline", files.activation(device, v2=v2)), "validation_error")
    ok(files.upload("activate_offline", files.activation(device, v2=v2, request="" if not v2 else None)))
    body = files.file({**files.fields(device, None, {"request_id": None})}, v2)
    assert files.upload("deactivate_offline", body).body == DONE


def test_parameters(files):
    def send(**more):
        return files.upload("activate_offline", files.make.v2(files.fields(hw(), "activation", more)))
    refused(send(hardware_id=None), "missing_parameters")
    refused(send(product=None), "missing_parameters")
    refused(send(license_key=None), "missing_parameters")
    refused(send(hardware_id=7), "validation_error")
    refused(send(username="u@example.com"), "validation_error")
    refused(send(license_id=0), "validation_error")
    refused(send(variables=[]), "validation_error")
    refused(send(product="nobody"), "unknown_product")
    refused(send(bundle_code="nobody"), "unknown_product")
    refused(send(license_key="AAAA"), "license_not_found")
    ok(send(device_uuid="a device of another call", unknown={"a": []}, consumptions=None, email=None))


# --- vectors ---------------------------------------------------------------------------------------

def test_vectors_of_the_specification():
    shared, date = "kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja", "Fri Jul 4 2025 10:56:13 GMT+0000"
    assert sign_v1(shared, date, "AAAA-BBBB-CCCC-DDDD", "hw-1", "key-1") == \
        "zRVvcOck+2Gk3Apc+y+GgoTZTPETLyGsm9VJRmQNQLM="
    assert sign_v1(shared, date, "u@example.com|DSE2", "hw-1", "key-1") == \
        "UbRXQ1DX2p6Gj6vh0fPwK/kYch/HMqvUsBisL5PUbBc="
