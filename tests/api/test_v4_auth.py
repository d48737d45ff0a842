"""API keys: every row of v4 3.2 in its order, and the forms of both headers."""
import base64
import time
from datetime import datetime, timedelta, timezone

import pytest
from licetd import Client, make_bundle, make_product
from v4 import Case, hw, ok, refused

PATH = "/api/v4/product_details"


@pytest.fixture(scope="module")
def product(manage):
    return make_product(manage)["short_code"]


@pytest.fixture(scope="module")
def ask(client, product):
    """One product_details call with these headers; None leaves a header out."""
    def call(date=None, authorization=None, extra=(), **parts):
        date = client.date() if date is None else date
        if authorization is None:
            authorization = header(client, date, **parts)
        headers = [("Date", date)] if date else []
        headers += [("Authorization", authorization)] if authorization else []
        return client.raw("GET", PATH, {"product": product}, headers=headers + list(extra))
    return call


def mac(client, date):
    return client.authorization(date).split('signature="')[1].split('"')[0]


def header(client, date, **parts):
    """The Authorization header; a part of None is left out."""
    fields = {"algorithm": "hmac-sha256", "headers": "date", "signature": mac(client, date),
              "apikey": client.api_key, **parts}
    return ",".join(f'{k}="{v}"' for k, v in fields.items() if v is not None)


def test_accepted(ask):
    ok(ask())


def test_1_headers_absent(ask):
    refused(ask(date=""), "missing_headers")
    refused(ask(authorization=" "), "missing_headers")
    refused(ask(date="", authorization="rubbish"), "missing_headers")


@pytest.mark.parametrize("value", ["rubbish", "Basic dTpw", 'algorithm="hmac-sha256"headers="date"',
                                   'algorithm="hmac-sha256', "=", 'algorithm="a",,headers="b"',
                                   'algorithm="a" headers="b"'])
def test_2_not_a_parameter_list(ask, value):
    refused(ask(authorization=value), "authorization_invalid_headers")


@pytest.mark.parametrize("name", ["algorithm", "headers", "signature", "apikey"])
def test_3_parameter_absent(ask, name):
    refused(ask(**{name: None}), "authorization_missing_params")


def test_4_algorithm(ask):
    refused(ask(algorithm="hmac-sha1"), "hmac_required")
    ok(ask(algorithm="HMAC-SHA256"))


def test_5_headers_and_signature(ask):
    for parts in ({"headers": "date host"}, {"headers": "Date"}, {"signature": "AAAA"},
                  {"signature": "?" * 44}, {"signature": base64.b64encode(b"x" * 33).decode()}):
        refused(ask(**parts), "authorization_invalid_headers")


def test_6_date(ask, client):
    for text in ("yesterday", "Fri Jul 4 2025 10:56:13 GMT+0000", "Fri, 32 Jul 2025 10:56:13 GMT",
                 "Fri, 04 Jul 2025 10:56:13 GMT"):
        refused(ask(date=text), "date_header_diff")
    for off in (-920, 920):
        refused(ask(date=client.date(time.time() + off)), "date_header_diff")
    for off in (-880, 880):
        ok(ask(date=client.date(time.time() + off)))


def test_7_key_unknown(ask):
    refused(ask(apikey="A" * 24), "invalid_api_key")
    refused(ask(apikey="not a key!"), "invalid_api_key")


def test_8_mac(ask, client):
    refused(ask(signature=base64.b64encode(bytes(32)).decode()), "signature_mismatch")
    refused(ask(signature=mac(client, client.date(time.time() - 100))), "signature_mismatch")


def test_9_revoked(server, manage, product):
    made = manage.post("api-keys/", {"name": "old"})
    old = Client(server, made["api_key"], made["shared_key"])
    ok(old.get("product_details", product=product))
    manage.post(f"api-keys/{made['id']}/revoke/", {"reason": "leaked"})
    refused(old.get("product_details", product=product), "revoked_api_key")
    refused(old.get("product_details"), "revoked_api_key")
    wrong = Client(server, made["api_key"], "A" * 40)
    refused(wrong.get("product_details", product=product), "signature_mismatch")


def test_10_oauth_only(server, manage, product):
    key = server.client(read_only=True)
    manage.patch("vendor/", {"oauth_only": True})
    try:
        refused(key.get("product_details", product=product), "api_key_auth_disabled")
        refused(key.post("activate_license"), "api_key_auth_disabled")
    finally:
        manage.patch("vendor/", {"oauth_only": False})


def test_11_read_only(server, client, manage):
    case, device = Case(client, manage), hw()
    row = ok(case.activate(device))["device_id"]
    reader = server.client(read_only=True)
    fields = case.fields(device, {})
    for endpoint in ("activate_license", "deactivate_license", "add_consumption",
                     "activate_bundle", "deactivate_bundle", "change_password"):
        refused(reader.post(endpoint, **fields), "read_only_api_key")
    before = manage.get(f"devices/{row}/")
    ok(reader.get("check_license", **fields, hostname="reader"))
    time.sleep(1.5)
    after = manage.get(f"devices/{row}/")
    assert (after["hostname"], after["check_count"]) == (before["hostname"], before["check_count"])


def test_order_of_the_rows(ask, client):
    """Each request breaks its row and every later one it can."""
    stale = client.date(time.time() - 5000)
    bad = base64.b64encode(bytes(32)).decode()
    refused(ask(date=stale, algorithm=None, headers="x"), "authorization_missing_params")
    refused(ask(date=stale, algorithm="md5", headers="x"), "hmac_required")
    refused(ask(date=stale, headers="x", apikey="none"), "authorization_invalid_headers")
    refused(ask(date=stale, apikey="none", signature=bad), "date_header_diff")
    refused(ask(apikey="none", signature=bad), "invalid_api_key")


def variants(client, date):
    sig, key = mac(client, date), client.api_key
    return [
        f'apikey="{key}",signature="{sig}",headers="date",algorithm="hmac-sha256"',
        f'algorithm="hmac-sha256", headers="date", signature="{sig}", apiKey="{key}"',
        f'algorithm = "hmac-sha256" , headers = "date" ,signature="{sig}",APIKEY="{key}"',
        f'algorithm=hmac-sha256,headers=date,signature="{sig}",apikey={key}',
        f'algorithm="hmac-sha256",headers="date",signature="{sig}",apikey="{key}",version="2"',
    ]


@pytest.mark.parametrize("n", range(5))
def test_forms_of_authorization(ask, client, n):
    date = client.date()
    ok(ask(date=date, authorization=variants(client, date)[n]))


def test_repeated(ask, client):
    date = client.date()
    good = header(client, date)
    for value in (good + f',apikey="{client.api_key}"', good + ',APIKEY="x"'):
        refused(ask(date=date, authorization=value), "authorization_invalid_headers")
    refused(ask(date=date, extra=[("Authorization", good)]), "authorization_invalid_headers")
    refused(ask(date=date, extra=[("Date", date)]), "authorization_invalid_headers")


def test_one_digit_day_and_weekday(ask):
    """The text is signed as it is sent; the weekday is not compared."""
    at = datetime.now(timezone.utc) + timedelta(seconds=1)
    ok(ask(date=at.strftime("%a, ") + str(at.day) + at.strftime(" %b %Y %H:%M:%S GMT")))
    ok(ask(date=at.strftime("Xxx, %d %b %Y %H:%M:%S GMT").replace("Xxx", "Mon")))
    ok(ask(date=at.strftime("%a, %d %b %Y %H:%M:%S GMT")))


def test_key_for_some_products(server, client, manage):
    case, other = Case(client, manage), Case(client, manage)
    key = server.client(products=[case.code])
    ok(key.post("activate_license", **case.fields(hw(), {})))
    for code in (other.code, "no-such-product"):
        fields = other.fields(hw(), {"product": code})
        refused(key.post("activate_license", **fields), "api_key_product_not_allowed")
        refused(key.get("check_license", **fields), "api_key_product_not_allowed")
        refused(key.get("product_details", product=code), "api_key_product_not_allowed")


def test_bundle_in_the_list_covers_members(server, manage):
    bundle = make_bundle(manage, 2)
    key = server.client(products=[bundle["short_code"]])
    for code in (bundle["short_code"], *bundle["members"]):
        ok(key.get("product_details", product=code))


def test_list_of_products_comes_after_types(server, client, manage):
    key = server.client(products=[make_product(manage)["short_code"]])
    refused(key.post("activate_license", hardware_id=5, product="p9", license_key="x"),
            "validation_error")


def test_well_known_needs_none(client):
    ok(client.raw("GET", "/api/v4/.well-known", headers=[]))
