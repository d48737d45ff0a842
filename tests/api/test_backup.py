"""licetd backup and restore: hot and cold, and everything that must not work."""
import copy
import json
import os
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from audit_log import entries
from gap import WHY, Gap, Site
from licetd import LICETD, Client, Server, run
from v4 import Case, hw, ok

PASSPHRASE = "keys of the vault 22"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A sealed server that runs, with a license and one active device."""
    server = Server("v4.rate=0", directory=tmp_path_factory.mktemp("world"), sealed=True)
    server.start()
    made = server.manage.post("api-keys/", {"name": "k"})
    server.key = made["api_key"], made["shared_key"]
    server.case = Case(Client(server, *server.key), server.manage, max_activations=1000)
    server.device = hw()
    ok(server.case.activate(server.device))
    yield server
    assert server.stop() == 0
    assert "AddressSanitizer" not in server.log_text()


@pytest.fixture(scope="module")
def file(world, tmp_path_factory):
    """A backup that nobody changes."""
    made = tmp_path_factory.mktemp("file") / "b.lbak"
    assert backup(world, made).returncode == 0
    return made


def backup(server, path, *args):
    return run(LICETD, "backup", "--to", path, *args, check=False, env=server.env())


def restore(server, path, data, *args, passphrase=None):
    return run(LICETD, "restore", "--from", path, "-D", data, "--set",
               f"keys.passphrase_file={passphrase or server.passphrase}", *args, check=False)


class Restored(Server):
    """A server on a restored directory."""

    def __init__(self, home, passphrase):
        super().__init__(f"keys.passphrase_file={passphrase}", directory=home)


def bring_up(server, file, home):
    home.mkdir()
    done = restore(server, file, home / "data")
    assert done.returncode == 0, done.stderr
    again = Restored(home, server.passphrase)
    return again.start()


def test_while_running_and_back(world, tmp_path):
    file = tmp_path / "hot.lbak"
    done = backup(world, file, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["size"] == file.stat().st_size and len(said["digest"]) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    jwks = ok_jwks(world)
    late = hw()
    ok(world.case.activate(late))
    again = bring_up(world, file, tmp_path / "new")
    try:
        case = copy.copy(world.case)
        case.client, case.manage = Client(again, *world.key), again.manage
        assert case.check(world.device).status == 200
        assert case.check(late).code == "device_not_found"
        assert ok_jwks(again) == jwks
        actions = [e["action"] for e in
                   again.manage.get("audit/", order_by="seq", limit=100)["results"]]
        assert "system.restored" in actions
        assert again.manage.get("audit/verify/")["ok"] is True
        assert again.manage.get("check/")["ok"] is True
        old = {x["id"] for x in again.manage.get("licenses/")["results"]}
        assert Case(case.client, again.manage).id not in old
        assert again.stop() == 0
        assert again.verify().returncode == 0
    finally:
        again.kill()


def test_no_number_is_issued_twice(world, tmp_path):
    """Serials and lists of the history that the copy does not know stay theirs alone."""
    def issue(gap, client):
        site = Site(gap, Case(client, gap.staff))
        site.activate()
        gap.staff.post(f"offline/activations/{site.held.serial}/revoke/", WHY)
        return site.held.serial, gap.revocations().number

    gap, client = Gap(world), world.case.client
    before = issue(gap, client)
    made = tmp_path / "b.lbak"
    assert backup(world, made).returncode == 0
    lost = [issue(gap, client) for _ in range(3)][-1]
    again = bring_up(world, made, tmp_path / "new")
    try:
        gap = Gap(again)
        assert gap.revocations().number == before[1] + 1_000_000
        serial, number = issue(gap, Client(again, *world.key))
        assert serial == before[0] + 1_000_001 > lost[0]
        assert number == before[1] + 1_000_001 > lost[1]
        assert again.stop() == 0 and again.verify().returncode == 0
    finally:
        again.kill()


def ok_jwks(server):
    client = Client(server, "", "")
    client.raw("GET", "/api/v4/.well-known", headers=[])
    client.close()
    return client.jwks


def test_while_writing(world, tmp_path):
    """One instant: counters, ledger and audit chain of the copy agree."""
    stop = threading.Event()
    done = [0] * 4

    def write(n):
        case = copy.copy(world.case)
        case.client = Client(world, *world.key)
        while not stop.is_set():
            ok(case.activate(f"w{n}-{done[n] % 30}"))
            done[n] += 1
            time.sleep(0.02)
            if done[n] % 3 == 0:
                ok(case.deactivate(f"w{n}-{(done[n] - 1) % 30}"))
        case.client.close()

    made = tmp_path / "b.lbak"
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, n) for n in range(4)]
        result = backup(world, made)
        stop.set()
        for writer in writers:
            writer.result()
    assert min(done) > 0
    assert result.returncode == 0, result.stderr
    assert restore(world, made, tmp_path / "data").returncode == 0
    checked = run(LICETD, "verify", "-D", tmp_path / "data", "--set",
                  f"keys.passphrase_file={world.passphrase}", check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_wrong_passphrase(world, file, tmp_path):
    other = tmp_path / "other"
    other.write_text("quite another word\n")
    other.chmod(0o600)
    done = restore(world, file, tmp_path / "data2", passphrase=other)
    assert done.returncode == 7 and "verify_failed" in done.stderr, done.stderr
    assert not store_of(tmp_path / "data2")


def store_of(data):
    return (data / "store" / "data.mdb").exists()


@pytest.mark.parametrize("spoil", ["cut", "half", "flip", "append", "empty", "rubbish"])
def test_damaged_file(world, file, tmp_path, spoil):
    data = bytearray(file.read_bytes())
    if spoil == "flip":
        data[len(data) // 2] ^= 1
    bad = {"cut": data[:-1], "half": data[:len(data) // 2], "flip": data, "append": data + b"x",
           "empty": b"", "rubbish": os.urandom(5000)}[spoil]
    spoiled = tmp_path / "bad.lbak"
    spoiled.write_bytes(bytes(bad))
    done = restore(world, spoiled, tmp_path / "data2")
    assert done.returncode == 7, done.stderr
    assert not store_of(tmp_path / "data2")


def test_target_not_empty(world, file, tmp_path):
    assert restore(world, file, world.data).returncode == 5
    other = tmp_path / "data2"
    other.mkdir(mode=0o700)
    (other / "letter").write_text("x")
    assert restore(world, file, other).returncode == 5
    assert [p.name for p in other.iterdir()] == ["letter"]


def test_file_exists(world, tmp_path):
    taken = tmp_path / "b.lbak"
    taken.write_text("precious")
    assert backup(world, taken).returncode == 5
    assert taken.read_text() == "precious"


def test_no_file(world, tmp_path):
    done = restore(world, tmp_path / "none.lbak", tmp_path / "data2")
    assert done.returncode == 3, done.stderr


def test_nothing_readable_inside(world, file):
    data = file.read_bytes()
    for word in (world.case.key, world.device, "Acme GmbH", "owner@acme.example", world.key[1]):
        assert word.encode() not in data


def test_unsealed_needs_a_passphrase(tmp_path):
    """Of a store at rest, too; nothing is left in its directory."""
    server = Server(directory=tmp_path)
    server.start()
    case = Case(server.client(), server.manage)
    ok(case.activate(hw()))
    assert server.stop() == 0
    made, word = tmp_path / "b.lbak", tmp_path / "word"
    assert backup(server, made).returncode == 7
    assert not made.exists()
    word.write_text(PASSPHRASE + "\n")
    word.chmod(0o600)
    setting = ("--set", f"backup.passphrase_file={word}")
    before = sorted(server.data.iterdir())
    done = backup(server, made, *setting)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == \
        ["file", "size", "taken", "digest"]
    assert sorted(server.data.iterdir()) == before
    home = tmp_path / "new"
    home.mkdir()
    done = run(LICETD, "restore", "--from", made, "-D", home / "data", *setting, check=False)
    assert done.returncode == 0, done.stderr
    again = Server(directory=home).start()
    assert again.manage.get(f"licenses/{case.id}/")["seats_used"] == 1
    assert again.stop() == 0
    assert again.verify().returncode == 0


def test_usage(tmp_path):
    server = Server(directory=tmp_path)
    assert run(LICETD, "backup", check=False, env=server.env()).returncode == 2
    assert run(LICETD, "restore", check=False, env=server.env()).returncode == 2
    assert run(LICETD, "backup", "--to", tmp_path / "x", "-D", tmp_path / "none",
               check=False).returncode == 3


# --- a checkpoint that was kept elsewhere ---------------------------------------------------------

def keep(server, path):
    made = server.manage.post("audit/checkpoints/", {})
    path.write_text(made["checkpoint"], encoding="ascii")
    return made


def restored_note(server):
    (entry,) = [e for e in entries(server.manage) if e["action"] == "system.restored"]
    return server.manage.get(f"audit/{entry['seq']}/")


def test_checkpoint_in_the_backup(world, tmp_path):
    keep(world, tmp_path / "kept.lchk")
    ok(world.case.activate(hw()))
    file = tmp_path / "b.lbak"
    assert backup(world, file).returncode == 0
    (tmp_path / "new").mkdir()
    done = restore(world, file, tmp_path / "new" / "data", "--checkpoint", tmp_path / "kept.lchk")
    assert (done.returncode, done.stderr) == (0, "")
    again = Restored(tmp_path / "new", world.passphrase).start()
    try:
        assert restored_note(again)["detail"] == {"fields": {}}
        done = again.licet("audit", "verify", "--checkpoint", tmp_path / "kept.lchk")
        assert done.stdout.startswith("ok  entries 1-"), done.stdout
        assert again.stop() == 0
        assert again.verify().returncode == 0
    finally:
        again.kill()


def test_checkpoint_that_the_backup_lacks(world, file, tmp_path):
    """Refused whole; accepted, the audit log names what is gone, and the checkpoint does not fit."""
    made = keep(world, tmp_path / "kept.lchk")
    wanted = ("--checkpoint", tmp_path / "kept.lchk")
    done = restore(world, file, tmp_path / "data", *wanted)
    assert done.returncode == 7 and f"it is of entry {made['seq']}, but" in done.stderr, done.stderr
    assert not store_of(tmp_path / "data")
    (tmp_path / "new").mkdir()
    done = restore(world, file, tmp_path / "new" / "data", *wanted, "--accept-rollback")
    assert done.returncode == 0 and "rollback accepted" in done.stderr
    again = Restored(tmp_path / "new", world.passphrase).start()
    try:
        note = restored_note(again)
        assert note["detail"]["fields"] == {"lost_entries": [note["seq"], made["seq"]],
                                            "lost_hash": [made["hash"], None]}
        text = (tmp_path / "kept.lchk").read_bytes()
        said = again.manage.call("POST", "audit/verify/", text, [("Content-Type", "text/plain")]).json
        assert said["ok"] is False and "another epoch" in said["problem"]
        while again.manage.get("audit/verify/")["last"] < made["seq"]:
            again.manage.post("tokens/", {"name": "more"})
        said = again.manage.call("POST", "audit/verify/", text, [("Content-Type", "text/plain")]).json
        assert said["broken_at"] == made["seq"]
        assert said["problem"].startswith(f"entry {made['seq']} has another hash here")
        newer = again.manage.post("audit/checkpoints/", {})
        assert newer["epoch"] != made["epoch"] and again.manage.get("audit/verify/")["ok"] is True
        assert again.stop() == 0
        assert again.verify().returncode == 0
    finally:
        again.kill()


def test_checkpoint_of_another_server(world, file, tmp_path):
    """Nothing that could be accepted."""
    (tmp_path / "other").mkdir()
    other = Server(directory=tmp_path / "other").start()
    keep(other, tmp_path / "kept.lchk")
    assert other.stop() == 0
    done = restore(world, file, tmp_path / "data", "--checkpoint", tmp_path / "kept.lchk",
                   "--accept-rollback")
    assert done.returncode == 7 and "not signed by a key" in done.stderr, done.stderr
    assert not store_of(tmp_path / "data")


@pytest.mark.parametrize("text,code", [(None, 3), ("", 7), ("rubbish", 7)])
def test_checkpoint_file_is_none(world, file, tmp_path, text, code):
    if text is not None:
        (tmp_path / "kept.lchk").write_text(text)
    done = restore(world, file, tmp_path / "data", "--checkpoint", tmp_path / "kept.lchk")
    assert done.returncode == code and "kept.lchk" in done.stderr
    assert not (tmp_path / "data").exists()


def test_rollback_of_nothing(world, file, tmp_path):
    assert restore(world, file, tmp_path / "data", "--accept-rollback").returncode == 2
