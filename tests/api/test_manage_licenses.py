"""Licenses as staff handle them, and explain (management-api.md 4.3, 9)."""
import pytest
from licetd import Manage, make_bundle, make_license, make_product, unique
from v4 import Case, hw, instant, ok, refused


@pytest.fixture
def case(client, manage):
    return Case(client, manage, max_activations=2)


def refusal(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
    return answer.json


def test_fields(case):
    shown = case.now()
    for name in ("status", "product", "customer", "order", "users", "product_features",
                 "custom_fields", "note", "members", "vacant", "limit_reached_at", "seats_used",
                 "times_activated", "active", "license_key", "license_type", "created_at", "id"):
        assert name in shown, name
    assert shown["status"] == "inactive" and shown["product"]["short_code"] == case.code


def test_status(client, manage):
    case = Case(client, manage, license_type="time-limited", validity_period=instant(days=1))
    assert case.now()["status"] == "inactive"
    ok(case.activate(hw()))
    assert case.now()["status"] == "active"
    case.edit(validity_period=instant(days=-1))
    assert case.now()["status"] == "expired"
    manage.post(f"licenses/{case.id}/disable/")
    assert case.now()["status"] == "disabled"


@pytest.mark.parametrize("fields", [{"license_key": "X"}, {"license_type": "consumption"},
                                    {"product": "other"}])
def test_immutable(case, fields):
    refusal(case.manage.call("PATCH", f"licenses/{case.id}/", fields), 409, "immutable_field")


def test_limit_stays_above_the_seats(case):
    for _ in range(2):
        ok(case.activate(hw()))
    path = f"licenses/{case.id}/"
    refusal(case.manage.call("PATCH", path, {"max_activations": 1}), 409, "below_usage")
    assert case.edit(max_activations=3)["max_activations"] == 3


def test_enabled_is_license_enabled(case):
    assert case.edit(enabled=False)["license_enabled"] is False
    refused(case.activate(hw()), "license_not_enabled")


def test_disable_a_whole_set(client, manage):
    case = Case(client, manage, make_bundle(manage, 2))
    manage.post(f"licenses/{case.id}/disable/", set="true")
    members = manage.get("licenses/", bundle_license_id=case.id)["results"]
    assert [m["license_enabled"] for m in members] == [False, False]
    manage.post(f"licenses/{case.id}/enable/", set="true")
    ok(case.activate(hw()))


def test_bulk(client, manage):
    ids = [Case(client, manage).id for _ in range(3)]
    manage.ok("PATCH", "licenses/bulk_update/", [{"id": i, "note": "bulk"} for i in ids])
    assert {manage.get(f"licenses/{i}/")["note"] for i in ids} == {"bulk"}
    bad = [{"id": ids[0], "note": "x"}, {"id": 999999, "note": "x"}]
    assert manage.call("PATCH", "licenses/bulk_update/", bad).status in (400, 404)
    assert manage.get(f"licenses/{ids[0]}/")["note"] == "bulk"
    manage.post("licenses/disable_bulk/", {"ids": ids})
    assert not any(manage.get(f"licenses/{i}/")["license_enabled"] for i in ids)


def test_delete(client, manage):
    bundle = Case(client, manage, make_bundle(manage, 2))
    members = bundle.now()["members"]
    manage.delete(f"licenses/{bundle.id}/")
    assert manage.call("GET", f"licenses/{members[0]}/").status == 404
    refused(bundle.activate(hw()), "license_not_found")
    used = Case(client, manage)
    device = hw()
    ok(used.activate(device))
    ok(used.deactivate(device))
    refusal(manage.call("DELETE", f"licenses/{used.id}/"), 409, "in_use")


class TestKeys:
    def test_replace(self, case):
        device = hw()
        ok(case.activate(device))
        answer = case.manage.post(f"licenses/{case.id}/replace_key/", {"reason": "leaked"})
        assert answer["license_key"] != case.key
        refused(case.check(device), "license_not_found")
        ok(case.check(device, license_key=answer["license_key"]))

    def test_replace_of_a_set(self, client, manage):
        case = Case(client, manage, make_bundle(manage, 2))
        device = hw()
        ok(case.activate(device))
        case.key = manage.post(f"licenses/{case.id}/replace_key/", {"reason": "leaked"})["license_key"]
        assert len(ok(case.check(device))) == 3

    def test_masked_without_the_permission(self, server, manage, case):
        token = manage.post("tokens/", {"name": "s", "permissions": ["licenses.read"]})["token"]
        reader = Manage(server, token)
        shown = reader.get(f"licenses/{case.id}/")["license_key"]
        assert shown == "*****-*****-*****-*****-" + case.key[-5:]
        refusal(reader.call("POST", f"licenses/{case.id}/reveal_key/"), 403, "forbidden")
        token = manage.post("tokens/", {"name": "s", "permissions": ["licenses.reveal"]})["token"]
        revealed = Manage(server, token).post(f"licenses/{case.id}/reveal_key/")
        assert revealed["license_key"] == case.key
        actions = [e["action"] for e in
                   manage.get(f"licenses/{case.id}/history/", limit=100)["results"]]
        assert "license.key_revealed" in actions


class TestLists:
    @pytest.mark.parametrize("name", ["license_key", "product", "product_short_code",
                                      "order__store_id", "devices__hardware_id",
                                      "bundle_license_id", "status", "enabled"])
    def test_filters(self, client, manage, name):
        case = Case(client, manage, make_bundle(manage, 1))
        device = hw()
        ok(case.activate(device))
        own = case.now()
        value = {"license_key": case.key.lower(), "product": case.product["id"],
                 "product_short_code": case.code, "order__store_id": own["order"]["store_id"],
                 "devices__hardware_id": device, "bundle_license_id": case.id,
                 "status": "active", "enabled": "true"}[name]
        found = manage.get("licenses/", limit=100, order_by="-id", **{name: value})["results"]
        ids = [x["id"] for x in found]
        assert (own["members"][0] if name == "bundle_license_id" else case.id) in ids
        stranger = Case(client, manage, enabled=False)
        found = manage.get("licenses/", limit=100, order_by="-id", **{name: value})["results"]
        assert stranger.id not in [x["id"] for x in found]

    def test_by_customer_and_user(self, client, manage):
        product = make_product(manage, authorization_method="user")
        mail, user = unique("c") + "@example.com", unique("u") + "@example.com"
        made = manage.post("orders/create_order/", {"customer": {"email": mail}, "items": [
            {"product_code": product["short_code"], "licenses": [{"users": [{"email": user}]}]}]})
        for name, value in (("customer_email", mail), ("license_users__email", user),
                            ("license_users__true_email", user)):
            found = manage.get("licenses/", **{name: value})["results"]
            assert [x["id"] for x in found] == [made["licenses"][0]["id"]]


class TestTransfer:
    def test_reserves_the_seat(self, client, manage):
        case = Case(client, manage, max_transfers=1)
        old, new, third = hw(), hw(), hw()
        row = ok(case.activate(old))["device_id"]
        manage.post(f"licenses/{case.id}/transfer/", {"from_device": row, "to_hardware_id": new,
                                                      "reason": "new computer"})
        refused(case.check(old), "license_not_active")
        refused(case.activate(third), "license_activated_max_times")
        assert case.now()["seats_used"] == 1 and case.now()["times_activated"] == 0
        body = ok(case.activate(new))
        assert (body["transfer_count"], body["times_activated"]) == (1, 1)
        again = {"from_device": body["device_id"], "to_hardware_id": third, "reason": "once more"}
        answer = manage.call("POST", f"licenses/{case.id}/transfer/", again)
        refusal(answer, 409, "license_transferred_max_times")
        manage.post(f"licenses/{case.id}/transfer/", {**again, "ignore_limit": True})
        ok(case.activate(third))

    def test_whole_set(self, client, manage):
        case = Case(client, manage, make_bundle(manage, 2))
        old, new = hw(), hw()
        row = ok(case.activate(old))[0]["device_id"]
        manage.post(f"licenses/{case.id}/transfer/", {"from_device": row, "to_hardware_id": new,
                                                      "reason": "new computer"})
        refused(case.check(old), "license_not_active")
        assert [x["transfer_count"] for x in ok(case.activate(new))] == [1, 1, 1]


class TestExplain:
    def ask(self, case, device=None, **query):
        if device:
            query["hardware_id"] = device
        return case.manage.get(f"licenses/{case.id}/explain/", **query)

    def test_allowed(self, case):
        said = self.ask(case, hw())
        assert said["verdict"] == "allowed" and said["code"] in (None, "")
        assert case.now()["seats_used"] == 0

    def test_last_seat(self, client, manage):
        case = Case(client, manage)
        holder, wanting = hw(), hw()
        row = ok(case.activate(holder))["device_id"]
        said = self.ask(case, wanting)
        assert (said["verdict"], said["code"], said["decided_by"]) == \
            ("refused", "license_activated_max_times", 14)
        assert said["facts"]["seats_used"] == 1
        step = next(s for s in said["steps"] if s["n"] == 14)
        assert step["ok"] is False and holder in step["text"]
        assert any(f["call"] == f"POST /api/v1/devices/{row}/release/" for f in said["fixes"])

    def test_every_obstacle_shows(self, client, manage):
        case = Case(client, manage, prevent_vm=True, license_type="time-limited",
                    validity_period=instant(days=-1))
        manage.post(f"licenses/{case.id}/disable/")
        said = self.ask(case, hw(), is_vm="true")
        assert (said["code"], said["decided_by"]) == ("license_not_enabled", 6)
        failed = {s["code"] for s in said["steps"] if not s["ok"]}
        assert {"license_not_enabled", "license_expired", "vm_not_allowed"} <= failed

    @pytest.mark.parametrize("action,endpoint", [("activate", "activate"), ("check", "check"),
                                                 ("deactivate", "deactivate"),
                                                 ("consume", "consume")])
    def test_same_as_the_call(self, client, manage, action, endpoint):
        """Explain says beforehand what the real call then does."""
        case = Case(client, manage, license_type="consumption", max_consumptions=1)
        for device, first in ((hw(), True), (hw(), False)):
            said = self.ask(case, device, action=action)
            answer = getattr(case, endpoint)(device)
            if answer.status == 200:
                assert said["verdict"] == "allowed", said
            else:
                assert (said["verdict"], said["code"]) == ("refused", answer.code)
            if first:
                ok(case.activate(device))

    def test_another_instant(self, client, manage):
        case = Case(client, manage, license_type="time-limited", validity_period=instant(days=5))
        assert self.ask(case, hw())["verdict"] == "allowed"
        assert self.ask(case, hw(), at=instant(days=6))["code"] == "license_expired"

    def test_members(self, client, manage):
        bundle = make_bundle(manage, 2)
        case = Case(client, manage, bundle, max_activations=2,
                    members={bundle["members"][0]: {"max_activations": 2}})
        ok(case.activate(hw()))
        said = self.ask(case, hw())
        assert (said["verdict"], said["code"]) == ("refused", "license_activated_max_times")
        assert [m["product"] for m in said["members"]] == bundle["members"]
        assert [m["verdict"] for m in said["members"]] == ["allowed", "refused"]


def test_check_license_for_staff(case):
    device = hw()
    ok(case.activate(device))
    before = case.now()
    shown = case.manage.get("licenses/check_license/", license_key=case.key, product=case.code,
                            hardware_id=device)
    assert shown["id"] == case.id and shown["license_active"] is True
    assert case.now()["updated_at"] == before["updated_at"]


def test_stats_and_recount(client, manage):
    case = Case(client, manage)
    ok(case.activate(hw()))
    assert manage.get("stats/")
    soon = Case(client, manage, license_type="time-limited", validity_period=instant(days=3))
    found = manage.get("stats/expiring/", days=5, limit=100)
    found = found["results"] if isinstance(found, dict) else found
    assert soon.id in [x["id"] for x in found]
    checked = manage.get("check/")
    assert checked["ok"] is True and checked["problems"] == []


def test_update_features(client, manage):
    product = make_product(manage)
    manage.post("product-features/", {"product": product["short_code"], "code": "pdf", "name": "P",
                                      "feature_type": "activation"})
    license_ = make_license(manage, product)
    path = f"licenses/{license_['id']}/update_features/"
    answer = manage.call("POST", path, {"features": [{"code": "no-such"}]})
    assert answer.status in (400, 409) and answer.code == "invalid_license_feature_code"
    shown = manage.post(path, {"features": [{"code": "pdf", "expiry_date": "2099-01-01"}]})
    assert [f["code"] for f in shown["product_features"]] == ["pdf"]
    shown = manage.post(path, {"features": [{"code": "pdf", "remove": True}]})
    assert shown["product_features"] == []
