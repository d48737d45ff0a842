"""The systemd unit: how much it leaves open, and that the server works within it."""
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from licetd import BUILD, LICET, LICETD, TOP, Server, run

UNIT = BUILD / "tools" / "packaging" / "licetd.service"
EXPOSURE = 1.5


@pytest.fixture
def unit(tmp_path):
    """The unit with the programs of the build."""
    made = tmp_path / "licetd.service"
    text = UNIT.read_text(encoding="utf-8")
    made.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={LICETD}", text, flags=re.MULTILINE))
    return made


def values(path, name):
    return re.findall(rf"^{name}=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)


def analyze(*args):
    return subprocess.run(["systemd-analyze", *map(str, args)], capture_output=True, text=True,
                          check=False)


def test_exposure(unit):
    done = analyze("security", "--offline=true", "--no-pager",
                   f"--threshold={int(EXPOSURE * 10)}", unit)
    level = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) <= EXPOSURE and done.returncode == 0, done.stdout


def test_it_is_well_formed(unit):
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_it_speaks_of_this_program(unit):
    """Directory, credential, pages and exit codes are those that the program has."""
    directory = "/var/lib/" + values(unit, "StateDirectory")[0]
    assert f"default {directory}" in run(LICETD, "serve", "--help").stdout
    assert values(unit, "AssertPathExists") == [directory + "/store"]
    name = values(unit, "LoadCredential")[0].partition(":")[0]
    assert name in (BUILD / "doc" / "licetd.8").read_text(encoding="utf-8")
    assert values(unit, "StateDirectoryMode") == ["0700"]
    account = values(unit, "User")[0]
    packaging = TOP / "tools" / "packaging"
    assert (packaging / "licet.sysusers").read_text(encoding="utf-8").split()[:2] == ["u", account]
    assert f"d {directory} 0700 {account} {account}" in (packaging / "licet.tmpfiles").read_text(
        encoding="utf-8")


@pytest.fixture
def home():
    """A place that another account can reach."""
    made = Path("/tmp") / f"licet-unit-{os.getpid()}"
    made.mkdir(mode=0o700)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def give_to(user, directory):
    for path in (directory, *directory.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)


def credentials(server):
    """As a service manager hands them over where files have no owners of their own: an access
    list, which shows as a right of the group."""
    directory = server.home / "credentials"
    directory.mkdir()
    made = directory / "licet-passphrase"
    made.write_bytes(server.passphrase.read_bytes())
    made.chmod(0o440)
    directory.chmod(0o550)
    return directory


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another account")
def test_the_server_works_inside(unit, home):
    user = pwd.getpwnam("nobody")
    server = Server(sealed=True, directory=home)
    (server.data / "licetd.conf").write_text("")
    path = home / "notify"
    directory = credentials(server)
    give_to(user, home)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        os.chown(path, user.pw_uid, user.pw_gid)
        manager.settimeout(30)
        wrapper = ("/usr/bin/python3", str(TOP / "tests/support/unit_run.py"), str(unit), "nobody")
        server.start(wrapper, NOTIFY_SOCKET=str(path), CREDENTIALS_DIRECTORY=str(directory))
        try:
            inside(server, manager)
        finally:
            server.kill()


def inside(server, manager):
    proc = Path(f"/proc/{server.process.pid}")
    status = (proc / "status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    assert fields["Seccomp_filters"].split() == ["2"], "that of the unit and the server's own"
    assert {fields[name].strip() for name in ("CapEff", "CapPrm")} == {"0" * 16}
    assert manager.recv(100) == b"READY=1"
    key = server.manage.post("api-keys/", {"name": "k"})
    assert key["shared_key"]
    assert run(LICET, "status", env=server.env()).returncode == 0
    server.process.send_signal(signal.SIGHUP)
    assert [manager.recv(100) for _ in range(2)] == [b"RELOADING=1", b"READY=1"]
    assert "memory_not_locked" not in server.log_text()
    assert server.stop() == 0
    assert manager.recv(100) == b"STOPPING=1"
