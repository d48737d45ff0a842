"""The gate of the HTTP server against raw bytes: framing, deadlines, sizes, connections."""
import json
import socket
import time

import pytest
from licetd import Server
from raw import Reader, ask, connect, drip, read_all

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSE = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
POST = b"POST /api/v4/activate_license HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def server():
    made = Server("server.header_timeout=1s", "server.body_timeout=1500ms", "server.idle_timeout=3s",
                  "server.max_per_address=40", "server.threads=2", "v4.rate=0", "v4.fail_rate=0")
    try:
        yield made.start()
        assert made.stop() == 0
        assert "AddressSanitizer" not in made.log_text()
    finally:
        made.remove()


@pytest.fixture(autouse=True)
def still_serves(server):
    """Whatever a test sent, the next stranger is served at once."""
    yield
    assert ask(server.public, CLOSE) == 200


def test_plain_request(server):
    assert ask(server.public, CLOSE) == 200


@pytest.mark.parametrize("data", [
    POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    POST + b"Content-Length: 2, 2\r\n\r\n{}",
    POST + b"Content-Length: +2\r\n\r\n{}",
    POST + b"Content-Length: -1\r\n\r\n",
    POST + b"Content-Length: 0x2\r\n\r\n{}",
    POST + b"Content-Length:\r\n\r\n{}",
    POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: identity\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\r\n folded\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
    b"GET /healthz HTTP/1.1\nHost: a\n\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\n\r\n",
    b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz  HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /hea lthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz# HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n",
    b"GET /healthz\r\nHost: a\r\n\r\n",
    b"G@T /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
])
def test_refused_and_closed(server, data):
    """Each gets 400, and the connection ends: what follows is never read as a request."""
    sock = connect(server.public)
    sock.sendall(data + HEALTH)
    found = read_all(sock)
    sock.close()
    assert found.startswith(b"HTTP/1.1 400 "), found[:200]
    assert found.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in found.lower()
    assert b"signature:" not in found.lower()
    assert json.loads(found.partition(b"\r\n\r\n")[2])["code"] == "bad_request"


def test_headers_of_8_kib(server):
    start = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: "
    room = 8192 - len(start) - 4
    assert ask(server.public, start + b"x" * room + b"\r\n\r\n") == 200
    for n in (room + 1, 9000, 100000):
        assert ask(server.public, start + b"x" * n + b"\r\n\r\n") == 431
    assert ask(server.public, b"GET /" + b"x" * 20000) == 431
    assert ask(server.public, start + b"\r\n" + b"A: b\r\n" * 1300 + b"\r\n") == 431


def test_huge_body_is_refused_unread(server):
    sock = connect(server.public)
    sock.sendall(POST + b"Content-Length: 100000000000\r\n\r\n")
    status, headers, _ = Reader(sock).answer()
    assert status == 413 and headers["connection"] == "close"
    sock.close()
    assert ask(server.public, POST + b"Content-Length: 65537\r\n\r\n" + b"x" * 65537) == 413


def test_huge_chunked_body(server):
    piece = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    assert ask(server.public, POST + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 5) == 413
    assert ask(server.public, POST + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n") == 413


def test_chunks_make_one_body(server):
    sock = connect(server.public)
    sock.sendall(POST + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                 b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\nTrailer: t\r\n\r\n")
    assert read_all(sock).startswith(b"HTTP/1.1 400 ")
    sock.close()


def test_expect_continue(server):
    sock = connect(server.public)
    sock.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    reader = Reader(sock)
    assert reader.answer()[0] == 100
    sock.sendall(b"{}")
    assert reader.answer()[0] == 400
    sock.close()


@pytest.mark.parametrize("method,status", [("BREW", 405), ("HEAD", 405), ("OPTIONS", 405),
                                           ("TRACE", 405), ("CONNECT", 405), ("get", 405)])
def test_other_methods(server, method, status):
    sock = connect(server.public)
    sock.sendall(f"{method} /healthz HTTP/1.1\r\nHost: a\r\n\r\n".encode() + CLOSE)
    found = read_all(sock)
    sock.close()
    assert found.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"HTTP/1.1 200 " in found
    if method == "HEAD":
        first, _, rest = found.partition(b"\r\n\r\n")
        assert rest.startswith(b"HTTP/1.1 200 ")
        assert b"allow: GET" in first or b"Allow: GET" in first


def test_slow_headers_are_cut_at_the_absolute_deadline(server):
    seconds, data = drip(server.public, b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", b"x" * 80, 0.1)
    assert 0.9 < seconds < 6
    assert data == b"" or data.startswith(b"HTTP/1.1 408 ")


def test_silence_after_connecting_is_cut(server):
    sock = connect(server.public)
    begin = time.monotonic()
    assert read_all(sock) == b""
    assert 0.9 < time.monotonic() - begin < 6
    sock.close()


def test_slow_body_is_cut_at_the_absolute_deadline(server):
    seconds, data = drip(server.public, POST + b"Content-Length: 1000\r\n\r\n", b"x" * 80, 0.1)
    assert 1.4 < seconds < 6
    assert data.startswith(b"HTTP/1.1 408 ") and b'"request_timeout"' in data


def test_slow_chunks_too(server):
    seconds, data = drip(server.public, POST + b"Transfer-Encoding: chunked\r\n\r\n",
                         b"1\r\nx\r\n" * 14, 0.1)
    assert 1.4 < seconds < 6
    assert data.startswith(b"HTTP/1.1 408 ")


def test_idle_connection_is_closed(server):
    sock = connect(server.public)
    sock.sendall(HEALTH)
    Reader(sock).answer()
    begin = time.monotonic()
    assert read_all(sock) == b""
    assert 2.4 < time.monotonic() - begin < 8
    sock.close()


def test_pipelining_keeps_the_order(server):
    sock = connect(server.public)
    sock.sendall(HEALTH + b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + POST +
                 b"Content-Length: 2\r\n\r\n{}" + HEALTH * 20 + CLOSE)
    reader = Reader(sock)
    found = [reader.answer()[0] for _ in range(24)]
    assert found == [200, 404, 400] + [200] * 21
    assert read_all(sock) == b""
    sock.close()


def test_keep_alive_and_old_version(server):
    sock = connect(server.public)
    reader = Reader(sock)
    for _ in range(3):
        sock.sendall(HEALTH)
        assert reader.answer()[0] == 200
    sock.close()
    assert ask(server.public, b"GET /healthz HTTP/1.0\r\n\r\n") == 200


def test_byte_by_byte(server):
    sock = connect(server.public)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in HEALTH:
        sock.sendall(bytes([byte]))
    assert Reader(sock).answer()[0] == 200
    sock.close()


def test_half_close(server):
    assert ask(server.public, HEALTH, half_close=True) == 200
    assert ask(server.public, HEALTH[:20], half_close=True) in (0, 400)


def test_early_close(server):
    for data in (b"", HEALTH[:10], HEALTH, POST + b"Content-Length: 100\r\n\r\nabc", HEALTH * 50):
        sock = connect(server.public)
        sock.sendall(data)
        sock.close()


def test_reset(server):
    for _ in range(20):
        sock = connect(server.public)
        sock.sendall(HEALTH * 5)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        sock.close()


def served(sock):
    try:
        sock.sendall(HEALTH)
        return Reader(sock).answer()[0] == 200
    except (EOFError, ConnectionError):
        return False


def test_connections_of_one_address(server):
    time.sleep(0.2)
    held = [connect(server.public) for _ in range(40)]
    assert all(served(sock) for sock in held)
    beyond = connect(server.public)
    assert not served(beyond)
    beyond.close()
    assert all(served(sock) for sock in held)
    held.pop().close()
    end = time.monotonic() + 5
    while time.monotonic() < end:
        sock = connect(server.public)
        if served(sock):
            break
        sock.close()
    else:
        raise AssertionError("a freed place was not given again")
    for sock in (*held, sock):
        sock.close()
    while ask(server.public, CLOSE) != 200 and time.monotonic() < end:
        time.sleep(0.05)


def test_admin_socket_has_no_such_cap(server):
    held = [connect(server.public) for _ in range(40)]
    assert server.manage.get("status/")
    for sock in held:
        sock.close()
    end = time.monotonic() + 5
    while ask(server.public, CLOSE) != 200 and time.monotonic() < end:
        time.sleep(0.05)
