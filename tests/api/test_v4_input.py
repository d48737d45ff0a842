"""How parameters are read: v4 1.2 and the limits of 1.3."""
import json
from urllib.parse import quote

import pytest
from licetd import exchange, make_product, unique
from v4 import Absent, Case, hw, ok, refused


@pytest.fixture(scope="module")
def case(client, manage):
    return Case(client, manage, allow_unlimited_activations=True)


def text(case, **more):
    return json.dumps(case.fields(hw(), more))


def post(client, body, endpoint="activate_license", path=None, query=None):
    body = body.encode() if isinstance(body, str) else body
    return client.raw("POST", path or "/api/v4/" + endpoint, query, body)


def test_no_body(client):
    refused(client.raw("POST", "/api/v4/activate_license", body=b""), "missing_content")
    refused(client.raw("POST", "/api/v4/activate_license"), "missing_content")


@pytest.mark.parametrize("body", [
    "{", "[]", '"text"', "1", "null", "{} {}", "{}x", "{'a':1}", '{"a":1,}', '{"a":1,"a":2}',
    '{"metadata":{"b":1,"b":2}}', '{"a":"\\ud800"}', '{"a":nan}', '{"a":01}', '{"a":"\t"}',
    '{"a":' + "[" * 33 + "]" * 33 + "}"])
def test_invalid_json(client, body):
    refused(post(client, body), "invalid_json")


@pytest.mark.parametrize("body", [b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}',
                                  b'{"a":"\\u0000"}', b'{"a\\u0000":1}', b'{"a":1e999}',
                                  b'{"a":99999999999999999999}'])
def test_text_and_numbers_that_do_not_fit(client, body):
    refused(post(client, body), "validation_error")


def test_space_around_and_depth(client, case):
    ok(post(client, " \r\n\t" + text(case) + "\n "))
    ok(post(client, text(case)[:-1] + ',"deep":' + "[" * 31 + "]" * 31 + "}"))


@pytest.mark.parametrize("name", ["hardware_id", "product", "license_key"])
@pytest.mark.parametrize("value", [None, "", Absent])
def test_null_and_empty_are_absent(client, case, name, value):
    refused(post(client, text(case, **{name: value})), "missing_parameters")


def test_optional_nulls(client, case):
    ok(post(client, text(case, license_id=None, bundle_code="", os_ver=None, is_vm=None,
                         variables=None, device_key=None, username=None)))


@pytest.mark.parametrize("name,value", [
    ("hardware_id", 1750063067043.943), ("hardware_id", True), ("hardware_id", ["x"]),
    ("license_key", 12), ("product", {}), ("license_id", "x1"), ("license_id", 1.5),
    ("license_id", -1), ("license_id", 2 ** 53), ("license_id", True), ("is_vm", "yes"),
    ("is_vm", 2), ("is_vm", "TRUE"), ("os_ver", 12), ("variables", "x"), ("variables", []),
    ("variables", {"a": {}}), ("variables", {"": "x"}), ("variables", {"a\tb": "x"}),
    ("variables", {"x" * 65: "v"}), ("variables", {"v": "x" * 4097}), ("bundle_code", 4),
    ("license_key", "has space"), ("license_key", "hash#"), ("license_key", "bar|"),
    ("license_key", "č"), ("product", "a b"), ("hardware_id", "a\nb"), ("hardware_id", "a\x7fb"),
    ("device_key", "short")])
def test_wrong_types_and_forms(client, case, name, value):
    refused(post(client, text(case, **{name: value})), "validation_error")


@pytest.mark.parametrize("value", [True, False, 1, 0, "true", "false", "1", "0"])
def test_booleans(client, case, value):
    ok(post(client, text(case, is_vm=value)))


def test_presence_before_types(client, case):
    refused(post(client, text(case, hardware_id=5, product=None)), "missing_parameters")


@pytest.mark.parametrize("name,longest,refusal", [
    ("hardware_id", 256, None), ("license_key", 128, "license_not_found"),
    ("product", 64, "unknown_product"), ("bundle_code", 64, "unknown_product")])
def test_identifiers_at_their_limits(client, case, name, longest, refusal):
    value = unique("L").ljust(longest, "x")
    answer = post(client, text(case, **{name: value}))
    if refusal:
        refused(answer, refusal)
    else:
        assert ok(answer)["hardware_id"] == value
    refused(post(client, text(case, **{name: value + "x"})), "validation_error")


def test_bytes_count_not_characters(client, case):
    value = unique("č").ljust(140, "č")
    assert len(value.encode()) > 256
    refused(post(client, text(case, hardware_id=value)), "validation_error")
    short = unique("č").ljust(100, "č")
    assert ok(post(client, text(case, hardware_id=short)))["hardware_id"] == short


def test_hardware_id_is_verbatim(client, case):
    for device in ("1750063067043.943" + hw(), " " + hw() + " ", "Ü" + hw()):
        assert ok(post(client, text(case, hardware_id=device)))["hardware_id"] == device
        assert ok(case.check(device))["device_id"]
    refused(case.check(hw().upper()), "device_not_found")


def test_long_facts_are_cut_at_a_character(client, case):
    body = ok(post(client, text(case, hostname="č" * 200, os_ver="x" * 300)))
    row = case.manage.get(f"devices/{body['device_id']}/")
    assert (row["hostname"], row["os_ver"]) == ("č" * 127, "x" * 255)


def test_unknown_parameters(client, case):
    device = hw()
    ok(post(client, text(case, hardware_id=device, future={"a": [1]}, product_id=5)))
    ok(case.check(device, future="x"))


def test_several_credentials(client, case):
    refused(post(client, text(case, username="u@example.com", password="p")), "validation_error")
    refused(post(client, text(case, id_token="x")), "validation_error")
    refused(post(client, text(case, license_key=Absent)), "missing_parameters")


def test_trailing_slash_and_no_redirect(client, case):
    device = hw()
    ok(post(client, text(case, hardware_id=device), path="/api/v4/activate_license/"))
    ok(client.raw("GET", "/api/v4/check_license/", case.fields(device, {})))
    refused(client.raw("GET", "/api/v4/check_license//"), "not_found", 404)


def test_path_is_byte_for_byte(client):
    for path in ("/api/v4/Check_license", "/api/v4/check%5Flicense", "/api/v4//check_license",
                 "/api/v4/", "/api/v4", "/api/v4/floating/register", "/api/v4/./check_license"):
        answer = client.raw("GET", path) if path.startswith("/api/v4/") else None
        if answer is not None:
            refused(answer, "not_found", 404)


def test_wrong_method(client):
    answer = client.raw("GET", "/api/v4/activate_license")
    refused(answer, "method_not_allowed", 405)
    assert answer.headers["allow"] == ["POST"]
    answer = client.raw("POST", "/api/v4/check_license", body=b"{}")
    refused(answer, "method_not_allowed", 405)
    assert answer.headers["allow"] == ["GET"]
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        refused(client.raw(method, "/api/v4/check_license"), "method_not_allowed", 405)


class TestQuery:
    def ask(self, client, query):
        """The query as text; the nonce is added here."""
        date = client.date()
        target = "/api/v4/check_license?" + query
        connection = client.open()
        answer = exchange(connection, "GET", target,
                          [("Date", date), ("Authorization", client.authorization(date))])
        connection.close()
        client.verify("GET", target, date, answer)
        return answer

    def fields(self, case, device, **more):
        return "&".join(f"{k}={quote(str(v), safe='')}" for k, v in case.fields(device, more).items())

    def test_form_decoding(self, client, case):
        device = "a b+" + hw()
        ok(post(client, text(case, hardware_id=device)))
        for form in (quote(device), device.replace("+", "%2B").replace(" ", "+")):
            ok(self.ask(client, self.fields(case, Absent) + "&hardware_id=" + form))

    def test_twice(self, client, case):
        query = self.fields(case, hw())
        refused(self.ask(client, query + "&product=" + case.code), "validation_error")
        refused(self.ask(client, query + "&x=1&x=1"), "validation_error")

    @pytest.mark.parametrize("tail", ["&os_ver=%ff", "&os_ver=%00", "&os_ver=%4", "&os_ver=%zz"])
    def test_bad_escapes(self, client, case, tail):
        refused(self.ask(client, self.fields(case, hw()) + tail), "validation_error")

    def test_booleans(self, client, case):
        device = hw()
        ok(post(client, text(case, hardware_id=device)))
        for value in ("true", "false", "1", "0"):
            ok(self.ask(client, self.fields(case, device, include_expired_features=value)))
        refused(self.ask(client, self.fields(case, device, include_expired_features="yes")),
                "validation_error")

    def test_empty_is_absent(self, client, case):
        refused(self.ask(client, self.fields(case, "")), "missing_parameters")

    def test_integers(self, client, case):
        device = hw()
        ok(post(client, text(case, hardware_id=device)))
        ok(self.ask(client, self.fields(case, device, license_id=case.id)))
        for value in ("1x", "+1", "1.0", "0x1", "99999999999999999999"):
            refused(self.ask(client, self.fields(case, device, license_id=value)),
                    "validation_error")


def test_get_body_is_ignored(client, case):
    device = hw()
    ok(post(client, text(case, hardware_id=device)))
    ok(client.raw("GET", "/api/v4/check_license", case.fields(device, {}), b"{rubbish"))


def test_query_of_a_post_is_ignored(client, case):
    ok(post(client, text(case), query={"product": "other", "license_key": "X"}))
    refused(post(client, "{}", query=case.fields(hw(), {})), "missing_parameters")


def test_content_type_is_not_examined(client, case):
    date = client.date()
    ok(client.raw("POST", "/api/v4/activate_license", body=text(case).encode(), headers=[
        ("Date", date), ("Authorization", client.authorization(date)),
        ("Content-Type", "image/png"), ("Accept", "text/html")]))


def test_body_size(client, case):
    body = text(case, os_ver="x")
    room = 65536 - len(body)
    ok(post(client, body[:-2] + "x" * room + '"}'))
    refused(post(client, body[:-2] + "x" * (room + 1) + '"}'), "payload_too_large", 413)
    client.close()


def test_product_codes(manage, client):
    code = unique("A.~_-z")
    make_product(manage, short_code=code)
    ok(client.get("product_details", product=code))
