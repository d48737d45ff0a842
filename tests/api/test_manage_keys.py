"""Signing and box keys over the API and with `licet keys`: states, roles, the root elsewhere, and a
directory of an earlier version."""
import base64
import hashlib
import json
import re
import shutil

import pytest
from licetd import LICET, LICETD, Server, run
from signing import FREE, REASON, active, files, jwks, keys_of, older_store, rotate
from v4 import Case, hw


@pytest.fixture
def fresh():
    """A server of its own, not started yet, with unsealed keys."""
    made = Server(*FREE)
    yield made
    made.remove()


@pytest.fixture
def sealed():
    made = Server(*FREE, sealed=True)
    yield made
    made.remove()


# --- what is shown ------------------------------------------------------------------------------

def test_list(server, manage):
    keys = {k["use"]: k for k in keys_of(server)}
    assert sorted(keys) == ["box", "issuing", "root"]
    for use, key in keys.items():
        raw = base64.urlsafe_b64decode(key["public_key"] + "=")
        assert key["fingerprint"] == hashlib.blake2b(raw, digest_size=32).hexdigest()
        assert key["kid"] == key["fingerprint"][:16]
        assert key["state"] == "active" and key["on_server"] is True and key["sealed"] is False
        assert key["certified"] is (use != "root")
        assert manage.get(f"keys/{key['kid']}/")["pem"].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert keys["issuing"]["live_activations"] == 0
    assert keys["root"]["not_before"] is None
    answer = manage.call("GET", f"keys/{keys['box']['kid']}/certificate/")
    assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
    assert answer.body.startswith(b"-----BEGIN LICET KEY CERTIFICATE-----\n")
    for path in ("keys/0123456789abcdef/", "keys/1/", "keys/ROOT/", f"keys/{keys['root']['kid']}/certificate/"):
        assert manage.call("GET", path).status == 404


def test_published_certificate(server):
    (key,) = jwks(server)
    armored = server.manage.call("GET", f"keys/{key['kid']}/certificate/").body.decode()
    inner = "".join(armored.splitlines()[1:-1])
    raw = base64.b64decode(inner)
    assert key["licet_cert"] == base64.urlsafe_b64encode(raw).decode().rstrip("=")
    client = server.client()
    assert client.get(".well-known").json["keys"] == [key]
    client.close()


def test_permissions(server, manage):
    kid = active(server, "box")["kid"]

    def with_token(*permissions):
        made = manage.post("tokens/", {"name": "t", "permissions": list(permissions)})
        other = type(manage)(server, made["token"])
        return [other.call(*call).status for call in (
            ("GET", "keys/"), ("GET", f"keys/{kid}/"), ("GET", f"keys/{kid}/certificate/"),
            ("POST", "keys/rotate/", {"use": "none"}),
            ("PUT", f"keys/{kid}/certificate/", {}),
            ("POST", f"keys/{kid}/retire/", REASON), ("POST", f"keys/{kid}/revoke/", REASON))]

    assert with_token("catalog.read") == [403] * 7
    assert with_token("keys.read") == [200] * 3 + [403] * 4
    assert with_token("keys.rotate") == [403] * 3 + [400] + [403] * 3
    assert with_token("keys.admin") == [403] * 4 + [415, 409, 409]


# --- states -------------------------------------------------------------------------------------

def test_life_of_issuing_keys(fresh):
    server = fresh.start()
    first = active(server, "issuing")["kid"]
    made = rotate(server, "issuing")
    assert made["state"] == "active" and made["certified"] and made["on_server"]
    assert files(server, "issuing-*") == [f"issuing-{made['kid']}.key"]
    assert [k["kid"] for k in jwks(server)] == [made["kid"], first]
    old = server.manage.get(f"keys/{first}/")
    assert old["state"] == "retired" and not old["on_server"] and old["certified"]
    case = Case(server.client(), server.manage, max_activations=5)
    assert case.activate(hw()).status == 200  # and its signature was verified
    for act in ("retire", "revoke"):
        answer = server.manage.call("POST", f"keys/{made['kid']}/{act}/", REASON)
        assert (answer.status, answer.code) == (409, "wrong_state")
    assert server.manage.call("POST", f"keys/{first}/retire/", REASON).code == "wrong_state"
    assert server.manage.call("POST", f"keys/{first}/revoke/", {}).code == "reason_required"
    assert server.manage.post(f"keys/{first}/revoke/", REASON)["live_activations"] == 0
    assert [k["kid"] for k in jwks(server)] == [made["kid"]]
    said = [e["action"] for e in server.manage.get("audit/", object_type="key", limit=100)["results"]]
    assert said == ["key.generated"] * 3 + ["key.generated", "key.activated", "key.revoked"]
    assert server.stop() == 0
    before = files(server)
    assert re.search(r"keys 5$", server.verify().stdout.strip())
    server.start()
    assert files(server) == before
    assert {k["kid"]: k["state"] for k in keys_of(server, use="issuing")} == {
        first: "revoked", made["kid"]: "active"}
    assert server.stop() == 0


def test_life_of_box_keys(fresh):
    server = fresh.start()
    first = active(server, "box")["kid"]
    made = rotate(server, "box")["kid"]
    assert files(server, "box-*") == sorted([f"box-{first}.key", f"box-{made}.key"])
    assert server.stop() == 0
    server.start()
    assert server.manage.get(f"keys/{first}/")["on_server"] is True
    assert server.manage.post(f"keys/{first}/retire/", REASON)["on_server"] is False
    assert files(server, "box-*") == [f"box-{made}.key"]
    assert server.manage.call("POST", f"keys/{first}/retire/", REASON).code == "wrong_state"
    assert server.stop() == 0


def test_sealed_rotation(sealed):
    """The passphrase is read again; what is written is sealed and opens at the next start."""
    server = sealed
    server.settings.append(f"keys.passphrase_file={server.passphrase}")
    server.start()
    made = rotate(server, "issuing")
    assert made["sealed"] is True
    text = (server.data / "keys" / f"issuing-{made['kid']}.key").read_text(encoding="utf-8")
    assert "\nsealed: yes\n" in text
    salts = {re.search(r"\nsalt: (.*)\n", p.read_text(encoding="utf-8"))[1]
             for p in (server.data / "keys").iterdir()}
    assert len(salts) == 1  # one Argon2id run opens them all
    kept = server.passphrase.read_text(encoding="utf-8")
    server.passphrase.write_text("something else entirely\n", encoding="utf-8")
    answer = server.manage.call("POST", "keys/rotate/", {"use": "issuing"})
    assert answer.status == 500
    assert active(server, "issuing")["kid"] == made["kid"]
    server.passphrase.write_text(kept, encoding="utf-8")
    rotate(server, "issuing")
    assert server.stop() == 0
    server.start()
    assert server.stop() == 0


def test_passphrase_of_the_environment_is_enough(sealed):
    server = sealed
    (server.data / "licetd.conf").write_text("", encoding="utf-8")
    server.start(LICET_PASSPHRASE=server.passphrase.read_text(encoding="utf-8").strip())
    assert rotate(server, "issuing")["sealed"] is True
    assert server.stop() == 0


# --- the root elsewhere -------------------------------------------------------------------------

class Away(Server):
    """Its root key left at once."""

    def init(self, sealed):
        self.root = self.home / "root.key"
        run(LICETD, "init", "--unsealed", "--root-out", self.root, env=self.env())


@pytest.fixture
def away():
    made = Away(*FREE)
    yield made
    made.remove()


def test_root_elsewhere(away):
    server, home = away.start(), away.home
    first = active(server, "issuing")["kid"]
    assert active(server, "root")["on_server"] is False
    assert active(server, "issuing")["certified"] is True
    server.licet("keys", "rotate", "issuing", "--out", home / "i.pem")
    (made,) = keys_of(server, state="pending")
    assert not made["certified"] and made["on_server"]
    assert active(server, "issuing")["kid"] == first
    assert [k["kid"] for k in jwks(server)] == [first]
    assert server.licet("keys", "rotate", "issuing", check=False).returncode == 5
    run(LICET, "keys", "certify", home / "i.pem", "--root", server.root, "--use", "issuing",
        "--until", "2099-01-01", "--out", home / "i.lkey")
    assert server.stop() == 0  # a key that waits is still there after a restart
    server.start()
    server.licet("keys", "import", home / "i.lkey")
    key = active(server, "issuing")
    assert key["kid"] == made["kid"] and key["not_after"] == "2099-01-01T00:00:00.000Z"
    assert files(server, "issuing-*") == [f"issuing-{made['kid']}.key"]
    assert server.client().get(".well-known").status == 200
    server.licet("keys", "rotate", "box", "--out", home / "b.pem")
    (box,) = keys_of(server, state="pending")
    server.licet("keys", "retire", box["kid"], "--reason", "a test", "--yes")
    assert keys_of(server, state="pending") == []
    assert server.manage.call("GET", f"keys/{box['kid']}/").status == 404
    assert files(server, "box-*") == [f"box-{active(server, 'box')['kid']}.key"]
    assert server.stop() == 0


def test_generate_and_verify_need_no_server(tmp_path):
    secret = tmp_path / "pass"
    secret.write_text("a long enough one\n", encoding="utf-8")
    secret.chmod(0o600)
    root = tmp_path / "root.key"
    made = json.loads(run(LICET, "keys", "generate", "--out", root, "--passphrase-file", secret,
                          "--json").stdout)
    assert made["fingerprint"].startswith(made["kid"]) and (root.stat().st_mode & 0o777) == 0o600
    again = run(LICET, "keys", "generate", "--out", root, "--passphrase-file", secret, check=False)
    assert again.returncode == 5
    assert run(LICET, "keys", "generate", "--out", tmp_path / "x", check=False).returncode == 2
    server = Server(*FREE).start()
    try:
        server.licet("keys", "export", "box", "--out", tmp_path / "box.lkey")
        server.licet("keys", "export", "box", "--form", "pem", "--out", tmp_path / "box.pem")
        server.licet("keys", "export", "root", "--out", tmp_path / "root.pem")
    finally:
        server.remove()
    verify = (LICET, "keys", "verify", tmp_path / "box.lkey", "--root")
    assert "box key" in run(*verify, tmp_path / "root.pem").stdout
    assert run(*verify, root, check=False).returncode == 7
    certify = (LICET, "keys", "certify", tmp_path / "box.pem", "--root", root, "--use")
    assert run(*certify, "issuing", "--out", "-", "--passphrase-file", secret, check=False).returncode == 7
    assert run(*certify, "root", "--out", "-", "--passphrase-file", secret, check=False).returncode == 2
    assert run(*certify, "box", "--out", "-", check=False).returncode == 2  # sealed, nobody to ask
    assert run(*certify, "box", "--out", "-", "--until", "2001-01-01", "--passphrase-file", secret,
               check=False).returncode == 2
    run(*certify, "box", "--out", tmp_path / "mine.lkey", "--passphrase-file", secret)
    run(LICET, "keys", "verify", tmp_path / "mine.lkey", "--root", root)
    text = (tmp_path / "mine.lkey").read_text(encoding="utf-8")
    (tmp_path / "mine.lkey").write_text(text[:120] + ("A" if text[120] != "A" else "B") + text[121:],
                                        encoding="utf-8")
    assert run(LICET, "keys", "verify", tmp_path / "mine.lkey", "--root", root, check=False).returncode == 7


def test_export_forms(server):
    key = active(server, "root")
    raw = base64.urlsafe_b64decode(key["public_key"] + "=")
    text = server.licet("keys", "export", "root", "--form", "c").stdout
    assert bytes(int(h, 16) for h in re.findall(r"0x([0-9a-f]{2}),", text)) == raw
    assert server.licet("keys", "export", "root").stdout == \
        server.manage.get(f"keys/{key['kid']}/")["pem"]
    jwk = json.loads(server.licet("keys", "export", "issuing", "--form", "jwk").stdout)
    assert jwk in jwks(server)
    assert json.loads(server.licet("keys", "export", "box", "--form", "jwk").stdout)["crv"] == "X25519"
    assert server.licet("keys", "export", "root", "--form", "cert", check=False).returncode == 3
    assert server.licet("keys", "export", "root", "--form", "x", check=False).returncode == 2
    assert server.licet("keys", "show", "none", check=False).returncode == 3
    assert server.licet("keys", "show", "issuing", "--field", "use").stdout == "issuing\n"
    assert "issuing" in server.licet("keys", "list").stdout


# --- a directory of an earlier version ------------------------------------------------------------

def test_migrated(fresh):
    older_store(fresh)
    kids = {p.stem for p in (fresh.data / "keys").glob("*-*.key")}
    assert fresh.verify().returncode == 0  # which changes nothing
    server = fresh.start()
    keys = {k["use"]: k for k in keys_of(server)}
    assert {f"{u}-{keys[u]['kid']}" for u in ("issuing", "box")} == kids
    assert all(keys[u]["certified"] for u in ("issuing", "box"))
    run(LICET, "keys", "export", "root", "--out", server.home / "root.pem", env=server.env())
    run(LICET, "keys", "export", "box", "--out", server.home / "box.lkey", env=server.env())
    run(LICET, "keys", "verify", server.home / "box.lkey", "--root", server.home / "root.pem")
    assert server.stop() == 0
    kept = fresh.data / "keys"
    before = {p.name: p.read_bytes() for p in kept.iterdir()}
    server.start()
    assert {k["use"]: k["kid"] for k in keys_of(server)} == {u: k["kid"] for u, k in keys.items()}
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == before
    assert server.stop() == 0


def test_migrated_without_root(fresh):
    """It starts, warns, signs as before, and takes certificates by the root that comes along."""
    older_store(fresh)
    root = fresh.home / "root.key"
    shutil.move(fresh.data / "keys" / "root.key", root)
    server, home = fresh.start(), fresh.home
    assert server.log_text().count("key_not_certified") == 2
    assert {k["use"]: k["certified"] for k in keys_of(server)} == {"issuing": False, "box": False}
    assert "licet_cert" not in jwks(server)[0]
    case = Case(server.client(), server.manage, max_activations=5)
    assert case.activate(hw()).status == 200
    run(LICET, "keys", "generate", "--out", home / "other.key", "--unsealed")
    for use in ("issuing", "box"):
        server.licet("keys", "export", use, "--form", "pem", "--out", home / f"{use}.pem")
        run(LICET, "keys", "certify", home / f"{use}.pem", "--root", root, "--use", use, "--out",
            home / f"{use}.lkey")
    assert server.licet("keys", "import", home / "issuing.lkey", check=False).returncode == 2
    assert server.licet("keys", "import", home / "issuing.lkey", "--root", home / "other.key",
                        check=False).returncode == 2
    server.licet("keys", "import", home / "issuing.lkey", "--root", root)
    server.licet("keys", "import", home / "box.lkey")
    assert all(k["certified"] for k in keys_of(server) if k["use"] != "root")
    assert active(server, "root")["on_server"] is False
    assert "licet_cert" in jwks(server)[0]
    assert server.stop() == 0
    server.start()
    assert server.stop() == 0


def test_root_that_comes_back(fresh):
    """A root.key put into a folder whose store knows none certifies what is there."""
    older_store(fresh)
    root = fresh.home / "root.key"
    shutil.move(fresh.data / "keys" / "root.key", root)
    fresh.start()
    assert not active(fresh, "issuing")["certified"]
    assert fresh.stop() == 0
    shutil.move(root, fresh.data / "keys" / "root.key")
    fresh.start()
    assert active(fresh, "issuing")["certified"] and active(fresh, "root")["on_server"]
    assert rotate(fresh, "issuing")["state"] == "active"
    assert fresh.stop() == 0
    shutil.move(fresh.data / "keys" / "root.key", root)
    fresh.start()
    assert active(fresh, "root")["on_server"] is False
    assert rotate(fresh, "issuing")["state"] == "pending"
    assert fresh.stop() == 0
