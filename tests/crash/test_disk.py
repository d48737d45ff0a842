"""Disks that are full or fail: a clear error, nothing acknowledged is lost, checks go on."""
import errno
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from crowd import Crowd
from fault import FailingServer, at_rest, fill, shim, small_disk
from licetd import LICETD, Server, clean_env, run
from v4 import Case, ok, refused

FREE = ("v4.rate=0", "v4.fail_rate=0")
MANY = 2000


def readiness(server):
    try:
        with urllib.request.urlopen(server.public + "/readyz") as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as reply:
        return reply.code, json.load(reply)


class Ledger:
    """Devices of one license: what the server said it did."""

    def __init__(self, server, **terms):
        self.server = server
        self.case = Case(server.client(), server.manage, max_activations=MANY, **terms)
        self.active = []

    def activate(self, device):
        answer = self.case.activate(device)
        if answer.status == 200:
            self.active.append(device)
        return answer

    def until_refused(self, tag):
        """Activations until one fails; that answer."""
        for n in range(MANY - len(self.active)):
            answer = self.activate(f"{tag}{n}")
            if answer.status != 200:
                return answer
        raise AssertionError("the disk is not full")

    def reads_go_on(self):
        assert self.case.check(self.active[-1]).status == 200
        refused(self.case.check("nobody"), "device_not_found")
        assert self.server.manage.get(f"licenses/{self.case.id}/")["seats_used"] == \
            len(self.active)

    def follow(self):
        """After a restart: the server has all that it acknowledged and nothing else."""
        self.case.client.close()
        self.case.client.base = self.server.public
        self.reads_go_on()
        for device in self.active:
            assert self.case.check(device).status == 200


def says_full(answer):
    refused(answer, "service_unavailable", 503)
    assert int(answer.headers["retry-after"][0]) >= 1


def fill_rest(server):
    """What touches fewer pages than an activation may still find room, but not for long."""
    assert 503 in (server.manage.call("POST", "customers/", {"email": f"{n}@b.example"}).status
                   for n in range(500))


def start_until_refused(server, ledger):
    """What a start writes may still find room, and takes some."""
    with pytest.raises(AssertionError, match="no ready line"):
        for _ in range(100):
            server.start()
            ledger.follow()
            server.kill()
    server.kill()


def stop_and_verify(server):
    assert server.stop() == 0
    done = server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def failing():
    made = FailingServer(*FREE)
    yield made
    made.remove()


# --- a disk that is really small ---------------------------------------------------------


def test_full_disk(tmp_path):
    """The store, the log and everything else on one disk; it heals when there is space."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        server = Server(*FREE, directory=disk).start()
        ledger = Ledger(server)
        assert ledger.activate("first").status == 200
        assert readiness(server) == (200, {"status": "ready", "writable": True})
        ballast = fill(disk)
        says_full(ledger.until_refused("a"))
        fill_rest(server)
        says_full(ledger.activate("again"))
        assert readiness(server) == (200, {"status": "ready", "writable": False})
        ledger.reads_go_on()
        at_rest(server)
        ballast.unlink()
        assert ledger.activate("after").status == 200
        assert readiness(server)[1]["writable"] is True
        fill(disk)
        ledger.until_refused("b")
        server.kill()
        ballast.unlink()
        ledger.server = server.start()
        ledger.follow()
        stop_and_verify(server)


def test_start_on_a_full_disk(tmp_path):
    """It starts and refuses changes, or says why it does not; never in between."""
    with small_disk(tmp_path / "disk", "1m") as disk:
        server = Server(*FREE, directory=disk).start()
        ledger = Ledger(server)
        ledger.activate("first")
        fill(disk)
        ledger.until_refused("a")
        server.kill()
        start_until_refused(server, ledger)
        done = subprocess.run(server.command(), capture_output=True, text=True, timeout=20,
                              env=server.env(), check=False)
        assert done.returncode == 6, done.stdout + done.stderr
        assert "licetd: store_full:" in done.stderr and "Free disk space" in done.stderr
        assert server.verify().returncode == 0
        (disk / "ballast").unlink()
        server.start()
        ledger.follow()
        stop_and_verify(server)


def backup(server, path, word, **env):
    return run(LICETD, "backup", "--to", path, "--set", f"backup.passphrase_file={word}",
               env=server.env(**env), check=False)


def restore(path, data, word, **env):
    return run(LICETD, "restore", "--from", path, "-D", data, "--set",
               f"backup.passphrase_file={word}", env=clean_env(**env), check=False)


@pytest.fixture(scope="module")
def word(tmp_path_factory):
    """The file with the passphrase of backups."""
    made = tmp_path_factory.mktemp("word") / "word"
    made.write_text("the words of the backup\n")
    made.chmod(0o600)
    return made


@pytest.fixture(scope="module")
def good(tmp_path_factory, word):
    """A server at rest with a backup of it beside: its home and that file."""
    server = FailingServer(*FREE, directory=tmp_path_factory.mktemp("good"))
    assert backup(server, server.home / "good.lbak", word).returncode == 0
    return server, server.home / "good.lbak"


def test_backup_to_a_full_disk(tmp_path, good, word):
    server, before = good[0], sorted(good[0].data.iterdir())
    with small_disk(tmp_path / "disk", "64k") as disk:
        ballast = fill(disk)
        done = backup(server, disk / "b.lbak", word)
        assert done.returncode == 6 and "b.lbak" in done.stderr, done.stderr
        assert list(disk.iterdir()) == [ballast]
        assert sorted(server.data.iterdir()) == before


def test_restore_to_a_full_disk(tmp_path, good, word):
    with small_disk(tmp_path / "disk", "40k") as disk:
        done = restore(good[1], disk / "new", word)
        assert done.returncode == 6, done.stderr
        assert not list((disk / "new").iterdir())
    done = restore(good[1], tmp_path / "new", word)
    assert done.returncode == 0, done.stderr
    assert run(LICETD, "verify", "-D", tmp_path / "new", env=clean_env()).returncode == 0


def test_killed_restore_is_not_served(tmp_path, good, word):
    """Killed between the last file and the mark: refused until it was done again."""
    data = tmp_path / "new"
    shutil.copytree(good[0].data, data)
    (data / "init.incomplete").touch(0o600)
    for command in ("serve", "verify"):
        done = run(LICETD, command, "-D", data, check=False)
        assert done.returncode == 3 and "init.incomplete" in done.stderr, done.stderr
    done = restore(good[1], data, word)
    assert done.returncode == 0, done.stderr
    assert run(LICETD, "verify", "-D", data, env=clean_env()).returncode == 0


# --- writes that fail (LD_PRELOAD) -------------------------------------------------------


@pytest.mark.parametrize("call", ["any", "write", "sync"])
def test_no_space_heals(failing, call):
    """What is refused for want of space works as soon as there is some."""
    ledger = Ledger(failing.start_failing())
    assert ledger.activate("first").status == 200
    failing.fail(call, errno.ENOSPC, failing.store_file)
    for n in range(3):
        says_full(ledger.activate(f"full{n}"))
    assert readiness(failing) == (200, {"status": "ready", "writable": False})
    ledger.reads_go_on()
    at_rest(failing, 0.5)
    failing.heal()
    assert ledger.activate("after").status == 200
    assert readiness(failing)[1]["writable"] is True
    failing.kill()
    failing.start()
    ledger.follow()
    stop_and_verify(failing)


@pytest.mark.parametrize("call", ["any", "write", "sync"])
def test_failed_commit_ends_writing(failing, call):
    """After EIO nobody knows what the disk holds: no change until a restart, even if the disk
    seems well again; what was committed before is still read."""
    ledger = Ledger(failing.start_failing())
    assert ledger.activate("first").status == 200
    crowd = Crowd(failing, 16)
    failing.fail(call, errno.EIO, failing.store_file)
    answers = crowd.together(lambda client, n: client.post(
        "activate_license", hardware_id=f"c{n}", product=ledger.case.code,
        license_key=ledger.case.key))
    assert {(a.status, a.code) for a in answers} == {(500, "internal_error")}
    crowd.close()
    assert readiness(failing) == (503, {"status": "store_error", "writable": False})
    failing.heal()
    refused(ledger.activate("healed"), "internal_error", 500)
    assert failing.manage.call("POST", "customers/", {"email": "a@b.example"}).status == 500
    ledger.reads_go_on()
    at_rest(failing, 0.5)
    assert failing.stop() == 0
    assert "store_fault" in failing.log_text() and "Input/output error" in failing.log_text()
    failing.start()
    ledger.follow()
    assert ledger.activate("after").status == 200
    stop_and_verify(failing)


@pytest.mark.parametrize("number,status", [(errno.EIO, 500), (errno.ENOSPC, 503)])
def test_failed_meta_page_ends_reading(failing, number, status):
    """The page that says which state holds cannot be written: nothing is answered from it."""
    ledger = Ledger(failing.start_failing())
    assert ledger.activate("first").status == 200
    failing.fail("meta", number, failing.store_file)
    assert ledger.activate("lost").status == status
    assert readiness(failing) == (503, {"status": "store_error", "writable": False})
    failing.heal()
    for _ in range(3):
        refused(ledger.activate("healed"), "internal_error", 500)
        refused(ledger.case.check("first"), "internal_error", 500)
    at_rest(failing, 0.5)
    assert failing.stop() == 0
    failing.start()
    ledger.follow()
    stop_and_verify(failing)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_log_that_cannot_be_written(failing, number):
    ledger = Ledger(failing.start_failing())
    failing.fail("write", number, failing.home / "log")
    time.sleep(0.1)
    size = (failing.home / "log").stat().st_size
    for n in range(20):
        assert ledger.activate(f"d{n}").status == 200
    assert (failing.home / "log").stat().st_size == size
    at_rest(failing, 0.5)
    failing.heal()
    ledger.reads_go_on()
    assert (failing.home / "log").stat().st_size > size
    stop_and_verify(failing)


# Each derives a key from a passphrase, which takes its time.
KINDS = [("sync", errno.EIO)]
if os.environ.get("LICET_LONG"):
    KINDS += [("sync", errno.ENOSPC), ("write", errno.EIO), ("write", errno.ENOSPC)]


@pytest.fixture
def orders(good):
    """Environment of a program that fails as good[0].fail() says."""
    yield {"LD_PRELOAD": shim(), "WRITE_FAULT": str(good[0].order)}
    good[0].heal()


@pytest.mark.parametrize("call,number", KINDS)
def test_failing_backup(tmp_path, good, word, orders, call, number):
    """A backup that was not written to the end is not there."""
    server, before = good[0], sorted(good[0].data.iterdir())
    server.fail(call, number)
    done = backup(server, tmp_path / "b.lbak", word, **orders)
    assert done.returncode == 6 and "b.lbak" in done.stderr, done.stderr
    assert not list(tmp_path.iterdir())
    assert sorted(server.data.iterdir()) == before


@pytest.mark.parametrize("call,number", KINDS)
def test_failing_restore(tmp_path, good, word, orders, call, number):
    good[0].fail(call, number)
    done = restore(good[1], tmp_path / "new", word, **orders)
    assert done.returncode == 6, done.stderr
    assert not list((tmp_path / "new").iterdir())


# --- the map at its limit ----------------------------------------------------------------


def test_map_full():
    """store.map_max holds: changes are refused, reads go on, a higher limit goes on writing."""
    server = Server(*FREE, "store.map_max=1M")
    try:
        ledger = Ledger(server.start())
        assert ledger.activate("first").status == 200
        big = {"metadata": {"text": "x" * 4000}}
        while (answer := server.manage.call("POST", "customers/", {
                "email": f"{time.monotonic_ns()}@b.example", **big})).status == 201:
            pass
        assert (answer.status, answer.code) == (503, "service_unavailable")
        says_full(ledger.until_refused("d"))
        assert readiness(server) == (200, {"status": "ready", "writable": False})
        assert "store_full" in server.log_text()
        ledger.reads_go_on()
        at_rest(server)
        assert server.stop() == 0
        server.settings.append("store.map_max=16M")
        ledger.server = server.start()
        ledger.follow()
        assert ledger.activate("after").status == 200
        assert readiness(server)[1]["writable"] is True
        stop_and_verify(server)
    finally:
        server.remove()
