"""The running daemon has given up what it does not need, and does all its work without it."""
import os
import pwd
from pathlib import Path

import pytest
from licetd import LICETD, Server, run

pytestmark = pytest.mark.skipif("seccomp      yes" not in run(LICETD, "version").stdout,
                                reason="built without libseccomp")


def status(path):
    text = (path / "status").read_text(encoding="utf-8")
    return {k: v.strip() for k, v in (line.split(":", 1) for line in text.splitlines())}


def threads(server):
    found = [status(task) for task in Path(f"/proc/{server.process.pid}/task").iterdir()]
    assert len(found) >= 6, "loops, writer, passwords, jobs and the one that waits"
    return found


def test_every_thread_is_inside(world):
    for thread in threads(world.server):
        assert (thread["Seccomp"], thread["NoNewPrivs"]) == ("2", "1"), thread["Name"]
    assert "sandboxed" in world.server.log_text()


def test_all_work_is_done_inside(world):
    """The fixture has been through every kind of call, a reload and a backup."""
    text = world.server.log_text()
    for word in ("internal_error", "call_failed", "Operation not permitted", "reload_refused"):
        assert word not in text
    assert world.manage.get("status/")["ready"] is True


def test_no_memory_leaves_the_process(world):
    proc = Path(f"/proc/{world.server.process.pid}")
    limits = (proc / "limits").read_text(encoding="utf-8")
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    assert status(proc)["Umask"] == "0077"


def test_it_can_be_switched_off(tmp_path):
    server = Server("server.sandbox=no", directory=tmp_path).start()
    try:
        assert {thread["Seccomp"] for thread in threads(server)} == {"0"}
        assert {thread["NoNewPrivs"] for thread in threads(server)} == {"1"}
        assert server.stop() == 0
        assert "no_sandbox" in server.log_text()
    finally:
        server.remove()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another account")
def test_nobody_of_its_account_looks_inside():
    """What belongs to root under /proc, though the process does not: not dumpable."""
    server = Server("server.user=nobody")
    try:
        user = pwd.getpwnam("nobody")
        for path in (server.home, *server.home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        server.start()
        proc = Path(f"/proc/{server.process.pid}")
        assert status(proc)["Uid"].split()[0] == str(user.pw_uid)
        assert (proc / "mem").stat().st_uid == 0
        assert {thread["Seccomp"] for thread in threads(server)} == {"2"}
        assert server.stop() == 0
    finally:
        server.remove()
