"""deactivate_license: giving a seat back."""
import pytest
from v4 import Case, DeviceKey, hw, instant, ok, refused


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


def test_gives_the_seat_back(case):
    first, second = hw(), hw()
    ok(case.activate(first))
    answer = case.deactivate(first)
    assert (answer.status, answer.body) == (200, b'"license_deactivated"')
    state = case.now()
    assert (state["times_activated"], state["seats_used"], state["active"]) == (0, 0, False)
    assert ok(case.activate(second))["transfer_count"] == 1


def test_twice(case):
    device = hw()
    ok(case.activate(device))
    ok(case.deactivate(device))
    refused(case.deactivate(device), "license_not_active")


def test_never_active(case):
    refused(case.deactivate(hw()), "license_not_active")
    ok(case.activate(hw()))
    refused(case.deactivate(hw()), "device_not_found")


def test_on_an_expired_license(client, manage):
    case = Case(client, manage, license_type="time-limited", validity_period=instant(days=1))
    device = hw()
    ok(case.activate(device))
    case.edit(validity_period=instant(days=-1))
    ok(case.deactivate(device))


def test_not_on_a_disabled_or_blacklisted_one(case):
    device = hw()
    ok(case.activate(device))
    case.manage.post(f"licenses/{case.id}/disable/", {})
    refused(case.deactivate(device), "license_not_enabled")
    case.manage.post(f"licenses/{case.id}/enable/", {})
    case.manage.post("blacklist/", {"hardware_id": device, "scope": "vendor", "reason": "stolen"})
    refused(case.deactivate(device), "blacklisted")
    assert case.now()["seats_used"] == 1


def test_same_row_after_a_new_activation(case):
    device = hw()
    first = ok(case.activate(device))["device_id"]
    ok(case.deactivate(device))
    again = ok(case.activate(device))
    assert (again["device_id"], again["transfer_count"]) == (first, 0)
    row = case.manage.get(f"devices/{first}/")
    assert row["state"] == "active" and row["activation_count"] == 2


def test_last_consumptions_are_clamped(client, manage):
    case = Case(client, manage, license_type="consumption", max_consumptions=10)
    device = hw()
    ok(case.activate(device))
    refused(case.deactivate(device, consumptions=-1), "negative_consumption_not_allowed")
    ok(case.deactivate(device, consumptions=12))
    assert case.now()["total_consumptions"] == 10


def test_consumptions_elsewhere_are_ignored(case):
    device = hw()
    ok(case.activate(device))
    ok(case.deactivate(device, consumptions=-5))


def test_password_is_ignored(case):
    device = hw()
    ok(case.activate(device))
    ok(case.deactivate(device, password="whatever"))


def test_device_key_is_checked_but_not_needed(case):
    device, key = hw(), DeviceKey()
    ok(key.call(case, "activate_license", device))
    wrong = DeviceKey().proof("deactivate_license", "x", case.code, device)
    refused(key.call(case, "deactivate_license", device, device_proof=wrong), "device_proof_invalid")
    ok(key.call(case, "deactivate_license", device))


def test_archived_product_still_gives_back(case):
    device = hw()
    ok(case.activate(device))
    case.manage.post(f"products/{case.product['id']}/archive/")
    ok(case.deactivate(device))


def test_reset_by_staff_ends_all(client, manage):
    case = Case(client, manage, max_activations=2, max_transfers=1)
    first, second = hw(), hw()
    ok(case.activate(first))
    ok(case.activate(second))
    answer = case.manage.post(f"licenses/{case.id}/reset/", {"reason": "ticket 5"})
    assert answer["message"] == "License and all devices reset."
    refused(case.check(first), "license_not_active")
    state = case.now()
    assert (state["times_activated"], state["transfer_count"], state["vacant"]) == (0, 0, 0)
