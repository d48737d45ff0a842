"""Raw sockets: bytes as they are, answers as they come."""
import socket
import time
from urllib.parse import urlsplit


def connect(url, timeout=10):
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=timeout)


def read_all(sock):
    """All bytes until the peer closes."""
    data = b""
    while True:
        try:
            piece = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


class Reader:
    """One answer after the other from a socket."""

    def __init__(self, sock):
        self.sock, self.data = sock, b""

    def fill(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise EOFError(self.data)
        self.data += piece

    def answer(self):
        """(status, headers, body) of the next answer."""
        while b"\r\n\r\n" not in self.data:
            self.fill()
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        while len(self.data) < length:
            self.fill()
        body, self.data = self.data[:length], self.data[length:]
        return int(lines[0].split()[1]), headers, body


def ask(url, data, half_close=False):
    """Sends the bytes and reads until the server closes; the status, 0 for no answer."""
    sock = connect(url)
    try:
        sock.sendall(data)
        if half_close:
            sock.shutdown(socket.SHUT_WR)
        found = read_all(sock)
    finally:
        sock.close()
    return int(found.split()[1]) if found else 0


def drip(url, head, tail, pause):
    """Sends head, then tail byte by byte; (seconds until the server closed, its bytes)."""
    sock = connect(url)
    begin = time.monotonic()
    sock.sendall(head)
    sock.settimeout(pause)
    data = b""
    try:
        for byte in tail:
            try:
                sock.sendall(bytes([byte]))
                piece = sock.recv(65536)
                if not piece:
                    return time.monotonic() - begin, data
                data += piece
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return time.monotonic() - begin, data
        sock.settimeout(20)
        data += read_all(sock)
        return time.monotonic() - begin, data
    finally:
        sock.close()
