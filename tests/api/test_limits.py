"""The rates of v4 1.4 and of the management API."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from herd import memory
from licetd import LICETD, Manage, Server, make_license, make_product, unique
from raw import Reader, connect
from v4 import Case, hw, ok, refused


@pytest.fixture
def serve():
    made = []

    def start(*settings):
        server = Server(*settings)
        made.append(server)
        return server.start()

    yield start
    for server in made:
        server.remove()


def limited(answer, most):
    """A 429 that says when to come back."""
    refused(answer, "too_many_requests", 429)
    (wait,) = answer.headers["retry-after"]
    assert 1 <= int(wait) <= most
    return int(wait)


def test_requests_of_one_key(serve):
    server = serve("v4.rate=1/3s burst 5")
    code = make_product(server.manage)["short_code"]
    client, other = server.client(), server.client()
    for _ in range(5):
        ok(client.get("product_details", product=code))
    wait = limited(client.get("product_details", product=code), 3)
    ok(other.get("product_details", product=code))
    time.sleep(wait)
    ok(client.get("product_details", product=code))


def test_failures_of_one_address(serve):
    server = serve("v4.fail_rate=3/m", "v4.rate=0")
    case = Case(server.client(), server.manage, allow_unlimited_activations=True)
    ok(case.activate(hw()))
    for key in ("NO-1", "NO-2", "NO-3"):
        refused(case.activate(hw(), license_key=key), "license_not_found")
    limited(case.activate(hw(), license_key="NO-4"), 60)
    limited(case.activate(hw()), 60)
    limited(server.client().get("product_details", product=case.code), 60)


def test_what_counts_as_failure(serve):
    server = serve("v4.fail_rate=2/m", "v4.rate=0")
    case = Case(server.client(), server.manage)
    device = hw()
    ok(case.activate(device))
    for _ in range(5):
        refused(case.activate(hw()), "license_activated_max_times")
        refused(case.check(hw()), "device_not_found")
    stranger = server.client()
    stranger.api_key = "A" * 24
    refused(stranger.get("product_details", product=case.code), "invalid_api_key")
    wrong = server.client()
    wrong.shared_key = "B" * 40
    refused(wrong.get("product_details", product=case.code), "signature_mismatch")
    limited(case.check(device), 60)


def test_passwords_of_one_user(serve):
    """The same for a name that exists and one that does not; others are not touched."""
    server = serve("v4.user_fail_rate=2/15m", "v4.fail_rate=0", "v4.rate=0")
    product = make_product(server.manage, authorization_method="user")
    client = server.client()
    names = [unique("u") + "@example.com" for _ in range(3)]
    for name in names[1:]:
        make_license(server.manage, product, users=[{"email": name, "password": "right words"}],
                     allow_unlimited_activations=True)

    def activate(name, password):
        return client.post("activate_license", hardware_id=hw(), product=product["short_code"],
                           username=name, password=password)

    for name in names[:2]:
        for _ in range(2):
            refused(activate(name, "wrong words"), "license_not_found")
        limited(activate(name, "wrong words"), 900)
        limited(activate(" " + name.upper() + "|x", "right words"), 900)
    ok(activate(names[2], "right words"))


def test_good_passwords_do_not_count(serve):
    server = serve("v4.user_fail_rate=2/15m", "v4.rate=0")
    product = make_product(server.manage, authorization_method="user")
    name = unique("u") + "@example.com"
    make_license(server.manage, product, users=[{"email": name, "password": "right words"}],
                 allow_unlimited_activations=True)
    client = server.client()
    for _ in range(4):
        ok(client.post("activate_license", hardware_id=hw(), product=product["short_code"],
                       username=name, password="right words"))


def test_management_tokens(serve):
    server = serve("admin.rate=1/5s burst 4")
    tokens = [server.manage.post("tokens/", {"name": f"t{n}"})["token"] for n in range(2)]
    first, second = (Manage(server, token) for token in tokens)
    found = [first.call("GET", "vendor/").status for _ in range(5)]
    assert found == [200, 200, 200, 200, 429]
    answer = first.call("GET", "vendor/")
    assert answer.code == "too_many_requests" and int(answer.headers["retry-after"][0]) >= 1
    assert second.call("GET", "vendor/").status == 200
    for _ in range(20):
        assert server.manage.get("vendor/")


def is_sanitized():
    return b"__asan_init" in LICETD.read_bytes()


def fails(server, token):
    """Status and seconds to wait of a call with this token."""
    answer = Manage(server, token).call("GET", "vendor/")
    refused = {401: "unauthenticated", 429: "too_many_requests"}
    assert answer.code == refused[answer.status], answer
    return answer.status, int(answer.headers.get("retry-after", ["0"])[0])


def test_waits_after_failed_tokens(serve):
    """Five failures are free, then 2 s, 4 s, …; known names and unknown ones alike."""
    server = serve()
    good = server.manage.post("tokens/", {"name": "t"})["token"]
    wrong = good[:12] + "." + "A" * 43
    assert [fails(server, wrong) for _ in range(5)] == [(401, 0)] * 5
    for wait in (2, 4):
        assert [fails(server, x) for x in (wrong, "lmk_zzzzzzzz.x", "rubbish")] == [(429, wait)] * 3
        assert Manage(server, good).get("vendor/"), "a good token is not locked out"
        assert server.manage.get("vendor/"), "nor is the socket"
        time.sleep(wait)
        assert fails(server, wrong) == (401, 0)
    begin = time.monotonic()
    assert fails(server, wrong) == (429, 8)
    assert time.monotonic() - begin < 0.5, "nobody is made to wait on the connection"


def test_waits_of_a_crowd(serve):
    """Guesses at the same moment get no more than one after the other."""
    server = serve()
    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda n: fails(server, f"lmk_{n:08}.x"), range(96)))
    assert [status for status, _ in found].count(401) == 5


def flood(url, requests, part=200):
    """Sends them pipelined on one connection; (status, Retry-After) of each answer."""
    found = []
    with connect(url) as sock:
        reader = Reader(sock)
        for at in range(0, len(requests), part):
            sock.sendall(b"".join(requests[at:at + part]))
            for _ in requests[at:at + part]:
                status, headers, _ = reader.answer()
                found.append((status, headers.get("retry-after")))
    return found


def open_call(**headers):
    """A call that needs no credential and counts against the rate of what it claims."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET /api/v4/.well-known HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode()


def test_exactly_the_rate_gets_through(serve):
    """Eight attackers on one key for two seconds: burst and rate, not one more or less."""
    server = serve("v4.rate=50/s burst 100", "server.threads=2")
    until, call = time.monotonic() + 2, open_call()
    begin = time.monotonic()

    def attack(_):
        found = []
        while time.monotonic() < until:
            found += flood(server.public, [call] * 20)
        return found, time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(attack, range(8)))
    found = [answer for answers, _ in done for answer in answers]
    passed = [status for status, _ in found].count(200)
    least = 100 + 50 * (min(end for _, end in done) - begin)
    most = 100 + 50 * (time.monotonic() - begin)
    print(f"sent {len(found)}, let through {passed}, due {least:.1f} to {most:.1f}")
    assert least - 10 <= passed <= most + 1 and len(found) > 2 * passed
    assert {x for x in found if x[0] != 200} == {(429, "1")}


def test_many_strangers(serve):
    """More addresses and claimed keys than the tables hold: memory stays, the guilty stay out."""
    server = serve("v4.rate=5/h", "v4.fail_rate=5/h", "server.trusted_proxies=127.0.0.0/8")

    def strangers(first, n):
        return [open_call(X_Forwarded_For=f"2001:db8:{i >> 16:x}:{i & 0xffff:x}::1",
                          Authorization=f'apikey="key-{i}-{"x" * 50}"')
                for i in range(first, first + n)]

    guilty = [open_call(X_Forwarded_For="198.51.100.1")] * 6
    assert [x for x, _ in flood(server.public, guilty)] == [200] * 5 + [429]
    empty = memory(server)
    assert {x for x, _ in flood(server.public, strangers(0, 18000))} == {200}
    full = memory(server)
    assert {x for x, _ in flood(server.public, strangers(18000, 12000))} == {200}
    again = memory(server)
    print(f"18,000 strangers took {full - empty} bytes, 12,000 more {again - full}")
    if not is_sanitized():
        assert full - empty < 4 << 20 and again - full < 256 << 10
    assert flood(server.public, guilty[:1])[0][0] == 429


def test_no_limit(serve):
    server = serve("v4.rate=0", "v4.fail_rate=0")
    case = Case(server.client(), server.manage)
    for _ in range(150):
        refused(case.activate(hw(), license_key="NONE"), "license_not_found")
