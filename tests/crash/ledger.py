"""What clients were told: books of spots, which are compared with the server after every crash.

A spot is one thing that a client changes: a seat, a member of an object, an object's being there.
A book holds for each spot the values that the server may show: one when the last change was
answered, two while it was not. The unanswered change is settled by repeating it.
"""
import http.client
import itertools
import json
import threading
from urllib.parse import urlencode

from licetd import Client, Manage, exchange

LOST = (OSError, http.client.HTTPException)


class FastClient(Client):
    """Leaves the signatures to other tests, so that the server is what is busy."""

    def verify(self, method, target, date, answer):
        pass


class Staff(Manage):
    """The management API over one kept connection; counts what was acknowledged by route."""

    def __init__(self, server, done):
        super().__init__(server)
        self.done, self.kept = done, None

    def close(self):
        if self.kept is not None:
            self.kept.close()
        self.kept = None

    def call(self, method, path, body=None, headers=(), **query):
        target = "/api/v1/" + path + ("?" + urlencode(query) if query else "")
        headers = list(headers)
        data = None
        if body is not None:
            is_text = isinstance(body, str)
            data = body.encode() if is_text else json.dumps(body).encode()
            headers.append(("Content-Type", "text/plain" if is_text else "application/json"))
        if self.kept is None:
            self.kept = self.connection()
        try:
            answer = exchange(self.kept, method, target, headers, data)
        except Exception:
            self.close()
            raise
        if "close" in answer.headers.get("connection", []):
            self.close()
        return answer

    def change(self, key, method, template, place, body=None, **query):
        """One change under an Idempotency-Key; the place's members go into the route."""
        headers = [("Idempotency-Key", key)]
        answer = self.call(method, template.format(**place), body, headers, **query)
        if answer.status < 300:
            self.done[f"{method} {template}"] += 1
        return answer


class Link:
    """The connections of one client."""

    def __init__(self, server, api_key, done):
        self.server, self.done = server, done
        self.v4 = FastClient(server, *api_key)
        self.staff = Staff(server, done)

    def post(self, endpoint, **body):
        answer = self.v4.post(endpoint, **body)
        if answer.status == 200:
            self.done[endpoint] += 1
        return answer

    def get(self, endpoint, **query):
        answer = self.v4.get(endpoint, **query)
        if answer.status == 200:
            self.done[endpoint] += 1
        return answer

    def close(self):
        self.v4.close()
        self.staff.close()


class Book:
    """One client's ledger over one kind of change.

    choose(random) names the next spot and value, send(link, spot, value, key) asks for it,
    read(link, spot) is what the server has.
    """

    refusals = ()
    keyed = True  # a repeat under the same key is known to the server as one
    numbers = itertools.count()

    def __init__(self):
        self.told = {}
        self.touched = set()
        self.open = None  # spot, value, key: sent, not answered
        self.cycles = {}
        self.acknowledged = 0

    def begin(self, link, *spots):
        """Spots that are there from the beginning."""
        for spot in spots:
            self.told[spot] = [self.read(link, spot)]

    def text(self, word):
        """A text that no other book has."""
        return f"{word}-{next(self.numbers)}"

    def cycle(self, choices):
        """One after the other, so that a short run has them all."""
        turn = self.cycles[len(choices)] = self.cycles.get(len(choices), -1) + 1
        return choices[turn % len(choices)]

    def now(self, spot, default=None):
        """The value of a spot whose last change was answered."""
        (value,) = self.told.get(spot, [default])
        return value

    def turn(self, link, random):
        spot, value = self.choose(random)
        self.change(link, spot, value, self.text("k"))

    def change(self, link, spot, value, key):
        before = self.told.get(spot, [self.absent()])
        assert len(before) == 1
        self.told[spot] = [before[0], value]
        self.touched.add(spot)
        self.open = spot, value, key
        answer = self.send(link, spot, value, key)
        self.open = None
        if answer.status < 300:
            self.told[spot] = [value]
            self.acknowledged += 1
            self.learn(spot, value, answer)
        else:
            assert answer.code in self.refusals, (type(self).__name__, spot, value, answer)
            self.told[spot] = before
            self.refused(spot, before[0], value, answer)
        return answer

    def compare(self, link):
        """Every spot touched since the last time shows what the client was told."""
        for spot in self.touched:
            found = self.read(link, spot)
            assert found in self.told[spot], (type(self).__name__, spot, found, self.told[spot])
            if self.open and self.open[0] == spot:
                self.found = found
        self.touched.clear()

    def unanswered(self):
        """The change in flight was not made: a server that drains answers what it did."""
        if self.open:
            spot, value, _ = self.open
            before = self.told[spot][0]
            assert self.found == before, (type(self).__name__, spot, self.found, value)

    def settle(self, link):
        """The unanswered change is sent again, after which the spot has one value."""
        if self.open is None:
            return
        spot, value, key = self.open
        had = self.found == value and self.told[spot][0] != value
        self.told[spot] = [self.found]
        answer = self.repeat(link, spot, value, key)
        if self.keyed:
            replayed = answer.headers.get("idempotency-replayed") == ["true"]
            assert replayed == had, (type(self).__name__, spot, value, had, answer)
        assert self.read(link, spot) == self.now(spot)
        self.touched.clear()

    def repeat(self, link, spot, value, key):
        return self.change(link, spot, value, key)

    def absent(self):
        return None

    def learn(self, spot, value, answer):
        pass

    def refused(self, spot, before, value, answer):
        pass


class Worker:
    """A client with its books: one change after the other until the server is gone."""

    def __init__(self, number, books, random):
        self.number, self.books, self.random = number, books, random
        self.fault = None
        self.lost = None
        self.stop = threading.Event()

    def run(self, link):
        self.lost = None
        try:
            while not self.stop.is_set():
                self.random.choice(self.books).turn(link, self.random)
        except LOST as error:
            self.lost = error
        except Exception as error:  # shown by the storm, in the thread of the test
            self.fault = error
        finally:
            link.close()


def acknowledged(workers):
    return sum(book.acknowledged for worker in workers for book in worker.books)
