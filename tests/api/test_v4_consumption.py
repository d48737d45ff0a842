"""add_consumption (v4 9.5, 6.9)."""
import pytest
from v4 import Case, hw, instant, ok, refused

FORM = ["id", "max_consumptions", "allow_unlimited_consumptions", "allow_negative_consumptions",
        "allow_overages", "max_overages", "reset_consumption", "consumption_period",
        "total_consumptions", "company"]


def started(client, manage, **terms):
    case = Case(client, manage, license_type="consumption", max_activations=2,
                **{"max_consumptions": 10, **terms})
    case.device = hw()
    ok(case.activate(case.device))
    return case


def total(answer):
    return ok(answer)["total_consumptions"]


@pytest.fixture
def case(client, manage):
    return started(client, manage)


def test_answer(case):
    body = ok(case.consume(case.device))
    assert list(body) == FORM
    assert body["id"] == case.id and body["total_consumptions"] == 1
    assert body["max_consumptions"] == 10


def test_limit(case):
    assert total(case.consume(case.device, consumptions=9)) == 9
    refused(case.consume(case.device, consumptions=2), "license_not_enough_consumptions")
    assert total(case.consume(case.device, consumptions=0)) == 9
    assert total(case.consume(case.device, consumptions="1")) == 10
    refused(case.consume(case.device), "license_not_enough_consumptions")


def test_counter_is_shared_by_devices(case):
    other = hw()
    ok(case.activate(other))
    assert total(case.consume(case.device, consumptions=4)) == 4
    assert total(case.consume(other, consumptions=5)) == 9


def test_negative(client, manage, case):
    refused(case.consume(case.device, consumptions=-1), "negative_consumption_not_allowed")
    free = started(client, manage, allow_negative_consumptions=True)
    assert total(free.consume(free.device, consumptions=5)) == 5
    assert total(free.consume(free.device, consumptions=-2)) == 3
    assert total(free.consume(free.device, consumptions=-99)) == 0


def test_unlimited_wins(client, manage):
    case = started(client, manage, allow_unlimited_consumptions=True, max_consumptions=0)
    assert total(case.consume(case.device, consumptions=10 ** 12)) == 10 ** 12
    refused(case.consume(case.device, consumptions=10 ** 12 + 1), "validation_error")


def test_overages(client, manage):
    case = started(client, manage, allow_overages=True, max_overages=3)
    assert total(case.consume(case.device, consumptions=13)) == 13
    refused(case.consume(case.device), "license_not_enough_consumptions")
    uncapped = started(client, manage, allow_overages=True)
    assert total(uncapped.consume(uncapped.device, consumptions=500)) == 500


def test_request_changes_the_settings(case):
    body = ok(case.consume(case.device, consumptions=12, allow_overages=True, max_overages=2))
    assert (body["allow_overages"], body["max_overages"]) == (True, 2)
    assert case.now()["max_overages"] == 2
    refused(case.consume(case.device), "license_not_enough_consumptions")


def test_unless_the_vendor_keeps_them(client, manage):
    case = started(client, manage, client_sets_overages=False)
    refused(case.consume(case.device, consumptions=11, allow_overages=True),
            "license_not_enough_consumptions")
    assert case.now()["allow_overages"] is False


def test_refused_settings_do_not_stay(case):
    refused(case.consume(case.device, consumptions=13, allow_overages=True, max_overages=2),
            "license_not_enough_consumptions")
    assert case.now()["allow_overages"] is False


@pytest.mark.parametrize("event,fits", [
    (["consumption_add"], True), (["offline_floating_consumptions_sync"], True),
    (["other"], False), ([], False), (["consumption_add", "consumption_add"], False),
    ("consumption_add", False), ([1], False)])
def test_event(case, event, fits):
    answer = case.consume(case.device, event=event, ignore_events=True)
    if fits:
        assert total(answer) == 1
    else:
        refused(answer, "validation_error")


def test_expired(client, manage):
    case = started(client, manage, validity_period=instant(days=1))
    case.edit(validity_period=instant(days=-1))
    refused(case.consume(case.device), "license_expired")


def test_other_license_types(client, manage):
    case = Case(client, manage)
    device = hw()
    ok(case.activate(device))
    refused(case.consume(device), "license_not_consumption")


def test_device_must_be_active(case):
    refused(case.consume(hw()), "device_not_found")
    ok(case.deactivate(case.device))
    refused(case.consume(case.device), "license_not_active")


def test_bundle_code_means_the_own_license(client, manage):
    from licetd import make_bundle
    case = Case(client, manage, make_bundle(manage, 2), license_type="consumption",
                max_consumptions=5)
    device = hw()
    ok(case.activate(device))
    body = ok(case.consume(device, consumptions=3))
    assert (body["id"], body["total_consumptions"]) == (case.id, 3)
