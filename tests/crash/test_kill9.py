"""SIGKILL under load: what was acknowledged is there afterwards, and no seat twice.

Sixteen clients activate and give back. The server is killed five times (LICET_LONG=1: fifty).
Every client keeps a ledger of what it was told; a request without answer may have happened or
not, and is settled by repeating it.
"""
import http.client
import os
import random
import threading
import time

from licetd import Client, make_bundle, make_product
from v4 import Case

CLIENTS = 16
KILLS = 50 if os.environ.get("LICET_LONG") else 5
SEATS = 3
LOST = (OSError, http.client.HTTPException)
REFUSALS = {"license_activated_max_times", "license_not_active", "device_not_found"}


class Worker:
    """One client; ledger: (license, device) -> True active, False not, None unknown."""

    def __init__(self, number, cases):
        self.number, self.cases = number, cases
        self.random = random.Random(number)
        self.ledger = {}
        self.acknowledged = 0
        self.fault = None

    def device(self, turn):
        return f"c{self.number}-{turn}"

    def call(self, client, case, device, on):
        """One change, and the ledger by what came back."""
        spot = (case.id, device)
        kind = case.kind()
        before = self.ledger.get(spot, False)
        self.ledger[spot] = None
        answer = client.post(("activate_" if on else "deactivate_") + kind, hardware_id=device,
                             product=case.code, license_key=case.key)
        if answer.status == 200:
            self.ledger[spot] = on
            self.acknowledged += 1
        else:
            assert answer.code in REFUSALS, answer
            self.ledger[spot] = before
            assert not (on and before), "an active device was refused its own seat"
            assert not (not on and before), "an active device could not give back"

    def run(self, client):
        try:
            while True:
                case = self.random.choice(self.cases)
                self.call(client, case, self.device(self.random.randrange(3)),
                          self.random.random() < 0.6)
        except LOST:
            pass
        except AssertionError as error:
            self.fault = error
        finally:
            client.close()


class World:
    def __init__(self, server):
        self.server = server
        manage = server.manage
        product = make_product(manage)
        bundle = make_bundle(manage, 3)
        members = {code: {"max_activations": SEATS} for code in bundle["members"]}
        self.cases = [Case(None, manage, product, max_activations=SEATS) for _ in range(4)]
        self.cases += [Case(None, manage, bundle, max_activations=SEATS, members=members)
                       for _ in range(2)]
        self.key = manage.post("api-keys/", {"name": "kill"})
        self.workers = [Worker(n, self.cases) for n in range(CLIENTS)]
        self.seen_head = 0

    def client(self):
        return Client(self.server, self.key["api_key"], self.key["shared_key"])

    def storm(self, seconds):
        """All workers until the server dies."""
        threads = [threading.Thread(target=w.run, args=(self.client(),)) for w in self.workers]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.server.kill()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        for worker in self.workers:
            assert worker.fault is None, worker.fault

    def rows(self):
        """(license, device) -> active, as the server has it."""
        found, offset = {}, 0
        while True:
            page = self.server.manage.get("devices/", limit=100, offset=offset)
            for row in page["results"]:
                found[row["license"], row["hardware_id"]] = row["active"]
            offset += 100
            if not page["next"]:
                return found

    def compare(self):
        rows = self.rows()
        for worker in self.workers:
            for spot, told in worker.ledger.items():
                if told is not None:
                    assert rows.get(spot, False) == told, (spot, told)
        for case in self.cases:
            state = self.server.manage.get(f"licenses/{case.id}/")
            assert state["seats_used"] <= SEATS
            active = sum(on for (license_, _), on in rows.items() if license_ == case.id)
            assert state["seats_used"] == state["times_activated"] == active

    def sets_are_whole(self):
        """A bundle set is active on a device altogether or not at all."""
        rows = self.rows()
        for case in self.cases[4:]:
            members = self.server.manage.get("licenses/", bundle_license_id=case.id)["results"]
            own = {d for (i, d), on in rows.items() if i == case.id and on}
            for member in members:
                assert {d for (i, d), on in rows.items() if i == member["id"] and on} == own

    def settle(self):
        """The lost replies: the same request again; a seat it had is not taken twice."""
        client = self.client()
        rows = self.rows()
        for worker in self.workers:
            for (license_, device), told in list(worker.ledger.items()):
                if told is not None:
                    continue
                case = next(c for c in self.cases if c.id == license_)
                had = rows.get((license_, device), False)
                used = case.now()["seats_used"]
                worker.ledger[license_, device] = had
                if had:
                    worker.call(client, case, device, True)
                    assert worker.ledger[license_, device] is True
                    assert case.now()["seats_used"] == used
        client.close()

    def audit(self):
        """The chain verifies, has no gap, and only grows."""
        done = self.server.manage.get("audit/verify/")
        assert done["ok"] is True, done
        assert done["first"] == 1 and done["last"] > self.seen_head
        self.seen_head = done["last"]
        activated = 0
        for action in ("license.activated", "license.deactivated"):
            activated += self.server.manage.get("audit/", action=action, limit=1)["count"]
        assert activated >= sum(worker.acknowledged for worker in self.workers)


def test_nothing_acknowledged_is_lost(fresh):
    world = World(fresh.start())
    clock = random.Random(9)
    for _ in range(KILLS):
        world.storm(0.4 + clock.random() * 0.6)
        done = fresh.verify()
        assert done.returncode == 0, done.stdout + done.stderr
        fresh.start()
        world.compare()
        world.sets_are_whole()
        world.settle()
        world.audit()
        assert fresh.manage.get("check/")["ok"] is True
    assert sum(worker.acknowledged for worker in world.workers) > KILLS * 20
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
