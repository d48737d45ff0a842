"""Consumption periods, floating timeouts and expiry as the clock goes on (v4 6.1, 6.8, 6.9).

The daemon runs under faketime and is restarted at other moments, since a period is long.
"""
import time

import pytest
from clock import ClockServer
from licetd import make_product
from v4 import Case, hw, ok, refused

PERIODS = ("daily", "weekly", "monthly", "annually")
# moment -> the periods whose boundary lies between it and the moment before
TIMELINE = [("2027-12-29 10:00:00", PERIODS),  # a Wednesday
            ("2027-12-29 23:59:30", ()),
            ("2027-12-30 00:00:01", ("daily",)),
            ("2028-01-01 00:00:01", ("daily", "monthly", "annually")),
            ("2028-01-03 00:00:01", ("daily", "weekly")),
            ("2028-01-31 23:59:00", ("daily", "weekly")),
            ("2028-02-01 00:00:01", ("daily", "monthly"))]


@pytest.fixture
def server():
    made = ClockServer("v4.rate=0", "v4.fail_rate=0")
    yield made
    assert made.stop() == 0
    assert "AddressSanitizer" not in made.log_text()
    made.remove()


def follow(case):
    case.client.follow()
    case.manage = case.client.server.manage
    return case


def test_boundaries(server):
    server.start_at(TIMELINE[0][0])
    client = server.client()
    cases = {p: Case(client, server.manage, license_type="consumption", max_consumptions=1000,
                     reset_consumption=True, consumption_period=p) for p in PERIODS}
    never = Case(client, server.manage, license_type="consumption", max_consumptions=1000,
                 consumption_period="daily")
    for case in (*cases.values(), never):
        ok(case.activate("pc"))
    expected = dict.fromkeys(PERIODS, 0)
    for n, (moment, reset) in enumerate(TIMELINE):
        if n:
            server.start_at(moment)
        for period, case in cases.items():
            follow(case)
            if period in reset:
                expected[period] = 0
            assert case.now()["total_consumptions"] == expected[period], (moment, period)
            assert ok(case.check("pc"))["total_consumptions"] == expected[period]
            expected[period] += 3
            assert ok(case.consume("pc", consumptions=3))["total_consumptions"] == expected[period]
        assert ok(follow(never).consume("pc"))["total_consumptions"] == n + 1
    server.stop()
    assert server.start_at("2028-02-01 00:10:00").manage.get("check/")["ok"] is True


def test_boundary_while_it_runs(server):
    server.start_at("2027-12-30 23:59:53")
    case = Case(server.client(), server.manage, license_type="consumption", max_consumptions=5,
                reset_consumption=True, consumption_period="daily")
    ok(case.activate("pc"))
    assert ok(case.consume("pc", consumptions=5))["total_consumptions"] == 5
    refused(case.consume("pc"), "license_not_enough_consumptions")
    time.sleep(max(0, server.moment + 8 - server.now()))
    assert ok(case.consume("pc", consumptions=5))["total_consumptions"] == 5
    refused(case.consume("pc"), "license_not_enough_consumptions")


def test_floating_seat_times_out(server):
    server.start_at("2027-12-30 12:00:00")
    case = Case(server.client(), server.manage, is_floating_cloud=True, floating_users=1,
                floating_timeout=10, max_activations=2)
    ok(case.activate("a"))
    ok(case.activate("b"))
    ok(case.check("a"))
    server.start_at("2027-12-30 12:09:00")
    refused(follow(case).check("b"), "floating_not_available")
    server.start_at("2027-12-30 12:10:30")
    assert ok(follow(case).check("b"))["floating_in_use_devices"] == 1
    refused(case.check("a"), "floating_not_available")


def test_expiry_and_grace(server):
    server.start_at("2027-12-30 12:00:00")
    product = make_product(server.manage)
    client = server.client()
    timed = Case(client, server.manage, product, license_type="time-limited", valid_duration="1d",
                 max_activations=9)
    graced = Case(client, server.manage, product, license_type="subscription", max_activations=9,
                  subscription_duration="1d", allow_grace_period=True, grace_period=2)
    later = Case(client, server.manage, product, start_date="2027-12-31")
    for case in (timed, graced):
        ok(case.activate("pc"))
    refused(later.activate("pc"), "license_start_date_error")
    server.start_at("2027-12-31 11:59:00")
    for case in (timed, graced):
        ok(follow(case).activate(hw()))
    ok(follow(later).activate("pc"))
    server.start_at("2027-12-31 12:01:00")
    refused(follow(timed).activate(hw()), "license_expired")
    assert ok(timed.check("pc"))["is_expired"] is True
    ok(follow(graced).activate(hw()))
    assert ok(graced.check("pc"))["is_expired"] is False
    server.start_at("2027-12-31 14:01:00")
    refused(follow(graced).activate(hw()), "license_expired")
    assert ok(graced.check("pc"))["is_expired"] is True
    ok(graced.deactivate("pc"))


def test_date_window_follows_the_server(server):
    server.start_at("2027-12-30 12:00:00")
    client = server.client()
    code = make_product(server.manage)["short_code"]
    ok(client.get("product_details", product=code))
    answer = client.raw("GET", "/api/v4/product_details", {"product": code},
                        date=client.date(time.time()))
    refused(answer, "date_header_diff")
