"""User-based products: passwords, the user's own limit, change_password."""
import statistics
import time

import pytest
from licetd import make_bundle, make_license, make_product, unique
from v4 import Case, hw, ok, refused

PASSWORD = "correct horse 17"


class UserCase(Case):
    """A license of a user-based product with one user."""

    def __init__(self, client, manage, product=None, user=None, **terms):
        self.client, self.manage = client, manage
        self.product = product or make_product(manage, authorization_method="user")
        self.code = self.product["short_code"]
        self.email = unique("u") + "@example.com"
        given = {"email": self.email, "password": PASSWORD, "first_name": "Ana", **(user or {})}
        self.license = make_license(manage, self.product, users=[given], **terms)
        self.id = self.license["id"]

    def fields(self, device, more):
        found = {"hardware_id": device, "product": self.code, "username": self.email,
                 "password": PASSWORD, **more}
        return {k: v for k, v in found.items() if v is not None}


@pytest.fixture
def case(client, manage):
    return UserCase(client, manage, max_activations=3)


def test_activation(case):
    device = hw()
    body = ok(case.activate(device))
    assert "license_key" not in body
    assert body["username"] == case.email and body["max_license_users"] == 1
    assert list(body["user"]) == ["id", "email", "first_name", "last_name", "phone_number",
                                  "is_initial_password", "max_activations",
                                  "allow_unlimited_activations", "total_activations"]
    assert body["user"]["email"] == case.email and body["user"]["total_activations"] == 1
    assert list(body)[-6:] == ["user", "request", "username", "hardware_id", "installation_file",
                              "activation_token"]
    again = ok(case.activate(device))
    assert (again["user"]["total_activations"], again["device_id"]) == (1, body["device_id"])


def test_later_calls_need_no_password(case):
    device = hw()
    ok(case.activate(device))
    assert ok(case.check(device, password=None))["user"]["total_activations"] == 1
    ok(case.check(device, password="not looked at"))
    ok(case.deactivate(device, password=None))
    refused(case.check(device, password=None), "license_not_active")


def test_name_is_trimmed_and_folded(case):
    assert ok(case.activate(hw(), username=f" {case.email.upper()} "))["user"]["total_activations"]


def test_unknown_user_and_wrong_password_look_alike(case):
    """Same bytes but for the signature, and one Argon2id run in both (v4 6.10.3)."""
    nobody = unique("n") + "@example.com"
    other = UserCase(case.client, case.manage)
    inactive = UserCase(case.client, case.manage, product=case.product)
    users = case.manage.get("license-users/", email=inactive.email)["results"]
    case.manage.patch(f"license-users/{users[0]['id']}/", {"is_active": False})
    tries = {"unknown": {"username": nobody}, "wrong": {"password": "not the one"},
             "without": {"username": other.email}, "inactive": {"username": inactive.email}}
    bodies, spent = set(), {name: [] for name in tries}
    for _ in range(9):
        for name, more in tries.items():
            begin = time.perf_counter()
            answer = case.activate(hw(), **more)
            spent[name].append(time.perf_counter() - begin)
            refused(answer, "license_not_found")
            bodies.add(answer.body)
    assert len(bodies) == 1
    times = [statistics.median(x) for x in spent.values()]
    assert max(times) < 2.5 * min(times), times


def test_password_is_needed(case):
    refused(case.activate(hw(), password=None), "missing_parameters")
    refused(case.activate(hw(), username=None), "missing_parameters")


def test_credential_of_the_other_kind(client, manage, case):
    keyed = Case(client, manage)
    refused(case.activate(hw(), username=None, password=None, license_key="X-1"),
            "invalid_product_auth_method")
    fields = {"hardware_id": hw(), "product": keyed.code, "username": case.email}
    refused(client.post("activate_license", **fields, password=PASSWORD), "license_key_required")
    refused(client.get("check_license", **fields), "license_key_required")
    refused(case.activate(hw(), license_key="X-1"), "validation_error")


def test_own_maximum(client, manage):
    case = UserCase(client, manage, user={"max_activations": 1}, max_activations=5)
    first = hw()
    assert ok(case.activate(first))["user"]["max_activations"] == 1
    refused(case.activate(hw()), "license_user_activated_max_times")
    ok(case.deactivate(first))
    ok(case.activate(hw()))


def test_device_of_another_user(client, manage):
    case = UserCase(client, manage, max_activations=5, max_license_users=2)
    second = unique("u") + "@example.com"
    user = manage.post("license-users/", {"email": second})
    manage.post(f"licenses/{case.id}/assign_user/", {"email": second})
    manage.post(f"license-users/{user['id']}/set_password/", {"password": PASSWORD})
    device = hw()
    ok(case.activate(device))
    refused(case.activate(device, username=second), "license_device_exists", 409)
    refused(case.check(device, username=second), "device_not_found")
    ok(case.activate(hw(), username=second))


def test_more_users_than_allowed(case):
    second = case.manage.post("license-users/", {"email": unique("u") + "@example.com"})
    answer = case.manage.call("POST", f"licenses/{case.id}/assign_user/",
                              {"email": second["email"]})
    assert (answer.status, answer.code) == (409, "below_usage")


def test_customer_account_suffix(client, manage):
    account = manage.post("customer-accounts/", {"name": "Lab", "code": unique("acc")})
    case = UserCase(client, manage, max_activations=4)
    users = manage.get("license-users/", email=case.email)["results"]
    manage.patch(f"license-users/{users[0]['id']}/", {"customer_account": account["code"]})
    sent = f"{case.email}|{account['code']}"
    assert ok(case.activate(hw(), username=sent))["username"] == sent
    ok(case.activate(hw(), username=case.email + "|"))
    for code in ("other", "a b", account["code"] + "|x", account["code"] + " x"):
        refused(case.activate(hw(), username=case.email + "|" + code), "license_not_found")


def test_sso_credentials(client, manage, case):
    account = manage.post("customer-accounts/", {"name": "No SSO", "code": unique("acc")})["code"]
    fields = {"hardware_id": hw(), "product": case.code, "id_token": "a.b.c"}
    refused(client.post("activate_license", **fields), "missing_parameters")
    refused(client.post("activate_license", **fields, customer_account_code=account),
            "sso_not_configured")
    refused(client.post("activate_license", **fields, customer_account_code="no-such"),
            "customer_account_not_found")


def test_bundle_by_user(client, manage):
    members = [make_product(manage, authorization_method="user")["short_code"] for _ in range(2)]
    bundle = make_bundle(manage, members, authorization_method="user")
    case = UserCase(client, manage, product=bundle, max_activations=2)
    device = hw()
    body = ok(case.activate(device))
    assert [x["user"]["total_activations"] for x in body] == [1, 1, 1]
    ok(case.check(device, password=None))
    ok(case.deactivate(device, password=None))


class TestChangePassword:
    def change(self, case, old=PASSWORD, new="a new word 99", **more):
        fields = {"username": case.email, "password": old, "new_password": new, **more}
        return case.client.post("change_password", **fields)

    def test_changes(self, case):
        answer = self.change(case)
        assert (answer.status, answer.body) == (200, b'"password_changed"')
        refused(case.activate(hw()), "license_not_found")
        body = ok(case.activate(hw(), password="a new word 99"))
        assert body["user"]["is_initial_password"] is False

    def test_wrong_and_unknown(self, case):
        wrong = self.change(case, old="other words")
        unknown = self.change(case, username=unique("n") + "@example.com")
        refused(wrong, "license_not_found")
        assert wrong.body == unknown.body

    @pytest.mark.parametrize("new,fits", [("x" * 7, False), ("x" * 8, True), ("x" * 256, True),
                                          ("x" * 257, False)])
    def test_length(self, case, new, fits):
        answer = self.change(case, new=new)
        if fits:
            assert answer.status == 200
        else:
            refused(answer, "validation_error")

    def test_missing(self, case):
        refused(self.change(case, new=""), "missing_parameters")

    def test_vendor_may_forbid(self, case):
        case.manage.patch("vendor/", {"password_change": False})
        try:
            refused(self.change(case), "change_password_not_allowed")
        finally:
            case.manage.patch("vendor/", {"password_change": True})

    def test_generated_password_is_initial(self, client, manage):
        product = make_product(manage, authorization_method="user")
        email = unique("u") + "@example.com"
        order = manage.post("orders/create_order/", {"items": [
            {"product_code": product["short_code"], "licenses": [{"users": [{"email": email}]}]}]})
        given = find(order, "initial_password")
        assert given
        body = ok(client.post("activate_license", hardware_id=hw(), product=product["short_code"],
                              username=email, password=given))
        assert body["user"]["is_initial_password"] is True


def find(value, name):
    """The first member `name` with a value, anywhere in the JSON."""
    if isinstance(value, dict):
        if value.get(name):
            return value[name]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            found = find(item, name)
            if found:
                return found
    return None
