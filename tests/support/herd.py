"""Thousands of connections at once, what they cost the server, and live traffic beside them."""
import multiprocessing
import os
import resource
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode, urlsplit

from raw import Reader, connect

PER_ADDRESS = 200  # below server.max_per_address
FORK = multiprocessing.get_context("fork")
ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def raise_limit(n):
    """Room for n sockets in this process and in the server that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < n + 200:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(n + 200, hard), hard))
    return hard >= n + 200


def memory(server, name="RssAnon"):
    """Bytes of the server's memory; pages of the store's file are not in RssAnon."""
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        found = [line.split()[1] for line in status if line.startswith(name + ":")]
    return int(found[0]) * 1024


def cpu(server):
    """Seconds of processor time that the server has used."""
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Herd:
    """Connections that send `first` and from then on `more` each time they are driven."""

    def __init__(self, url, first=ASK, more=b"", context=None, receive=None, offset=0):
        parts = urlsplit(url)
        self.target, self.context, self.receive = (parts.hostname, parts.port), context, receive
        self.first, self.more, self.offset = first, more, offset
        self.sockets, self.since, self.ended = [], {}, {}
        self.poll = select.epoll()

    def open(self, number):
        begin, sock = time.monotonic(), socket.socket()
        if self.receive:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive)
        address = (self.offset + number) // PER_ADDRESS
        sock.bind((f"127.1.{address // 250}.{1 + address % 250}", 0))
        sock.settimeout(30)
        sock.connect(self.target)
        if self.context is not None:
            sock = self.context.wrap_socket(sock, server_hostname="127.0.0.1")
        self.greet(sock)
        sock.setblocking(False)
        return sock, begin

    def greet(self, sock):
        if self.first != ASK:
            sock.sendall(self.first)
            return
        sock.sendall(ASK)
        assert sock.recv(4096).startswith(b"HTTP/1.1 200 "), "an idle connection was served first"

    def grow(self, n):
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(self.open, range(len(self.sockets), len(self.sockets) + n)))
        for sock, since in made:
            self.sockets.append(sock)
            self.since[sock.fileno()] = since
            self.poll.register(sock, select.EPOLLRDHUP)
        return self

    def drive(self):
        for sock in self.sockets:
            if self.more and sock.fileno() not in self.ended:
                try:
                    sock.send(self.more)
                except OSError:
                    continue

    def watch(self, seconds):
        """Notes what the server ends within this time; how many are open."""
        until = time.monotonic() + seconds
        while len(self.ended) < len(self.sockets):
            left = until - time.monotonic()
            for number, _ in self.poll.poll(max(0, left), 10000):
                self.ended[number] = time.monotonic() - self.since[number]
                self.poll.unregister(number)
            if left <= 0:
                break
        return len(self.sockets) - len(self.ended)

    def answers(self):
        """What each was told before its end, as far as it read."""
        return [sock.recv(12) if sock.fileno() in self.ended else b"" for sock in self.sockets]

    def close(self):
        for sock in self.sockets:
            sock.close()
        self.poll.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Traffic:
    """Signed checks of one license from a process of their own, each timed."""

    def __init__(self, case, device, pause=0.002):
        self.case, self.pause = case, pause
        target = "/api/v4/check_license?" + urlencode(case.fields(device, {}))
        date = case.client.date()
        self.request = (f"GET {target} HTTP/1.1\r\nHost: x\r\nDate: {date}\r\n"
                        f"Authorization: {case.client.authorization(date)}\r\n\r\n").encode()
        self.stopping, self.count = FORK.Event(), FORK.Value("i", 0)
        self.result, self.out = FORK.Pipe(False)
        self.process = FORK.Process(target=self.run)

    def run(self):
        times, failed = [], []
        with connect(self.case.client.base) as sock:
            reader = Reader(sock)
            while not self.stopping.is_set():
                begin = time.monotonic()
                sock.sendall(self.request)
                status, _, body = reader.answer()
                times.append(time.monotonic() - begin)
                if status != 200:
                    failed.append((status, body))
                self.count.value += 1
                time.sleep(self.pause)
        self.out.send((times, failed[:3]))

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.times, self.failed = self.result.recv() if self.result.poll(30) else ([], ["gone"])
        self.process.join()

    def more(self, n=300):
        """Waits until n further checks are answered."""
        until = self.count.value + n
        while self.count.value < until and self.process.is_alive():
            time.sleep(0.02)

    def p99(self):
        assert not self.failed and len(self.times) >= 300, (len(self.times), self.failed)
        return sorted(self.times)[len(self.times) * 99 // 100]
