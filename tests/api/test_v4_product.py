"""product_details and .well-known."""
import pytest
from licetd import make_bundle, make_product, unique
from v4 import ok, refused

FORM = ["product_id", "product_name", "short_code", "allow_trial", "trial_days",
        "authorization_method", "floating_timeout", "allow_overages", "max_overages", "prevent_vm",
        "metadata", "company"]


@pytest.fixture
def product(manage):
    return make_product(manage, metadata={"k": [1, 2.5]}, trial_days=9, allow_trial=True)


def test_details(client, product):
    body = ok(client.get("product_details", product=product["short_code"]))
    assert list(body) == FORM
    assert (body["product_id"], body["short_code"]) == (product["id"], product["short_code"])
    assert body["metadata"] == {"k": [1, 2.5]} and body["trial_days"] == 9
    assert body["authorization_method"] == "license_key"


def test_bracketed_members_only_when_asked(client, product):
    body = ok(client.get("product_details", product=product["short_code"],
                         include_latest_version="true", include_custom_fields="1"))
    assert list(body) == FORM + ["latest_version", "custom_fields"]
    assert body["latest_version"] is None and body["custom_fields"] == []


def test_default_policy_shows(client, manage):
    product = make_product(manage, policy={"prevent_vm": True, "floating_timeout": 33})
    body = ok(client.get("product_details", product=product["short_code"]))
    assert (body["prevent_vm"], body["floating_timeout"]) == (True, 33)


def test_bundle(client, manage):
    bundle = make_bundle(manage, 2)
    assert ok(client.get("product_details", product=bundle["short_code"]))["product_id"] == bundle["id"]


def test_refusals(client, manage, product):
    refused(client.get("product_details"), "missing_parameters")
    refused(client.get("product_details", product=unique("no")), "unknown_product")
    refused(client.get("product_details", product=product["short_code"].upper()), "unknown_product")
    manage.post(f"products/{product['id']}/archive/")
    refused(client.get("product_details", product=product["short_code"]), "archived_product")


def test_well_known(server, client):
    body = ok(client.raw("GET", "/api/v4/.well-known", headers=[]))
    assert list(body) == ["api_base_url", "environment", "supported_api_versions",
                          "default_api_version", "version", "timestamp", "keys", "endpoints"]
    assert body["supported_api_versions"] == ["v4"] and body["environment"] == "production"
    assert body["keys"] == client.jwks["keys"]
    urls = [(e["method"], e["url"]) for e in body["endpoints"]]
    assert all(url.endswith("/") for _, url in urls)
    base = body["api_base_url"].rstrip("/")
    for method, endpoint in (("POST", "activate_bundle"), ("GET", "check_license"),
                             ("POST", "change_password")):
        assert (method, f"{base}/{endpoint}/") in urls
    for _, url in urls:
        assert url.startswith(base + "/")
