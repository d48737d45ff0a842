"""Start-up and the commands of licetd with the n-th allocation of the whole process failing, its
libraries included, for every n: tests/chaos/fail_malloc.c is preloaded. A run ends with an error
and leaves no half of its work, or it does what was asked."""
import hashlib
import os
import re
import select
import shutil
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from licetd import LICETD, TOP, clean_env, run

LONG = bool(os.environ.get("LICET_LONG"))
COMMANDS = ["init", "check-config", "verify", "backup", "restore", "serve"]
USUAL = {"backup": 4, "restore": 4}    # tries, unless LICET_LONG is set: Argon2id takes long
OPENSSL_ABORTS = "mem_sec.c"
MAKERS = ["init", "restore"]           # they take up again what they left unfinished
MOST = 24                              # of the others
ERRORS = {1, 2, 3, 4, 5, 6, 7, 64, 69, 75, 78}
SAN = "verify_asan_link_order=0:allocator_may_return_null=1"
# The filter of system calls is off: the sanitizers make others.
SERVE = [word for setting in ("server.listen=127.0.0.1:0", "admin.listen=127.0.0.1:0",
                              "server.sandbox=no") for word in ("--set", setting)]


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    path = tmp_path_factory.mktemp("shim") / "fail_malloc.so"
    run("cc", "-shared", "-fPIC", "-O1", "-D_GNU_SOURCE", "-o", path,
        TOP / "tests/chaos/fail_malloc.c", "-ldl")
    return path


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    """A data directory and a backup of it."""
    home = tmp_path_factory.mktemp("seed")
    (home / "word").write_text("of a backup, long enough\n", encoding="ascii")
    (home / "word").chmod(0o600)
    run(LICETD, "init", "--data", home / "data", "--unsealed")
    run(LICETD, "backup", "--data", home / "data", "--to", home / "backup", *sealed(home))
    return home


def sealed(home):
    return ["--set", f"backup.passphrase_file={home / 'word'}"]


def digest(directory):
    """Names and contents; the lock files of a store hold nothing."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_file() and "lock" not in path.name:
            found[str(path.relative_to(directory))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def spawn(shim, args, **env):
    return subprocess.Popen([str(a) for a in (LICETD, *args)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env=clean_env(LD_PRELOAD=str(shim), ASAN_OPTIONS=SAN, **env))


def serve_until_ready(process):
    """Ends a server that said it is ready."""
    if select.select([process.stdout], [], [], 60)[0] and process.stdout.readline():
        process.send_signal(signal.SIGTERM)


def finish(process, args):
    """The exit code; a crash, a leak or a hang ends the test."""
    if args[0] == "serve":
        serve_until_ready(process)
    out, errors = process.communicate(timeout=60)
    for word in ("Sanitizer", "runtime error", "crashed"):
        assert word not in errors, errors[-3000:]
    return process.returncode, out, errors


def count(shim, args, path):
    code, _, errors = finish(spawn(shim, args, FAIL_MALLOC_COUNT=str(path)), args)
    assert code == 0, errors
    return int(path.read_text(encoding="ascii"))


class Command:
    """One command in a directory of its own for each try."""

    def __init__(self, shim, seed, tmp_path, name):
        self.shim, self.seed, self.tmp, self.name = shim, seed, tmp_path, name

    def scene(self, number):
        home = self.tmp / f"{self.name}{number}"
        home.mkdir()
        if self.name not in MAKERS:
            shutil.copytree(self.seed / "data", home / "data")
        more = {"init": ["--unsealed"], "serve": SERVE, "check-config": ["--show-origin"],
                "backup": ["--to", home / "copy", *sealed(self.seed)],
                "restore": ["--from", self.seed / "backup", *sealed(self.seed)]}
        return home, [self.name, "--data", home / "data", *more.get(self.name, [])]

    def once(self, number):
        home, args = self.scene(number)
        before = digest(home)
        code, _, errors = finish(spawn(self.shim, args, FAIL_MALLOC_AT=str(number)), args)
        if code == -signal.SIGABRT and OPENSSL_ABORTS in errors:
            errors = "licetd: " + errors  # the library's own end, before anything was done
        else:
            assert code == 0 or code in ERRORS, (number, code, errors)
        if code:
            self.refused(number, home, before, errors)
        elif self.name in (*MAKERS, "serve"):
            run(LICETD, "verify", "--data", home / "data")
        if code and (self.name in MAKERS or number % 5 == 0):
            self.repeat(args)
        shutil.rmtree(home)
        return code

    def refused(self, number, home, before, errors):
        assert "licetd: " in errors, (number, errors)
        if self.name not in (*MAKERS, "serve"):
            assert digest(home) == before, (number, errors)

    def repeat(self, args):
        """The same without a failure."""
        code, _, errors = finish(spawn(self.shim, args), args)
        assert code == 0, errors

    def all(self):
        total = count(self.shim, self.scene("count")[1], self.tmp / "n")
        most = total if LONG else USUAL.get(self.name, MOST)
        step = 1 if total <= most else total // most + 1
        numbers = range(0, total, step)
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(self.once, numbers))
        print(f"\n{self.name}: {len(codes)} of {total} allocations, "
              f"{sum(1 for c in codes if c)} refused")
        return total, codes


@pytest.mark.parametrize("name", COMMANDS)
def test_nth_allocation(shim, seed, tmp_path, name):
    total, codes = Command(shim, seed, tmp_path, name).all()
    assert total > 5 and any(codes)


def test_all_commands_are_here():
    """A new command needs its place above."""
    text = run(LICETD, "--help").stdout
    found = set(re.findall(r"^  ([a-z][a-z-]*) ", text, re.MULTILINE)) - {"licetd"}
    assert found == {*COMMANDS, "version", "print"}
