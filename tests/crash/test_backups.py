"""Backups one after the other while clients write: each holds one instant of what they did.

A client's step is a new device, one consumption and the step's number on its customer, in that
order; so what a backup holds of a client is a prefix of its steps when the three agree.
"""
import os
import threading
import time
from collections import Counter

import pytest
from conftest import FREE
from ledger import Link, Staff
from licetd import LICETD, Server, run, unique
from v4 import Case

COUNT, EVERY = (60, 1.0) if os.environ.get("LICET_LONG") else (3, 0.5)
CLIENTS = 16


class Stepper:
    def __init__(self, world, number):
        self.number = number
        manage = world.server.manage
        self.seats = Case(None, manage, world.product, allow_unlimited_activations=True)
        self.meter = Case(None, manage, world.product, license_type="consumption",
                          allow_unlimited_consumptions=True)
        self.customer = manage.post("customers/", {"email": unique("c") + "@example.com"})["id"]
        world.link.post("activate_license", **self.meter.fields("pc", {}))
        self.sent = self.told = 0  # steps begun, steps wholly acknowledged
        self.fault = None

    def step(self, link):
        self.sent += 1
        n = self.sent
        answers = [link.post("activate_license", **self.seats.fields(f"d{n}", {})),
                   link.post("add_consumption", **self.meter.fields("pc", {"consumptions": 1})),
                   link.staff.call("PATCH", f"customers/{self.customer}/", {"phone": str(n)})]
        assert [a.status for a in answers] == [200] * 3, answers
        self.told = n

    def run(self, link, over):
        try:
            while not over.is_set():
                self.step(link)
        except Exception as error:  # raised again by the test's thread
            self.fault = error
        finally:
            link.close()

    def held(self, staff):
        """What a server has of the three."""
        devices = staff.get(f"licenses/{self.seats.id}/")["seats_used"]
        total = staff.get(f"licenses/{self.meter.id}/")["total_consumptions"]
        return devices, total, int(staff.get(f"customers/{self.customer}/")["phone"] or 0)


class World:
    def __init__(self, home):
        self.passphrase = home / "passphrase"
        self.passphrase.write_text("nine lives of a backup\n", encoding="utf-8")
        self.passphrase.chmod(0o600)
        self.settings = (*FREE, f"backup.passphrase_file={self.passphrase}")
        (home / "world").mkdir()
        self.server = Server(*self.settings, directory=home / "world")
        manage = self.server.start().manage
        made = manage.post("api-keys/", {"name": "steps"})
        self.key = made["api_key"], made["shared_key"]
        self.link = self.new_link()
        self.product = manage.post("products/", {"short_code": unique("p"), "product_name": "P"})
        self.clients = [Stepper(self, n) for n in range(CLIENTS)]
        self.link.close()

    def new_link(self):
        return Link(self.server, self.key, Counter())

    def backup(self, path):
        """The file, with what was told before it began and sent before it ended."""
        told = [c.told for c in self.clients]
        done = run(LICETD, "backup", "--to", path, *self.options(), env=self.server.env())
        assert done.returncode == 0
        return path, told, [c.sent for c in self.clients]

    def options(self):
        return "--set", f"backup.passphrase_file={self.passphrase}"

    def under_load(self, directory):
        over = threading.Event()
        threads = [threading.Thread(target=c.run, args=(self.new_link(), over))
                   for c in self.clients]
        for thread in threads:
            thread.start()
        made, due = [], time.monotonic()
        for n in range(COUNT):
            due += EVERY
            time.sleep(max(0, due - time.monotonic()))
            made.append(self.backup(directory / f"{n}.lbak"))
        over.set()
        for thread in threads:
            thread.join(60)
        for client in self.clients:
            if client.fault:
                raise client.fault
        return made


def check(world, backup, home):
    path, told, sent = backup
    home.mkdir()
    done = run(LICETD, "restore", "--from", path, "-D", home / "data", *world.options(),
               check=False)
    assert done.returncode == 0, done.stderr
    again = Server(*world.settings, directory=home)
    try:
        done = again.verify()
        assert done.returncode == 0, done.stdout + done.stderr
        staff = Staff(again.start(), Counter())
        for client, least, most in zip(world.clients, told, sent):
            devices, total, step = client.held(staff)
            assert devices >= total >= step >= devices - 1, (client.number, devices, total, step)
            assert least <= step and devices <= most, (client.number, least, devices, most)
        prefix(staff, world.link.staff)
        assert staff.get("check/")["ok"] is True
        staff.close()
        assert again.stop() == 0
    finally:
        again.remove()


def prefix(own, whole):
    """The history before the restoring is the beginning of the one that went on: an entry's hash
    covers all before it."""
    newest = own.get("audit/", order_by="-seq", limit=20)["results"]
    (fork,) = [entry["seq"] for entry in newest if entry["action"] == "system.restored"]
    assert own.get(f"audit/{fork - 1}/")["hash"] == whole.get(f"audit/{fork - 1}/")["hash"]
    done = own.get("audit/verify/")
    assert done["ok"] is True and done["first"] == 1 and done["last"] >= fork > CLIENTS


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.link.close()
    made.server.remove()


def test_each_holds_one_instant(world, tmp_path):
    backups = world.under_load(tmp_path)
    steps = sum(c.told for c in world.clients)
    assert steps > 5 * COUNT and backups[-1][1] > backups[0][1]
    for n, backup in enumerate(backups):
        check(world, backup, tmp_path / f"restored-{n}")
    print(f"{COUNT} backups restored, {3 * steps} acknowledged changes")
    assert world.server.stop() == 0
    assert world.server.verify().returncode == 0
