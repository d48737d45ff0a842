"""Floating seats as far as check and deactivation take and end them (v4 6.8)."""
import pytest
from licetd import make_bundle, make_product
from v4 import Case, hw, instant, ok, refused


def floating(client, manage, users=1, **terms):
    return Case(client, manage, is_floating_cloud=True, floating_users=users, max_activations=10,
                **terms)


@pytest.fixture
def case(client, manage):
    return floating(client, manage)


def joined(case, n):
    devices = [hw() for _ in range(n)]
    for device in devices:
        ok(case.activate(device))
    return devices


def test_activation_takes_no_seat(case):
    body = ok(case.activate(hw()))
    assert (body["floating_in_use"], body["floating_users"]) == (False, 1)


def test_check_takes_and_renews(case):
    first, second = joined(case, 2)
    body = ok(case.check(first))
    assert (body["floating_users"], body["floating_in_use_devices"]) == (1, 1)
    assert body["is_borrowed"] is False
    refused(case.check(second), "floating_not_available")
    assert ok(case.check(first))["floating_in_use_devices"] == 1
    assert ok(case.activate(first))["floating_in_use"] is True


def test_given_back_with_the_device(case):
    first, second = joined(case, 2)
    ok(case.check(first))
    ok(case.deactivate(first))
    assert ok(case.check(second))["floating_in_use_devices"] == 1


def test_more_seats(client, manage):
    case = floating(client, manage, users=2)
    devices = joined(case, 3)
    assert [ok(case.check(d))["floating_in_use_devices"] for d in devices[:2]] == [1, 2]
    refused(case.check(devices[2]), "floating_not_available")


def test_expired_license_takes_none(client, manage):
    case = floating(client, manage, license_type="time-limited", validity_period=instant(days=1))
    device = joined(case, 1)[0]
    case.edit(validity_period=instant(days=-1))
    body = ok(case.check(device))
    assert (body["is_expired"], body["floating_in_use_devices"]) == (True, 0)


def test_read_only_key(case, server):
    first, second = joined(case, 2)
    reader = server.client(read_only=True)
    refused(reader.get("check_license", **case.fields(first, {})), "read_only_api_key")
    ok(case.check(first))
    ok(reader.get("check_license", **case.fields(first, {})))
    refused(reader.get("check_license", **case.fields(second, {})), "read_only_api_key")


def test_no_register_call(case, client):
    refused(client.post("floating/register", **case.fields(hw(), {})), "not_found", 404)


def test_limit_stays_above_seats_in_force(client, manage):
    case = floating(client, manage, users=2)
    for device in joined(case, 2):
        ok(case.check(device))
    answer = manage.call("PATCH", f"licenses/{case.id}/", {"floating_users": 1})
    assert (answer.status, answer.code) == (409, "below_usage")


def test_bundle_names_the_license_without_seat(client, manage):
    codes = [make_product(manage)["short_code"] for _ in range(2)]
    case = Case(client, manage, make_bundle(manage, codes), max_activations=5, members={
        codes[0]: {"max_activations": 5},
        codes[1]: {"max_activations": 5, "is_floating_cloud": True, "floating_users": 1}})
    first, second = joined(case, 2)
    assert ok(case.check(first))[2]["floating_in_use_devices"] == 1
    error = refused(case.check(second), "floating_not_available")
    assert error["product"] == codes[1]
    ok(case.deactivate(first))
    ok(case.check(second))
