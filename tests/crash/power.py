"""A server whose writes, syncs and answers are recorded; clients note what was promised."""
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

from conftest import FREE
from ledger import LOST, Link
from licetd import BUILD, Server, make_bundle, unique
from v4 import Case

CLIENTS = 16


def shim(directory):
    """tests/crash/record.c as a library."""
    made = directory / "record.so"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", "-o", made,
                    Path(__file__).with_name("record.c"), "-ldl"], check=True)
    return made


def program():
    """The program that builds and opens the states."""
    subprocess.run(["make", "-s", "-C", BUILD, "tests/crash/power"], check=True,
                   capture_output=True)
    return BUILD / "tests" / "crash" / "power"


class Client:
    """Changes of every shape; notes(): what each answer promises, as power.h reads it."""

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.random = random.Random(number)
        self.lines = []
        self.fault = None
        manage = world.manage
        self.meter = Case(None, manage, world.product, license_type="consumption",
                          allow_unlimited_consumptions=True)
        self.customer = manage.post("customers/", {"email": unique("c") + "@example.com"})["id"]
        for case, device in ((self.meter, "pc"), (world.floating, f"f{number}")):
            answer = world.link.post("activate_license", **case.fields(device, {}))
            self.row = answer.json["device_id"]
        self.active = []

    def run(self, link):
        acts = [self.activate, self.activate, self.deactivate, self.bundle, self.consume,
                self.float, self.edit, self.order]
        try:
            while not self.world.over.is_set():
                self.random.choice(acts)(link)
        except LOST:
            pass
        except Exception as error:  # raised again by the test's thread
            self.fault = error
        finally:
            link.close()

    def note(self, answer, *what):
        assert answer.status < 300, answer
        (name,) = answer.headers.get("request-id") or answer.headers["signature"]
        self.lines.append("\t".join([name, *map(str, what)]))

    def activate(self, link):
        device = unique("d")
        answer = link.post("activate_license", **self.world.wide.fields(device, {}))
        row = answer.json["device_id"]
        self.active.append((device, row))
        self.note(answer, "row", 0, row)

    def deactivate(self, link):
        if self.active:
            device, row = self.active.pop()
            answer = link.post("deactivate_license", **self.world.wide.fields(device, {}))
            self.note(answer, "gone", 0, row)

    def bundle(self, link):
        answer = link.post("activate_bundle", **self.world.set.fields(unique("b"), {}))
        self.note(answer, "row", 0, answer.json[-1]["device_id"])

    def consume(self, link):
        answer = link.post("add_consumption", **self.meter.fields("pc", {"consumptions": 3}))
        self.note(answer, "total", self.meter.id, answer.json["total_consumptions"])

    def float(self, link):
        answer = link.get("check_license", **self.world.floating.fields(f"f{self.number}", {}))
        self.note(answer, "seat", 0, self.row)

    def edit(self, link):
        self.note(link.staff.change(unique("k"), "PATCH", "customers/{id}/", {"id": self.customer},
                                    {"phone": unique("t")}), "audit")

    def order(self, link):
        body = {"items": [{"product_code": self.world.product["short_code"]}]}
        self.note(link.staff.change(unique("k"), "POST", "orders/create_order/", {}, body), "audit")


class Recorded:
    def __init__(self, home):
        self.server = server = Server(*FREE, directory=home)
        self.record, self.base = home / "record", home / "base"
        self.ledger, self.shown = home / "ledger", home / "shown"
        self.manage = server.start().manage
        made = self.manage.post("api-keys/", {"name": "power"})
        self.key = made["api_key"], made["shared_key"]
        self.over = threading.Event()
        self.link = Link(server, self.key, Counter())
        self.wide = Case(None, self.manage, allow_unlimited_activations=True)
        self.product = self.wide.product
        bundle = make_bundle(self.manage, 3)
        members = {code: {"allow_unlimited_activations": True} for code in bundle["members"]}
        self.set = Case(None, self.manage, bundle, allow_unlimited_activations=True,
                        members=members)
        self.floating = Case(None, self.manage, is_floating_cloud=True, floating_users=CLIENTS,
                             allow_unlimited_activations=True)
        self.clients = [Client(self, n) for n in range(CLIENTS)]
        self.link.close()
        assert server.stop() == 0

    def storm(self, seconds):
        """Recorded from start to stop; how many promises."""
        shutil.copyfile(self.server.data / "store" / "data.mdb", self.base)
        self.server.start(LD_PRELOAD=str(shim(self.server.home)), RECORD=str(self.record))
        threads = [threading.Thread(target=c.run, args=(Link(self.server, self.key, Counter()),))
                   for c in self.clients]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        assert self.server.stop() == 0
        self.over.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        for client in self.clients:
            if client.fault:
                raise client.fault
        lines = [line for client in self.clients for line in client.lines]
        self.ledger.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return len(lines)

    def states(self, most, *mutation):
        """Builds and opens them, of single pages about so many (0: each)."""
        shutil.rmtree(self.shown, ignore_errors=True)
        self.shown.mkdir(mode=0o700)
        return subprocess.run([program(), self.server.data, self.record, self.base, self.ledger,
                               self.shown, str(most), *mutation], capture_output=True, text=True,
                              check=False, timeout=1800)
