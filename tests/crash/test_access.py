"""A store that cannot be had: missing, somebody else's, read-only, held. Refused with words."""
import fcntl
import json
import os
import shutil
import subprocess

import pytest
from licetd import BUILD, LICETD, Server, clean_env, run
from v4 import Case, ok

OTHER = 65534  # nobody

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs another account")


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    server = Server(directory=tmp_path_factory.mktemp("original"))
    server.start()
    ok(Case(server.client(), server.manage).activate("pc"))
    assert server.stop() == 0
    return server


@pytest.fixture
def server(original, tmp_path):
    """A copy to spoil."""
    shutil.copytree(original.data, tmp_path / "data", copy_function=shutil.copy2)
    made = Server(directory=tmp_path)
    yield made
    made.kill()
    for path in (made.data / "store", made.data):
        if path.exists():
            path.chmod(0o700)


def refused(server, code, *words, wrapper=()):
    done = subprocess.run(server.command(wrapper), capture_output=True, text=True, timeout=20,
                          env=server.env(), check=False)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    for word in ("licetd: ", *words):
        assert word in done.stderr, done.stderr
    return done.stderr


def serves(server):
    """As before, once what was wrong is put right."""
    server.start()
    assert server.manage.get("devices/")["results"][0]["hardware_id"] == "pc"
    assert server.stop() == 0
    done = server.verify()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("gone", [".", "keys", "store", "store/data.mdb"])
def test_missing(server, gone):
    path, kept = server.data / gone, server.home / "kept"
    path = path.resolve()
    path.rename(kept)
    refused(server, 3, "no_store", "licetd init")
    assert server.verify().returncode == 3
    kept.rename(path)
    serves(server)


def test_empty_file(server):
    data = (server.data / "store" / "data.mdb").read_bytes()
    (server.data / "store" / "data.mdb").write_bytes(b"")
    refused(server, 7, "damaged", "licetd verify", "licetd restore")
    (server.data / "store" / "data.mdb").write_bytes(data)
    serves(server)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701])
def test_open_to_others(server, mode):
    server.data.chmod(mode)
    refused(server, 4, "not_private", "chmod 0700")
    server.data.chmod(0o700)
    serves(server)


@root_only
def test_other_owner(server):
    os.chown(server.data, OTHER, OTHER)
    refused(server, 4, "not_private", "belongs to another user")
    os.chown(server.data, 0, 0)
    serves(server)


def as_nobody(server):
    """The whole directory and the program are an ordinary account's, since nothing is closed to
    root."""
    program = server.home / "licetd"
    shutil.copy(BUILD / "licetd", program)
    for path in (server.home, *server.home.rglob("*")):
        os.chown(path, OTHER, OTHER)
    for path in server.home.parents:
        if path.stat().st_uid == 0 and not path.stat().st_mode & 1:
            path.chmod(path.stat().st_mode | 0o711)


class Nobody(Server):
    def command(self, wrapper=()):
        line = super().command(wrapper)
        return ["setpriv", f"--reuid={OTHER}", f"--regid={OTHER}", "--clear-groups",
                str(self.home / "licetd"), *line[1:]]


@pytest.fixture
def nobody(server):
    as_nobody(server)
    return Nobody(directory=server.home)


@root_only
@pytest.mark.parametrize("what,mode,good", [
    ("store", 0o500, 0o700), ("store", 0o000, 0o700), ("store/data.mdb", 0o400, 0o600),
    ("store/data.mdb", 0o000, 0o600), ("store/lock.mdb", 0o400, 0o600),
    ("keys", 0o000, 0o700), ("keys/store.key", 0o000, 0o600)])
def test_closed(nobody, what, mode, good):
    (nobody.data / "store" / "lock.mdb").touch(0o600)
    os.chown(nobody.data / "store" / "lock.mdb", OTHER, OTHER)
    path = nobody.data / what
    if what == "store":
        (path / "lock.mdb").unlink()
    path.chmod(mode)
    words = refused(nobody, 4, "denied")
    assert str(nobody.data) in words
    path.chmod(good)
    nobody.start()
    assert nobody.stop() == 0


@root_only
def test_no_place_for_the_socket(nobody):
    nobody.data.chmod(0o500)
    refused(nobody, 6, "licetd.sock", "Permission denied")
    nobody.data.chmod(0o700)
    nobody.start()
    assert nobody.stop() == 0


@root_only
def test_key_file_of_another(server):
    path = server.data / "keys" / "store.key"
    os.chown(path, OTHER, OTHER)
    refused(server, 4, "not_private", "store.key")
    os.chown(path, 0, 0)
    path.chmod(0o644)
    refused(server, 4, "not_private", "store.key")
    path.chmod(0o600)
    serves(server)


@root_only
def test_read_only_disk(server):
    """Not served without a place for changes; verified all the same."""
    done = subprocess.run(["mount", "--bind", server.data, server.data], check=False,
                          capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting is refused: {done.stderr.strip()}")
    try:
        run("mount", "-o", "remount,bind,ro", server.data)
        refused(server, 4, "denied")
        checked = server.verify()
        assert checked.returncode == 0, checked.stderr
        run("mount", "-o", "remount,bind,rw", server.data)
        serves(server)
    finally:
        run("umount", "-l", server.data)


def test_held(server):
    """By another server, or by any program that locks the file."""
    server.start()
    refused(server, 5, "already_running", "licetd.lock")
    assert server.manage.get("status/")["ready"] is True
    assert server.stop() == 0
    with open(server.data / "licetd.lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused(server, 5, "already_running", "licetd.lock")
    serves(server)


def test_json_words(server):
    server.data.chmod(0o755)
    done = run(LICETD, "verify", "--json", env=server.env(), check=False)
    assert done.returncode == 4
    assert json.loads(done.stderr)["code"] == "not_private"
    done = run(LICETD, "serve", "-D", server.home / "none", "--json", env=clean_env(), check=False)
    assert done.returncode == 3
