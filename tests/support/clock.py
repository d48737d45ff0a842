"""A server under another clock (faketime), and a client that lives at the same time."""
import time
from datetime import datetime, timezone
from pathlib import Path

from licetd import Client, Server

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


class ClockServer(Server):
    """start_at("2027-12-29 10:00:00") starts it then; its clock goes on from there."""

    def start_at(self, moment):
        self.stop()
        self.wall = time.time()
        at = datetime.strptime(moment, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
        self.moment = at.timestamp()
        return self.start(LD_PRELOAD=str(LIBRARY), FAKETIME="@" + moment, TZ="UTC",
                          FAKETIME_DONT_FAKE_MONOTONIC="1",
                          ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0")

    def now(self):
        return self.moment + time.time() - self.wall

    def client(self, **fields):
        made = self.manage.post("api-keys/", {"name": "test", **fields})
        return ClockClient(self, made["api_key"], made["shared_key"])


class ClockClient(Client):
    """Follows its server through restarts."""

    def date(self, at=None):
        return super().date(at or self.server.now())

    def open(self):
        self.base = self.server.public
        return super().open()

    def follow(self):
        self.close()
        return self


def until(what, seconds=30):
    """The job thread is another one: asks until it is so."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)
