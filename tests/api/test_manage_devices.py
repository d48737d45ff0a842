"""Devices and the blacklist in the hands of staff (management-api.md 5)."""
import pytest
from licetd import Manage, make_bundle, unique
from v4 import Case, bundle_case, hw, ok, refused


def refusal(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
    return answer.json


@pytest.fixture
def case(client, manage):
    made = Case(client, manage)
    made.device = hw()
    made.row = ok(made.activate(made.device, hostname="desk", mac_address="02:00:00:00:00:01"))[
        "device_id"]
    return made


def test_row(case):
    row = case.manage.get(f"devices/{case.row}/")
    assert (row["id"], row["hardware_id"], row["hostname"]) == (case.row, case.device, "desk")
    assert (row["state"], row["active"], row["blacklisted"], row["offline"]) == \
        ("active", True, False, False)
    assert row["activation_count"] == 1 and row["frees_at"] is None
    assert case.manage.get(f"licenses/{case.id}/devices/")["results"] == [row] or \
        case.manage.get(f"licenses/{case.id}/devices/")["results"][0]["id"] == case.row


@pytest.mark.parametrize("name", ["license", "hardware_id", "hostname", "mac_address", "state",
                                  "active", "blacklisted", "product"])
def test_filters(case, name):
    value = {"license": case.id, "hardware_id": case.device, "hostname": "desk",
             "mac_address": "02:00:00:00:00:01", "state": "active", "active": "true",
             "blacklisted": "false", "product": case.product["id"]}[name]
    found = case.manage.get("devices/", limit=100, order_by="-id", **{name: value})["results"]
    assert case.row in [x["id"] for x in found]
    other = {"license": 999999, "hardware_id": "none", "hostname": "none", "mac_address": "none",
             "state": "inactive", "active": "false", "blacklisted": "true", "product": 999999}[name]
    answer = case.manage.call("GET", "devices/", limit=100, order_by="-id", **{name: other})
    assert answer.status == 400 or case.row not in [x["id"] for x in answer.json["results"]]


def test_release(case):
    path = f"devices/{case.row}/release/"
    refusal(case.manage.call("POST", path), 400, "reason_required")
    row = case.manage.post(path, {"reason": "ticket 4711"})
    assert (row["state"], row["active"]) == ("inactive", False)
    refused(case.check(case.device), "license_not_active")
    refusal(case.manage.call("POST", path, {"reason": "again"}), 409, "wrong_state")
    assert case.now()["vacant"] == 1
    assert ok(case.activate(hw()))["transfer_count"] == 1


def test_reset_of_one_device(case):
    assert case.manage.post(f"devices/{case.row}/reset/")["message"] == "Device reset."
    refused(case.check(case.device), "license_not_active")


def test_release_of_a_set(client, manage):
    """A row under the set's own license stands for the set, a member's row for itself."""
    case = bundle_case(client, manage, 2)
    device = hw()
    rows = [x["device_id"] for x in ok(case.activate(device))]
    manage.post(f"devices/{rows[1]}/release/", {"reason": "one member"})
    assert [manage.get(f"devices/{r}/")["active"] for r in rows] == [True, False, True]
    ok(case.activate(device))
    manage.post(f"devices/{rows[0]}/release/", {"reason": "all of it"})
    assert [manage.get(f"devices/{r}/")["active"] for r in rows] == [False] * 3


def test_delete(case):
    path = f"devices/{case.row}/"
    refusal(case.manage.call("DELETE", path), 409, "wrong_state")
    ok(case.deactivate(case.device))
    assert case.now()["vacant"] == 1
    case.manage.delete(path)
    assert case.manage.call("GET", path).status == 404
    assert case.now()["vacant"] == 0
    assert ok(case.activate(hw()))["transfer_count"] == 0


@pytest.mark.parametrize("scope", ["none", "license", "vendor"])
def test_revoke(case, scope):
    case.manage.post(f"devices/{case.row}/revoke/", {"reason": "stolen", "blacklist": scope})
    code = "license_not_active" if scope == "none" else "blacklisted"
    refused(case.check(case.device), code)
    answer = case.activate(case.device)
    assert answer.status == 200 if scope == "none" else answer.code == "blacklisted"


class TestBlacklist:
    def entry(self, manage, **fields):
        return manage.post("blacklist/", {"reason": "chargeback", **fields})

    def test_by_row(self, case):
        said = case.manage.post(f"devices/{case.row}/blacklist/")
        assert said["message"] == "Device blacklisted."
        assert case.manage.get(f"devices/{case.row}/")["blacklisted"] is True
        assert case.now()["seats_used"] == 1
        refused(case.check(case.device), "blacklisted")
        case.manage.post(f"devices/{case.row}/unblacklist/")
        ok(case.check(case.device))

    def test_unknown_hardware(self, manage):
        device = hw()
        made = self.entry(manage, hardware_id=device, scope="vendor")
        assert (made["scope"], made["scope_id"]) == ("vendor", None)
        found = manage.get("blacklist/", hardware_id=device)["results"]
        assert [x["id"] for x in found] == [made["id"]]

    def test_twice(self, manage):
        device = hw()
        self.entry(manage, hardware_id=device, scope="vendor")
        body = {"hardware_id": device, "scope": "vendor", "reason": "again"}
        refusal(manage.call("POST", "blacklist/", body), 409, "duplicate")

    def test_release_frees_the_seats(self, client, manage):
        device = hw()
        cases = [Case(client, manage) for _ in range(2)]
        for case in cases:
            ok(case.activate(device))
        self.entry(manage, hardware_id=device, scope="license", scope_id=cases[0].id, release=True)
        assert [c.now()["seats_used"] for c in cases] == [0, 1]
        self.entry(manage, hardware_id=device, scope="vendor", release=True)
        assert [c.now()["seats_used"] for c in cases] == [0, 0]

    @pytest.mark.parametrize("fields", [
        {"scope": "license"}, {"scope": "license", "scope_id": 999999},
        {"scope": "vendor", "scope_id": 1}, {"scope": "planet"}, {"scope": "customer"}])
    def test_refused(self, manage, fields):
        body = {"hardware_id": hw(), "reason": "because", **fields}
        assert manage.call("POST", "blacklist/", body).status in (400, 404)

    def test_reason_both_ways(self, manage):
        body = {"hardware_id": hw(), "scope": "vendor"}
        refusal(manage.call("POST", "blacklist/", body), 400, "reason_required")
        made = self.entry(manage, **body)
        refusal(manage.call("DELETE", f"blacklist/{made['id']}/"), 400, "reason_required")
        manage.delete(f"blacklist/{made['id']}/", reason="paid")
        assert manage.call("GET", f"blacklist/{made['id']}/").status == 404

    def test_in_a_bundle_one_member_bars_all(self, client, manage):
        case = Case(client, manage, make_bundle(manage, 2))
        device = hw()
        member = case.now()["members"][1]
        self.entry(manage, hardware_id=device, scope="license", scope_id=member)
        error = refused(case.activate(device), "blacklisted")
        assert error["license_id"] == member
        assert case.now()["seats_used"] == 0


def test_permissions(server, manage, case):
    token = manage.post("tokens/", {"name": "d", "permissions": ["devices.read"]})["token"]
    reader = Manage(server, token)
    assert reader.get(f"devices/{case.row}/")["hardware_id"] == case.device
    for path in ("release/", "reset/", "revoke/", "blacklist/"):
        body = {"reason": unique("because")}
        refusal(reader.call("POST", f"devices/{case.row}/{path}", body), 403, "forbidden")
    refusal(reader.call("DELETE", f"devices/{case.row}/"), 403, "forbidden")
