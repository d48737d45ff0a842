"""What the operating system does to the daemon: signals, clocks, a file cut short under its feet."""
import glob
import os
import signal
import socket
import subprocess
import time

import licetd
import pytest


@pytest.fixture
def server():
    made = licetd.Server()
    yield made
    made.remove()


def notified(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    sock.settimeout(10)
    return sock


def test_service_manager_is_told(server):
    path = server.home / "notify"
    with notified(path) as manager:
        server.start(NOTIFY_SOCKET=str(path))
        assert manager.recv(100) == b"READY=1"
        server.process.send_signal(signal.SIGHUP)
        assert manager.recv(100) == b"RELOADING=1"
        assert manager.recv(100) == b"READY=1"
        assert server.stop() == 0
        assert manager.recv(100) == b"STOPPING=1"


def test_second_signal_ends_at_once(server):
    server.start()
    host, port = server.public.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(b"POST /api/v4/check_license HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1")
        time.sleep(0.3)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert server.process.poll() is None, "the request in flight is waited for"
        assert server.stop() == 0
        assert time.monotonic() - began < 5
    assert server.verify().returncode == 0


@pytest.mark.parametrize("number", [signal.SIGPIPE, signal.SIGUSR1, signal.SIGUSR2])
def test_ignored_signals(server, number):
    server.start()
    server.process.send_signal(number)
    time.sleep(0.2)
    assert server.manage.get("status/")["ready"] is True
    assert server.stop() == 0


def test_stopped_and_continued(server):
    server.start()
    server.process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    server.process.send_signal(signal.SIGCONT)
    assert server.manage.get("status/")["ready"] is True
    assert server.stop() == 0


def test_file_cut_under_the_server(server):
    """A page that is gone ends the server with the line that says what to do, and exit code 6."""
    server.start()
    for i in range(50):
        licetd.make_product(server.manage, metadata={"text": "x" * 4000, "n": i})
    with open(server.data / "store" / "data.mdb", "r+b") as file:
        file.truncate(8192)
    try:
        for i in range(1, 51):
            server.manage.call("GET", f"products/{i}/")
    except (OSError, licetd.http.client.HTTPException):
        pass
    assert server.process.wait(10) == 6
    assert "licetd verify" in server.log_text() and "restore" in server.log_text()
    assert server.verify().returncode == 7


def refused(server, *wrapper):
    done = subprocess.run([*wrapper, str(licetd.LICETD), "serve", "--set", "server.listen=127.0.0.1:0",
                           "--set", "admin.listen="], capture_output=True, text=True, env=server.env(),
                          timeout=20, check=False)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "licetd: clock:" in done.stderr
    return done.stderr


def test_clock_before_the_build(server):
    assert "before the build" in refused(server, "faketime", "-f", "@2020-01-01 00:00:00")


def test_clock_set_back(server):
    """What was written an hour ahead cannot be judged an hour earlier."""
    server.start(LD_PRELOAD=glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0], FAKETIME="+1h")
    assert server.stop() == 0
    assert "before the last audit entry" in refused(server)


def test_no_core_no_secret_in_the_environment(server):
    """LICET_PASSPHRASE is gone from the process's environment once it runs."""
    server = licetd.Server(sealed=True)
    try:
        server.passphrase.rename(server.home / "moved")
        conf = server.data / "licetd.conf"
        conf.write_text("")
        secret = (server.home / "moved").read_text().strip()
        server.start(LICET_PASSPHRASE=secret)
        pid = server.process.pid
        environ = open(f"/proc/{pid}/environ", "rb").read()
        assert secret.encode() not in environ
        limits = open(f"/proc/{pid}/limits").read()
        assert [x for x in limits.splitlines() if x.startswith("Max core")][0].split()[4] == "0"
        assert secret not in server.log_text()
        assert server.stop() == 0
    finally:
        server.remove()


def test_init_keeps_what_stands_on_the_line(server):
    home = server.home / "second"
    licetd.run(licetd.LICETD, "init", "-D", home, "--unsealed", "--url", "https://l.example",
               "--set", "server.threads=3", "--set", "v4.environment=test")
    shown = licetd.run(licetd.LICETD, "check-config", "-D", home, "--show-origin").stdout
    values = {x.split()[0]: x.split()[1:] for x in shown.splitlines() if len(x.split()) == 3}
    assert values["server.url"] == ["https://l.example", "file"]
    assert values["server.threads"] == ["3", "file"]
    assert values["v4.environment"] == ["test", "file"]
    bad = licetd.run(licetd.LICETD, "init", "-D", server.home / "third", "--unsealed", "--set",
                     "server.thread=3", check=False)
    assert bad.returncode == 2 and "server.thread" in bad.stderr
    assert not os.path.exists(server.home / "third")
