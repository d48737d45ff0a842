"""Damaged files: a bit flipped or the end cut off at 40 places of the data file (LICET_LONG=1:
2000; tests/store/test_damage.c does more inside one process), damaged keys and configuration. Each
is found, or everything reads as before; no crash, no hang, never another answer."""
import os
import random
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from licetd import LICETD, Client, Server, clean_env, run
from v4 import Case, bundle_case, ok

PLACES = 2000 if os.environ.get("LICET_LONG") else 40
SERVED = 1 if os.environ.get("LICET_LONG") else 4  # every so many a server is started as well
DEADLINE = 5
PAGE = 4096
LISTS = ("products/", "policies/", "customers/", "orders/", "licenses/", "devices/", "api-keys/",
         "license-users/", "accounts/", "audit/")
TOUCHED = ("last_seen_at", "last_used_at", "check_count", "updated_at", "peer_address")


def answers(server):
    """All that the management API tells of the objects, but for what a start and a check change."""
    found = {}
    for name in LISTS:
        rows = server.manage.get(name, limit=100)["results"]
        found[name] = [{field: value for field, value in row.items() if field not in TOUCHED}
                       for row in rows if not row.get("action", "").startswith("system.")]
    return found


class Sample:
    """A small store with some of everything, at rest."""

    def __init__(self, home):
        self.lock = threading.Lock()  # of the one client
        self.server = server = Server("v4.rate=0", directory=home)
        server.start()
        made = server.manage.post("api-keys/", {"name": "k"})
        self.key = made["api_key"], made["shared_key"]
        case = Case(Client(server, *self.key), server.manage, max_activations=40)
        for n in range(30):
            ok(case.activate(f"d{n}", hostname=f"host {n}"))
        for n in range(10):
            ok(case.deactivate(f"d{n}"))
        ok(bundle_case(case.client, server.manage, 3, max_activations=3).activate("b0"))
        server.manage.post("customers/", {"email": "a@b.example", "company_name": "x" * 200,
                                          "metadata": {"text": "y" * 3500, "more": "z" * 3500}})
        # Most of a small file is free pages.
        server.manage.post("orders/create_order/", {"items": [{
            "product_code": case.code, "licenses": [{"max_activations": 1}] * 300}]})
        self.case = case
        self.kept = self.all_of(server)
        assert server.stop() == 0
        self.told = verify(server.data)
        assert self.told[0] == 0
        self.bytes = (server.data / "store" / "data.mdb").read_bytes()

    def all_of(self, server):
        case = self.case
        case.client.close()
        case.client, case.manage = Client(server, *self.key), server.manage
        found = answers(server)
        found["checks"] = [(a.status, a.json.get("code"), a.json.get("active"))
                           for a in (case.check(f"d{n}") for n in range(30))]
        case.client.close()
        return found

    def copy(self, path, content=None):
        shutil.copytree(self.server.data, path / "data", copy_function=shutil.copy2)
        if content is not None:
            (path / "data" / "store" / "data.mdb").write_bytes(content)
        return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return Sample(tmp_path_factory.mktemp("sample"))


def verify(data):
    """Exit code and output of licetd verify, within the deadline."""
    done = subprocess.run([str(LICETD), "verify", "--json", "-D", str(data)], capture_output=True,
                          text=True, timeout=DEADLINE, env=clean_env(), check=False)
    if done.returncode:
        assert done.returncode in (6, 7), (done.returncode, done.stderr)
        assert "damaged" in done.stderr or "store_error" in done.stderr, done.stderr
    return done.returncode, done.stdout


class Spoiled(Server):
    """Keeps the exit code of a server that ended by itself."""

    exit_code = None

    def kill(self):
        if self.process is not None:
            try:
                self.exit_code = self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                pass
        return super().kill()


def start_refused(home):
    server = Spoiled("v4.rate=0", directory=home)
    with pytest.raises(AssertionError, match="no ready line"):
        server.start()
    assert server.exit_code in (6, 7), server.exit_code
    text = server.log_text()
    assert "licetd: damaged: " in text or "licetd: store_error: " in text, text


def reads_as_before(sample, home):
    server = Server("v4.rate=0", directory=home).start()
    try:
        assert sample.all_of(server) == sample.kept
        assert server.stop() == 0
    finally:
        server.kill()
    assert verify(home / "data")[0] == 0


def try_copy(sample, home, content, served):
    """One damaged copy is "found" by verify and not served, or the "same" in all it says."""
    sample.copy(home, content)
    code, told = verify(home / "data")
    if code:
        if served:
            start_refused(home)
        return "found"
    assert told == sample.told[1]
    if served:
        with sample.lock:
            reads_as_before(sample, home)
    return "same"


def try_each(sample, tmp_path, contents):
    """All copies, two at a time; how many were found and how many read as before."""
    def one(item):
        number, content = item
        home = tmp_path / str(number)
        home.mkdir()
        try:
            return try_copy(sample, home, content, number % SERVED == 0)
        finally:
            shutil.rmtree(home)

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(one, enumerate(contents)))
    print({word: results.count(word) for word in sorted(set(results))})
    return results


def flipped(content, bit):
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_flipped_bits(sample, tmp_path):
    chance = random.Random(22)
    bits = [chance.randrange(8 * len(sample.bytes)) for _ in range(PLACES)]
    results = try_each(sample, tmp_path, (flipped(sample.bytes, bit) for bit in bits))
    assert results.count("found") > PLACES // 4
    assert results.count("same") > 0


def test_flipped_bits_of_the_meta_pages(sample, tmp_path):
    """LMDB takes the newer of two: a flip in the number of a transaction must not bring back what
    was before the last commit."""
    chance = random.Random(23)
    numbers = [8 * (page * PAGE + 144) + bit for page in (0, 1) for bit in (0, 2, 3)]
    others = [8 * PAGE * chance.randrange(2) + chance.randrange(8 * 160)
              for _ in range(PLACES // 8)]
    results = try_each(sample, tmp_path, (flipped(sample.bytes, bit) for bit in numbers + others))
    assert results[:len(numbers)] == ["found"] * len(numbers)


def test_cut_off(sample, tmp_path):
    chance = random.Random(24)
    sizes = [chance.randrange(len(sample.bytes)) for _ in range(PLACES)]
    results = try_each(sample, tmp_path, (sample.bytes[:size] for size in sizes))
    assert results.count("found") > PLACES * 3 // 4


def test_pages_swapped_and_zeroed(sample, tmp_path):
    """Whole pages in a wrong place, or lost."""
    chance = random.Random(25)
    pages = len(sample.bytes) // PAGE
    contents = []
    for _ in range(PLACES // 10):
        first, second = chance.sample(range(2, pages), 2)
        changed = bytearray(sample.bytes)
        changed[first * PAGE:(first + 1) * PAGE] = \
            sample.bytes[second * PAGE:(second + 1) * PAGE]
        contents.append(bytes(changed))
        changed[first * PAGE:(first + 1) * PAGE] = bytes(PAGE)
        contents.append(bytes(changed))
    try_each(sample, tmp_path, contents)


# --- keys and configuration --------------------------------------------------------------


@pytest.mark.parametrize("kind", ["root", "issuing", "box", "store"])
def test_key_files(sample, tmp_path, kind):
    """Any bit of a key file, and its end: refused with the file's name, or without effect."""
    (path,) = (sample.copy(tmp_path) / "data" / "keys").glob(kind + "*.key")
    good, chance = path.read_bytes(), random.Random(kind)
    for n in range(max(4, PLACES // 20)):
        place = chance.randrange(len(good))
        bad = good[:place] if n % 2 else flipped(good, 8 * place + chance.randrange(8))
        path.write_bytes(bad)
        done = run(LICETD, "verify", "--json", "-D", tmp_path / "data", check=False,
                   timeout=DEADLINE)
        if done.returncode:
            assert done.returncode == 7, (bad, done)
            assert path.name in done.stderr or "damaged" in done.stderr, (bad, done.stderr)
        else:
            assert done.stdout == sample.told[1], bad


def test_key_files_mixed_up(sample, tmp_path):
    """The store key of another server opens nothing."""
    (tmp_path / "other").mkdir()
    other = Server(directory=tmp_path / "other")
    home = sample.copy(tmp_path)
    shutil.copy2(other.data / "keys" / "store.key", home / "data" / "keys" / "store.key")
    assert verify(home / "data")[0] == 7
    start_refused(home)


def test_configuration(sample, tmp_path):
    """A damaged file is refused with its line, or means what it says."""
    home = sample.copy(tmp_path)
    path = home / "data" / "licetd.conf"
    good = b"[server]\nthreads = 2\nheader_timeout = 10s\n[v4]\nrate = 50/s burst 100\n"
    chance, refused = random.Random(26), 0
    for _ in range(PLACES // 2):
        path.write_bytes(flipped(good, chance.randrange(8 * len(good))))
        done = run(LICETD, "check-config", "-D", home / "data", check=False, timeout=DEADLINE)
        assert done.returncode in (0, 2), done
        if done.returncode == 2:
            refused += 1
            assert "licetd.conf:" in done.stdout + done.stderr, done
    assert refused > PLACES // 10
    path.write_bytes(b"[server\nthreads = two\n\0\xff")
    server = Spoiled("v4.rate=0", directory=home)
    with pytest.raises(AssertionError, match="no ready line"):
        server.start()
    assert server.exit_code == 2 and "licetd.conf:" in server.log_text()
