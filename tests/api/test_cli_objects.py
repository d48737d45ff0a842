"""licet: products to users, each noun's add, list, show, edit and its own commands."""
import json

import pytest
from licetd import unique


def out(server, *args, **more):
    return server.licet(*args, **more).stdout


def field(server, path, *args):
    return out(server, *args, "--field", path).rstrip("\n")


def code_of(server, *args):
    return server.licet(*args, check=False).returncode


@pytest.fixture(scope="module")
def product(server):
    code = unique("ed")
    out(server, "product", "add", code, "--name", "Editor")
    return code


def test_product(server):
    code = unique("ed")
    assert out(server, "product", "add", code, "--name", "Editor", "--trial", "14").startswith(
        f"created   product {code}, id ")
    assert field(server, "trial_days", "product", "show", code) == "14"
    assert field(server, "allow_trial", "product", "show", code) == "true"
    assert code in out(server, "product", "list", "--field", "short_code").split()
    out(server, "product", "edit", code, "--name", "Editor 2", "--set", 'metadata={"a":[1]}')
    assert field(server, "product_name", "product", "show", code) == "Editor 2"
    assert field(server, "metadata.a.0", "product", "show", code) == "1"
    assert out(server, "product", "archive", code) == \
        f"archived  product {code}, id {field(server, 'id', 'product', 'show', code)}\n"
    assert field(server, "is_archived", "product", "show", code) == "true"
    assert out(server, "product", "unarchive", code).startswith("restored  product ")
    assert code_of(server, "product", "remove", code) == 2
    assert out(server, "product", "remove", code, "--yes").startswith("removed   product ")
    assert code_of(server, "product", "show", code) == 3


def test_user_based_and_key_format(server):
    code = unique("us")
    out(server, "product", "add", code, "--name", "U", "--user-based")
    assert field(server, "authorization_method", "product", "show", code) == "user"
    code = unique("kf")
    mask = "KEY-" + "*" * 20
    out(server, "product", "add", code, "--name", "K", "--key-format", mask)
    assert field(server, "key_format", "product", "show", code) == mask
    keys = out(server, "order", "keys", code, "--quantity", "3").split()
    assert len(set(keys)) == 3 and all(k.startswith("KEY-") and len(k) == 24 for k in keys)
    assert json.loads(out(server, "order", "keys", code, "--json"))[0].startswith("KEY-")


def test_bundle(server, product):
    other, code = unique("re"), unique("st")
    out(server, "product", "add", other, "--name", "Render")
    out(server, "bundle", "add", code, "--name", "Studio", "--member", product, "--member", other)
    assert field(server, "members", "bundle", "show", code) == f'["{product}","{other}"]'
    out(server, "bundle", "edit", code, "--member", other, "--member", product)
    assert field(server, "members.0", "bundle", "show", code) == other
    bundles = out(server, "bundle", "list", "--field", "short_code").split()
    assert code in bundles and product not in bundles


def test_feature(server, product):
    second = unique("re")
    out(server, "product", "add", second, "--name", "Render")
    for of in (product, second):
        out(server, "feature", "add", of, "export", "--name", "Export", "--consumption", "--max", "5")
    failed = server.licet("feature", "show", "export", check=False)
    assert failed.returncode == 2 and "--product" in failed.stderr
    out(server, "feature", "edit", "export", "--product", product, "--max", "9")
    assert field(server, "max_consumption", "feature", "show", "export", "--product", product) == "9"
    assert field(server, "max_consumption", "feature", "list", "--product", second) == "5"
    out(server, "feature", "archive", "export", "--product", second)
    assert field(server, "is_archived", "feature", "list", "--product", second) == "true"


def test_policy(server, product):
    code, subscription = unique("po"), unique("po")
    out(server, "feature", "add", product, "print", "--name", "Print", "--consumption")
    out(server, "policy", "add", code, "--product", product, "--name", "Two", "--seats", "2", "--transfers",
        "-1", "--floating", "3", "--float-timeout", "15", "--no-offline", "--prevent-vm", "--users", "4",
        "--maintenance", "1y", "--feature", "print=70", "--trial", "30")
    made = json.loads(out(server, "policy", "show", code, "--json"))
    assert {k: made[k] for k in (
        "max_activations", "max_transfers", "is_floating_cloud", "floating_users", "floating_timeout",
        "allow_offline_activation", "prevent_vm", "max_license_users", "enable_maintenance_period",
        "maintenance_duration", "is_trial", "trial_days")} == {
        "max_activations": 2, "max_transfers": -1, "is_floating_cloud": True, "floating_users": 3,
        "floating_timeout": 15, "allow_offline_activation": False, "prevent_vm": True,
        "max_license_users": 4, "enable_maintenance_period": True, "maintenance_duration": "1y",
        "is_trial": True, "trial_days": 30}
    assert made["product_features"][0]["max_consumption"] == 70
    out(server, "policy", "add", subscription, "--product", product, "--type", "subscription",
        "--duration", "1m", "--grace", "24", "--offline-lease-days", "7", "--seats", "unlimited")
    made = json.loads(out(server, "policy", "show", subscription, "--json"))
    assert (made["subscription_duration"], made["valid_duration"], made["grace_period"],
            made["offline_lease_days"], made["allow_unlimited_activations"]) == ("1m", None, 24, 7, True)
    out(server, "policy", "edit", subscription, "--duration", "1y", "--seats", "5")
    made = json.loads(out(server, "policy", "show", subscription, "--json"))
    assert (made["subscription_duration"], made["max_activations"],
            made["allow_unlimited_activations"]) == ("1y", 5, False)
    assert code in out(server, "policy", "list", "--filter", f"product={product}", "--field", "code").split()
    out(server, "policy", "archive", subscription)
    assert field(server, "is_archived", "policy", "show", subscription) == "true"


def test_consumption_policy(server, product):
    code = unique("po")
    out(server, "policy", "add", code, "--product", product, "--type", "consumption", "--consumptions", "100",
        "--consumption-period", "monthly")
    made = json.loads(out(server, "policy", "show", code, "--json"))
    assert (made["max_consumptions"], made["reset_consumption"], made["consumption_period"]) == \
        (100, True, "monthly")


def test_customers(server):
    group, mail, other = unique("grp"), unique("a") + "@c.example", unique("b") + "@c.example"
    out(server, "customer-account", "add", group, "--name", "Group")
    out(server, "customer-account", "edit", group, "--name", "Holding")
    assert field(server, "name", "customer-account", "show", group) == "Holding"
    assert group in out(server, "customer-account", "list", "--field", "code").split()
    out(server, "customer", "add", mail, "--company", "Lab", "--reference", "C-1", "--first-name", "Ann",
        "--last-name", "Lee", "--account", group)
    made = json.loads(out(server, "customer", "show", mail.upper(), "--json"))
    assert (made["company_name"], made["reference"], made["first_name"], made["last_name"],
            made["customer_account"]) == ("Lab", "C-1", "Ann", "Lee", group)
    out(server, "customer", "edit", str(made["id"]), "--company", "Lab 2")
    assert field(server, "company_name", "customer", "show", mail) == "Lab 2"
    assert code_of(server, "customer-account", "remove", group, "--yes") == 5
    out(server, "customer", "add", other)
    assert out(server, "customer", "merge", other, mail, "--yes") == f"merged    customer {mail}, id {made['id']}\n"
    assert other not in out(server, "customer", "list", "--field", "email").split()
    out(server, "customer", "remove", mail, "--yes")
    out(server, "customer-account", "remove", group, "--yes")
    assert code_of(server, "customer-account", "show", group) == 3


def test_users(server, tmp_path):
    mail = unique("ann") + "@c.example"
    said = out(server, "user", "add", mail, "--first-name", "Ann")
    assert said.splitlines()[1].startswith("password  ")
    assert field(server, "first_name", "user", "show", mail) == "Ann"
    out(server, "user", "edit", mail, "--last-name", "Lee", "--set", "is_active=false")
    assert field(server, "is_active", "user", "show", mail) == "false"
    assert "password  " in out(server, "user", "passwd", mail, "--initial")
    assert field(server, "is_initial_password", "user", "show", mail) == "true"
    secret = tmp_path / "password"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o640)
    assert code_of(server, "user", "passwd", mail, "--password-file", str(secret)) == 4
    secret.chmod(0o600)
    assert "password" not in out(server, "user", "passwd", mail, "--password-file", str(secret))
    assert field(server, "is_initial_password", "user", "show", mail) == "false"
    assert mail in out(server, "user", "list", "--field", "email").split()
    out(server, "user", "remove", mail, "--yes")
    assert code_of(server, "user", "show", mail) == 3


def test_orders(server, product, tmp_path):
    store_id = unique("S")
    order = {"id": store_id, "items": [{"product_code": product, "licenses": [{}, {"note": "second"}]}]}
    said = out(server, "order", "add", "--file", "-", stdin=json.dumps(order))
    assert said.startswith(f"created   order {store_id}, id ") and said.count(product) == 2
    number = field(server, "id", "order", "list", "--filter", f"store_id={store_id}")
    assert field(server, "licenses.1.note", "order", "show", number) == "second"
    out(server, "order", "edit", number, "--set", "note=paid")
    assert field(server, "note", "order", "show", number) == "paid"
    again = tmp_path / "order.json"
    again.write_text(json.dumps(order))
    assert code_of(server, "order", "add", "--file", str(again)) == 5
    again.write_text("{")
    assert code_of(server, "order", "add", "--file", str(again)) == 2
    assert code_of(server, "order", "add", "--file", str(tmp_path / "nosuch")) == 3


def test_vendor_status_stats(server):
    out(server, "vendor", "edit", "--name", "Acme 2", "--set", "trial_repeat=true")
    assert field(server, "name", "vendor", "show") == "Acme 2"
    assert field(server, "trial_repeat", "vendor", "show") == "true"
    out(server, "vendor", "edit", "--name", "Acme GmbH", "--set", "trial_repeat=false")
    assert field(server, "ready", "status") == "true"
    assert "store.engine" in out(server, "status")
    assert "licenses.total" in out(server, "stats")
    assert out(server, "stats", "--series", "activations", "--by", "day", "--csv").startswith("at,label,count\n")
    assert code_of(server, "stats", "--by", "day") == 2
    assert out(server, "check").startswith("ok  ledger ")
    assert field(server, "role", "account", "show", "owner@acme.example") == "owner"
    assert "owner@acme.example" in out(server, "account", "list")
