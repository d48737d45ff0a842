"""What a stranger may not know shows in no clock: names that exist and names that do not, keys of
another product and keys of none take the same time. The figures are printed (pytest -s)."""
import itertools
import os
import random

import gap as offline_gap
import pytest
from licetd import Server, make_license, make_product, unique
from offline import armored
from times import difference, interleaved, rank_test, told_apart
from v4 import hw, refused

ROUNDS = 300 if os.environ.get("LICET_LONG") else 16
SHARE = 0.15  # of the median: an Argon2id run left out is 0.9


@pytest.fixture(scope="module")
def server():
    made = Server("v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0", "offline.rate=0")
    try:
        yield made.start()
    finally:
        made.remove()


def assert_alike(word, samples):
    for (one, first), (two, second) in itertools.combinations(samples.items(), 2):
        print(f"{word}: {one} / {two}: p={rank_test(first, second):.3g}"
              f" difference={difference(first, second):.3g}")
        assert not told_apart(first, second, SHARE), f"{one} and {two} can be told apart"


def test_the_measure_itself():
    draw = random.Random(7).gauss
    same = [[draw(80, 20) for _ in range(25)] for _ in range(2)]
    assert not told_apart(*same, SHARE) and rank_test(*same) > 0.001
    early = [draw(1, 20) for _ in range(25)]
    assert rank_test(same[0], early) < 1e-7
    assert told_apart(same[0], [abs(x) + 1 for x in early], SHARE)
    assert rank_test([1, 2, 3], [1, 2, 3]) == 1 and rank_test([5] * 9, [5] * 9) == 1
    assert round(rank_test([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 4) == 0.0122


def sell_users(server):
    """Product, and e-mails: a user of it, a user of another product, a name of nobody."""
    mine, other = (make_product(server.manage, authorization_method="user") for _ in range(2))
    names = {"wrong password": mine, "other product": other, "nobody": None}
    emails = {}
    for word, product in names.items():
        emails[word] = unique("u") + "@example.com"
        if product:
            make_license(server.manage, product, users=[{"email": emails[word],
                                                         "password": "right words"}])
    return mine["short_code"], emails


def test_users(server):
    """A wrong password, a user of another product, a name of nobody: one Argon2id run each."""
    code, emails = sell_users(server)
    client = server.client()

    def attempt(email):
        refused(client.post("activate_license", hardware_id=hw(), product=code, username=email,
                            password="wrong words"), "license_not_found")

    calls = [lambda email=email: attempt(email) for email in emails.values()]
    assert_alike("users", dict(zip(emails, interleaved(calls, ROUNDS))))


def test_users_across_the_gap(server):
    """The same of requests that were carried by hand, each made before its time is taken."""
    code, emails = sell_users(server)
    gap = offline_gap.Gap(server)
    machine = gap.machine(hw())
    made = {email: iter([armored(machine.request(code, username=email, password="wrong words"))
                         for _ in range(ROUNDS + 1)]) for email in emails.values()}

    def attempt(email):
        offline_gap.refused(gap.answer(next(made[email])), "license_not_found")

    calls = [lambda email=email: attempt(email) for email in emails.values()]
    assert_alike("users across the gap", dict(zip(emails, interleaved(calls, ROUNDS))))


def test_license_keys(server):
    """A key of nobody, and one of another product, which exists."""
    mine, other = (make_product(server.manage) for _ in range(2))
    foreign = make_license(server.manage, other)["license_key"]
    keys = {"other product": foreign, "nobody": foreign[:-1] + ("A" if foreign[-1] != "A" else "B")}
    client = server.client()

    def attempt(key):
        refused(client.get("check_license", hardware_id="h", product=mine["short_code"],
                           license_key=key), "license_not_found")

    calls = [lambda key=key: attempt(key) for key in keys.values()]
    assert_alike("keys", dict(zip(keys, interleaved(calls, ROUNDS * 12))))
