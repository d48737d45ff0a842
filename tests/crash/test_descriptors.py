"""Descriptors that run out: served are those that are there, the administrator gets in, and
nothing spins."""
import os
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest
from fault import at_rest
from licetd import Server
from v4 import Case, ok

FREE = ("v4.rate=0", "v4.fail_rate=0", "server.threads=2")
FLOOD = 300


@pytest.fixture
def server():
    made = Server(*FREE)
    yield made
    made.remove()


def limited(n):
    return ["prlimit", f"--nofile={n}:{n}"]


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


class Flood:
    """Connections that say nothing."""

    def __init__(self, server, n=FLOOD):
        parts = urlsplit(server.public)
        self.sockets = []
        for _ in range(n):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((parts.hostname, parts.port))
            self.sockets.append(sock)
        time.sleep(0.3)

    def close(self):
        for sock in self.sockets:
            sock.close()
        time.sleep(0.3)


def work(server, case):
    """A case before the flood, whose connection stays open."""
    ok(case.activate("first"))
    flood = Flood(server)
    at_rest(server)
    for n in range(5):
        ok(case.check("first"))
        ok(case.activate(f"d{n}"))
    return flood


def recovered(server, case):
    fresh = Case(server.client(), server.manage)
    ok(fresh.activate("after"))
    assert case.now()["seats_used"] == 6
    at_rest(server, 0.5)


def test_64_descriptors(server):
    """What a stranger can open is kept below the limit, so that the admin socket answers."""
    server.start(limited(64))
    assert '"event":"few_descriptors","limit":64' in server.log_text()
    case = Case(server.client(), server.manage, max_activations=100)
    flood = work(server, case)
    assert descriptors(server) < 64
    assert server.manage.get("status/")["ready"] is True
    assert "connection_refused" in server.log_text()
    flood.close()
    recovered(server, case)
    assert server.stop() == 0
    assert server.verify().returncode == 0


def test_none_is_left(server):
    """The limit falls under a running server: connections are shed, none is left hanging."""
    server.start()
    case = Case(server.client(), server.manage, max_activations=100)
    subprocess.run(["prlimit", f"--pid={server.process.pid}", "--nofile=40:40"], check=True)
    flood = work(server, case)
    assert descriptors(server) <= 40
    assert '"cause":"descriptors"' in server.log_text()
    flood.close()
    recovered(server, case)
    assert server.stop() == 0
    assert server.verify().returncode == 0


def refused(done):
    return done.returncode == 6 and "licetd: " in done.stderr and "open files" in done.stderr


def test_every_limit(server):
    """Started with few: ready, or refused with words; under it no library ends the process."""
    for n in (9, 12, 14, 16, 18, 20, 22, 24, 32, 40, 48):
        done = subprocess.run([*limited(n), *server.command()], capture_output=True, text=True,
                              timeout=20, env=server.env(), check=False)
        assert refused(done), (n, done.returncode, done.stderr)
    server.start(limited(49))
    ok(Case(server.client(), server.manage).activate("one"))
    assert server.stop() == 0
