"""Random histories of parallel calls against the model of tests/support/model.py: the answers of
calls made at once must be those of some order of them. LICET_LONG=1 takes hundreds of histories."""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import model
import pytest
from clock import LIBRARY
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from licetd import Client, Server, make_license, make_product, unique
from v4 import instant

LONG = bool(os.environ.get("LICET_LONG"))
EXAMPLES, STEPS = (400, 50) if LONG else (24, 25)
DEVICES = ["a", "b", "c"]
KINDS = ["seats", "meter", "floating", "user"]
PASSWORDS = ["the first word", "the other word"]
EXPIRES = 20 * 60  # minutes from the start; steps of 45 never hit it, nor the 120 of a seat
PARALLEL = 4


class LiveClock(Server):
    """A server whose clock is `ahead` seconds before ours, moved while it runs."""
    ahead = 0

    def start(self, **env):
        self.rate = self.home / "clock"
        self.move(0)
        return super().start(LD_PRELOAD=str(LIBRARY), FAKETIME_TIMESTAMP_FILE=str(self.rate),
                             FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1", TZ="UTC",
                             ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0", **env)

    def move(self, seconds):
        self.ahead += seconds
        fresh = self.rate.with_suffix(".new")
        fresh.write_text(f"+{self.ahead}\n", encoding="ascii")
        fresh.replace(self.rate)


class Caller(Client):
    """An application that lives at its server's time."""

    def date(self, at=None):
        return super().date(at or time.time() + self.server.ahead)


class World:
    """One server for all histories; products and clients are made once."""

    def __init__(self):
        self.server = LiveClock("v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0",
                                "admin.rate=100000/s", "server.threads=4")
        self.server.start()
        self.manage = self.server.manage
        key = self.manage.post("api-keys/", {"name": "model"})
        self.callers = [Caller(self.server, key["api_key"], key["shared_key"])
                        for _ in range(PARALLEL)]
        self.products = {kind: make_product(self.manage, **({"authorization_method": "user"}
                                                            if kind == "user" else {}))
                         for kind in KINDS}
        self.pool = ThreadPoolExecutor(PARALLEL)
        self.batches = self.calls = self.examples = self.widest = 0

    def together(self, work, calls):
        barrier = threading.Barrier(len(calls))

        def run(pair):
            barrier.wait(60)
            return work(pair[0], pair[1])

        return list(self.pool.map(run, zip(self.callers, calls)))

    def close(self):
        self.pool.shutdown()
        for caller in self.callers:
            caller.close()
        assert self.server.stop() == 0
        log = self.server.log_text()
        assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]
        done = self.server.verify()
        assert done.returncode in (0, 3), done.stdout + done.stderr


@pytest.fixture(scope="module")
def world():
    made = World()
    try:
        yield made
        made.close()
        print(f"\nmodel: {made.examples} histories, {made.batches} batches, {made.calls} calls, "
              f"at most {made.widest} states at once")
    finally:
        made.server.remove()


def calls():
    device = st.sampled_from(DEVICES)
    name = st.sampled_from(KINDS)
    return st.one_of(
        st.tuples(st.just("activate"), name, device, st.sampled_from(PASSWORDS)),
        st.tuples(st.just("activate"), st.just("seats"), device, st.just(PASSWORDS[0])),
        st.tuples(st.sampled_from(["check", "deactivate"]), name, device, st.none()),
        st.tuples(st.just("consume"), st.sampled_from(["meter", "meter", "seats"]), device,
                  st.integers(0, 3)))


def staff_calls():
    return st.one_of(
        st.tuples(st.sampled_from(["enable", "disable"]), st.sampled_from(KINDS), st.none(),
                  st.none()),
        st.tuples(st.sampled_from(["block", "unblock"]), st.none(), st.sampled_from(DEVICES),
                  st.none()),
        st.just(("set_password", None, None, None)))


class Histories(RuleBasedStateMachine):
    world = None

    @initialize(seats=st.integers(1, 2), transfers=st.sampled_from([-1, 0, 1]),
                users=st.integers(1, 2), cap=st.integers(2, 5))
    def start(self, seats, transfers, users, cap):
        w = self.world
        w.examples += 1
        self.names = {d: unique(d) for d in DEVICES}
        self.entries = {}
        self.email = unique("u") + "@example.com"
        common = {"max_activations": seats, "max_transfers": transfers}
        terms = {"seats": common,
                 "meter": {**common, "max_consumptions": cap},
                 "floating": {"max_activations": 3, "max_transfers": 0, "floating_users": users,
                              "floating_timeout": 120},
                 "user": {**common, "max_activations": 3, "user_max": seats}}
        made = {kind: model.license_of(kind, EXPIRES, **t) for kind, t in terms.items()}
        self.states = [model.first_state(made, PASSWORDS[0])]
        self.licenses = {kind: self.issue(kind, dict(terms[kind])) for kind in KINDS}

    def issue(self, kind, terms):
        at = instant(minutes=EXPIRES, seconds=self.world.server.ahead)
        terms |= {"license_type": "time-limited", "validity_period": at}
        if kind == "meter":
            terms["license_type"] = "consumption"
        if kind == "floating":
            terms["is_floating_cloud"] = True
        if kind == "user":
            terms["users"] = [{"email": self.email, "password": PASSWORDS[0],
                               "max_activations": terms.pop("user_max")}]
        return make_license(self.world.manage, self.world.products[kind], **terms)

    @rule(batch=st.lists(calls(), min_size=1, max_size=PARALLEL))
    def clients(self, batch):
        self.play(batch)

    @rule(batch=st.lists(calls(), min_size=1, max_size=PARALLEL - 1), staff=staff_calls())
    def clients_and_staff(self, batch, staff):
        self.play([*batch, self.possible(staff)])

    @rule(steps=st.integers(1, 3))
    def time_passes(self, steps):
        self.world.server.move(steps * 45 * 60)
        passed = ("pass_time", None, None, steps * 45)
        self.states = [model.apply(s, passed)[1] for s in self.states]

    def possible(self, call):
        """Blocks what is free, frees what is blocked, and sets another password: a call made
        while its own one is set again may be refused."""
        verb, name, device, argument = call
        if verb in ("block", "unblock"):
            verb = "unblock" if device in self.entries else "block"
        if verb == "set_password":
            argument = PASSWORDS[1 - PASSWORDS.index(self.states[0]["password"])]
        return verb, name, device, argument

    def play(self, batch):
        answers = self.world.together(self.call, batch)
        self.world.batches += 1
        self.world.calls += len(batch)
        found = {repr(s): s for s in self.states for s in orders(s, batch, answers)}
        assert found, f"no order explains {list(zip(batch, answers))} from {self.states}"
        self.states = list(found.values())
        self.world.widest = max(self.world.widest, len(found))

    def call(self, caller, call):
        verb, name, device, argument = call
        if verb in ("activate", "check", "deactivate", "consume"):
            return self.client_call(caller, verb, name, device, argument)
        return self.staff_call(verb, name, device, argument)

    def staff_call(self, verb, name, device, argument):
        manage = self.world.manage
        if verb in ("enable", "disable"):
            manage.post(f"licenses/{self.licenses[name]['id']}/{verb}/")
        elif verb == "block":
            self.entries[device] = manage.post("blacklist/", {
                "hardware_id": self.names[device], "scope": "vendor", "reason": "the model"})["id"]
        elif verb == "unblock":
            manage.ok("DELETE", f"blacklist/{self.entries.pop(device)}/", reason="the model")
        else:
            manage.post("license-users/set_password/", {"password": argument}, email=self.email)
        return (200,)

    def client_call(self, caller, verb, name, device, argument):
        fields = {"hardware_id": self.names[device],
                  "product": self.world.products[name]["short_code"]}
        if name == "user":
            fields["username"] = self.email
        else:
            fields["license_key"] = self.licenses[name]["license_key"]
        if verb == "check":
            return seen(verb, caller.get("check_license", **fields))
        if verb == "activate" and name == "user":
            fields["password"] = argument
        if verb == "consume":
            fields["consumptions"] = argument
        path = {"consume": "add_consumption"}.get(verb, verb + "_license")
        return seen(verb, caller.post(path, **fields))


def seen(verb, answer):
    """An answer as the model writes it."""
    if answer.status != 200:
        return answer.code
    body = answer.json
    if verb == "activate":
        return (200, body["times_activated"], body["transfer_count"])
    if verb == "consume":
        return (200, body["total_consumptions"])
    if verb == "check":
        return (200, body["times_activated"], body["transfer_count"], body["is_expired"],
                body.get("total_consumptions", 0), body.get("floating_in_use_devices", 0))
    return (200,)


def orders(state, batch, answers):
    """The states behind every order of the calls that gives just these answers."""
    for order in permutations(range(len(batch))):
        now = state
        for i in order:
            answer, now = model.apply(now, batch[i])
            if answer != answers[i]:
                break
        else:
            yield now


@pytest.mark.skipif(LIBRARY is None, reason="needs faketime")
def test_histories(world):
    Histories.world = world
    run_state_machine_as_test(Histories, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, derandomize=True, deadline=None,
        database=None, print_blob=False, suppress_health_check=list(HealthCheck)))


def test_the_model_itself():
    """Rows of the table of 6.4, by max_activations and max_transfers."""
    rows = {(1, -1): "ok0 ok0 ok0 TR - ok0 MAX ok0 TR",
            (1, 0): "ok0 ok0 ok0 ok1 ok1 ok2 MAX ok2 ok3",
            (1, 1): "ok0 ok0 ok0 ok1 ok1 TR ok1 - MAX",
            (2, -1): "ok0 ok0 ok0 ok0 ok0 ok0 ok0 ok0 TR",
            (2, 0): "ok0 ok0 ok0 ok0 ok0 ok0 ok0 ok0 ok1"}
    steps = "a+ a+ a- b+ b- a+ b+ a- c+".split()
    for (seats, transfers), expected in rows.items():
        lic = model.license_of("seats", 1, max_activations=seats, max_transfers=transfers)
        state = model.first_state({"l": lic}, "")
        for number, (step, cell) in enumerate(zip(steps, expected.split())):
            verb = "activate" if step[1] == "+" else "deactivate"
            answer, state = model.apply(state, (verb, "l", step[0], ""))
            short = {"license_activated_max_times": "MAX", "license_transferred_max_times": "TR",
                     "license_not_active": "-", "device_not_found": "-"}.get(answer)
            transferred = state["licenses"]["l"]["transfers"]
            assert (short or f"ok{transferred}") == cell, (seats, transfers, number)
