"""licet offline on the server's side (cli.md 3.3, 4), with the device's side of the same program."""
import json
import subprocess

import pytest
from gap import Gap
from licetd import make_bundle, make_license, unique

WHY = ("--reason", "laptop stolen")


@pytest.fixture(scope="module")
def bundle(manage):
    return make_bundle(manage, 2)


class Desk:
    """A folder with the keys that a vendor gives away, and machines in it."""

    def __init__(self, server, tmp_path, product, **terms):
        self.server, self.dir, self.product = server, tmp_path, product
        members = {code: terms for code in product["members"]}
        self.license = make_license(server.manage, product, offline_lease_days=90, members=members, **terms)
        (tmp_path / "license.key").write_text(self.license["license_key"] + "\n")
        (tmp_path / "license.key").chmod(0o600)
        self.licet("keys", "export", "root", "--out", self.at("root.pem"))
        self.licet("keys", "export", "box", "--out", self.at("box.lkey"))

    def at(self, name):
        return str(self.dir / name)

    def licet(self, *args, **more):
        return self.server.licet(*args, **more)

    def keygen(self, name):
        self.licet("offline", "keygen", "--dir", self.at(name), "--root", self.at("root.pem"),
                   "--box", self.at("box.lkey"))

    def machine(self, name, command, *args, **more):
        return self.licet("offline", command, "--dir", self.at(name), "--hardware-id", name, *args, **more)

    def request(self, name):
        out = self.at(name + ".lreq")
        self.machine(name, "request", "--product", self.product["short_code"], "--bundle",
                     "--license-key-file", self.at("license.key"), "--out", out)
        return out

    def first_words(self, text):
        return [line.split()[0] for line in text.splitlines()]


@pytest.fixture
def desk(server, tmp_path, bundle):
    return Desk(server, tmp_path, bundle, max_activations=2)


def test_answer_verify_and_the_same_by_qr(desk):
    device = unique("pc-")
    desk.keygen(device)
    request = desk.request(device)
    done = desk.licet("offline", "answer", request, "--out", desk.at("a.lact"))
    assert desk.first_words(done.stdout) == ["request", "serial", "licenses", "lease"]
    assert f"activate {desk.product['short_code']} on {device}" in done.stdout
    assert "(90 days)" in done.stdout
    desk.machine(device, "verify", "--install", desk.at("a.lact"))
    desk.licet("offline", "qr", request, "--out", desk.at("req.png"))
    codes = subprocess.run(["zbarimg", "-q", "--nodbus", "--raw", *map(str, sorted(desk.dir.glob("req*.png")))],
                           capture_output=True, check=True, text=True).stdout
    desk.licet("offline", "answer", "-", "--out", desk.at("b.lact"), stdin=codes)
    assert (desk.dir / "a.lact").read_bytes() == (desk.dir / "b.lact").read_bytes()
    assert desk.licet("license", "show", desk.license["id"], "--field", "seats_used").stdout == "1\n"
    desk.licet("offline", "answer", request, "--form", "png", "--out", desk.at("act.png"))
    codes = subprocess.run(["zbarimg", "-q", "--nodbus", "--raw", *map(str, sorted(desk.dir.glob("act*.png")))],
                           capture_output=True, check=True, text=True).stdout
    desk.machine(device, "verify", "-", stdin=codes)
    typed = desk.licet("offline", "answer", request, "--form", "typed").stdout
    desk.machine(device, "verify", "-", stdin=typed)


def test_many_with_refusals(desk):
    devices = [unique("pc-") for _ in range(3)]
    for device in devices:
        desk.keygen(device)
    files = [desk.request(device) for device in devices]
    done = desk.licet("offline", "answer", *files, "--out", desk.at("all.lact"), check=False)
    assert done.returncode == 5
    assert done.stderr.startswith("refused: license_activated_max_times: ")
    assert (desk.dir / "all.lact").read_text().count("BEGIN LICET ACTIVATION") == 2
    results = json.loads(desk.licet("offline", "answer", *files, "--json", "--out", desk.at("again.lact"),
                                    check=False).stdout)["results"]
    assert [r["ok"] for r in results] == [True, True, False]
    dry = desk.licet("offline", "answer", files[0], "--dry-run")
    assert "BEGIN" not in dry.stdout
    missing = desk.licet("offline", "answer", desk.at("license.key"), check=False)
    assert missing.returncode == 7


def test_revoke_list_and_write_off(desk):
    device = unique("pc-")
    desk.keygen(device)
    desk.licet("offline", "answer", desk.request(device), "--out", desk.at("a.lact"))
    desk.machine(device, "verify", "--install", desk.at("a.lact"))
    listed = desk.licet("offline", "list", "--license", desk.license["id"], "--state", "live", "--json").stdout
    (row,) = json.loads(listed)
    serial = row["serial"]
    desk.licet("offline", "file", serial, "--out", desk.at("again.lact"))
    assert (desk.dir / "a.lact").read_bytes() == (desk.dir / "again.lact").read_bytes()
    done = desk.licet("offline", "revoke", serial, *WHY)
    number = Gap(desk.server).revocations().number
    assert done.stdout == (f"revoked   {device}, serial {serial}, revocation list {number}\n"
                           f"seat      counted until {row['lease_until'][:10]}; free it now: "
                           f"licet device release {row['device']} --force --reason TEXT\n")
    desk.licet("offline", "revocations", "--out", desk.at("list.lrev"))
    desk.machine(device, "verify", "--install", desk.at("list.lrev"))
    assert desk.machine(device, "verify", desk.at("a.lact"), check=False).returncode == 7
    held = desk.licet("device", "list", "--license", desk.license["id"], "--hardware-id", device, "--field", "id")
    done = desk.licet("device", "release", held.stdout.strip(), "--force", *WHY)
    assert desk.first_words(done.stdout) == ["released", "seats"]


def test_proof_and_receipt(desk):
    device = unique("pc-")
    desk.keygen(device)
    desk.licet("offline", "answer", desk.request(device), "--out", desk.at("a.lact"))
    desk.machine(device, "verify", "--install", desk.at("a.lact"))
    desk.machine(device, "deactivate", "--out", desk.at("a.ldea"))
    done = desk.licet("offline", "receipt", desk.at("a.ldea"), "--out", desk.at("a.lrec"))
    assert desk.first_words(done.stdout) == ["receipt"]
    desk.machine(device, "verify", "--install", desk.at("a.lrec"))
    again = desk.licet("offline", "receipt", desk.at("a.ldea"))
    assert again.stdout == (desk.dir / "a.lrec").read_text()
