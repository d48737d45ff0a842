"""Faults of the system beneath a server: full and failing disks, and how busy it is meanwhile."""
import errno
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from licetd import Server

SPIN = 0.2  # of a core
_shim = []


def shim():
    """tests/support/write_fault.c as a library, made once."""
    if not _shim:
        made = Path(tempfile.mkdtemp(prefix="licet-shim-")) / "write_fault.so"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", made,
                        Path(__file__).with_name("write_fault.c"), "-ldl"], check=True)
        _shim.append(made)
    return str(_shim[0])


class FailingServer(Server):
    """A server whose writes fail while fail() says so."""

    def __init__(self, *settings, **more):
        super().__init__(*settings, **more)
        self.order = self.home / "order"

    @property
    def store_file(self):
        return self.data / "store" / "data.mdb"

    def start_failing(self):
        return self.start(LD_PRELOAD=shim(), WRITE_FAULT=str(self.order))

    def fail(self, call, number, path="*"):
        part = self.order.with_suffix(".part")
        part.write_text(f"{call} {number} {path}")
        part.rename(self.order)

    def heal(self):
        self.order.unlink(missing_ok=True)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load_of(server, seconds=1.0):
    """How much of a core the server takes while nobody asks anything."""
    pid = server.process.pid
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def at_rest(server, seconds=1.0):
    load = load_of(server, seconds)
    assert load < SPIN, f"{load:.0%} of a core while nothing is asked"


@contextmanager
def small_disk(path, size):
    """A disk of so many bytes at path; skips where mounting is refused."""
    path.mkdir(mode=0o700, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "licet-test",
                           path], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is refused: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def fill(directory):
    """Takes all that is left on the disk of the directory; returns the file."""
    path = Path(directory) / "ballast"
    with open(path, "wb", buffering=0) as file:
        size = 1 << 16
        while size:
            try:
                file.write(b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
                size //= 16
    return path
