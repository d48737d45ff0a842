"""Key files: starts that must fail, what a crash leaves, backups, and rotation under load."""
import re
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from gap import Gap, Site
from licetd import LICET, LICETD, Client, Server, run
from signing import FREE, active, files, keys_of, older_store, rotate
from v4 import Case


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


def start_fails(server, code=7):
    done = run(LICETD, "serve", *server.options(), check=False, env=server.env())
    assert done.returncode == code, done.stderr
    assert not done.stdout
    return done.stderr


# --- starts that must fail ------------------------------------------------------------------------

def test_wrong_passphrase(sealed):
    sealed.passphrase.write_text("not the right one\n", encoding="utf-8")
    assert "store.key" in start_fails(sealed)


@pytest.mark.parametrize("use", ["issuing", "box"])
def test_missing_and_damaged_key(fresh, use):
    (path,) = (fresh.data / "keys").glob(f"{use}-*.key")
    kept = path.read_bytes()
    path.unlink()
    assert path.name in start_fails(fresh)
    path.write_bytes(kept[:200])
    path.chmod(0o600)
    assert path.name in start_fails(fresh)
    assert fresh.verify().returncode == 7
    other = Server(*FREE)
    try:
        (foreign,) = (other.data / "keys").glob(f"{use}-*.key")
        path.write_bytes(foreign.read_bytes())
    finally:
        other.remove()
    assert path.name in start_fails(fresh)
    path.write_bytes(kept)
    fresh.start()
    assert fresh.stop() == 0


def test_another_root(fresh):
    path = fresh.data / "keys" / "root.key"
    path.unlink()
    run(LICET, "keys", "generate", "--out", path, "--unsealed")
    assert "root.key" in start_fails(fresh)


@pytest.mark.parametrize("how", ["swap", "cut"])
def test_certificate_that_does_not_hold(fresh, how):
    """In the store, past its checksums: the key's file is named, nothing is served or removed."""
    (path,) = (fresh.data / "keys").glob("issuing-*.key")
    before = files(fresh)
    older_store(fresh, how)
    said = start_fails(fresh)
    assert path.name in said and "not_certified" in said
    assert fresh.verify().returncode == 7
    assert files(fresh) == before


def test_a_store_of_others_refuses_and_removes_nothing(fresh):
    """The rows name keys that are not here: the files that are here may be the only ones."""
    other = Server(*FREE)
    try:
        shutil.copyfile(other.data / "keys" / "store.key", fresh.data / "keys" / "store.key")
        shutil.rmtree(fresh.data / "store")
        shutil.copytree(other.data / "store", fresh.data / "store")
    finally:
        other.remove()
    before = files(fresh)
    assert ".key" in start_fails(fresh)
    assert files(fresh) == before


# --- what a crash leaves ---------------------------------------------------------------------------

def test_leftovers_are_removed(fresh):
    old = {p.name: p.read_bytes() for p in (fresh.data / "keys").glob("issuing-*")}
    fresh.start()
    rotate(fresh, "issuing")
    fresh.kill()
    expected = files(fresh)
    leftovers = {"issuing-00112233445566ff.key": b"half a fi", "box-00112233445566ff.key": b"", **old}
    for name, content in leftovers.items():
        (fresh.data / "keys" / name).write_bytes(content)
        (fresh.data / "keys" / name).chmod(0o600)
    (fresh.data / "keys" / "notes.txt").write_text("mine", encoding="utf-8")
    assert fresh.verify().returncode == 0
    fresh.start()
    assert files(fresh) == sorted([*expected, "notes.txt"])
    assert fresh.log_text().count("key_file_removed") == 3
    assert fresh.stop() == 0


# --- backups ---------------------------------------------------------------------------------------

def test_backup_carries_rows_and_files(sealed, tmp_path):
    server = sealed.start()
    rotate(server, "box")
    rotate(server, "issuing")
    keys = keys_of(server)
    run(LICETD, "backup", "--to", tmp_path / "b.lbak", env=server.env())
    rotate(server, "issuing")
    assert server.stop() == 0
    home = tmp_path / "again"
    home.mkdir()
    run(LICETD, "restore", "--from", tmp_path / "b.lbak", "-D", home / "data", "--set",
        f"keys.passphrase_file={server.passphrase}")
    again = Server(*FREE, f"keys.passphrase_file={server.passphrase}", directory=home)
    try:
        again.start()
        assert keys_of(again) == keys
        assert rotate(again, "issuing")["state"] == "active"
        assert again.stop() == 0
        assert again.verify().returncode == 0
    finally:
        again.remove()


def test_backups_beside_rotations(fresh, tmp_path):
    """Each backup has the files that its rows name: it starts."""
    server = fresh.start()
    secret = tmp_path / "pass"
    secret.write_text("of the backup 22\n", encoding="utf-8")
    secret.chmod(0o600)
    option = ("--set", f"backup.passphrase_file={secret}")
    over = threading.Event()

    def turn():
        done = 0
        while not over.is_set():
            answer = server.manage.call("POST", "keys/rotate/", {"use": "issuing"})
            assert answer.status in (200, 503), answer
            done += answer.status == 200
        return done

    with ThreadPoolExecutor(1) as pool:
        turning = pool.submit(turn)
        try:
            for n in range(4):
                run(LICETD, "backup", "--to", tmp_path / f"{n}.lbak", *option, env=server.env())
                run(LICETD, "verify", env=server.env())
        finally:
            over.set()
        assert turning.result() > 0
    assert server.stop() == 0
    for n in range(4):
        home = tmp_path / f"home{n}"
        home.mkdir()
        run(LICETD, "restore", "--from", tmp_path / f"{n}.lbak", "-D", home / "data", *option)
        again = Server(*FREE, directory=home)
        again.start()
        assert again.stop() == 0


# --- what hangs on a key -----------------------------------------------------------------------------

def test_live_activations(fresh):
    """Of an issuing key: those that stop when it is revoked. A box key that was replaced opens still."""
    server = fresh.start()
    gap = Gap(server)
    first = active(server, "issuing")["kid"]
    old, new = (Site(gap, Case(None, server.manage, offline_lease_days=30)) for _ in range(2))
    sealed = old.request()
    for use in ("issuing", "box"):
        rotate(server, use)
    second = active(server, "issuing")["kid"]

    def live(kid):
        return server.manage.get(f"keys/{kid}/")["live_activations"]

    assert (live(first), live(second)) == (0, 0)
    old.held = gap.activation(gap.answer(sealed))  # to the former box key
    new.activate()
    assert (live(first), live(second)) == (0, 2)
    rotate(server, "issuing")
    third = active(server, "issuing")["kid"]
    assert gap.activation(old.refresh()).serial != old.held.serial
    assert (live(second), live(third)) == (1, 1)
    revoked = server.manage.post(f"keys/{second}/revoke/", {"reason": "a test"})
    assert revoked["live_activations"] == 1
    assert bytes.fromhex(second) in gap.revocations().kids
    assert server.stop() == 0
    assert server.verify().returncode == 0


# --- under load -------------------------------------------------------------------------------------

class Careful(Client):
    """Fetches the published keys again when an answer names one that it does not know."""

    def verify(self, method, target, date, answer):
        kid = re.search(r'keyid="([0-9a-f]{16})"', answer.headers["signature-input"][0])[1]
        if self.jwks is not None and kid not in [k["kid"] for k in self.jwks["keys"]]:
            self.jwks = None
        self.seen = getattr(self, "seen", set()) | {kid}
        return super().verify(method, target, date, answer)


CLIENTS, ROTATIONS = 32, 10


def test_rotation_under_load(fresh):
    server = fresh.start()
    made = server.manage.post("api-keys/", {"name": "load"})
    case = Case(None, server.manage, allow_unlimited_activations=True)
    over, lock, seen, calls = threading.Event(), threading.Lock(), set(), [0]

    def work(number):
        client = Careful(server, made["api_key"], made["shared_key"])
        mine = Case.__new__(Case)
        mine.__dict__.update(case.__dict__, client=client)
        done = 0
        try:
            while not over.is_set():
                device = f"pc-{number}-{done // 8}"
                answer = mine.activate(device) if done % 8 == 0 else mine.check(device)
                assert answer.status == 200, answer
                done += 1
        finally:
            client.close()
            with lock:
                seen.update(client.seen)
                calls[0] += done
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        workers = [pool.submit(work, n) for n in range(CLIENTS)]
        kids = [active(server, "issuing")["kid"]]
        try:
            for _ in range(ROTATIONS):
                kids.append(rotate(server, "issuing")["kid"])
                rotate(server, "box")
                # at least one answer by this key before the next one comes
                assert server.client().get(".well-known").status == 200
        finally:
            over.set()
        done = [w.result() for w in workers]
    assert min(done) > 0
    assert len(set(kids)) == ROTATIONS + 1 and seen <= set(kids) and len(seen) > 1
    print(f"{calls[0]} calls of {CLIENTS} clients, {ROTATIONS} rotations, {len(seen)} keys seen")
    assert server.stop() == 0
    assert server.verify().returncode == 0
