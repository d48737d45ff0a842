"""Bundles: activate, check and give back a whole set, all or nothing (v4 7.3)."""
import pytest
from licetd import make_bundle, make_product
from v4 import Case, DeviceKey, bundle_case, hw, ok, refused


def members_of(case):
    return case.manage.get("licenses/", bundle_license_id=case.id)["results"]


def counters(case):
    rows = [case.now(), *members_of(case)]
    return [(r["id"], r["seats_used"], r["times_activated"], r["transfer_count"],
             r["first_activated_at"], r["validity_period"]) for r in rows]


def with_member_terms(client, manage, codes, last):
    members = {code: {"max_activations": 3} for code in codes}
    members[codes[-1]] = last
    return Case(client, manage, make_bundle(manage, codes), max_activations=3, members=members)


@pytest.fixture
def codes(manage):
    return [make_product(manage)["short_code"] for _ in range(3)]


@pytest.fixture
def case(client, manage):
    return bundle_case(client, manage)


def test_answer_is_own_license_then_members(client, manage, codes):
    case = Case(client, manage, make_bundle(manage, codes))
    body = ok(case.activate(hw()))
    assert [x["product_details"]["short_code"] for x in body] == [case.code, *codes]
    assert {x["license_key"] for x in body} == {case.key}
    assert body[0]["id"] == case.id
    assert len({x["device_id"] for x in body}) == 4
    assert [x["times_activated"] for x in body] == [1] * 4


def test_twice_is_the_same(case):
    device = hw()
    first, second = ok(case.activate(device)), ok(case.activate(device))
    assert [x["device_id"] for x in first] == [x["device_id"] for x in second]
    assert [x["times_activated"] for x in second] == [1] * 4


def test_check_and_give_back(case):
    device = hw()
    made = ok(case.activate(device))
    found = ok(case.check(device))
    assert [(x["id"], x["device_id"]) for x in found] == [(x["id"], x["device_id"]) for x in made]
    answer = case.deactivate(device)
    assert answer.body == b'"license_deactivated"'
    assert [row[1:3] for row in counters(case)] == [(0, 0)] * 4
    refused(case.deactivate(device), "license_not_active")
    refused(case.check(device), "license_not_active")


def test_last_member_without_seat_changes_nothing(client, manage, codes):
    case = with_member_terms(client, manage, codes, {"max_activations": 1})
    ok(case.activate(hw()))
    before = counters(case)
    error = refused(case.activate(hw()), "license_activated_max_times")
    last = members_of(case)[-1]
    assert list(error) == ["status", "code", "message", "license_id", "product"]
    assert (error["license_id"], error["product"]) == (last["id"], codes[-1])
    assert counters(case) == before


@pytest.mark.parametrize("terms,code,status,more", [
    ({"prevent_vm": True}, "vm_not_allowed", 400, {"is_vm": True}),
    ({"start_date": "2199-01-01"}, "license_start_date_error", 400, {}),
    ({"license_type": "time-limited", "validity_period": "2020-01-01"}, "license_expired", 400, {}),
])
def test_a_member_refuses(client, manage, codes, terms, code, status, more):
    case = with_member_terms(client, manage, codes, terms)
    before = counters(case)
    error = refused(case.activate(hw(), **more), code, status)
    assert error["product"] == codes[-1]
    assert counters(case) == before


def test_own_license_is_asked_first(client, manage, codes):
    case = with_member_terms(client, manage, codes, {"prevent_vm": True})
    case.manage.post(f"licenses/{case.id}/disable/", {})
    error = refused(case.activate(hw(), is_vm=True), "license_not_enabled")
    assert error["product"] == case.code


def test_disabled_member(case):
    device = hw()
    ok(case.activate(device))
    member = members_of(case)[1]
    case.manage.post(f"licenses/{member['id']}/disable/", {})
    for answer in (case.activate(device), case.check(device), case.deactivate(device)):
        error = refused(answer, "license_not_enabled")
        assert error["license_id"] == member["id"]
        assert error["product"] == member["product"]["short_code"]


def test_single_calls_refuse_a_bundle(case, client):
    device = hw()
    fields = {"hardware_id": device, "product": case.code, "license_key": case.key}
    refused(client.post("activate_license", **fields), "product_is_bundle")
    refused(client.get("check_license", **fields), "product_is_bundle")
    refused(client.post("deactivate_license", **fields), "product_is_bundle")


def test_bundle_calls_refuse_a_product(client, manage):
    case = Case(client, manage)
    for method, endpoint in (("POST", "activate_bundle"), ("GET", "check_bundle"),
                             ("POST", "deactivate_bundle")):
        refused(case.call(method, endpoint, hw()), "product_not_bundle")


def test_member_alone(case, client):
    member = members_of(case)[0]
    fields = {"hardware_id": hw(), "product": member["product"]["short_code"],
              "license_key": case.key, "bundle_code": case.code}
    ok(client.post("activate_license", **fields))
    assert [row[1] for row in counters(case)] == [0, 1, 0, 0]
    ok(client.get("check_license", **fields))
    ok(client.post("deactivate_license", **fields))


def test_bundle_code(case, client, manage):
    code = members_of(case)[0]["product"]["short_code"]
    lone = make_product(manage)["short_code"]
    other = make_bundle(manage, 1)["short_code"]
    fields = {"hardware_id": hw(), "product": code, "license_key": case.key}
    refused(client.post("activate_license", bundle_code="no-such", **fields), "unknown_product")
    refused(client.post("activate_license", bundle_code=lone, **fields), "product_not_bundle")
    refused(client.post("activate_license", bundle_code=other, **fields), "product_not_in_bundle")


def test_cloned_device_key(case):
    device, key = hw(), DeviceKey()
    ok(key.call(case, "activate_bundle", device))
    error = refused(DeviceKey().call(case, "activate_bundle", device), "license_device_exists", 409)
    assert (error["license_id"], error["product"]) == (case.id, case.code)


def test_half_a_set_can_be_given_back(case, client):
    """deactivate_bundle takes what is active and skips the rest."""
    device = hw()
    ok(case.activate(device))
    member = members_of(case)[2]
    ok(client.post("deactivate_license", hardware_id=device, license_key=case.key,
                   product=member["product"]["short_code"], license_id=member["id"]))
    error = refused(case.check(device), "license_not_active")
    assert error["license_id"] == member["id"]
    ok(case.deactivate(device))
    assert [row[1] for row in counters(case)] == [0] * 4


def test_two_sets_of_one_user_key_space(client, manage, codes):
    """license_id on bundle calls names the set's own license."""
    bundle = make_bundle(manage, codes)
    one, two = (Case(client, manage, bundle) for _ in range(2))
    refused(one.activate(hw(), license_id=two.id), "license_not_found")
    member = members_of(one)[0]["id"]
    refused(one.activate(hw(), license_id=member), "license_not_found")
    assert ok(one.activate(hw(), license_id=one.id))[0]["id"] == one.id
