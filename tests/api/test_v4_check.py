"""check_license: the answer, D of v4 7.2, features, files, and what a check leaves behind."""
import json
import time

import pytest
from licetd import make_product
from v4 import Case, hw, instant, ok, refused

FORM = ["id", "allow_grace_period", "allow_overages", "allow_unlimited_activations",
        "allow_offline_activation", "can_borrow", "enable_maintenance_period", "floating_timeout",
        "grace_period", "is_air_gapped", "is_floating_cloud", "is_floating", "is_hardware_key_auth",
        "is_trial", "license_active", "license_enabled", "license_key", "license_template_id",
        "license_type", "maintenance_period", "max_activations", "max_borrow_time",
        "max_license_users", "max_overages", "max_transfers", "order_store_id", "prevent_vm",
        "start_date", "times_activated", "transfer_count", "validity_period", "metadata",
        "custom_fields", "product_features", "customer", "company", "product_details",
        "is_expired", "device_id", "is_borrowed", "borrowed_until", "version", "installation_file",
        "release_date", "hash_md5", "requires_version", "environment", "eula_link",
        "release_notes_link", "size", "channel"]


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


@pytest.fixture
def active(case):
    """A license active on case.device."""
    case.device = hw()
    case.row = ok(case.activate(case.device))["device_id"]
    return case


def test_answer_has_every_field_in_order(active):
    body = ok(active.check(active.device))
    assert list(body) == FORM
    assert list(body["product_details"]) == ["product_id", "product_name", "short_code",
                                             "authorization_method", "metadata"]
    assert body["device_id"] == active.row and body["license_active"] is True
    assert body["order_store_id"].startswith("L-")
    assert (body["version"], body["installation_file"], body["size"]) == ("", "", None)


def test_not_active(case):
    refused(case.check(hw()), "license_not_active")


def test_other_device(active):
    refused(active.check(hw()), "device_not_found")


def test_given_back(client, manage):
    case = Case(client, manage, max_activations=2)
    stays, leaves = hw(), hw()
    ok(case.activate(stays))
    ok(case.activate(leaves))
    ok(case.deactivate(leaves))
    refused(case.check(leaves), "license_not_active")
    ok(case.check(stays))


def test_expired_still_answers(client, manage):
    case = Case(client, manage, license_type="time-limited", validity_period=instant(days=9))
    device = hw()
    ok(case.activate(device))
    case.edit(validity_period=instant(days=-1))
    body = ok(case.check(device))
    assert body["is_expired"] is True and body["license_active"] is True
    ok(case.deactivate(device))


def test_disabled_and_blacklisted(active):
    active.manage.post(f"licenses/{active.id}/disable/", {})
    refused(active.check(active.device), "license_not_enabled")
    active.manage.post(f"licenses/{active.id}/enable/", {})
    active.manage.post("blacklist/", {"hardware_id": active.device, "scope": "license",
                                      "scope_id": active.id, "reason": "chargeback"})
    refused(active.check(active.device), "blacklisted")


def test_start_date_is_not_looked_at(active):
    active.edit(start_date=instant(days=4))
    ok(active.check(active.device))
    refused(active.activate(active.device), "license_start_date_error")


def test_metadata_string(client, manage):
    metadata = {"2": 1, "1": [1.5, "č"], "note": "a\u0001b"}
    case = Case(client, manage, metadata=metadata)
    device = hw()
    ok(case.activate(device))
    assert "metadata_string" not in ok(case.check(device))
    body = ok(case.check(device, include_metadata_string="true"))
    assert body["metadata"] == metadata
    assert body["metadata_string"] == '{"1":[1.5,"č"],"2":1,"note":"a\\u0001b"}'
    assert list(body).index("metadata_string") == list(body).index("metadata") + 1
    assert json.loads(body["metadata_string"]) == metadata


def test_features(client, manage):
    product = make_product(manage)
    for code, kind in (("pdf", "activation"), ("pages", "consumption"), ("old", "activation")):
        manage.post("product-features/", {"product": product["short_code"], "code": code,
                                          "name": code.upper(), "feature_type": kind})
    case = Case(client, manage, product, product_features=[
        {"code": "pdf", "valid_duration": "9d"}, {"code": "pages", "max_consumption": 40},
        {"code": "old"}])
    manage.post(f"licenses/{case.id}/update_features/", {"features": [
        {"code": "old", "expiry_date": instant(days=-2)}]})
    device = hw()
    made = ok(case.activate(device))["product_features"]
    found = {f["code"]: f for f in made}
    assert sorted(found) == ["pages", "pdf"]
    assert list(found["pdf"]) == ["id", "code", "name", "feature_type", "expiry_date", "metadata",
                                  "is_floating", "is_floating_cloud", "is_expired"]
    assert found["pdf"]["expiry_date"] > instant(days=8)
    assert found["pages"]["max_consumption"] == 40 and found["pages"]["total_consumptions"] == 0
    assert len(ok(case.check(device))["product_features"]) == 2
    every = ok(case.check(device, include_expired_features="true"))["product_features"]
    assert {f["code"]: f["is_expired"] for f in every} == \
        {"pdf": False, "pages": False, "old": True}


def test_facts_and_last_seen_arrive(active):
    """A check's facts may be written in batches (v4 5.5)."""
    before = active.manage.get(f"devices/{active.row}/")
    ok(active.check(active.device, app_ver="9.1", hostname="desk-4"))
    end = time.monotonic() + 20
    while time.monotonic() < end:
        row = active.manage.get(f"devices/{active.row}/")
        if row["app_ver"] == "9.1":
            break
        time.sleep(0.1)
    assert (row["app_ver"], row["hostname"]) == ("9.1", "desk-4")
    assert row["check_count"] == before["check_count"] + 1
    assert row["last_seen_at"] >= before["last_seen_at"]


def test_scheduled_changes_flag_is_ignored(active):
    ok(active.check(active.device, include_scheduled_changes="true", whatever="1"))

