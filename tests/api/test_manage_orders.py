"""Orders and the licenses they make (management-api.md 4.2), customers (4.1)."""
import pytest
from licetd import make_bundle, make_license, make_product, unique
from v4 import Case, hw, ok


def refusal(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
    return answer.json


def order(manage, *items, **more):
    return manage.post("orders/create_order/", {"items": list(items), **more})


@pytest.fixture(scope="module")
def product(manage):
    return make_product(manage)


def test_plain_order(manage, product):
    made = order(manage, {"product_code": product["short_code"]}, note="by phone")
    assert made["store_id"] == f"L-{made['id']}" and made["note"] == "by phone"
    assert made["license_count"] == 1 and made["is_bundle"] is False
    (license_,) = made["licenses"]
    assert license_["order"] == {"id": made["id"], "store_id": made["store_id"]}
    assert license_["product"]["short_code"] == product["short_code"]
    again = manage.get(f"orders/{made['id']}/")
    assert [x["id"] for x in again["licenses"]] == [license_["id"]]
    assert "licenses" not in manage.get("orders/", store_id=made["store_id"])["results"][0]


def test_many_licenses(manage, product):
    other = make_product(manage)
    made = order(manage, {"product_code": product["short_code"], "licenses": [
        {"max_activations": n} for n in range(1, 4)]}, {"product_code": other["short_code"]})
    assert [x["max_activations"] for x in made["licenses"]] == [1, 2, 3, 1]
    assert len({x["license_key"] for x in made["licenses"]}) == 4


def test_limits_of_one_call(manage, product):
    code = product["short_code"]
    body = {"items": [{"product_code": code, "licenses": [{}] * 501}] * 2}
    refusal(manage.call("POST", "orders/create_order/", body), 400, "validation_error")
    body = {"items": [{"product_code": code}] * 101}
    refusal(manage.call("POST", "orders/create_order/", body), 400, "validation_error")
    refusal(manage.call("POST", "orders/create_order/", {"items": []}), 400, "validation_error")


def test_store_id(manage, product):
    item, name = {"product_code": product["short_code"]}, unique("shop")
    made = order(manage, item, id=name)
    assert made["store_id"] == name
    body = {"id": name, "items": [item]}
    refusal(manage.call("POST", "orders/create_order/", body), 409, "duplicate")
    more = order(manage, item, id=name, append=True)
    assert more["id"] == made["id"] and more["license_count"] == 2


def test_customers_of_orders(manage, product):
    item, mail = {"product_code": product["short_code"]}, unique("c") + "@example.com"
    first = order(manage, item, customer={"email": mail, "company_name": "First"})
    second = order(manage, item, customer={"email": mail.upper(), "company_name": "Second"})
    third = order(manage, item, customer=mail)
    assert first["customer"] == second["customer"] == third["customer"]
    found = manage.get("customers/", email=mail)["results"]
    assert [c["company_name"] for c in found] == ["First"]
    assert manage.get("orders/", customer_email=mail)["count"] == 3
    fourth = order(manage, item)
    assert fourth["customer"] is None


def test_own_keys(client, manage, product):
    key = unique("OWN-KEY")
    made = order(manage, {"product_code": product["short_code"], "licenses": [{"key": key}]})
    assert made["licenses"][0]["license_key"] == key
    body = {"items": [{"product_code": product["short_code"], "licenses": [{"key": key.lower()}]}]}
    error = refusal(manage.call("POST", "orders/create_order/", body), 409, "duplicate")
    assert error["errors"][0]["field"] == "items[0].licenses[0].key"
    other = order(manage, {"product_code": make_product(manage)["short_code"],
                           "licenses": [{"key": key}]})
    assert other["licenses"][0]["license_key"] == key
    ok(client.post("activate_license", hardware_id=hw(), product=product["short_code"],
                   license_key=key))


@pytest.mark.parametrize("key", ["a b", "x#y", "x|y", "", "k" * 129, "čaj"])
def test_bad_keys(manage, product, key):
    body = {"items": [{"product_code": product["short_code"], "licenses": [{"key": key}]}]}
    refusal(manage.call("POST", "orders/create_order/", body), 400, "validation_error")


def test_all_or_nothing(manage, product):
    key, mail = unique("K"), unique("c") + "@example.com"
    before = manage.get("audit/verify/")["last"]
    body = {"customer": {"email": mail}, "items": [
        {"product_code": product["short_code"], "licenses": [{"key": key}]},
        {"product_code": "no-such"}]}
    error = manage.call("POST", "orders/create_order/", body)
    assert error.status in (400, 409) and error.json["errors"][0]["code"] == "unknown_product"
    assert error.json["errors"][0]["field"] == "items[1].product_code"
    assert manage.get("customers/", email=mail)["count"] == 0
    assert manage.get("licenses/", license_key=key)["count"] == 0
    assert manage.get("audit/verify/")["last"] == before


def test_bundle_order(manage, product):
    bundle = make_bundle(manage, 2)
    made = order(manage, {"product_code": bundle["short_code"]}, is_bundle=True)
    (own,) = made["licenses"]
    assert made["is_bundle"] is True and own["bundle_license_id"] is None
    members = manage.get("licenses/", bundle_license_id=own["id"])["results"]
    assert [x["id"] for x in members] == own["members"] and len(members) == 2
    assert {x["license_key"] for x in members} == {own["license_key"]}
    for body, code in (({"items": [{"product_code": bundle["short_code"]}]}, "product_is_bundle"),
                       ({"is_bundle": True, "items": [{"product_code": product["short_code"]}]},
                        "product_not_bundle")):
        error = manage.call("POST", "orders/create_order/", body)
        assert error.status in (400, 409) and error.json["errors"][0]["code"] == code


def test_accepted_without_effect(manage, product):
    order(manage, {"product_code": product["short_code"]}, order_type="x", language="de",
          campaign_params="c", download_id="d", is_manager=True)


def test_prevent_vm_for_all(manage, product):
    made = order(manage, {"product_code": product["short_code"], "licenses": [{}, {}]},
                 prevent_vm=True)
    assert [x["prevent_vm"] for x in made["licenses"]] == [True, True]


def test_created_in_the_past(manage, product):
    made = order(manage, {"product_code": product["short_code"]}, created="2021-02-03")
    assert made["created_at"] == "2021-02-03T00:00:00.000Z"
    body = {"created": "2199-01-01", "items": [{"product_code": product["short_code"]}]}
    refusal(manage.call("POST", "orders/create_order/", body), 400, "validation_error")


def test_change_and_delete(client, manage, product):
    made = order(manage, {"product_code": product["short_code"]}, is_test=True)
    path = f"orders/{made['id']}/"
    mail = unique("c") + "@example.com"
    customer = manage.post("customers/", {"email": mail})
    assert manage.patch(path, {"customer": mail, "note": "n"})["customer_id"] == customer["id"]
    refusal(manage.call("DELETE", f"customers/{customer['id']}/"), 409, "in_use")
    key, device = made["licenses"][0]["license_key"], hw()
    fields = {"hardware_id": device, "product": product["short_code"], "license_key": key}
    ok(client.post("activate_license", **fields))
    refusal(manage.call("DELETE", path), 409, "in_use")
    ok(client.post("deactivate_license", **fields))
    manage.delete(path)
    assert manage.call("GET", path).status == 404
    assert client.post("activate_license", **fields).code == "license_not_found"
    real = order(manage, {"product_code": product["short_code"]})
    refusal(manage.call("DELETE", f"orders/{real['id']}/"), 409, "in_use")


def test_free_keys(manage, product):
    found = manage.get("orders/generate_license/", product=product["short_code"], quantity=20)
    keys = found if isinstance(found, list) else found.get("results", found.get("keys"))
    assert len(set(keys)) == 20
    assert manage.get("licenses/", license_key=keys[0])["count"] == 0
    answer = manage.call("GET", "orders/generate_license/", product=product["short_code"],
                         quantity=1001)
    refusal(answer, 400, "validation_error")


def test_short_form(manage, product):
    made = manage.post("licenses/", {"product": product["short_code"], "note": "n",
                                     "max_activations": 3})
    assert (made["note"], made["max_activations"]) == ("n", 3)
    assert made["order"]["store_id"].startswith("L-")


class TestCustomers:
    def test_mail_is_unique(self, manage):
        mail = unique("c") + "@example.com"
        manage.post("customers/", {"email": mail})
        refusal(manage.call("POST", "customers/", {"email": mail.upper()}), 409, "duplicate")

    def test_shown_to_the_device(self, client, manage, product):
        made = order(manage, {"product_code": product["short_code"]}, customer={
            "email": unique("c") + "@example.com", "company_name": "Čabraja d.o.o.", "city": "Čakovec"})
        body = ok(client.post("activate_license", hardware_id=hw(), product=product["short_code"],
                              license_key=made["licenses"][0]["license_key"]))
        assert (body["customer"]["company_name"], body["customer"]["city"]) == \
            ("Čabraja d.o.o.", "Čakovec")
        assert body["customer"]["first_name"] == "" and body["customer"]["customer_account"] is None

    def test_merge(self, manage, product):
        item = {"product_code": product["short_code"]}
        old, new = (unique("c") + "@example.com" for _ in range(2))
        order(manage, item, customer={"email": old})
        order(manage, item, customer={"email": new})
        ids = {m: manage.get("customers/", email=m)["results"][0]["id"] for m in (old, new)}
        manage.post(f"customers/{ids[old]}/merge/", {"into": ids[new]})
        assert manage.get("orders/", customer_email=new)["count"] == 2
        assert manage.call("GET", f"customers/{ids[old]}/").status == 404

    def test_delete(self, manage):
        made = manage.post("customers/", {"email": unique("c") + "@example.com"})
        manage.delete(f"customers/{made['id']}/")
        assert manage.call("GET", f"customers/{made['id']}/").status == 404

    def test_accounts(self, manage):
        account = manage.post("customer-accounts/", {"name": "Lab", "code": unique("acc")})
        path = f"customer-accounts/{account['id']}/"
        refusal(manage.call("PATCH", path, {"code": "other"}), 409, "immutable_field")
        customer = manage.post("customers/", {"email": unique("c") + "@example.com",
                                              "customer_account": account["code"]})
        assert manage.get("customers/", customer_account__code=account["code"])["count"] == 1
        refusal(manage.call("DELETE", path), 409, "in_use")
        manage.patch(f"customers/{customer['id']}/", {"customer_account": None})
        manage.delete(path)


class TestUsers:
    def test_life(self, manage):
        product = make_product(manage, authorization_method="user")
        mail = unique("u") + "@example.com"
        user = manage.post("license-users/", {"email": mail, "first_name": "A"})
        refusal(manage.call("POST", "license-users/", {"email": mail}), 409, "duplicate")
        license_ = make_license(manage, product, users=[{"email": mail}])
        shown = manage.get(f"license-users/{user['id']}/")
        assert [x["license"] for x in shown["licenses"]] == [license_["id"]]
        refusal(manage.call("DELETE", f"license-users/{user['id']}/"), 409, "in_use")
        manage.post(f"licenses/{license_['id']}/unassign_user/", {"email": mail})
        manage.delete(f"license-users/{user['id']}/")

    def test_passwords(self, client, manage):
        product = make_product(manage, authorization_method="user")
        mail = unique("u") + "@example.com"
        user = manage.post("license-users/", {"email": mail})
        make_license(manage, product, users=[{"email": mail}], allow_unlimited_activations=True)

        def activate(password):
            return client.post("activate_license", hardware_id=hw(), username=mail,
                               password=password, product=product["short_code"])

        manage.post(f"license-users/{user['id']}/set_password/", {"password": "given words"})
        ok(activate("given words"))
        again = manage.post("license-users/set_password/", {}, email=mail)
        generated = next(v for k, v in again.items() if "password" in k and isinstance(v, str))
        ok(activate(generated))
        assert activate("given words").code == "license_not_found"
        refusal(manage.call("POST", f"license-users/{user['id']}/set_password/",
                            {"password": "short"}), 400, "validation_error")

    def test_key_based_license_has_no_users(self, client, manage):
        case = Case(client, manage)
        user = manage.post("license-users/", {"email": unique("u") + "@example.com"})
        answer = manage.call("POST", f"licenses/{case.id}/assign_user/", {"email": user["email"]})
        refusal(answer, 409, "invalid_product_auth_method")
