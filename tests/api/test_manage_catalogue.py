"""Products, bundles, policies, features (management-api.md 3)."""
import pytest
from licetd import make_bundle, make_license, make_product, unique
from v4 import Case, hw, ok, refused


def refusal(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer
    return answer.json


class TestProducts:
    def test_create_and_read(self, manage):
        code = unique("p")
        made = manage.post("products/", {"short_code": code, "product_name": "Editor",
                                         "metadata": {"a": [1]}, "trial_days": 4})
        assert made["authorization_method"] == "license_key" and made["is_bundle"] is False
        assert made["default_policy"] == f"{code}-default" and made["is_archived"] is False
        assert manage.get(f"products/{made['id']}/") == made
        policy = manage.get("policies/", code=f"{code}-default")["results"][0]
        assert (policy["license_type"], policy["max_activations"]) == ("perpetual", 1)
        assert policy["is_default"] is True

    def test_policy_member(self, manage):
        made = make_product(manage, policy={"license_type": "time-limited", "valid_duration": "30d",
                                            "max_activations": 4})
        license_ = make_license(manage, made)
        assert (license_["license_type"], license_["max_activations"]) == ("time-limited", 4)

    def test_old_spelling(self, manage):
        made = make_product(manage, authorization_method="license-key")
        assert made["authorization_method"] == "license_key"

    @pytest.mark.parametrize("body,status,code", [
        ({"short_code": "x", "product_name": "N"}, 400, "validation_error"),
        ({"short_code": "a b", "product_name": "N"}, 400, "validation_error"),
        ({"short_code": "a" * 65, "product_name": "N"}, 400, "validation_error"),
        ({"short_code": "ok-code"}, 400, "missing_parameters"),
        ({"product_name": "N"}, 400, "missing_parameters"),
        ({"short_code": "okc", "product_name": "N", "trial_days": 3651}, 400, "validation_error"),
        ({"short_code": "okc", "product_name": "N", "authorization_method": "x"}, 400,
         "validation_error"),
        ({"short_code": "okc", "product_name": "N", "metadata": []}, 400, "validation_error"),
        ({"short_code": "okc", "product_name": "N", "key_format": "***-***"}, 400,
         "validation_error")])
    def test_refused(self, manage, body, status, code):
        refusal(manage.call("POST", "products/", body), status, code)

    def test_code_is_unique(self, manage):
        code = make_product(manage)["short_code"]
        body = {"short_code": code, "product_name": "N"}
        refusal(manage.call("POST", "products/", body), 409, "duplicate")

    def test_immutable(self, manage):
        made = make_product(manage)
        path = f"products/{made['id']}/"
        for body in ({"short_code": "other-code"}, {"is_bundle": True},
                     {"authorization_method": "user"}):
            refusal(manage.call("PATCH", path, body), 409, "immutable_field")
        assert manage.patch(path, {"product_name": "New"})["product_name"] == "New"

    def test_archive(self, client, manage):
        case = Case(client, manage)
        path = f"products/{case.product['id']}/"
        assert manage.post(path + "archive/")["is_archived"] is True
        refused(case.activate(hw()), "archived_product")
        body = {"items": [{"product_code": case.code}]}
        assert manage.call("POST", "orders/create_order/", body).json["errors"][0]["code"] == \
            "archived_product"
        assert manage.post(path + "unarchive/")["is_archived"] is False
        ok(case.activate(hw()))

    def test_delete(self, manage):
        unused, used = make_product(manage), make_product(manage)
        make_license(manage, used)
        manage.delete(f"products/{unused['id']}/")
        assert manage.call("GET", f"products/{unused['id']}/").status == 404
        assert manage.get("policies/", code=unused["default_policy"])["count"] == 0
        refusal(manage.call("DELETE", f"products/{used['id']}/"), 409, "in_use")

    def test_key_format(self, manage):
        made = make_product(manage, key_format="AB-****-****-****-****-*****")
        keys = {make_license(manage, made)["license_key"] for _ in range(5)}
        assert len(keys) == 5
        for key in keys:
            assert len(key) == len(made["key_format"]) and key.startswith("AB-")
            assert set(key[3:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")

    def test_check_symbol(self, manage):
        import hashlib
        key = make_license(manage, make_product(manage))["license_key"]
        assert len(key) == 29 and key.count("-") == 4
        digest = hashlib.blake2b(key[:-1].encode(), digest_size=32).digest()
        assert key[-1] == "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[digest[0] % 32]

    @pytest.mark.parametrize("query", [{"is_bundle": "true"}, {"is_archived": "false"},
                                       {"authorization_method": "license_key"}])
    def test_filters(self, manage, query):
        make_bundle(manage, 1)
        (name, value), = query.items()
        found = manage.get("products/", limit=100, **query)["results"]
        assert found and all(str(x[name]).lower() == value for x in found)


class TestBundles:
    def test_members(self, manage):
        codes = [make_product(manage)["short_code"] for _ in range(3)]
        made = make_bundle(manage, codes[::-1])
        assert made["members"] == codes[::-1] and made["is_bundle"] is True
        listed = manage.get(f"products/{made['id']}/bundle/")
        listed = listed["results"] if isinstance(listed, dict) else listed
        assert [x["short_code"] for x in listed] == codes[::-1]
        member = manage.get("products/", short_code=codes[0])["results"][0]
        found = manage.get(f"products/{member['id']}/in_bundle/")
        found = found["results"] if isinstance(found, dict) else found
        assert [x["short_code"] for x in found] == [made["short_code"]]

    def test_refused(self, manage):
        one = make_product(manage)["short_code"]
        user = make_product(manage, authorization_method="user")["short_code"]
        bundle = make_bundle(manage, 1)["short_code"]
        for members in ([], [one, one], [one, user], [one, bundle], [one, "no-such"], ["x"] * 65):
            body = {"short_code": unique("b"), "product_name": "B", "is_bundle": True,
                    "members": members}
            answer = manage.call("POST", "products/", body)
            assert answer.status in (400, 409), (members, answer)
        body = {"short_code": unique("b"), "product_name": "B", "members": [one]}
        refusal(manage.call("POST", "products/", body), 409, "product_not_bundle")

    def test_members_are_fixed_by_a_license(self, manage):
        made = make_bundle(manage, 1)
        extra = make_product(manage)["short_code"]
        path = f"products/{made['id']}/"
        assert manage.patch(path, {"members": [*made["members"], extra]})["members"][1] == extra
        make_license(manage, made)
        refusal(manage.call("PATCH", path, {"members": [extra]}), 409, "immutable_field")

    def test_member_of_a_bundle_stays(self, manage):
        made = make_bundle(manage, 1)
        member = manage.get("products/", short_code=made["members"][0])["results"][0]
        refusal(manage.call("DELETE", f"products/{member['id']}/"), 409, "in_use")


class TestPolicies:
    def make(self, manage, **fields):
        product = fields.pop("product", None) or make_product(manage)["short_code"]
        return manage.post("policies/", {"code": unique("pol"), "name": "P", "product": product,
                                         **fields})

    def test_terms_are_copied(self, manage):
        product = make_product(manage)
        policy = self.make(manage, product=product["short_code"], max_activations=7,
                           license_type="time-limited", valid_duration="2y", prevent_vm=True)
        license_ = make_license(manage, product, policy_code=policy["code"])
        assert (license_["max_activations"], license_["valid_duration"], license_["prevent_vm"]) == \
            (7, "2y", True)
        assert license_["license_template_id"] == policy["id"]
        manage.patch(f"policies/{policy['id']}/", {"max_activations": 9})
        assert manage.get(f"licenses/{license_['id']}/")["max_activations"] == 7
        assert make_license(manage, product, policy_code=policy["code"],
                            prevent_vm=False)["prevent_vm"] is False

    def test_same_under_the_other_name(self, manage):
        policy = self.make(manage)
        assert manage.get(f"license-templates/{policy['id']}/")["code"] == policy["code"]

    def test_refused(self, manage):
        policy = self.make(manage, license_type="perpetual")
        path = f"policies/{policy['id']}/"
        for body in ({"code": "other-code"}, {"license_type": "consumption"},
                     {"product": make_product(manage)["short_code"]}):
            refusal(manage.call("PATCH", path, body), 409, "immutable_field")
        product = make_product(manage)
        for fields in ({"is_floating_cloud": True, "floating_users": 0}, {"valid_duration": "1w"},
                       {"valid_duration": "0d"}, {"valid_duration": "01d"}, {"max_activations": -1},
                       {"max_transfers": -2}, {"license_type": "eternal"},
                       {"consumption_period": "hourly"}, {"max_activations": 1000001}):
            body = {"code": unique("pol"), "name": "P", "product": product["short_code"], **fields}
            refusal(manage.call("POST", "policies/", body), 400, "validation_error")
        default = manage.get("policies/", code=product["default_policy"])["results"][0]
        refusal(manage.call("POST", f"policies/{default['id']}/archive/"), 409, "in_use")
        body = {"items": [{"product_code": product["short_code"],
                           "licenses": [{"policy_code": policy["code"]}]}]}
        assert manage.call("POST", "orders/create_order/", body).json["errors"][0]["code"] == \
            "license_policy_not_found"

    def test_member_policies(self, manage):
        bundle = make_bundle(manage, 2)
        first, second = bundle["members"]
        own = self.make(manage, product=first, max_activations=5)
        policy = self.make(manage, product=bundle["short_code"], max_activations=3,
                           member_policies={first: own["code"]})
        license_ = make_license(manage, bundle, policy_code=policy["code"])
        seats = {m["product"]["short_code"]: m["max_activations"] for m in
                 manage.get("licenses/", bundle_license_id=license_["id"])["results"]}
        assert license_["max_activations"] == 3
        assert seats == {first: 5, second: 3}

    def test_delete(self, manage):
        policy = self.make(manage)
        manage.delete(f"policies/{policy['id']}/")
        assert manage.call("GET", f"policies/{policy['id']}/").status == 404


class TestFeatures:
    def test_life(self, client, manage):
        product = make_product(manage)
        made = manage.post("product-features/", {
            "product": product["short_code"], "code": "pages", "name": "Pages",
            "feature_type": "consumption", "max_consumption": 12})
        assert made["max_consumption"] == 12
        case = Case(client, manage, product, product_features=[{"code": "pages"}])
        (feature,) = ok(case.activate(hw()))["product_features"]
        assert (feature["code"], feature["max_consumption"]) == ("pages", 12)
        path = f"product-features/{made['id']}/"
        assert manage.patch(path, {"max_consumption": 20})["max_consumption"] == 20
        assert case.now()["product_features"][0]["max_consumption"] == 12
        for body in ({"code": "x2"}, {"feature_type": "activation"}):
            refusal(manage.call("PATCH", path, body), 409, "immutable_field")
        refusal(manage.call("DELETE", path), 409, "in_use")
        assert manage.post(path + "archive/")["is_archived"] is True

    def test_code_is_unique_in_its_product(self, manage):
        first, second = make_product(manage), make_product(manage)
        body = {"code": "f1", "name": "F", "feature_type": "activation"}
        manage.post("product-features/", {**body, "product": first["short_code"]})
        manage.post("product-features/", {**body, "product": second["short_code"]})
        answer = manage.call("POST", "product-features/", {**body, "product": first["short_code"]})
        refusal(answer, 409, "duplicate")
        assert manage.get("product-features/", product=first["id"])["count"] == 1


def test_vendor(client, manage):
    assert manage.get("vendor/")["name"] == "Acme GmbH"
    assert manage.patch("vendor/", {"name": "Acme & Söhne"})["name"] == "Acme & Söhne"
    refusal(manage.call("PATCH", "vendor/", {"id": 5, "name": ""}), 400, "validation_error")
    manage.patch("vendor/", {"name": "Acme GmbH"})
