"""licet offline on a machine without a network: every command runs under `unshare --net`, the vendor is
tests/support/vendor.c."""
import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from licetd import BUILD, LICET, clean_env  # noqa: E402

VENDOR = BUILD / "tests" / "support" / "vendor"
NO_NETWORK = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
KEY = "7Q2MK-AB3DE-7JTP9"


def vendor(*args, stdin="", seed=1):
    done = subprocess.run([VENDOR, *map(str, args)], input=stdin, capture_output=True, text=True,
                          check=False, env=clean_env(LICET_VENDOR_SEED=str(seed)))
    assert done.returncode == 0, done.stderr
    return done.stdout


class Machine:
    def __init__(self, folder, hardware_id="pc-2", box=True, seed=1):
        self.folder, self.hardware_id = folder, hardware_id
        folder.mkdir()
        self.write("root.pem", vendor("root", seed=seed))
        self.write("box.lkey", vendor("box", seed=seed))
        self.write("key", KEY + "\n")
        self.write("password", "open sesame\n")
        self.licet("keygen", "--root", "root.pem", *(["--box", "box.lkey"] if box else []), hardware=False)

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(0o600)

    def read(self, name):
        return (self.folder / name).read_text()

    def licet(self, command, *args, code=0, stdin=None, hardware=True, dir="dev"):
        options = []
        if command in ("keygen", "request", "verify", "deactivate"):
            options += ["--dir", dir] + (["--hardware-id", self.hardware_id] if hardware else [])
        done = subprocess.run([*NO_NETWORK, LICET, "offline", command, *options, *map(str, args)],
                              cwd=self.folder, input=stdin, capture_output=True, check=False,
                              env=clean_env(LICET_SERVER="http://127.0.0.1:9"), timeout=60)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def request(self, name="a.lreq", *args, product="editor"):
        self.licet("request", "--product", product, "--license-key-file", "key", "--out", name, *args)
        return self.read(name)

    def activate(self, serial=1, *terms):
        self.write(f"{serial}.lact", vendor("answer", serial, *terms, stdin=self.request(f"{serial}.lreq")))
        return self.licet("verify", "--install", f"{serial}.lact")

    def refused(self, error, *args, **more):
        done = self.licet("verify", *args, code=7, **more)
        assert done.stdout == "" and done.stderr.startswith("licet: verify_failed: ")
        assert f"\n  why   {error}: " in done.stderr, done.stderr
        return done.stderr


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "m")


def lines(done):
    return [line.split(None, 1) for line in done.stdout.splitlines()]


def test_life(machine):
    said = machine.licet("request", "--product", "studio", "--bundle", "--license-key-file", "key",
                         "--out", "a.lreq").stdout
    assert said == "request   activate studio on pc-2, sealed, in a.lreq\n"
    assert (machine.folder / "a.lreq").stat().st_mode & 0o777 == 0o600
    machine.write("a.lact", vendor("answer", 1, 90, stdin=machine.read("a.lreq")))
    shown = lines(machine.licet("verify", "a.lact"))
    assert [first for first, _ in shown] == ["ok", "signed", "lease"]
    assert shown[0][1] == "studio on pc-2, 1 license, serial 1" and shown[2][1].endswith(" (90 days)")
    assert not (machine.folder / "dev" / "activation.lact").exists()
    assert ", installed" in machine.licet("verify", "--install", "a.lact").stdout
    answer = json.loads(machine.licet("verify", "a.lact", "--json").stdout)
    assert answer["serial"] == "1" and answer["licenses"][0]["product"] == "studio"
    assert answer["kind"] == "activation" and answer["installed"] is False
    assert machine.licet("verify", "a.lact", "--field", "licenses.0.id").stdout == "7\n"

    machine.licet("request", "--product", "studio", "--refresh", "--license-key-file", "key", "--out", "b.lreq")
    machine.write("b.lact", vendor("answer", 2, stdin=machine.read("b.lreq")))
    assert "no end" in machine.licet("verify", "--install", "b.lact").stdout
    machine.refused("LICET_E_SEQUENCE", "a.lact")

    said = machine.licet("deactivate", "--out", "b.ldea").stdout
    assert said == "given up  serial 2, proof in b.ldea\n"
    assert machine.licet("deactivate", "--out", "-").stdout == machine.read("b.ldea")
    machine.refused("LICET_E_DEACTIVATED", "--install", "b.lact")
    machine.write("b.lrec", vendor("receipt", stdin=machine.read("b.ldea")))
    assert machine.licet("verify", "--install", "b.lrec").stdout.startswith("ok        receipt for serial 2")
    assert "confirmed" in machine.refused("LICET_E_DEACTIVATED", "b.lact")
    machine.activate(3)


def test_keygen(machine, tmp_path):
    again = machine.licet("keygen", "--root", "root.pem", code=5, hardware=False)
    assert "LICET_E_EXISTS" in again.stderr
    assert (machine.folder / "dev").stat().st_mode & 0o777 == 0o700
    machine.licet("keygen", "--root", "key", code=7, hardware=False, dir="other")
    machine.licet("keygen", "--root", "none", code=3, hardware=False, dir="other")
    machine.licet("keygen", code=2, hardware=False, dir="other")
    machine.write("other.lkey", vendor("box", seed=3))
    wrong = machine.licet("keygen", "--root", "root.pem", "--box", "other.lkey", code=7, hardware=False,
                          dir="other")
    assert "LICET_E_SIGNATURE" in wrong.stderr
    machine.licet("keygen", "--root", "root.pem", "--box", "root.pem", code=7, hardware=False, dir="other")
    assert not (machine.folder / "other").exists()
    made = machine.licet("keygen", "--root", "root.pem", "--json", hardware=False, dir="other")
    assert json.loads(made.stdout) == {"dir": "other", "sealed_requests": False}
    (machine.folder / "dev").chmod(0o755)
    machine.licet("verify", "root.pem", code=7)
    machine.write("x.lact", vendor("answer", 1, stdin=Machine(tmp_path / "n").request()))
    assert "LICET_E_NOT_PRIVATE" in machine.licet("verify", "x.lact", code=4).stderr


def test_request_refusals(machine, tmp_path):
    want = ("--product", "editor", "--out", "x")
    for args in [(), ("--license-key-file", "key", "--username", "ann@client.example"),
                 ("--username", "ann@client.example"), ("--license-key-file", "key", "--var", "a"),
                 ("--password-file", "password")]:
        machine.licet("request", *want, *args, code=2)
    machine.licet("request", "--license-key-file", "key", "--out", "x", code=2)
    machine.licet("request", "--license-key-file", "key", "--product", "editor", code=2)
    machine.licet("request", "--product", "no code", "--license-key-file", "key", "--out", "x", code=2)
    machine.licet("request", *want, "--license-key-file", "none", code=3)
    machine.licet("request", *want, "--license-key-file", "key", "--refresh", code=3)
    machine.licet("request", *want, "--license-key-file", "key", code=3, dir="none")
    (machine.folder / "key").chmod(0o644)
    machine.licet("request", *want, "--license-key-file", "key", code=4)
    assert not (machine.folder / "x").exists()
    clear = Machine(tmp_path / "clear", box=False)
    refused = clear.licet("request", *want, "--username", "ann@client.example", "--password-file", "password",
                          code=2)
    assert "LICET_E_ARGUMENT" in refused.stderr and "password" in refused.stderr
    clear.request("x")
    assert "exists" in clear.licet("request", *want, "--license-key-file", "key", code=5).stderr
    clear.licet("request", *want, "--license-key-file", "key", "--force")


def test_request_by_user(machine):
    done = machine.licet("request", "--product", "editor", "--username", "ann@client.example", "--password-file",
                         "password", "--var", "room=12", "--var", "x=", "--out", "u.lreq", "--json")
    assert json.loads(done.stdout)["sealed"] is True
    assert "BEGIN LICET SEALED REQUEST" in machine.read("u.lreq")
    raw = base64.b64decode("".join(machine.read("u.lreq").splitlines()[1:-1]))
    assert b"sesame" not in raw and b"ann@" not in raw
    vendor("answer", 1, stdin=machine.read("u.lreq"))


def test_show(machine, tmp_path):
    clear = Machine(tmp_path / "clear", box=False)
    text = clear.request("a.lreq", "--var", "room=12")
    shown = clear.licet("show", "a.lreq").stdout
    assert shown.startswith("not verified") and "pc-2" in shown and "7JTP9" in shown
    assert KEY not in shown and "AB3DE" not in shown
    data = json.loads(clear.licet("show", "a.lreq", "--json").stdout)
    assert data["variables"] == {"room": "12"} and data["verified"] is False and data["action"] == "activate"
    clear.write("a.lact", vendor("answer", 7, 30, stdin=text))
    assert json.loads(clear.licet("show", "a.lact", "--json").stdout)["request"] == data["request"]
    assert "lease_until" in clear.licet("show", "a.lact").stdout
    clear.write("list", vendor("revoke", 4, 7))
    assert json.loads(clear.licet("show", "list", "--json").stdout)["serials"] == ["7"]
    clear.licet("verify", "--install", "a.lact")
    clear.licet("deactivate", "--out", "a.ldea")
    clear.write("all", clear.read("a.ldea") + vendor("receipt", stdin=clear.read("a.ldea")) +
                clear.read("box.lkey") + machine.request("s.lreq"))
    kinds = [o["kind"] for o in json.loads(clear.licet("show", "all", "--json").stdout)]
    assert kinds == ["deactivation proof", "receipt", "key certificate", "sealed request"]
    assert clear.licet("show", "all").stdout.count("not verified") == 4
    clear.licet("show", "key", code=7)
    clear.licet("show", "none", code=3)
    broken = text.replace("A", "B", 3)
    clear.write("broken", broken)
    clear.licet("show", "broken", code=7)


def test_verify_refusals(machine, tmp_path):
    machine.activate(1, 90)
    machine.hardware_id = "pc-3"
    assert "pc-3" in machine.refused("LICET_E_DEVICE", "1.lact")
    machine.hardware_id = "pc-2"
    other = Machine(tmp_path / "other", box=False)
    shutil.copy(machine.folder / "1.lact", other.folder)
    other.refused("LICET_E_DEVICE_KEY", "1.lact")
    stranger = Machine(tmp_path / "stranger", box=False, seed=3)
    shutil.copy(machine.folder / "1.lact", stranger.folder)
    stranger.refused("LICET_E_SIGNATURE", "1.lact")
    stranger.refused("LICET_E_TYPE", "box.lkey")
    other.write("x.lact", vendor("answer", 5, -1, stdin=other.request()))
    assert "Lease until: " in other.refused("LICET_E_LEASE", "--install", "x.lact")
    other.write("late.lact", vendor("answer", 6, stdin=other.request("b.lreq")))
    other.request("c.lreq")
    other.refused("LICET_E_REQUEST", "--install", "late.lact")
    raw = bytearray(base64.b64decode("".join(machine.read("1.lact").splitlines()[1:-1])))
    raw[-1] ^= 1
    machine.write("edited", bytes(raw))
    error = machine.licet("verify", "edited", "--json", code=7).stderr
    assert json.loads(error)["code"] == "verify_failed" and "LICET_E_SIGNATURE" in json.loads(error)["message"]
    machine.licet("verify", "key", code=7)
    (machine.folder / "dev" / "state").unlink()
    machine.refused("LICET_E_STATE", "1.lact")
    bare = tmp_path / "bare"
    bare.mkdir(mode=0o700)
    assert "LICET_E_NO_KEY" in machine.licet("verify", "1.lact", code=3, dir=bare).stderr


def test_revocations(machine):
    machine.activate(1)
    machine.write("a.lrev", vendor("revoke", 2, 1))
    said = machine.licet("verify", "--install", "a.lrev").stdout
    assert said.startswith("ok        revocation list 2, installed\nsigned ")
    assert "Serial: 1" in machine.refused("LICET_E_REVOKED", "1.lact")
    machine.write("b.lrev", vendor("revoke", 1))
    machine.refused("LICET_E_SEQUENCE", "--install", "b.lrev")
    machine.write("c.lrev", vendor("revoke", 3))
    machine.licet("verify", "--install", "c.lrev")
    machine.licet("verify", "1.lact")


def test_many_in_one_file(machine, tmp_path):
    """A technician's file with the answers for all machines goes to each of them as it is."""
    others = [Machine(tmp_path / f"m{n}", f"pc-{10 + n}") for n in range(3)]
    answers = vendor("answer", 1, stdin="".join(m.request() for m in [*others, machine]))
    for m in others + [machine]:
        m.write("all.lact", answers)
        assert f"on {m.hardware_id}," in m.licet("verify", "--install", "all.lact").stdout
    shutil.copytree(machine.folder / "dev", tmp_path / "copy")
    machine.hardware_id = "pc-9"
    machine.refused("LICET_E_DEVICE", "all.lact", dir=tmp_path / "copy")


def test_carriers(machine):
    text = machine.request()
    armor = vendor("answer", 1, 90, stdin=text)
    raw = base64.b64decode("".join(armor.splitlines()[1:-1]))
    machine.write("a.lact", armor)
    machine.write("raw", raw)
    machine.write("mail", "Dear Ann,\r\n\r\n" + armor.replace("\n", "\r\n") + "\r\nRegards\r\n")
    machine.licet("qr", "a.lact", "--bytes", "200", "--out", "a.png")
    pictures = sorted(machine.folder.glob("a-*.png"), reverse=True)
    assert len(pictures) >= 3
    codes = subprocess.run(["zbarimg", "-q", "--nodbus", "--raw", *pictures], capture_output=True, check=True).stdout
    machine.write("codes", codes)
    for name in ("a.lact", "raw", "mail", "codes"):
        machine.licet("verify", name)
    machine.licet("verify", "-", stdin=codes)
    machine.write("few", b"\n".join(codes.splitlines()[1:]) + b"\n")
    assert "part" in machine.licet("verify", "few", code=7).stderr
    machine.licet("verify", "--install", "codes")


def zbar(path):
    return subprocess.run(["zbarimg", "-q", "--nodbus", "--raw", path], capture_output=True, text=True,
                          check=True).stdout.rstrip("\n")


def test_qr(machine):
    machine.request("a.lreq")
    assert machine.licet("qr", "a.lreq", "--out", "a.png").stdout == "a.png\n"
    assert zbar(machine.folder / "a.png").startswith("LCT1:S:")
    machine.licet("qr", "a.lreq", "--out", "a.png", code=5)
    machine.licet("qr", "a.lreq", "--out", "a.png", "--force", "--level", "H", "-q")
    machine.licet("qr", "a.lreq", "--out", "a.svg", "--portal", "https://licenses.acme.example")
    assert (machine.folder / "a.svg").read_text().lstrip().startswith("<")
    machine.licet("qr", "a.lreq", "--out", "p.png", "--portal", "https://licenses.acme.example")
    link = zbar(machine.folder / "p.png")
    assert link.startswith("HTTPS://LICENSES.ACME.EXAMPLE/O/") and link == link.upper()
    machine.write("link", link)
    assert "sealed request" in machine.licet("show", "link").stdout
    terminal = machine.licet("qr", "a.lreq").stdout
    assert "▀" in terminal and "█" in terminal
    machine.write("a.lact", vendor("answer", 1, stdin=machine.read("a.lreq")))
    assert "\n2 of 3\n" in machine.licet("qr", "a.lact", "--bytes", "200").stdout or \
        "\n2 of 4\n" in machine.licet("qr", "a.lact", "--bytes", "200").stdout
    machine.licet("qr", "a.lact", "--portal", "https://x.example", code=7)
    for args in [("--bytes", "99"), ("--bytes", "x"), ("--level", "Z"), ("--out", "a.gif")]:
        machine.licet("qr", "a.lreq", *args, code=2)


def test_secrets_stay(machine, tmp_path):
    """Neither key nor password is an argument or shown, whatever goes wrong."""
    clear = Machine(tmp_path / "clear", box=False)
    said = []
    for args in [("request", "--product", "editor", "--license-key-file", "key", "--out", "x"),
                 ("show", "x"), ("show", "x", "--json"), ("verify", "x")]:
        done = subprocess.run([LICET, "offline", *args[:1], *(["--dir", "dev", "--hardware-id", "pc-2"]
                               if args[0] != "show" else []), *args[1:]], cwd=clear.folder,
                              capture_output=True, text=True, env=clean_env(), check=False)
        said += [done.stdout, done.stderr]
    assert KEY not in "".join(said) and "AB3DE" not in "".join(said)
