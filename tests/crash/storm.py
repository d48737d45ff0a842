"""A world of licenses and 32 clients that change all of it, to be killed and compared."""
import random
import threading
import time
from collections import Counter

import books_v4 as v4
import kinds
from ledger import Link, Worker
from licetd import LICETD, make_bundle, make_product, run
from v4 import Case

CLIENTS, SEATS, FLOATING = 32, 3, 5


class World:
    def __init__(self, server, seed=9):
        self.server, self.done = server, Counter()
        self.manage = server.manage
        self.random = random.Random(seed)
        made = self.manage.post("api-keys/", {"name": "storm"})
        self.key = made["api_key"], made["shared_key"]
        self.seen_head = 0
        self.kept = None  # a checkpoint
        self.link = self.new_link()
        self.shelf()
        self.workers = [Worker(n, self.books_of(n), random.Random(seed + n))
                        for n in range(CLIENTS)]

    def new_link(self):
        return Link(self.server, self.key, self.done)

    def shelf(self):
        """Products and the licenses that all clients share."""
        manage = self.manage
        self.product = make_product(manage)
        self.user_product = make_product(manage, authorization_method="user")
        bundle = make_bundle(manage, 3)
        members = {code: {"max_activations": SEATS} for code in bundle["members"]}
        user_codes = [make_product(manage, authorization_method="user")["short_code"]
                      for _ in range(2)]
        user_bundle = make_bundle(manage, user_codes, authorization_method="user")
        terms = {"max_activations": SEATS}
        self.singles = [Case(None, manage, self.product, **terms) for _ in range(4)]
        self.sets = [Case(None, manage, bundle, members=members, **terms) for _ in range(2)]
        self.users = [v4.UserCase(manage, self.user_product, **terms),
                      v4.UserCase(manage, user_bundle, allow_unlimited_activations=True)]
        self.floating = Case(None, manage, is_floating_cloud=True, floating_users=FLOATING,
                             allow_unlimited_activations=True)
        self.counter = self.consumption()
        self.machines = Case(None, manage, self.product, allow_unlimited_activations=True)

    def consumption(self):
        return Case(None, self.manage, self.product, license_type="consumption",
                    allow_unlimited_consumptions=True, allow_unlimited_activations=True)

    def carried_set(self):
        """A set for devices without a network."""
        product, terms = self.sets[0].product, {"allow_unlimited_activations": True}
        return Case(None, self.manage, product, members={c: terms for c in product["members"]}, **terms)

    def books_of(self, number):
        """Seats for everybody, and three books of the kinds in turn."""
        every = kinds.every(self)
        books = [v4.Seats(number, self.singles + self.sets), *kinds.single(self, number)]
        books += [every[(number + step) % len(every)](number) for step in (0, 11, 22)]
        for book in books:
            book.begin(self.link)
        return books

    # The storm itself.

    def begin(self):
        for worker in self.workers:
            worker.stop.clear()
        self.threads = [threading.Thread(target=w.run, args=(self.new_link(),))
                        for w in self.workers]
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()
        for worker in self.workers:
            if worker.fault is not None:
                raise worker.fault

    def storm(self, seconds, end):
        """All clients for a while, then the end of the server; what the end gave."""
        self.begin()
        time.sleep(seconds)
        code = end()
        self.join()
        return code

    def calm(self):
        """Every client stops after the change it is at."""
        for worker in self.workers:
            worker.stop.set()
        self.join()

    def books(self):
        return [book for worker in self.workers for book in worker.books]

    # After it: what the server shows against what the clients were told.

    def compare(self, drained=False):
        link = self.link = self.new_link()
        for book in self.books():
            book.compare(link)
            if drained:
                book.unanswered()
        self.shared_counter()
        self.seats()
        for book in self.books():
            book.settle(link)

    def shared_counter(self):
        books = [b for b in self.books() if isinstance(b, v4.Shared)]
        total = self.server.manage.get(f"licenses/{self.counter.id}/")["total_consumptions"]
        least = sum(b.sure for b in books)
        assert least <= total <= least + sum(b.unsure for b in books)
        books[0].sure += total - least
        for book in books:
            book.unsure = 0

    def rows(self, license_):
        """device -> row of one license."""
        found, offset = {}, 0
        while True:
            page = self.link.staff.get("devices/", license=license_, limit=100, offset=offset)
            found.update((row["hardware_id"], row) for row in page["results"])
            offset += 100
            if not page["next"]:
                return found

    def active(self, license_):
        return {device for device, row in self.rows(license_).items() if row["active"]}

    def seats(self):
        """No license above its seats, its counters those of its rows, a set whole or absent."""
        for case in self.singles + self.sets + self.users[:1]:
            state, active = self.link.staff.get(f"licenses/{case.id}/"), self.active(case.id)
            assert state["seats_used"] == state["times_activated"] == len(active) <= SEATS
        for case in self.sets:
            members = self.link.staff.get("licenses/", bundle_license_id=case.id)["results"]
            own = self.active(case.id)
            assert len(members) == 3
            assert all(self.active(member["id"]) == own for member in members)
        seated = [r for r in self.rows(self.floating.id).values() if r["floating_until"]]
        assert len(seated) <= FLOATING

    def audit(self):
        """The chain verifies, has no gap, and only grows."""
        done = self.link.staff.get("audit/verify/")
        assert done["ok"] is True, done
        assert done["first"] == 1 and done["last"] > self.seen_head
        self.seen_head = done["last"]
        assert self.link.staff.get("check/")["ok"] is True
        self.witness()

    def witness(self):
        """The history still holds the newest checkpoint that was there after the kill before."""
        if self.kept:
            done = self.link.staff.call("POST", "audit/verify/", self.kept)
            assert done.json["ok"] is True, done
        newest = self.link.staff.get("audit/checkpoints/?order_by=-seq&limit=1")["results"]
        self.kept = newest[0]["checkpoint"] if newest else None

    def never_done(self):
        """Writing routes of this build that nobody has had acknowledged."""
        lines = run(LICETD, "print", "routes").stdout.splitlines()
        routes = [line.split("\t")[:2] for line in lines]
        wanted = {f"{m} {p.removeprefix('/api/v1/')}" for m, p in routes
                  if p.startswith("/api/v1/") and m != "GET"} - {"POST audit/verify/"}
        wanted |= {p.removeprefix("/api/v4/") for m, p in routes
                   if p.startswith("/api/v4/") and m == "POST"} | {"check_license"}
        return sorted(wanted - set(self.done))
