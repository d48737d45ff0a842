"""The last seat: however many ask at once, exactly as many get one as there are."""
import pytest
from crowd import Crowd, codes
from licetd import make_bundle, unique
from v4 import Case, ok

CLIENTS, ROUNDS = 64, 50


@pytest.fixture
def crowd(server):
    made = Crowd(server, CLIENTS)
    yield made
    made.close()


def everybody(crowd, case, kind, tag):
    def ask(client, n):
        return client.post("activate_" + kind, hardware_id=f"{tag}-{n}", product=case.code,
                           license_key=case.key)

    return crowd.together(ask)


def one_winner(crowd, case, kind):
    """Rounds of all against one seat, given back after each."""
    for round_ in range(ROUNDS):
        tag = unique(f"r{round_}")
        answers = everybody(crowd, case, kind, tag)
        assert codes(answers) == {200: 1, "license_activated_max_times": CLIENTS - 1}
        (winner,) = [n for n, answer in enumerate(answers) if answer.status == 200]
        case.client = crowd.clients[winner]
        ok(case.deactivate(f"{tag}-{winner}"))
        assert case.now()["seats_used"] == 0
    assert case.now()["transfer_count"] == ROUNDS - 1


def test_one_seat(server, crowd):
    one_winner(crowd, Case(None, server.manage), "license")


def test_one_seat_of_a_bundle_of_eight(server, crowd):
    case = Case(None, server.manage, make_bundle(server.manage, 8))
    one_winner(crowd, case, "bundle")
    members = server.manage.get("licenses/", bundle_license_id=case.id)["results"]
    assert len(members) == 8
    assert [m["seats_used"] for m in members] == [0] * 8
    assert {m["transfer_count"] for m in members} == {ROUNDS - 1}


def test_ten_seats(server, crowd):
    case = Case(None, server.manage, max_activations=10)
    answers = everybody(crowd, case, "license", unique("t"))
    assert codes(answers) == {200: 10, "license_activated_max_times": CLIENTS - 10}
    assert sorted(a.json["times_activated"] for a in answers if a.status == 200) == \
        list(range(1, 11))
    state = case.now()
    assert (state["seats_used"], state["times_activated"]) == (10, 10)


def test_one_device_asking_64_times(server, crowd):
    """Equal requests side by side: one activation, one seat."""
    case = Case(None, server.manage, allow_unlimited_activations=True)
    device = unique("same")

    def ask(client, _):
        return client.post("activate_license", hardware_id=device, product=case.code,
                           license_key=case.key)

    answers = crowd.together(ask)
    assert codes(answers) == {200: CLIENTS}
    assert len({a.json["device_id"] for a in answers}) == 1
    assert case.now()["seats_used"] == 1


def test_floating_seats(server, crowd):
    case = Case(None, server.manage, is_floating_cloud=True, floating_users=10,
                allow_unlimited_activations=True)
    tag = unique("f")
    assert codes(everybody(crowd, case, "license", tag)) == {200: CLIENTS}

    def check(client, n):
        return client.get("check_license", hardware_id=f"{tag}-{n}", product=case.code,
                          license_key=case.key)

    for _ in range(3):
        answers = crowd.together(check)
        assert codes(answers) == {200: 10, "floating_not_available": CLIENTS - 10}
        assert max(a.json["floating_in_use_devices"] for a in answers if a.status == 200) == 10


def test_consumption(server, crowd):
    case = Case(None, server.manage, license_type="consumption", max_consumptions=100,
                allow_unlimited_activations=True)
    tag = unique("c")
    assert codes(everybody(crowd, case, "license", tag)) == {200: CLIENTS}

    def consume(client, n):
        return client.post("add_consumption", hardware_id=f"{tag}-{n}", product=case.code,
                           license_key=case.key, consumptions=3)

    answers = crowd.together(consume)
    assert codes(answers) == {200: 33, "license_not_enough_consumptions": CLIENTS - 33}
    assert sorted(a.json["total_consumptions"] for a in answers if a.status == 200) == \
        list(range(3, 100, 3))
    assert case.now()["total_consumptions"] == 99


def test_seats_change_hands_at_once(server, crowd):
    """All activate, check and give back in a stream: never above the seats."""
    case = Case(None, server.manage, max_activations=5)
    tag = unique("s")

    def stream(client, n):
        fields = {"hardware_id": f"{tag}-{n}", "product": case.code, "license_key": case.key}
        seen = 0
        for _ in range(10):
            answer = client.post("activate_license", **fields)
            if answer.status == 200:
                seen = max(seen, answer.json["times_activated"])
                ok(client.get("check_license", **fields))
                ok(client.post("deactivate_license", **fields))
            else:
                assert answer.code == "license_activated_max_times"
        return seen

    assert max(crowd.together(stream)) <= 5
    state = case.now()
    assert (state["seats_used"], state["times_activated"]) == (0, 0)
    assert server.manage.get("check/")["ok"] is True


def test_reservations_in_the_mix(server, crowd):
    """Staff moves seats to new devices while everybody wants one."""
    case = Case(crowd.clients[0], server.manage, max_activations=10)
    tag = unique("m")
    rows = [ok(case.activate(f"{tag}-old{n}"))["device_id"] for n in range(5)]

    def ask(client, n):
        if n < 5:
            return server.manage.call("POST", f"licenses/{case.id}/transfer/", {
                "from_device": rows[n], "to_hardware_id": f"{tag}-new{n}", "reason": "moved"})
        return client.post("activate_license", hardware_id=f"{tag}-{n}", product=case.code,
                           license_key=case.key)

    answers = crowd.together(ask)
    assert codes(answers[5:]) == {200: 5, "license_activated_max_times": CLIENTS - 10}
    assert codes(answers[:5]) == {200: 5}
    assert case.now()["seats_used"] == 10
    for n in range(5):
        ok(case.activate(f"{tag}-new{n}"))
    state = case.now()
    assert (state["seats_used"], state["times_activated"], state["transfer_count"]) == (10, 10, 5)
    assert server.manage.get("check/")["ok"] is True
