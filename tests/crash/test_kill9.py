"""SIGKILL under load: what was acknowledged is there afterwards, and no seat twice.

32 clients make every change that the server knows, each with a ledger of what it was told. The
server is killed 20 times (LICET_LONG=1: 200). A request without answer may have happened or not,
and is settled by repeating it.
"""
import os
import random
import threading
import time

from ledger import LOST, acknowledged
from licetd import Client
from storm import World
from v4 import Case

KILLS = 200 if os.environ.get("LICET_LONG") else 20


def test_nothing_acknowledged_is_lost(fresh):
    world = World(fresh.start())
    clock = random.Random(9)
    for _ in range(KILLS):
        world.storm(0.2 + clock.random() * 0.3, fresh.kill)
        done = fresh.verify()
        assert done.returncode == 0, done.stdout + done.stderr
        fresh.start()
        world.compare()
        world.audit()
    print(f"{KILLS} kills, {acknowledged(world.workers)} acknowledged changes")
    assert acknowledged(world.workers) > KILLS * 20
    assert world.never_done() == []
    assert fresh.stop() == 0
    assert fresh.verify().returncode == 0


def test_a_lost_reply_takes_no_second_seat(fresh):
    """The reply is thrown away with the connection, the request sent again after a kill."""
    fresh.start()
    case = Case(fresh.client(), fresh.manage, max_activations=2)
    key = (case.client.api_key, case.client.shared_key)
    for n in range(4):
        date = case.client.date()
        sock = case.client.open()
        body = (f'{{"hardware_id":"pc","product":"{case.code}",'
                f'"license_key":"{case.key}"}}').encode()
        sock.request("POST", "/api/v4/activate_license", body, {
            "Date": date, "Authorization": case.client.authorization(date)})
        time.sleep(0.02 * n)
        sock.close()
        fresh.kill()
        fresh.start()
        case.client = Client(fresh, *key)
        assert case.activate("pc").status == 200
        state = case.now()
        assert (state["seats_used"], state["times_activated"]) == (1, 1)
        assert state["transfer_count"] == 0
    assert fresh.stop() == 0


def test_idempotent_management_after_a_kill(fresh):
    """A POST with an Idempotency-Key, killed in the middle, is there once after the repeat."""
    fresh.start()
    for n in range(6):
        manage = fresh.manage
        headers = [("Idempotency-Key", f"order-{n}")]
        email = f"c{n}@example.com"
        killer = threading.Timer(0.002 * n, fresh.process.kill)
        killer.start()
        try:
            manage.call("POST", "customers/", {"email": email}, headers)
        except LOST:
            pass
        killer.join()
        fresh.kill()
        fresh.start()
        answer = fresh.manage.call("POST", "customers/", {"email": email}, headers)
        assert answer.status == 201, answer
        assert fresh.manage.get("customers/", email=email)["count"] == 1
    assert fresh.stop() == 0
