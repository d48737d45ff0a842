"""Crowds of connections: idle, slow, deaf and gone ones beside live traffic. Each is cut at its
deadline, memory stays flat, nobody else notices. Lines printed (pytest -s) are the figures."""
import os
import re
import signal
import socket
import ssl
import subprocess
import time

import licetd
import pytest
from herd import ASK, Herd, Traffic, cpu, memory, raise_limit
from licetd import exchange
from raw import connect, read_all
from v4 import Case, hw, ok

LONG = bool(os.environ.get("LICET_LONG"))
IDLE, TLS = 10000, 10000 if LONG else 2000
EACH = 1000 if LONG else 100
PLAIN_BYTES, SLOW_BYTES, TLS_BYTES, ALL_BYTES = 2048, 12 << 10, 18 << 10, 64 << 20
HEADER, BODY, QUIET, LINGER = 1.0, 1.5, 2.0, 2.0
LATE = 3.0  # what a busy machine may add to a deadline
POST = b"POST /api/v4/check_license HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"


@pytest.fixture
def serve():
    made = []

    def start(*settings):
        server = licetd.Server("server.max_connections=12000", "v4.rate=0", *settings)
        made.append(server)
        return server.start()

    yield start
    for server in made:
        assert server.stop() == 0
        server.remove()


def live(server):
    """Traffic on a license that is active."""
    case, device = Case(server.client(), server.manage), hw()
    ok(case.activate(device))
    return Traffic(case, device)


@pytest.fixture
def control(serve):
    """The same server without a crowd, at the same time: what the machine makes of the traffic."""
    return serve()


def warm(server):
    with live(server) as traffic:
        traffic.more()


def is_calm(traffic, beside):
    return traffic.p99() <= max(0.05, 3 * beside.p99())


def connections(server):
    text = exchange(server.manage.connection(), "GET", "/metrics", []).body.decode()
    return int(re.search(r"^licet_connections (\d+)$", text, re.M)[1])


def set_idle(server, timeout):
    """Changes server.idle_timeout as an administrator does, and waits until it is read."""
    done = server.log_text().count("reloaded")
    (server.data / "licetd.conf").write_text(f"[server]\nidle_timeout = {timeout}\n")
    server.process.send_signal(signal.SIGHUP)
    while server.log_text().count("reloaded") == done:
        time.sleep(0.02)


def idle_load(server):
    """Share of a processor that the server takes while nothing happens."""
    used, begin = cpu(server), time.monotonic()
    time.sleep(1)
    return (cpu(server) - used) / (time.monotonic() - begin)


def wave(word, server, control, empty):
    """IDLE connections, cut by a shorter deadline; the memory with them, whether others felt it."""
    with Herd(server.public) as herd:
        herd.grow(IDLE)
        held, load = memory(server), idle_load(server)
        assert herd.watch(0) == IDLE and connections(server) >= IDLE
        with live(server) as traffic, live(control) as beside:
            traffic.more()
            set_idle(server, "1s")
            assert herd.watch(3 + LATE) == 0
        assert min(herd.ended.values()) >= 1
    set_idle(server, "5m")
    show(word, bytes_each=(held - empty) / IDLE, rss=memory(server, "VmHWM"), load=load,
         p99=traffic.p99(), beside=beside.p99())
    assert memory(server) <= held + (1 << 20) and connections(server) <= 1
    assert load <= 0.05
    return held, is_calm(traffic, beside)


def show(word, **figures):
    print(word, *(f"{name}={value:.4g}" for name, value in figures.items()))


def test_ten_thousand_idle(serve, control):
    if not raise_limit(IDLE + 100):
        pytest.skip("the hard limit of open files is too low")
    server = serve()
    set_idle(server, "5m")
    warm(server)
    empty = memory(server)
    held, calm = wave("idle", server, control, empty)
    assert held - empty <= IDLE * PLAIN_BYTES and memory(server, "VmHWM") <= ALL_BYTES
    again, calm_again = wave("second wave", server, control, empty)
    assert again <= held + held // 20
    assert calm or calm_again


def make_context(home):
    cert, key = home / "cert.pem", home / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-addext",
                    "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return cert, key, ssl.create_default_context(cafile=cert)


def test_idle_tls(serve, tmp_path):
    if not raise_limit(TLS + 100):
        pytest.skip("the hard limit of open files is too low")
    cert, key, context = make_context(tmp_path)
    server = serve(f"server.tls_cert={cert}", f"server.tls_key={key}")
    empty = memory(server)
    with Herd(server.public, context=context) as herd:
        herd.grow(TLS)
        held, load = memory(server), idle_load(server)
        show("tls", bytes_each=(held - empty) / TLS, load=load)
        assert held - empty <= TLS * TLS_BYTES and load <= 0.05
        set_idle(server, "1s")
        assert herd.watch(3 + LATE) == 0
    assert memory(server) <= held + (1 << 20)


# What they send at once, what from time to time; when they are cut and what they are told.
KEYS = b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n"
KINDS = {
    "silent": (b"", b"", HEADER, b""),
    "slow header": (b"GET /healthz HTTP/1.1\r\n", b"x", HEADER, b"408"),
    "slow body": (POST, b" ", BODY, b"408"),
    "gone in the body": (POST + b"{", b"", BODY, b"408"),
    "gone between requests": (ASK, b"", QUIET, b""),
    "never reads": (KEYS * 4000, KEYS * 100, QUIET, None),
    "goes on after a refusal": (b"rubbish\r\n\r\n", b"x" * 1000, 0, b"400"),
}


def drive(herds, seconds):
    """Lets all kinds do what they do, each quarter of a second, until all are cut."""
    until, ahead = time.monotonic() + seconds, 0
    while time.monotonic() < until and any([herd.watch(0) for herd in herds]):
        if time.monotonic() >= ahead:
            ahead = time.monotonic() + 0.25
            for herd in herds:
                herd.drive()
        time.sleep(0.02)


def check_cut(kind, herd):
    deadline, told = KINDS[kind][2:]
    ends = sorted(herd.ended.values())
    show(kind, first=ends[0], last=ends[-1])
    assert len(ends) == EACH and deadline <= ends[0] and ends[-1] <= deadline + LATE, kind
    if told is not None:
        assert {x[9:] for x in herd.answers()} == {told}, kind


def let_go(server, most):
    """Waits until the server has no more connections than that."""
    begin = time.monotonic()
    while connections(server) > most:
        assert time.monotonic() < begin + LINGER + LATE
        time.sleep(0.05)


def slow_round(server):
    """EACH of every kind at once, until the last one is cut."""
    herds = {}
    try:
        for number, (kind, (first, more, _, _)) in enumerate(KINDS.items()):
            herds[kind] = Herd(server.public, first, more, offset=number * EACH,
                               receive=4096 if kind == "never reads" else None)
            herds[kind].grow(EACH)
        drive(herds.values(), QUIET + LATE)
        for kind, herd in herds.items():
            check_cut(kind, herd)
        let_go(server, 2)  # the traffic, and this question
    finally:
        for herd in herds.values():
            herd.close()


def test_slow_ones(serve, control):
    assert raise_limit(len(KINDS) * EACH)
    server = serve(f"server.header_timeout={HEADER * 1000:g}ms",
                   f"server.body_timeout={BODY * 1000:g}ms",
                   f"server.idle_timeout={QUIET * 1000:g}ms")
    warm(server)
    calm, after, empty = False, [], memory(server)
    for _ in range(2):
        with live(server) as traffic, live(control) as beside:
            slow_round(server)
        after.append(memory(server))
        show("slow", bytes_each=(after[-1] - empty) / EACH / len(KINDS), p99=traffic.p99(),
             beside=beside.p99())
        calm = calm or is_calm(traffic, beside)
    assert max(after) - empty <= EACH * len(KINDS) * SLOW_BYTES
    assert calm


def test_half_closed(serve):
    """A client that has said all is answered and let go, without waiting for a deadline."""
    server = serve()
    for data, answers in ((ASK, 1), (ASK * 5, 5), (b"GET /healthz HTTP/1.1\r\nHo", 0), (b"", 0)):
        begin = time.monotonic()
        with connect(server.public) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            assert read_all(sock).count(b"HTTP/1.1 200 ") == answers
        assert time.monotonic() - begin < LATE
