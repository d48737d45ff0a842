"""Commands that write files: once they have ended well, nothing of it waits for a sync."""
import struct
from pathlib import Path

import pytest
from licetd import LICETD, Server, clean_env, run
from power import shim
from v4 import Case, hw, ok

WRITE, DURABLE, SYNC, LENGTH = 1, 2, 3, 4
UNIMPORTANT = {"lock.mdb", "licetd.lock"}


def events(path):
    """(kind, inode) in their order."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        kind, size, inode, _ = struct.unpack_from("<IIQq", data, at)
        found.append((kind, inode))
        at += 24 + size
    return found


def last(found, kinds, inode):
    return max((i for i, (kind, own) in enumerate(found) if own == inode and kind in kinds),
               default=-1)


def unsynced(record, top, syncs=(SYNC, DURABLE)):
    """Files whose last write no sync follows; directories without a sync after their last file."""
    found, wrong = events(record), []
    for path in [top, *Path(top).rglob("*")]:
        synced = last(found, syncs, path.stat().st_ino)
        inside = [path] if path.is_file() else [
            p for p in path.iterdir() if p.is_file() and p.name not in UNIMPORTANT]
        begun = [next((i for i, e in enumerate(found) if e == (WRITE, p.stat().st_ino)), -1)
                 for p in inside]
        wrote = last(found, {WRITE, LENGTH}, path.stat().st_ino) if path.is_file() else \
            max(begun, default=-1)
        if path.name not in UNIMPORTANT and synced < wrote or (path.is_dir() and synced < 0):
            wrong.append(str(path))
    return wrong


@pytest.fixture
def recorded(tmp_path):
    """Runs licetd under the recorder; the record of its run."""
    library = shim(tmp_path)
    made = iter(range(100))

    def command(*args, server=None):
        record = tmp_path / f"record-{next(made)}"
        env = server.env() if server else clean_env()
        run(LICETD, *args, env={**env, "LD_PRELOAD": str(library), "RECORD": str(record)})
        return record

    return command


def test_init(recorded, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    record = recorded("init", "--name", "A", "--owner", "o@a.example", "--unsealed", "-D",
                      home / "data")
    assert unsynced(record, home / "data") == []
    assert len(unsynced(record, home / "data", syncs=())) > 6, "it would tell"


def test_backup_and_restore(recorded, fresh, tmp_path):
    fresh.start()
    case = Case(fresh.client(), fresh.manage)
    ok(case.activate(hw()))
    secret = tmp_path / "secret"
    secret.write_text("nine lives of a backup\n", encoding="utf-8")
    secret.chmod(0o600)
    option = ("--set", f"backup.passphrase_file={secret}")
    kept = tmp_path / "kept"
    kept.mkdir()
    record = recorded("backup", "--to", kept / "b.lbak", *option, server=fresh)
    assert unsynced(record, kept) == []
    home = tmp_path / "home"
    home.mkdir()
    record = recorded("restore", "--from", kept / "b.lbak", "-D", home / "data", *option)
    assert unsynced(record, home / "data") == []
    again = Server(directory=home)
    assert again.verify().returncode == 0
    again.remove()
    assert fresh.stop() == 0
