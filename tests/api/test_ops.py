"""/healthz, /readyz, /metrics: which listener has what."""
import http.client
import subprocess
from urllib.parse import urlsplit

import pytest
from licetd import Server, UnixConnection, exchange, make_product
from v4 import Case, hw, ok, refused


def get(connection, path):
    try:
        return exchange(connection, "GET", path, [])
    finally:
        connection.close()


@pytest.fixture(scope="module")
def listeners(server):
    return {"public": lambda: http.client.HTTPConnection(urlsplit(server.public).netloc, timeout=20),
            "admin": lambda: http.client.HTTPConnection(urlsplit(server.admin).netloc, timeout=20),
            "socket": lambda: UnixConnection(server.socket)}


@pytest.mark.parametrize("name", ["public", "admin", "socket"])
def test_health_and_ready(listeners, name):
    answer = get(listeners[name](), "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok", "writable": True})
    answer = get(listeners[name](), "/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ready", "writable": True})


@pytest.mark.parametrize("name,status", [("public", 404), ("admin", 200), ("socket", 200)])
def test_metrics_on_admin_listeners_only(listeners, name, status):
    assert get(listeners[name](), "/metrics").status == status


@pytest.mark.parametrize("path", ["/api/v1/products/", "/api/v1/", "/api/v1/status/"])
def test_no_management_on_the_public_listener(listeners, path):
    assert get(listeners["public"](), path).status == 404


@pytest.mark.parametrize("name", ["admin", "socket"])
def test_no_license_api_on_admin_listeners(listeners, name):
    assert get(listeners[name](), "/api/v4/.well-known").status == 404
    assert get(listeners[name](), "/.well-known/jwks.json").status == 404


def test_management_wants_a_token_on_tcp(listeners):
    answer = get(listeners["admin"](), "/api/v1/products/")
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == ["Api-Key"]


def value(text, name):
    for line in text.splitlines():
        if line.startswith(name + " "):
            return float(line.split()[-1])
    return None


def test_metrics_pass_promtool(listeners, client, manage):
    case = Case(client, manage)
    ok(case.activate(hw()))
    refused(case.activate(hw()), "license_activated_max_times")
    answer = get(listeners["socket"](), "/metrics")
    assert answer.headers["content-type"] == ["text/plain; version=0.0.4; charset=utf-8"]
    done = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_refusals_are_counted_by_code(listeners, client, manage):
    name = 'code="unknown_product"'

    def count():
        text = get(listeners["socket"](), "/metrics").body.decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if name in line)

    before = count()
    for _ in range(3):
        refused(client.get("product_details", product="no-such"), "unknown_product")
    assert count() == before + 3


def test_no_stranger_text_in_metrics(listeners, client, manage):
    code = make_product(manage)["short_code"]
    ok(client.get("product_details", product=code))
    client.raw("GET", "/api/v4/mark-of-a-stranger")
    text = get(listeners["socket"](), "/metrics").body.decode()
    assert code not in text and "mark-of-a-stranger" not in text and client.api_key not in text


def test_metrics_off():
    server = Server("metrics.enabled=no")
    try:
        server.start()
        assert get(UnixConnection(server.socket), "/metrics").status == 404
    finally:
        server.remove()
