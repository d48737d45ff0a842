"""A private licetd for system tests: real processes, real sockets, and clients that check every
answer's signature. LICET_BUILD names the build directory."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlencode, urlsplit

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "doc" / "examples"))
import verify_answer  # noqa: E402  (the independent verifier that users get, too)

BUILD = Path(os.environ.get("LICET_BUILD", TOP / "build")).resolve()
LICETD, LICET = BUILD / "licetd", BUILD / "licet"
PREFIX = bytes.fromhex("6c6963656e7365537072696e67")
START_SECONDS = 30


def clean_env(**more):
    env = {k: v for k, v in os.environ.items() if not k.startswith("LICET_")}
    env.update(more)
    return env


def run(*args, check=True, env=None, stdin=None, timeout=60):
    """A program of the build; returns the completed process with text output."""
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, env=env or clean_env(),
                          input=stdin, timeout=timeout, check=False)
    if check and done.returncode:
        raise AssertionError(f"{args}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["code"]

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=30):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def exchange(connection, method, target, headers, body=None):
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    reply = connection.getresponse()
    found = {}
    for name, value in reply.getheaders():
        found.setdefault(name.lower(), []).append(value)
    return Answer(reply.status, found, reply.read())


class Manage:
    """The management API: over the admin socket, or over TCP with a token (and from an address
    of its own, since failed tokens make their address wait)."""

    def __init__(self, server, token=None, source=None):
        self.server, self.token, self.source = server, token, source

    def connection(self):
        if self.token is None:
            return UnixConnection(self.server.socket)
        return http.client.HTTPConnection(urlsplit(self.server.admin).netloc, timeout=30,
                                          source_address=self.source and (self.source, 0))

    def call(self, method, path, body=None, headers=(), **query):
        target = "/api/v1/" + path + ("?" + urlencode(query) if query else "")
        headers = list(headers)
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            if "Content-Type" not in dict(headers):
                headers.append(("Content-Type", "application/json"))
        if self.token is not None:
            headers.append(("Authorization", "Api-Key " + self.token))
        connection = self.connection()
        try:
            return exchange(connection, method, target, headers, data)
        finally:
            connection.close()

    def ok(self, method, path, body=None, **query):
        answer = self.call(method, path, body, **query)
        assert 200 <= answer.status < 300, answer
        return answer.json if answer.body else None

    def get(self, path, **query):
        return self.ok("GET", path, **query)

    def post(self, path, body=None, **query):
        return self.ok("POST", path, body, **query)

    def patch(self, path, body, **query):
        return self.ok("PATCH", path, body, **query)

    def delete(self, path, **query):
        return self.ok("DELETE", path, **query)


class Client:
    """An application: signs its requests with an API key and verifies what comes back."""

    def __init__(self, server, api_key, shared_key, base=None, context=None):
        self.server, self.api_key, self.shared_key = server, api_key, shared_key
        self.base, self.context = base or server.public, context
        self.connection = None
        self.jwks = None

    def date(self, at=None):
        return formatdate(at or time.time(), usegmt=True)

    def authorization(self, date):
        text = PREFIX + b"\ndate: " + date.encode()
        mac = hmac.new(self.shared_key.encode(), text, hashlib.sha256).digest()
        return (f'algorithm="hmac-sha256",headers="date",signature="{base64.b64encode(mac).decode()}"'
                f',apikey="{self.api_key}"')

    def open(self):
        parts = urlsplit(self.base)
        if parts.scheme == "https":
            return http.client.HTTPSConnection(parts.netloc, timeout=30, context=self.context)
        return http.client.HTTPConnection(parts.netloc, timeout=30)

    def raw(self, method, path, query=None, body=None, headers=None, date=None):
        """One exchange, signature of the answer checked (5xx are unsigned)."""
        date = date or self.date()
        if headers is None:
            headers = [("Date", date), ("Authorization", self.authorization(date))]
        pairs = dict(query or {})
        pairs["nonce"] = secrets.token_urlsafe(16)
        target = path + "?" + urlencode(pairs)
        if self.connection is None:
            self.connection = self.open()
        try:
            answer = exchange(self.connection, method, target, headers, body)
        except Exception:
            self.close()
            raise
        if "close" in answer.headers.get("connection", []):
            self.close()
        if answer.status < 500:
            dates = [v for n, v in headers if n.lower() == "date"]
            self.verify(method, target, dates[0] if len(dates) == 1 else None, answer)
        else:
            assert "signature" not in answer.headers
        return answer

    def verify(self, method, target, date, answer):
        if self.jwks is None:
            connection = self.open()
            self.jwks = exchange(connection, "GET", "/.well-known/jwks.json", []).json
            connection.close()
        return verify_answer.verify(self.jwks, (method, "http://x" + target, date),
                                    answer.status, answer.headers, answer.body)

    def get(self, endpoint, **query):
        return self.raw("GET", "/api/v4/" + endpoint, query)

    def post(self, endpoint, **body):
        return self.raw("POST", "/api/v4/" + endpoint, body=json.dumps(body).encode())

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class Server:
    def __init__(self, *settings, sealed=False, directory=None, args=()):
        self.home = Path(directory or tempfile.mkdtemp(prefix="licet-test-"))
        self.data = self.home / "data"
        self.settings = ["server.listen=127.0.0.1:0", "admin.listen=127.0.0.1:0", *settings]
        self.args = list(args)
        self.process = None
        self.passphrase = None
        if not self.data.exists():
            self.init(sealed)

    def env(self, **more):
        return clean_env(LICET_DATA=str(self.data), **more)

    def init(self, sealed):
        how = ["--unsealed"]
        if sealed:
            self.passphrase = self.home / "passphrase"
            self.passphrase.write_text(secrets.token_urlsafe(18) + "\n", encoding="utf-8")
            self.passphrase.chmod(0o600)
            how = ["--passphrase-file", self.passphrase]
        run(LICETD, "init", "--name", "Acme GmbH", "--owner", "owner@acme.example", *how, env=self.env())

    def options(self, *more):
        """--set for each setting; a later one of the same key wins."""
        last = {setting.partition("=")[0]: setting for setting in (*self.settings, *more)}
        return [word for setting in last.values() for word in ("--set", setting)]

    def command(self, wrapper=()):
        return [*wrapper, str(LICETD), "serve", *self.args, *self.options()]

    def start(self, wrapper=(), **env):
        self.log = open(self.home / "log", "ab")
        self.process = subprocess.Popen(self.command(wrapper), stdout=subprocess.PIPE, stderr=self.log,
                                        env=self.env(**env), cwd=self.home)
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"ready public=(\S+) admin=(\S+) socket=(\S+)\n", line)
        if not found:
            self.kill()
            raise AssertionError(f"no ready line: {line!r}\n{self.log_text()[-2000:]}")
        self.public, self.admin, self.socket = found.groups()
        return self

    def log_text(self):
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")

    def stop(self, number=signal.SIGTERM, timeout=30):
        """Sends the signal, waits; the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def kill(self):
        return self.stop(signal.SIGKILL)

    def remove(self):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def manage(self):
        return Manage(self)

    def client(self, **fields):
        made = self.manage.post("api-keys/", {"name": "test", **fields})
        return Client(self, made["api_key"], made["shared_key"])

    def licet(self, *args, check=True, stdin=None):
        return run(LICET, *args, check=check, env=self.env(), stdin=stdin)

    def verify(self):
        return run(LICETD, "verify", env=self.env(), check=False)


_count = [0]


def unique(word="x"):
    _count[0] += 1
    return f"{word}{os.getpid()}-{_count[0]}"


def make_product(manage, **fields):
    code = fields.pop("short_code", None) or unique("p")
    return manage.post("products/", {"short_code": code, "product_name": code.upper(), **fields})


def make_bundle(manage, members, **fields):
    codes = [make_product(manage)["short_code"] for _ in range(members)] if isinstance(members, int) \
        else members
    return make_product(manage, is_bundle=True, members=codes, **fields)


def make_license(manage, product, **fields):
    """A license with the given terms (fields of orders/create_order licenses[])."""
    order = manage.post("orders/create_order/", {
        "is_bundle": product["is_bundle"],
        "items": [{"product_code": product["short_code"], "licenses": [fields]}]})
    own = [x for x in order["licenses"] if x["bundle_license_id"] is None]
    return own[0]
