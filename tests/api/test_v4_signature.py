"""Response authenticity (v4 4.4): what a verifying client relies on."""
import base64
import hashlib
import time

import pytest
import verify_answer
from licetd import exchange, make_product
from v4 import refused


@pytest.fixture
def signed(client, manage):
    """A sent request and its answer: (method, target, date, answer)."""
    date = client.date()
    code = make_product(manage)["short_code"]
    target = f"/api/v4/product_details?product={code}&nonce=Zk3v9QbT0c2m7yWq1sXr4A"
    connection = client.open()
    answer = exchange(connection, "GET", target,
                      [("Date", date), ("Authorization", client.authorization(date))])
    connection.close()
    client.verify("GET", target, date, answer)
    return "GET", target, date, answer


def rejected(client, method, target, date, answer):
    with pytest.raises(verify_answer.BadAnswer):
        client.verify(method, target, date, answer)


def test_replay_elsewhere(client, signed):
    method, target, date, answer = signed
    assert answer.status == 200
    rejected(client, "POST", target, date, answer)
    rejected(client, method, target.replace("product_details", "check_license"), date, answer)
    rejected(client, method, target.replace("Zk3v", "Zk3w"), date, answer)
    rejected(client, method, target + "&x=1", date, answer)
    rejected(client, method, target.split("?")[0], date, answer)
    rejected(client, method, target, client.date(time.time() - 1), answer)
    rejected(client, method, target, None, answer)


def test_flipped_byte(client, signed):
    method, target, date, answer = signed
    body = bytearray(answer.body)
    body[len(body) // 2] ^= 1
    answer.body = bytes(body)
    rejected(client, method, target, date, answer)
    digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode()
    answer.headers["content-digest"] = [f"sha-256=:{digest}:"]
    rejected(client, method, target, date, answer)


def test_changed_status_time_and_key(client, signed):
    method, target, date, answer = signed
    params = answer.headers["signature-input"][0]
    created = params.split("created=")[1].split(";")[0]
    answer.headers["signature-input"] = [params.replace(created, str(int(created) + 1))]
    rejected(client, method, target, date, answer)
    answer.headers["signature-input"] = [params]
    client.verify(method, target, date, answer)
    answer.status = 400
    rejected(client, method, target, date, answer)


def test_created_is_now(client, signed):
    method, target, date, answer = signed
    _, created = client.verify(method, target, date, answer)
    assert abs(created - time.time()) < 30


def test_exactly_one_of_each_header(signed):
    headers = signed[3].headers
    for name in ("content-digest", "signature-input", "signature", "content-length", "date"):
        assert len(headers[name]) == 1
    assert "content-encoding" not in headers


def ask(client, method, target, headers, body=None):
    connection = client.open()
    answer = exchange(connection, method, target, headers, body)
    connection.close()
    return answer


@pytest.mark.parametrize("method,path,status,code", [
    ("GET", "/api/v4/nothing", 404, "not_found"),
    ("PUT", "/api/v4/check_license", 405, "method_not_allowed"),
    ("GET", "/api/v4/check_license", 400, "missing_headers"),
    ("POST", "/api/v4/activate_license", 400, "missing_headers")])
def test_errors_are_signed(client, method, path, status, code):
    client.get("product_details")
    for date in (client.date(), None):
        headers = [("Date", date)] if date else []
        answer = ask(client, method, path, headers)
        refused(answer, code, status)
        client.verify(method, path, date, answer)


def test_several_dates(client):
    client.get("product_details")
    date = client.date()
    answer = ask(client, "GET", "/api/v4/check_license?a=b", [
        ("Date", date), ("Date", date), ("Authorization", client.authorization(date))])
    assert answer.status == 400
    client.verify("GET", "/api/v4/check_license?a=b", None, answer)


def test_date_is_trimmed_but_verbatim(client):
    client.get("product_details")
    answer = ask(client, "GET", "/api/v4/check_license", [("Date", "  so to  say  ")])
    client.verify("GET", "/api/v4/check_license", "so to  say", answer)


def test_query_as_received(client):
    client.get("product_details")
    for query in ("?", "?a", "?%41=+&&", "?q=1?2"):
        answer = ask(client, "GET", "/api/v4/check_license" + query, [])
        client.verify("GET", "/api/v4/check_license" + query, None, answer)


def test_well_known_is_signed(client):
    client.get("product_details")
    answer = ask(client, "GET", "/api/v4/.well-known", [])
    assert answer.status == 200
    client.verify("GET", "/api/v4/.well-known", None, answer)


def test_jwks(client):
    answer = ask(client, "GET", "/.well-known/jwks.json", [])
    assert answer.status == 200 and "signature" not in answer.headers
    key = answer.json["keys"][0]
    assert [key[n] for n in ("kty", "crv", "use", "alg")] == ["OKP", "Ed25519", "sig", "EdDSA"]
    public = base64.urlsafe_b64decode(key["x"] + "=")
    assert len(public) == 32
    assert key["kid"] == hashlib.blake2b(public, digest_size=32).hexdigest()[:16]


def test_head_and_too_large(client):
    client.get("product_details")
    target = "/api/v4/check_license"
    answer = ask(client, "HEAD", target, [])
    assert answer.status == 405 and "signature" not in answer.headers and answer.body == b""
    answer = ask(client, "POST", "/api/v4/activate_license", [], b"x" * 65537)
    assert answer.status == 413
    client.verify("POST", "/api/v4/activate_license", None, answer)
