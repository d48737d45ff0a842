"""The clock set while the server runs (libfaketime): what depends on it follows it, what must not
does not, and a start under a clock that is behind the last entry is refused."""
import subprocess
import time

import pytest
from clock import LIBRARY
from fault import at_rest
from licetd import Client, Server
from v4 import Case, instant, ok, refused

HOUR, DAY = 3600, 86400
JUMPS = [HOUR, 365 * DAY, -1, -HOUR, -DAY]


class MovedServer(Server):
    """A server whose clock is `ahead` seconds off, from now on when told so."""

    ahead = 0

    def start_moved(self):
        self.rc = self.home / "faketime"
        self.move(self.ahead)
        return self.start(LD_PRELOAD=str(LIBRARY), FAKETIME_TIMESTAMP_FILE=str(self.rc),
                          FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1")

    def move(self, seconds):
        self.ahead = seconds
        part = self.rc.with_suffix(".part")
        part.write_text(f"{seconds:+d}\n")
        part.rename(self.rc)

    def client(self, **fields):
        made = self.manage.post("api-keys/", {"name": "test", **fields})
        return MovedClient(self, made["api_key"], made["shared_key"])


class MovedClient(Client):
    """Lives at the server's time, but for `behind` seconds."""

    behind = 0

    def date(self, at=None):
        return super().date(at or time.time() + self.server.ahead - self.behind)


@pytest.fixture
def server():
    made = MovedServer("v4.fail_rate=0")
    yield made.start_moved()
    assert "AddressSanitizer" not in made.log_text()
    made.remove()


def stop_and_verify(server):
    assert server.stop() == 0
    done = server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def times_and_numbers(server):
    rows = server.manage.get("audit/", order_by="seq", limit=100)["results"]
    return [row["time"] for row in rows], [row["seq"] for row in rows]


@pytest.mark.parametrize("jump", JUMPS)
def test_jump_and_back(server, jump):
    """The window of Date, the end of a license and its seats go by the clock of the moment; the
    audit log keeps its order, whatever times stand in it."""
    case = Case(server.client(), server.manage, max_activations=2, license_type="time-limited",
                validity_period=instant(minutes=30))
    ok(case.activate("pc"))
    server.move(jump)
    over = jump > 1800
    assert ok(case.check("pc"))["is_expired"] is over
    answer = case.activate("other")
    if over:
        refused(answer, "license_expired")
    else:
        assert ok(answer)["times_activated"] == 2
        refused(case.activate("third"), "license_activated_max_times")
    case.client.behind = jump
    if abs(jump) > 900:
        refused(case.check("pc"), "date_header_diff")
    else:
        ok(case.check("pc"))
    case.client.behind = 0
    server.move(0)
    assert ok(case.check("pc"))["is_expired"] is False
    assert case.now()["seats_used"] == (1 if over else 2)
    times, numbers = times_and_numbers(server)
    assert numbers == list(range(1, len(numbers) + 1))
    assert server.manage.get("audit/verify/")["ok"] is True
    at_rest(server, 0.5)
    stop_and_verify(server)


@pytest.mark.parametrize("jump", JUMPS)
def test_floating_seats(server, jump):
    """Never more seats in force than there are: forward they fall free, backward they hold."""
    case = Case(server.client(), server.manage, max_activations=9, is_floating_cloud=True,
                floating_users=1, floating_timeout=10)
    for device in ("one", "two"):
        ok(case.activate(device))
    assert ok(case.check("one"))["floating_in_use_devices"] == 1
    server.move(jump)
    first, second = ("two", "one") if jump > 600 else ("one", "two")
    assert ok(case.check(first))["floating_in_use_devices"] == 1
    refused(case.check(second), "floating_not_available")
    server.move(0)
    assert ok(case.check(first))["floating_in_use_devices"] == 1
    refused(case.check(second), "floating_not_available")
    ok(case.deactivate(first))
    assert ok(case.check(second))["floating_in_use_devices"] == 1
    stop_and_verify(server)


@pytest.mark.parametrize("jump", [HOUR, -DAY])
def test_rates(jump):
    """Buckets go by a clock that nobody sets."""
    server = MovedServer("v4.rate=1/2s burst 5").start_moved()
    try:
        case = Case(server.client(), server.manage)
        answers = [case.client.get("product_details", product=case.code) for _ in range(7)]
        assert [a.status for a in answers][:5] == [200] * 5
        assert answers[-1].status == 429
        server.move(jump)
        answer = case.client.get("product_details", product=case.code)
        assert answer.status == 429
        assert 1 <= int(answer.headers["retry-after"][0]) <= 2
        time.sleep(2.1)
        ok(case.client.get("product_details", product=case.code))
        assert server.stop() == 0
    finally:
        server.remove()


def seen_and_checks(server, case):
    (row,) = server.manage.get("devices/", license=case.id)["results"]
    return row["last_seen_at"], row["check_count"]


def test_jobs_go_on_after_a_day_back(server):
    """The jobs are not put off until the clock is again where it was; "last seen" does not go
    back."""
    case = Case(server.client(), server.manage)
    ok(case.activate("pc"))
    before = seen_and_checks(server, case)
    server.move(-DAY)
    ok(case.check("pc"))
    deadline = time.monotonic() + 12
    while seen_and_checks(server, case)[1] == before[1]:
        assert time.monotonic() < deadline, "the facts of the check are not written"
        time.sleep(0.2)
    assert seen_and_checks(server, case)[0] == before[0]
    stop_and_verify(server)


def refuses_to_start(server):
    done = subprocess.run(server.command(), capture_output=True, text=True, timeout=20,
                          env=server.env(), check=False)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "licetd: clock:" in done.stderr and "before the last audit entry" in done.stderr


def test_stopped_while_ahead(server):
    """After work under a clock that was ahead: no start until the clock is there, or the backup
    from before is restored."""
    case = Case(server.client(), server.manage)
    server.move(HOUR)
    ok(case.activate("pc"))
    assert server.stop() == 0
    refuses_to_start(server)
    assert server.verify().returncode == 0
    server.start_moved()
    case.client.close()
    case.client.base = server.public
    ok(case.check("pc"))
    stop_and_verify(server)


def test_stopped_while_behind(server):
    case = Case(server.client(), server.manage)
    ok(case.activate("pc"))
    server.move(-DAY)
    assert server.stop() == 0
    server.ahead = 0
    server.start_moved()
    case.client.close()
    case.client.base = server.public
    ok(case.check("pc"))
    stop_and_verify(server)
