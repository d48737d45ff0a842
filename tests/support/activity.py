"""A whole life of a server in little: staff, applications, passwords, backup, new
certificates. What was secret in it is kept, by name, for the tests that look for it."""
import http.client
import json
import secrets
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from licetd import (LICETD, Client, Manage, Server, exchange, make_bundle, make_license,
                    make_product, run)
from v4 import Case, hw, ok, refused

# The argument of a password never looks like another one's: a hit names its source.
USES = ("activate", "set by staff", "first", "changed to", "wrong", "chunked", "in a query",
        "in a list", "refused body", "cut short")


def make_cert(home):
    """New files under the same names: what a SIGHUP takes over."""
    cert, key = home / "tls.pem", home / "tls.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec",
                    "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3", "-subj",
                    "/CN=licet", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                    cert], check=True, capture_output=True)
    return cert, key


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


class SecureManage(Manage):
    def __init__(self, server, token, context):
        super().__init__(server, token)
        self.context = context

    def connection(self):
        parts = urlsplit(self.server.admin)
        return http.client.HTTPSConnection(parts.netloc, timeout=30, context=self.context)


class World:
    def __init__(self, home):
        self.home = Path(home)
        self.cert, self.key = make_cert(self.home)
        self.server = Server(f"server.tls_cert={self.cert}", f"server.tls_key={self.key}",
                             f"admin.tls_cert={self.cert}", f"admin.tls_key={self.key}",
                             "v4.user_fail_rate=1000/s", "log.level=debug", directory=home,
                             sealed=True)
        word = self.server.passphrase.read_text(encoding="utf-8").strip()
        self.secrets = {"passphrase": word}
        self.passwords = {use: "pw-" + secrets.token_urlsafe(15) for use in USES}
        self.connections = []

    def run(self):
        self.start()
        self.staff()
        self.applications()
        self.users()
        self.bad_requests()
        self.backup()
        self.renew()
        self.rotate()
        self.applications()
        self.users()
        self.secrets.update({"password, " + use: word for use, word in self.passwords.items()})

    def start(self):
        self.server.start(LICET_PASSPHRASE=self.secrets["passphrase"])
        self.context = ssl.create_default_context(cafile=self.cert)
        made = self.server.manage.post("api-keys/", {"name": "app"})
        self.secrets["shared key"] = made["shared_key"]
        self.api_key = made["api_key"], made["shared_key"]
        self.secrets["token"] = self.server.manage.post("tokens/", {"name": "staff"})["token"]

    def client(self):
        """Its connection stays open to the end: nothing is wiped by a close."""
        made = Client(self.server, *self.api_key, context=self.context)
        self.connections.append(made)
        return made

    @property
    def manage(self):
        return SecureManage(self.server, self.secrets["token"], self.context)

    def staff(self):
        manage = self.manage
        for path in ("status/", "products/", "licenses/", "api-keys/", "tokens/", "audit/",
                     "stats/", "license-users/", "customers/", "devices/", "vendor/"):
            assert manage.call("GET", path).status in (200, 404), path
        connection = manage.connection()
        assert exchange(connection, "GET", "/metrics", [
            ("Authorization", "Api-Key " + self.secrets["token"])]).status == 200
        connection.close()

    def rotate(self):
        """New keys of both uses; the former issuing key's file is kept outside for a look."""
        (file,) = (self.server.data / "keys").glob("issuing-*.key")
        self.former = self.server.home / "former.key"
        self.former.write_bytes(file.read_bytes())
        for use in ("issuing", "box"):
            assert self.server.manage.post("keys/rotate/", {"use": use})["state"] == "active"
        for client in self.connections:
            client.jwks = None

    def applications(self):
        client = self.client()
        case = Case(client, self.manage, max_activations=2, license_type="consumption",
                    max_consumptions=10)
        device = hw()
        ok(case.activate(device))
        ok(case.check(device))
        assert case.consume(device, consumptions=2).status == 200
        case.edit(max_activations=3)
        ok(case.deactivate(device))
        bundle = Case(client, self.manage, make_bundle(self.manage, 2), max_activations=2)
        ok(bundle.activate(device))
        ok(bundle.deactivate(device))
        ok(client.get("product_details", product=case.code))
        ok(client.get(".well-known"))

    def users(self):
        manage, words, client = self.manage, self.passwords, self.client()
        product = make_product(manage, authorization_method="user")
        email = secrets.token_hex(6) + "@example.com"
        user = {"email": email, "password": words["activate"]}
        made = make_license(manage, product, users=[user], max_activations=9)
        assert made["id"]
        fields = {"hardware_id": hw(), "product": product["short_code"], "username": email}
        ok(client.post("activate_license", password=words["activate"], **fields))
        client.get("check_license", password=words["in a query"], **fields)
        refused(client.post("activate_license", password=words["wrong"], **fields),
                "license_not_found")
        user = manage.get("license-users/", email=email)["results"][0]
        self.set_passwords(manage, user["id"])
        for use, new in (("set by staff", "first"), ("first", "changed to")):
            answer = client.post("change_password", username=email, password=words[use],
                                 new_password=words[new])
            assert answer.status == 200, answer
        self.chunked(client, {**fields, "password": words["chunked"]})

    def set_passwords(self, manage, number):
        path = f"license-users/{number}/set_password/"
        for use in ("in a list", "set by staff"):
            manage.post(path, {"password": self.passwords[use]})
        self.server.manage.post(path, {"password": self.passwords["set by staff"]})

    def chunked(self, client, fields):
        """A body in pieces, which the server gathers; the connection stays open."""
        connection = client.open()
        date = client.date()
        body = json.dumps(fields).encode()
        pieces = [body[i:i + 7] for i in range(0, len(body), 7)]
        connection.request("POST", "/api/v4/activate_license", iter(pieces), encode_chunked=True,
                           headers={"Date": date, "Authorization": client.authorization(date),
                                    "Transfer-Encoding": "chunked"})
        assert connection.getresponse().read()
        self.connections.append(connection)

    def bad_requests(self):
        """Bodies that are refused before anything decodes them, and one that never ends."""
        client = self.client()
        word = self.passwords["refused body"]
        body = f'{{"password":"{word}",'.encode()
        refused(client.raw("POST", "/api/v4/change_password", body=body), "invalid_json")
        word = self.passwords["cut short"]
        parts = urlsplit(self.server.public)
        raw = socket.create_connection((parts.hostname, parts.port), timeout=10)
        sock = self.context.wrap_socket(raw, server_hostname=parts.hostname)
        sock.sendall(b"POST /api/v4/change_password HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 4000\r\n\r\n" + f'{{"password":"{word}"'.encode())
        time.sleep(0.2)
        sock.close()

    def backup(self):
        done = run(LICETD, "backup", "--to", self.home / "b.lbak", env=self.server.env(),
                   check=False)
        assert done.returncode == 0, done.stderr
        assert self.server.verify().returncode == 0

    def renew(self):
        make_cert(self.home)
        self.server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in self.server.log_text())
        self.context = ssl.create_default_context(cafile=self.cert)

    def stop(self):
        for connection in self.connections:
            connection.close()
        return self.server.stop()
