"""licet on the server's side of the gap: answer, receipt, list, file, revoke, revocations. The machines are
directories of licet offline, whose other commands are in tests/offline/test_cli_offline.py."""
import json
import os
import subprocess
from itertools import count

import licetd
import pytest
from licetd import unique

WHY = ["--reason", "ticket 4711"]
EXAMPLES = licetd.TOP / "doc" / "examples"


@pytest.fixture
def desk(server, tmp_path):
    return Desk(server, tmp_path)


class Desk:
    """A license, and machines that ask for its seats; files in one folder."""

    def __init__(self, server, folder, seats=1, lease=90):
        self.server, self.folder, self.names = server, folder, count(1)
        self.code, self.key = unique("ed"), folder / "key"
        self.run("product", "add", self.code, "--name", "Editor")
        self.license = self.run("license", "issue", self.code, "--seats", str(seats), "--offline-lease-days",
                                str(lease), "--key-out", self.key, "--field", "id").stdout.strip()
        self.root = self.path("root.pem")
        self.box = self.path("box.lkey")
        self.run("keys", "export", "root", "--out", self.root)
        self.run("keys", "export", "box", "--out", self.box)

    def path(self, name):
        return self.folder / name

    def run(self, *args, code=0, stdin=None):
        done = self.server.licet(*map(str, args), check=False, stdin=stdin)
        assert done.returncode == code, (args, done)
        return done

    def licet(self, command, *args, **more):
        return self.run("offline", command, *args, **more)

    def machine(self):
        made = Machine(self, unique("pc"))
        self.licet("keygen", "--dir", made.dir, "--root", self.root, "--box", self.box)
        return made

    def rows(self, *args):
        return json.loads(self.licet("list", "--license", self.license, "--json", *args).stdout)


class Machine:
    def __init__(self, desk, name):
        self.desk, self.name, self.dir = desk, name, desk.path(name)

    def file(self, suffix):
        return self.desk.path(self.name + suffix)

    def licet(self, command, *args, **more):
        return self.desk.licet(command, "--dir", self.dir, "--hardware-id", self.name, *args, **more)

    def request(self):
        self.licet("request", "--product", self.desk.code, "--license-key-file", self.desk.key, "--out",
                   self.file(".lreq"))
        return self.file(".lreq")

    def activate(self):
        self.desk.licet("answer", self.request(), "--out", self.file(".lact"))
        self.licet("verify", "--install", self.file(".lact"))
        return self.serial()

    def serial(self):
        (row,) = self.desk.rows("--filter", f"hardware_id={self.name}")
        return row["serial"]


def test_answer(desk):
    machine = desk.machine()
    request, out = machine.request(), machine.file(".lact")
    dry = desk.licet("answer", request, "--out", out, "--dry-run").stdout
    assert dry.startswith("TYPE") and "offline_activation" in dry and not out.exists() and not desk.rows()
    said = desk.licet("answer", request, "--out", out).stdout.splitlines()
    serial = machine.serial()
    (row,) = desk.rows()
    assert said == [f"request   {row['request'][:16]}… activate {desk.code} on {machine.name}",
                    f"serial    {serial}", f"licenses  {desk.license} {desk.code}",
                    f"lease     until {row['lease_until'][:10]} (90 days)"]
    assert out.stat().st_mode & 0o777 == 0o600
    again = desk.licet("answer", request, "--out", machine.file(".2"))
    assert f"serial    {serial}, the answer given before\n" in again.stdout
    assert machine.file(".2").read_bytes() == out.read_bytes()
    assert desk.licet("answer", request).stdout == out.read_text()
    assert desk.licet("answer", "-", stdin=request.read_text()).stdout == out.read_text()
    desk.licet("answer", request, "--out", out, code=5)
    desk.licet("answer", request, "--out", out, "--force", "-q")
    result = json.loads(desk.licet("answer", request, "--json").stdout)["results"]
    assert [(r["ok"], r["serial"], r["repeated"], r["activation"]) for r in result] == [
        (True, serial, True, out.read_text())]
    assert desk.licet("answer", request, "--field", "lease_until").stdout.strip() == row["lease_until"]
    desk.licet("answer", request, "--field", "color", code=2)
    machine.licet("verify", "--install", out)


def test_forms(desk):
    machine = desk.machine()
    request = machine.request()
    typed = desk.licet("answer", request, "--form", "typed").stdout
    assert typed.startswith(" 1  ")
    machine.file(".typed").write_text(typed)
    machine.licet("verify", machine.file(".typed"))
    said = desk.licet("answer", request, "--form", "png", "--out", desk.path("a.png")).stdout.splitlines()
    pictures = [line.split()[1] for line in said if line.startswith("picture   ")]
    assert pictures == [str(desk.path("a-1.png")), str(desk.path("a-2.png"))]
    json.loads(desk.licet("answer", request, "--form", "svg", "--out", desk.path("j.svg"), "--json").stdout)
    assert desk.path("j-2.svg").exists()
    scanned = subprocess.run(["zbarimg", "-q", "--nodbus", "--raw", *reversed(pictures)], capture_output=True,
                             text=True, check=True).stdout
    assert machine.licet("verify", "-", stdin=scanned).stdout.startswith("ok        ")
    for wrong in (["--form", "wax"], ["--form", "png"], ["--form", "svg", "--out", desk.path("a.png")]):
        desk.licet("answer", request, *wrong, code=2)
    serial = machine.serial()
    desk.licet("file", serial, "--form", "svg", "--out", desk.path("b.svg"))
    assert "<svg" in desk.path("b-1.svg").read_text() and desk.path("b-2.svg").exists()
    desk.licet("file", serial, "--out", desk.path("c.lact"))
    assert desk.path("c.lact").read_text() == desk.licet("answer", request).stdout
    assert desk.licet("file", serial).stdout == desk.path("c.lact").read_text()
    desk.licet("file", serial, "--form", "cbor", "--out", desk.path("c.cbor"))
    assert desk.path("c.cbor").read_bytes().startswith(b"\xd2\x84")
    machine.licet("verify", desk.path("c.cbor"))
    desk.licet("file", "999999", "--out", desk.path("d"), code=3)
    desk.licet("file", "one", "--out", desk.path("d"), code=2)


def test_many_and_refused(server, tmp_path):
    desk = Desk(server, tmp_path, seats=2)
    machines = [desk.machine() for _ in range(3)]
    requests = [m.request() for m in machines]
    broken = "-----BEGIN LICET REQUEST-----\n0oRY\n-----END LICET REQUEST-----\n"
    both = desk.path("both.lreq")
    both.write_text(requests[1].read_text() + broken + requests[2].read_text())
    out = desk.path("all.lact")
    done = desk.licet("answer", requests[0], both, "--out", out, code=7)
    lines = done.stderr.splitlines()
    assert [(line.split(": ")[0], line.split(": ")[1], line.split(": ")[-1]) for line in lines[:2]] == [
        ("refused", "object_truncated", f"{both}, object 2"),
        ("refused", "license_activated_max_times", f"{both}, object 3")]
    assert lines[2].startswith("  next  ") and len(lines) == 3
    assert done.stdout.splitlines() == [
        f"serial    {machines[0].serial()}  {desk.code} on {machines[0].name}",
        f"serial    {machines[1].serial()}  {desk.code} on {machines[1].name}", "answered  2 of 4"]
    assert out.read_text().count("BEGIN LICET ACTIVATION") == 2
    for machine in machines[:2]:  # each takes its own
        machine.licet("verify", "--install", out)
    desk.licet("answer", requests[0], both, "--form", "typed", "--out", desk.path("t"), code=2)
    found = json.loads(desk.licet("answer", requests[2], both, "--json", code=5).stdout)["results"]
    assert [r.get("code") for r in found] == ["license_activated_max_times", None, "object_truncated",
                                              "license_activated_max_times"]
    serials = desk.licet("answer", requests[2], requests[0], "--field", "serial", code=5).stdout
    assert serials == f"\n{machines[0].serial()}\n"
    alone = desk.licet("answer", requests[2], "--out", desk.path("none"), code=5)
    assert not desk.path("none").exists() and alone.stdout == ""
    assert desk.licet("answer", requests[2], "--dry-run", code=5).stderr == alone.stderr
    desk.licet("answer", out, code=7)  # answers are no requests
    desk.licet("answer", desk.path("nothing"), code=3)


def test_more_than_the_server_takes_at_once(server, tmp_path):
    desk = Desk(server, tmp_path, seats=300)
    text = desk.machine().request().read_text()
    requests = desk.path("many.lreq")
    requests.write_text(text * 300)
    done = desk.licet("answer", requests, "--out", desk.path("many.lact"))
    assert done.stdout.endswith("answered  300 of 300\n")
    assert desk.path("many.lact").read_text().count("BEGIN") == 300 and len(desk.rows()) == 1


def test_receipt(desk):
    machine = desk.machine()
    serial = machine.activate()
    proof, receipt = machine.file(".ldea"), machine.file(".lrec")
    machine.licet("deactivate", "--out", proof)
    desk.licet("receipt", proof, "--out", receipt, "--dry-run")
    assert machine.serial() == serial and desk.rows()[0]["state"] == "live" and not receipt.exists()
    said = desk.licet("receipt", proof, "--out", receipt).stdout
    assert said == f"receipt   serial {serial}, {desk.code} on {machine.name}\n"
    assert desk.rows()[0]["state"] == "deactivated"
    again = desk.licet("receipt", proof, "--out", machine.file(".2")).stdout
    assert again == said.rstrip("\n") + ", the receipt given before\n"
    assert machine.file(".2").read_bytes() == receipt.read_bytes()
    machine.licet("verify", "--install", receipt)
    desk.licet("receipt", machine.file(".lact"), "--out", desk.path("x"), code=7)


def test_list_and_revoke(server, tmp_path):
    desk = Desk(server, tmp_path, seats=3)
    machines = [desk.machine() for _ in range(3)]
    serials = [m.activate() for m in machines]
    table = desk.licet("list", "--license", desk.license).stdout.splitlines()
    assert table[0].split() == ["SERIAL", "LICENSE", "PRODUCT", "HARDWARE_ID", "STATE", "ISSUED_AT", "LEASE_UNTIL",
                                "CLONED"]
    assert sorted(line.split()[0] for line in table[1:]) == sorted(serials)
    desk.licet("revoke", serials[0], code=2)
    assert desk.licet("revoke", serials[0], *WHY, "--dry-run").stdout.startswith("TYPE")
    said = desk.licet("revoke", serials[0], *WHY).stdout.splitlines()
    (row,) = desk.rows("--state", "revoked")
    number = int(said[0].rpartition(" ")[2])
    assert said == [f"revoked   {machines[0].name}, serial {serials[0]}, revocation list {number}",
                    f"seat      counted until {row['lease_until'][:10]}; free it now: "
                    f"licet device release {row['device']} --force --reason TEXT"]
    assert row["reason"] == WHY[1]
    desk.licet("revoke", serials[0], *WHY, code=5)
    device = desk.rows("--filter", f"serial={serials[1]}")[0]["device"]
    said = desk.run("device", "revoke", device, *WHY).stdout.splitlines()
    assert said[0] == f"revoked   {machines[1].name}, serial {serials[1]}, revocation list {number + 1}"
    desk.run("device", "release", row["device"], *WHY, code=5)
    said = desk.run("device", "release", row["device"], "--force", *WHY).stdout.splitlines()
    assert said == [f"released  {machines[0].name}, serial {serials[0]}", "seats     2 of 3"]
    said = desk.licet("revocations", "--out", desk.path("list.lrev")).stdout
    assert said.startswith(f"list      {number + 1}, ") and " serials, " in said
    assert desk.licet("revocations").stdout == desk.path("list.lrev").read_text()
    told = json.loads(desk.licet("revocations", "--out", desk.path("l2"), "--json").stdout)
    assert told["sequence"] == number + 1 and told["serials"] >= 2
    refused = [m.licet("verify", "--install", desk.path("list.lrev")) and
               m.licet("verify", m.file(".lact"), code=code).stderr for m, code in zip(machines, (7, 7, 0))]
    assert ["LICET_E_REVOKED" in text for text in refused] == [True, True, False]


def test_lease_without_end(server, tmp_path):
    desk = Desk(server, tmp_path, lease=0)
    serial = desk.machine().activate()
    said = desk.licet("revoke", serial, *WHY).stdout
    assert "seat      counted without end; free it now: " in said


def test_without_the_right_to_read(server, desk, tmp_path):
    """The answer is given, and its file written, all the same."""
    token, machine = tmp_path / "token", desk.machine()
    owner = server.licet("account", "list", "--field", "email").stdout.split()[0]
    desk.run("token", "add", unique("t"), "--account", owner, "--permission", "offline.answer", "--out", token)
    said = desk.licet("answer", machine.request(), "--out", machine.file(".lact"), "--server", server.admin,
                      "--token-file", token).stdout.splitlines()
    assert [line.split()[0] for line in said] == ["serial", "licenses", "lease"]
    machine.licet("verify", "--install", machine.file(".lact"))


@pytest.mark.parametrize("command", [
    ["/usr/bin/python3", EXAMPLES / "verify_activation.py", "--root", "{root}", "--product", "{product}",
     "--hardware-id", "{hw}", "{file}"],
    ["node", EXAMPLES / "verify_activation.mjs", "{root}", "{product}", "{hw}", "{file}"]], ids=["python", "node"])
def test_examples_believe_the_answer(desk, command):
    machine = desk.machine()
    serial = machine.activate()

    def verify(hardware_id):
        args = [str(a).format(root=desk.root, product=desk.code, hw=hardware_id, file=machine.file(".lact"))
                for a in command]
        return subprocess.run(args, capture_output=True, text=True, check=False, env=dict(os.environ))
    done = verify(machine.name)
    assert (done.returncode, done.stdout) == (0, f"verified: serial {serial}\n{desk.license} {desk.code} valid\n")
    done = verify("elsewhere")
    assert (done.returncode, done.stdout) == (1, "NOT VERIFIED: it is for another machine\n")
