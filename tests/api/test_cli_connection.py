"""licet: how it finds its server, and what it does when a connection is lost."""
import http.server
import json
import socketserver
import stat
import threading

import pytest
from licetd import LICET, clean_env, run


class Fake(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A server that answers as scripted, one entry a request: a body, or None to hang up."""
    daemon_threads = True

    def __init__(self, path, script):
        super().__init__(str(path), Handler)
        self.script, self.seen = list(script), []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, dict(self.headers), body))
        step = self.server.script.pop(0)
        if step is None:
            self.close_connection = True
            return
        status, reply = step
        data = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("ETag", '"7"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def address_string(self):
        return "local"

    def log_message(self, *args):
        pass


PRODUCT = (201, {"id": 1, "short_code": "ed"})


def add(path, *more):
    return run(LICET, "product", "add", "ed", "--name", "Ed", "--socket", path, *more, check=False)


def test_a_lost_connection_is_tried_again_under_the_same_key(tmp_path):
    fake = Fake(tmp_path / "s", [None, None, None, PRODUCT])
    done = add(tmp_path / "s", "--reason", "because")
    assert done.returncode == 0 and done.stdout == "created   product ed, id 1\n"
    assert len(fake.seen) == 4 and len({s[2]["Idempotency-Key"] for s in fake.seen}) == 1
    command, target, headers, body = fake.seen[3]
    assert (command, target) == ("POST", "/api/v1/products/?strict=true")
    assert headers["Content-Type"] == "application/json" and "Authorization" not in headers
    assert json.loads(body) == {"short_code": "ed", "product_name": "Ed", "reason": "because"}


def test_three_times_and_no_more(tmp_path):
    fake = Fake(tmp_path / "s", [None] * 9)
    done = add(tmp_path / "s")
    assert done.returncode == 6 and "unreachable" in done.stderr and len(fake.seen) == 4


def test_still_running_is_waited_for(tmp_path):
    running = (409, {"status": 409, "code": "idempotency_in_progress", "message": "x", "errors": []})
    assert add(tmp_path / "nosuch").returncode == 6
    fake = Fake(tmp_path / "s", [None, running, PRODUCT])
    assert add(tmp_path / "s").returncode == 0 and len(fake.seen) == 3
    fake = Fake(tmp_path / "t", [running])
    assert add(tmp_path / "t").returncode == 75 and len(fake.seen) == 1


def test_refusals_are_not_repeated(tmp_path):
    fake = Fake(tmp_path / "s", [(503, {"status": 503, "code": "service_unavailable", "message": "x"})])
    assert add(tmp_path / "s").returncode == 75 and len(fake.seen) == 1
    fake = Fake(tmp_path / "t", [(200, {})])
    assert run(LICET, "product", "list", "--socket", tmp_path / "t", check=False).returncode == 6


def test_edits_carry_the_revision(tmp_path):
    found = (200, {"count": 1, "results": [{"id": 1}]})
    fake = Fake(tmp_path / "s", [found, PRODUCT, PRODUCT, found, PRODUCT, (200, {})])
    assert run(LICET, "product", "edit", "ed", "--name", "x", "--socket", tmp_path / "s").returncode == 0
    run(LICET, "product", "remove", "ed", "--yes", "--reason", "no more", "--socket", tmp_path / "s")
    changes = [s for s in fake.seen if s[0] != "GET"]
    assert [(s[0], s[1], s[2]["If-Match"]) for s in changes] == [
        ("PATCH", "/api/v1/products/1/?strict=true", '"7"'),
        ("DELETE", "/api/v1/products/1/?strict=true&reason=no%20more", '"7"')]
    assert len({s[2]["Idempotency-Key"] for s in changes}) == 2
    assert not any("Idempotency-Key" in s[2] or "strict" in s[1] for s in fake.seen if s[0] == "GET")


def test_a_lost_secret_is_said(tmp_path):
    Fake(tmp_path / "s", [None, (201, {"id": 4, "name": "app", "api_key": "k", "shared_key": None})])
    done = run(LICET, "key", "add", "app", "--out", tmp_path / "k", "--socket", tmp_path / "s", check=False)
    assert done.returncode == 6 and "revoke id 4" in done.stderr and not (tmp_path / "k").exists()


def test_keys_of_a_repeated_order_are_read_again(tmp_path):
    product = {"id": 1, "short_code": "ed", "is_bundle": False}
    issued = {"id": 9, "license_key": "KEY-1", "product": {"short_code": "ed", "product_name": "Ed"}}
    fake = Fake(tmp_path / "s", [(200, {"count": 1, "results": [product]}), (200, product), None,
                                 (201, {"id": 3, "licenses": [{**issued, "license_key": None}]}),
                                 (200, issued), (200, issued)])
    done = run(LICET, "license", "issue", "ed", "--key-out", tmp_path / "k", "--field", "id",
               "--socket", tmp_path / "s")
    assert done.stdout == "9\n" and (tmp_path / "k").read_text() == "KEY-1\n" and not fake.script
    assert json.loads(fake.seen[3][3]) == {"is_bundle": False,
                                           "items": [{"product_code": "ed", "licenses": [{}]}]}


def test_timeout(tmp_path):
    class Slow(Fake):
        def process_request(self, request, client_address):
            threading.Event().wait(0.7)
            super().process_request(request, client_address)

    fake = Slow(tmp_path / "s", [PRODUCT] * 4)
    done = add(tmp_path / "s", "--timeout", "200ms")
    assert done.returncode == 75 and "may have been made" in done.stderr and len(fake.seen) <= 1


def test_a_broken_chain_and_wrong_counters_exit_7(tmp_path):
    broken = {"ok": False, "first": 1, "last": 4, "head": None, "broken_at": 5, "problem": "hash", "next": None}
    Fake(tmp_path / "s", [(200, broken), (200, {"ok": False, "checked": 2, "rows": 3, "problems": [
        {"object": "license/1.seats_used", "expected": 1, "found": 2}]})])
    done = run(LICET, "audit", "verify", "--socket", tmp_path / "s", check=False)
    assert (done.returncode, done.stdout) == (7, "NO  entry 5: hash\n")
    done = run(LICET, "check", "--socket", tmp_path / "s", check=False)
    assert (done.returncode, done.stdout) == (7, "NO  license/1.seats_used: expected 1, found 2\n")


def test_long_audit_logs_are_walked_in_parts(tmp_path):
    part = {"ok": True, "first": 1, "last": 1000, "head": "a", "erased": 0, "next": 1001}
    fake = Fake(tmp_path / "s", [(200, part), (200, {**part, "first": 1001, "last": 1500, "head": "b" * 64,
                                                      "next": None})])
    done = run(LICET, "audit", "verify", "--socket", tmp_path / "s")
    assert done.stdout == f"ok  entries 1-1500, head {'b' * 8}…\n"
    assert [s[1] for s in fake.seen] == ["/api/v1/audit/verify/?from=1", "/api/v1/audit/verify/?from=1001"]


@pytest.fixture(scope="module")
def token(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("token") / "token"
    server.licet("token", "add", "cli", "--out", str(path))
    return path


def licet(home, *args, **env):
    return run(LICET, *args, check=False, env=clean_env(XDG_CONFIG_HOME=str(home), **env))


def test_order_of_servers(server, token, tmp_path):
    env = {"LICET_DATA": str(server.data)}
    assert licet(tmp_path, "status", **env).returncode == 0
    assert licet(tmp_path, "status", LICET_SOCKET="/nosuch", **env).returncode == 6
    assert licet(tmp_path, "status", "--socket", server.socket, LICET_SOCKET="/nosuch").returncode == 0
    assert licet(tmp_path, "status", LICET_SERVER=server.admin, **env).returncode == 4
    assert licet(tmp_path, "status", LICET_SERVER=server.admin, LICET_TOKEN_FILE=str(token)).returncode == 0
    assert licet(tmp_path, "status", "--server", server.admin, "--socket", "/x").returncode == 2
    plain = licet(tmp_path, "status", "--server", "http://192.0.2.1", "--token-file", str(token))
    assert plain.returncode == 2 and "show the token" in plain.stderr
    assert licet(tmp_path, "status", "--server", "https://127.0.0.1:1", "--token-file", str(token)).returncode == 6


def test_contexts(server, token, tmp_path):
    assert licet(tmp_path, "context", "show").returncode == 3
    assert licet(tmp_path, "context", "add", "prod", "--server", server.admin).returncode == 2
    assert licet(tmp_path, "context", "add", "../prod", "--server", server.admin, "--token-file",
                 str(token)).returncode == 2
    made = ("context", "add", "prod", "--server", server.admin, "--token-file", str(token))
    assert licet(tmp_path, *made).returncode == 0
    assert licet(tmp_path, *made).returncode == 5
    assert licet(tmp_path, *made, "--force").returncode == 0
    assert licet(tmp_path, "context", "add", "local", "--socket", server.socket).returncode == 0
    path = tmp_path / "licet" / "contexts" / "prod"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert licet(tmp_path, "context", "list", "--field", "name").stdout == "local\nprod\n"
    assert licet(tmp_path, "status", "--context", "prod").returncode == 0
    assert licet(tmp_path, "status", LICET_CONTEXT="local").returncode == 0
    assert licet(tmp_path, "context", "use", "nosuch").returncode == 3
    assert licet(tmp_path, "context", "use", "prod").returncode == 0
    assert licet(tmp_path, "status").returncode == 0
    shown = licet(tmp_path, "context", "show", "--json").stdout
    assert json.loads(shown) == {"name": "prod", "server": server.admin, "socket": None, "token": True, "in_use": True}
    path.chmod(0o644)
    assert licet(tmp_path, "status").returncode == 4
    path.chmod(0o600)
    assert licet(tmp_path, "context", "remove", "prod").returncode == 0
    assert licet(tmp_path, "context", "list", "--field", "name").stdout == "local\n"
    assert licet(tmp_path, "context", "show").returncode == 3
    assert licet(tmp_path, "context", "remove", "prod").returncode == 3


def test_a_token_file_others_can_read_is_refused(server, token, tmp_path):
    open_file = tmp_path / "token"
    open_file.write_text(token.read_text())
    open_file.chmod(0o640)
    done = licet(tmp_path, "status", "--server", server.admin, "--token-file", str(open_file))
    assert done.returncode == 4 and "not_private" in done.stderr
    open_file.chmod(0o600)
    assert licet(tmp_path, "status", "--server", server.admin, "--token-file", str(open_file)).returncode == 0
    open_file.write_text("two words\n")
    assert licet(tmp_path, "status", "--server", server.admin, "--token-file", str(open_file)).returncode == 4
