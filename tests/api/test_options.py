"""Options of the configuration, each by what changes when it is set."""
import http.client
import json
import os
import pwd
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from licetd import LICETD, Client, Manage, Server, UnixConnection, exchange, make_product, run, unique
from raw import connect, read_all
from v4 import Case, hw, ok, refused

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def serve():
    """Starts servers with the settings given; the test ends with their end."""
    made = []

    def start(*settings, **how):
        server = Server(*settings, **how)
        made.append(server)
        return server.start()

    yield start
    for server in made:
        server.kill()
        log = server.log_text()
        server.remove()
        assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]


def logged(server, word):
    """The last line of the log with the word; it is written once the answer is out."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = [line for line in server.log_text().splitlines() if word in line]
        if found:
            return found[-1]
        time.sleep(0.02)
    raise AssertionError(f"{word} is not in the log")


def well_known(server):
    return ok(server.client().get(".well-known"))


class TestOrigins:
    def test_server_url(self, serve):
        found = well_known(serve("server.url=https://licenses.acme.example"))
        assert found["api_base_url"] == "https://licenses.acme.example/api/v4"
        assert "https://licenses.acme.example/api/v4/activate_license/" in json.dumps(found)

    def test_v4_base_url_goes_first(self, serve):
        found = well_known(serve("server.url=https://a.example", "v4.base_url=https://b.example/v4"))
        assert found["api_base_url"] == "https://b.example/v4"
        assert "https://a.example" not in json.dumps(found)

    def test_v4_environment(self, serve):
        assert well_known(serve())["environment"] == "production"
        assert well_known(serve("v4.environment=staging"))["environment"] == "staging"

    def test_admin_url_in_paging_links(self, serve):
        server = serve("admin.url=https://admin.acme.example")
        for _ in range(2):
            make_product(server.manage)
        token = server.manage.post("tokens/", {"name": "t"})["token"]
        links = Manage(server, token).get("products/", limit=1)
        assert links["next"] == "https://admin.acme.example/api/v1/products/?limit=1&offset=1"
        links = server.manage.get("products/", limit=1)
        assert links["next"] == "/api/v1/products/?limit=1&offset=1"


class TestDateWindow:
    def ask(self, client, seconds):
        date = client.date(time.time() + seconds)
        return client.raw("GET", "/api/v4/product_details", {"product": "none"}, date=date)

    @pytest.mark.parametrize("settings,inside,outside", [((), 800, 1000),
                                                         (("v4.date_window=60s",), 50, 70)])
    def test_v4_date_window(self, serve, settings, inside, outside):
        client = serve(*settings).client()
        for sign in (1, -1):
            refused(self.ask(client, sign * inside), "unknown_product")
            refused(self.ask(client, sign * outside), "date_header_diff")


class TestProxy:
    def test_server_behind_proxy_opens_plain_http(self, serve):
        server = serve("server.listen=0.0.0.0:0", "server.behind_proxy=yes")
        port = urlsplit(server.public).port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        assert exchange(connection, "GET", "/healthz", []).status == 200
        connection.close()

    def health(self, server, path, forwarded, source="127.0.0.1"):
        """Asks from `source` in the name of `forwarded`; the address in the log."""
        connection = http.client.HTTPConnection(urlsplit(server.public).netloc, timeout=20,
                                                source_address=(source, 0))
        assert exchange(connection, "GET", path, [("X-Forwarded-For", forwarded)]).status == 404
        connection.close()
        return json.loads(logged(server, f'"{path}"'))["peer"]

    def test_server_trusted_proxies(self, serve):
        server = serve("server.trusted_proxies=127.0.0.1/32, 192.0.2.0/24", "log.format=json")
        assert self.health(server, "/a", "203.0.113.7") == "203.0.113.7"
        assert self.health(server, "/b", "203.0.113.7, 192.0.2.9") == "203.0.113.7"
        assert self.health(server, "/c", "203.0.113.7, 198.51.100.1") == "198.51.100.1"
        assert self.health(server, "/d", "203.0.113.7", source="127.0.0.2") == "127.0.0.2"

    def test_nobody_is_trusted_by_default(self, serve):
        assert self.health(serve("log.format=json"), "/a", "203.0.113.7") == "127.0.0.1"

    def test_limits_count_the_address_behind_the_proxy(self, serve):
        server = serve("server.trusted_proxies=127.0.0.1", "v4.fail_rate=2/h", "v4.rate=0")
        client = server.client()
        stranger = Client(server, "no-such-key", client.shared_key)

        def ask(who, address):
            date = who.date()
            return who.raw("GET", "/api/v4/product_details", {"product": "none"}, date=date, headers=[
                ("Date", date), ("Authorization", who.authorization(date)),
                ("X-Forwarded-For", address)])

        for _ in range(2):
            refused(ask(stranger, "203.0.113.7"), "invalid_api_key")
        refused(ask(stranger, "203.0.113.7"), "too_many_requests", 429)
        refused(ask(client, "203.0.113.7"), "too_many_requests", 429)
        refused(ask(client, "203.0.113.8"), "unknown_product")


def test_server_max_connections(serve):
    """Over all addresses; the admin socket has its own count."""
    server = serve("server.max_connections=4", "server.max_per_address=100")
    parts = urlsplit(server.public)
    held = []
    for n in range(4):
        sock = socket.create_connection((parts.hostname, parts.port), 10, (f"127.0.0.{n + 1}", 0))
        sock.sendall(HEALTH)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200")
        held.append(sock)
    with connect(server.public) as sock:
        assert read_all(sock) == b""
    assert server.manage.get("status/")
    held.pop().close()
    for _ in range(100):
        with connect(server.public) as sock:
            sock.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            if read_all(sock).startswith(b"HTTP/1.1 200"):
                break
    else:
        pytest.fail("a place that fell free is not given again")
    for sock in held:
        sock.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another account")
class TestUser:
    def own(self, server, account="nobody"):
        user = pwd.getpwnam(account)
        for path in (server.home, *server.home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        return user

    def test_server_user(self):
        server = Server("server.user=nobody")
        try:
            user = self.own(server)
            server.start()
            status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
            fields = dict(line.split(":", 1) for line in status.splitlines())
            assert fields["Uid"].split() == [str(user.pw_uid)] * 4
            assert fields["Gid"].split() == [str(user.pw_gid)] * 4
            assert "0" not in fields["Groups"].split()
            assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
            assert os.stat(server.socket).st_uid == user.pw_uid
            ok(Case(server.client(), server.manage).activate(hw()))
            assert server.stop() == 0
            assert "running_as_root" not in server.log_text()
        finally:
            server.remove()

    @pytest.mark.parametrize("account,code,word", [("nobody", 4, "denied"),
                                                   ("no-such-account", 2, "config_error")])
    def test_refusals(self, account, code, word):
        """Data that the account may not read; an account that is not there."""
        server = Server(f"server.user={account}")
        try:
            done = run(LICETD, "serve", *server.options(), check=False, env=server.env())
            assert (done.returncode, done.stdout) == (code, "")
            assert word in done.stderr
        finally:
            server.remove()


class TestStore:
    def fill(self, manage):
        """Products until one does not fit; the ids of those that did, and the refusal."""
        stored = []
        for _ in range(3000):
            code = unique("fill")
            answer = manage.call("POST", "products/", {"short_code": code, "product_name": code,
                                                        "metadata": {"text": "x" * 3000}})
            if answer.status != 201:
                return stored, answer
            stored.append(answer.json["id"])
        raise AssertionError("the store took everything")

    def test_store_map_max(self, serve):
        """A full store: what is new is refused, what was said is kept, checks go on."""
        server = serve("store.map_max=1M", "v4.rate=0", "admin.rate=0")
        case = Case(server.client(), server.manage)
        device = hw()
        ok(case.activate(device))
        stored, answer = self.fill(server.manage)
        assert stored
        assert (answer.status, answer.code) == (503, "service_unavailable"), answer
        assert "store_full" in server.log_text()
        assert answer.headers["retry-after"]
        for _ in range(5):
            ok(case.check(device))
        for number in stored[:3] + stored[-3:]:
            assert server.manage.get(f"products/{number}/")["id"] == number
        assert server.stop() == 0
        assert server.verify().returncode == 0
        server.settings = [s for s in server.settings if "map_max" not in s] + ["store.map_max=64M"]
        server.start()
        assert {p["id"] for p in self.products(server.manage)} >= set(stored)
        make_product(server.manage)
        case.client.close()
        case.client.base = server.public
        ok(case.check(device))
        ok(case.deactivate(device))
        assert server.stop() == 0
        assert server.verify().returncode == 0

    def products(self, manage):
        found, offset = [], 0
        while True:
            page = manage.get("products/", limit=100, offset=offset)
            found += page["results"]
            offset += 100
            if page["next"] is None:
                return found

    def commits(self, server):
        text = exchange(UnixConnection(server.socket), "GET", "/metrics", []).body.decode()
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return [float(values[f"licet_store_{name}_total"]) for name in ("jobs", "commits")]

    def test_store_batch_max(self, serve):
        """With 1 each change has a commit of its own; else those that wait share one."""
        shared = {}
        for most in (1, 256):
            server = serve(f"store.batch_max={most}", "admin.rate=0")
            before = self.commits(server)
            threads = [threading.Thread(target=lambda s=server: [make_product(s.manage)
                                                                 for _ in range(8)]) for _ in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            jobs, commits = (b - a for a, b in zip(before, self.commits(server)))
            assert jobs >= 128
            shared[most] = jobs - commits
            server.stop()
        assert shared[1] <= 0
        assert shared[256] > 0


class TestLog:
    def line(self, server, path):
        connection = http.client.HTTPConnection(urlsplit(server.public).netloc, timeout=20)
        exchange(connection, "GET", path, [])
        connection.close()
        return logged(server, path)

    def test_log_format(self, serve):
        assert " event=request " in self.line(serve("log.format=logfmt"), "/one")
        for how in ("json", "auto"):
            found = json.loads(self.line(serve(f"log.format={how}"), "/one"))
            assert (found["event"], found["route"]) == ("request", "/one")

    @pytest.mark.parametrize("slow,marked", [("1ms", "yes"), ("1h", "no")])
    def test_log_slow(self, serve, slow, marked):
        """A password takes its time."""
        server = serve(f"log.slow={slow}", "log.format=json")
        server.client().post("change_password", username="who@client.example", password="no such one",
                             new_password="another one of 12")
        assert json.loads(logged(server, "/change_password"))["slow"] == marked
