"""licet: licenses, devices, keys, tokens, blacklist and the audit log."""
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
    out(server, "feature", "add", code, "export", "--name", "Export", "--consumption")
    return code


@pytest.fixture
def license_id(server, product):
    return field(server, "id", "license", "issue", product, "--seats", "2")


def activate(server, client, product, number, hardware_id):
    key = field(server, "license_key", "license", "show", number)
    answer = client.post("activate_license", product=product, license_key=key, hardware_id=hardware_id)
    assert answer.status == 200, answer


def test_issue_with_keys(server, product, tmp_path):
    keys, written, order = tmp_path / "keys", tmp_path / "out", unique("S")
    keys.write_text("OWN-KEY-1\n\nOWN-KEY-2\n")
    keys.chmod(0o600)
    out(server, "license", "issue", product, "--quantity", "2", "--order", order, "--key-file", str(keys),
        "--key-out", str(written), "--start", "2026-01-01", "--until", "2031-01-01", "--set", "note=bulk")
    assert written.read_text() == "OWN-KEY-1\nOWN-KEY-2\n" and written.stat().st_mode & 0o777 == 0o600
    rows = json.loads(out(server, "license", "list", "--filter", f"order__store_id={order}", "--json"))
    assert [(r["license_key"], r["note"], r["start_date"], r["validity_period"]) for r in rows] == [
        (k, "bulk", "2026-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z") for k in ("OWN-KEY-1", "OWN-KEY-2")]
    one = json.loads(out(server, "license", "issue", product, "--order", order, "--json"))
    assert one["order"]["store_id"] == order and one["license_key"] not in ("OWN-KEY-1", "OWN-KEY-2")
    assert code_of(server, "license", "issue", product, "--quantity", "3", "--key-file", str(keys)) == 2
    assert code_of(server, "license", "issue", product, "--quantity", "1", "--key-file", str(keys)) == 2
    assert code_of(server, "license", "issue", product, "--quantity", "0") == 2
    assert code_of(server, "license", "issue", product, "--key-out", str(written)) == 5
    total = len(out(server, "license", "list", "--field", "id").split())
    keys.chmod(0o644)
    assert code_of(server, "license", "issue", product, "--key-file", str(keys)) == 4
    assert len(out(server, "license", "list", "--field", "id").split()) == total


def test_issue_for_users(server, tmp_path):
    code, mail = unique("us"), unique("ann") + "@c.example"
    out(server, "product", "add", code, "--name", "U", "--user-based")
    assert code_of(server, "license", "issue", code, "--key-out", str(tmp_path / "k"), "--user", mail) == 2
    said = out(server, "license", "issue", code, "--user", mail, "--users", "0")
    assert f"users     {mail}\n" in said and "key  " not in said
    number = said.split()[1]
    other = unique("bob") + "@c.example"
    out(server, "user", "add", other)
    assert out(server, "license", "assign", number, other, "--seats", "2").startswith("assigned  license ")
    users = json.loads(out(server, "license", "show", number, "--json"))["users"]
    assert [(u["email"], u["max_activations"]) for u in users][1] == (other, 2)
    assert out(server, "license", "unassign", number, other) == f"unassigned license {number}\n"
    assert len(json.loads(out(server, "license", "show", number, "--json"))["users"]) == 1


def test_edit_and_switch(server, license_id):
    out(server, "license", "edit", license_id, "--seats", "9", "--until", "2031-01-01")
    assert "seats     0 of 9\n" in out(server, "license", "show", license_id)
    assert "until     2031-01-01 00:00 UTC\n" in out(server, "license", "show", license_id)
    assert out(server, "license", "disable", license_id) == f"disabled  license {license_id}\n"
    assert field(server, "status", "license", "show", license_id) == "disabled"
    assert out(server, "license", "enable", license_id, "--whole-set") == f"enabled   license {license_id}\n"
    assert field(server, "license_enabled", "license", "show", license_id) == "true"
    out(server, "license", "feature", license_id, "export=7")
    assert field(server, "product_features.0.max_consumption", "license", "show", license_id) == "7"
    out(server, "license", "feature", license_id, "export", "--remove")
    assert field(server, "product_features", "license", "show", license_id) == "[]"
    assert code_of(server, "license", "feature", license_id, "nosuch") == 3
    assert code_of(server, "license", "feature", license_id, "export=x") == 2


def test_keys_of_a_license(server, license_id, tmp_path):
    key = field(server, "license_key", "license", "show", license_id)
    assert out(server, "license", "reveal", license_id) == key + "\n"
    written = tmp_path / "key"
    assert out(server, "license", "reveal", license_id, "--out", str(written)) == ""
    assert written.read_text() == key + "\n"
    assert code_of(server, "license", "reveal", license_id, "--out", str(written)) == 5
    assert code_of(server, "license", "replace-key", license_id, "--yes") == 2
    said = out(server, "license", "replace-key", license_id, "--reason", "key leaked", "--yes")
    fresh = field(server, "license_key", "license", "show", license_id)
    assert said == f"replaced  {fresh}\n" and fresh != key
    history = out(server, "license", "history", license_id, "--field", "action").split()
    assert history == ["license.created", "license.key_revealed", "license.key_revealed", "license.key_replaced"]
    out(server, "license", "delete", license_id, "--yes")
    assert code_of(server, "license", "show", license_id) == 3


def test_devices(server, client, product, license_id):
    for hardware_id in ("pc-1", "pc-2"):
        activate(server, client, product, license_id, hardware_id)
    stands_for = ("--license", license_id, "--hardware-id", "pc-1")
    first = field(server, "id", "device", "show", *stands_for)
    assert out(server, "device", "list", "--license", license_id, "--field", "hardware_id").split() == ["pc-1", "pc-2"]
    assert out(server, "device", "list", "--hardware-id", "pc-1", "--license", license_id,
               "--field", "id").split() == [first]
    assert code_of(server, "device", "release", first) == 2
    said = out(server, "device", "release", *stands_for, "--reason", "ticket 1")
    assert said == "released  pc-1\nseats     1 of 2\n"
    assert code_of(server, "device", "release", first, "--reason", "ticket 1") == 5
    said = out(server, "license", "transfer", license_id, "--hardware-id", "pc-2", "--to", "pc-9",
               "--reason", "new computer")
    assert said == f"moved     license {license_id}\n"
    assert field(server, "state", "device", "show", "--license", license_id, "--hardware-id", "pc-9") == "reserved"
    activate(server, client, product, license_id, "pc-1")
    said = out(server, "device", "revoke", first, "--blacklist", "license", "--reason", "stolen")
    assert said.startswith("revoked   pc-1\n")
    assert field(server, "scope", "blacklist", "list", "--filter", "hardware_id=pc-1") == "license"
    assert code_of(server, "explain", license_id, "--hardware-id", "pc-1") == 1
    out(server, "device", "unblacklist", "pc-1", "--scope", "license", "--id", license_id, "--reason", "found again")
    assert code_of(server, "explain", license_id, "--hardware-id", "pc-1") == 0
    assert code_of(server, "license", "delete", license_id, "--yes") == 5
    out(server, "license", "reset", license_id, "--reason", "all new", "--yes")
    assert field(server, "seats_used", "license", "show", license_id) == "0"
    assert code_of(server, "device", "show", "--license", license_id) == 2
    assert code_of(server, "device", "show", "--license", license_id, "--hardware-id", "no") == 3


def test_blacklist(server):
    mail, hardware_id = unique("c") + "@c.example", unique("hw")
    out(server, "customer", "add", mail)
    assert code_of(server, "device", "blacklist", hardware_id, "--reason", "fraud") == 2
    out(server, "device", "blacklist", hardware_id, "--scope", "customer", "--id", mail, "--reason", "fraud")
    out(server, "device", "blacklist", hardware_id, "--scope", "vendor", "--release", "--reason", "fraud")
    assert code_of(server, "device", "blacklist", hardware_id, "--scope", "vendor", "--reason", "fraud") == 5
    assert code_of(server, "device", "unblacklist", hardware_id, "--reason", "okay") == 2
    said = out(server, "device", "unblacklist", hardware_id, "--scope", "vendor", "--reason", "okay")
    assert said.startswith(f"allowed   blacklist entry {hardware_id}, id ")
    out(server, "device", "unblacklist", hardware_id, "--reason", "okay")
    assert code_of(server, "device", "unblacklist", hardware_id, "--reason", "okay") == 3


def test_explain(server, client, product, license_id, tmp_path):
    key = tmp_path / "key"
    key.write_text(field(server, "license_key", "license", "show", license_id))
    key.chmod(0o600)
    found = ("explain", "--license-key-file", str(key), "--product", product)
    assert field(server, "verdict", *found, "--hardware-id", "pc-1") == "allowed"
    assert field(server, "license", *found) == license_id
    for hardware_id in ("pc-1", "pc-2"):
        activate(server, client, product, license_id, hardware_id)
    refused = server.licet("explain", license_id, "--hardware-id", "pc-3", check=False)
    assert refused.returncode == 1
    lines = refused.stdout.splitlines()
    assert [x for x in lines if x.endswith("  <- decides")] == [x for x in lines if x.startswith("NO ")]
    assert any(x.startswith("fix       licet device release ") for x in lines)
    assert code_of(server, "explain", "--license", license_id, "--hardware-id", "pc-1") == 0
    assert code_of(server, "explain", license_id, "--hardware-id", "new", "--action", "check") == 1
    assert code_of(server, "explain", license_id, "--license", license_id) == 2
    assert code_of(server, "explain") == 2
    out(server, "license", "edit", license_id, "--set", "is_trial=true", "--until", "2030-01-01")
    assert code_of(server, "explain", license_id, "--hardware-id", "pc-1", "--at", "2029-12-31") == 0
    assert code_of(server, "explain", license_id, "--hardware-id", "pc-1", "--at", "2030-01-02") == 1


def test_api_keys(server, client, product, license_id, tmp_path):
    written = tmp_path / "app.key"
    said = out(server, "key", "add", "app", "--product", product, "--read-only", "--out", str(written))
    assert said.startswith("created   key app, id ") and "SHARED" not in said
    number = said.split()[-1]
    lines = dict(line.split("=", 1) for line in written.read_text().splitlines())
    assert set(lines) == {"API_KEY", "SHARED_KEY"} and written.stat().st_mode & 0o777 == 0o600
    assert field(server, "read_only", "key", "show", number) == "true"
    assert field(server, "shared_key", "key", "show", number) == ""
    headers = out(server, "key", "sign", str(written)).splitlines()
    assert headers[0].startswith("Date: ") and headers[1].startswith("Authorization: algorithm=\"hmac-sha256\"")
    answer = client.raw("GET", "/api/v4/product_details", {"product": product},
                        headers=[tuple(h.split(": ", 1)) for h in headers], date=headers[0][6:])
    assert answer.status == 200, answer
    out(server, "key", "edit", number, "--set", "read_only=false", "--set", "note=x")
    assert field(server, "note", "key", "show", number) == "x"
    assert number in out(server, "key", "list", "--field", "id").split()
    assert code_of(server, "key", "revoke", number, "--yes") == 2
    out(server, "key", "revoke", number, "--reason", "leaked", "--yes")
    assert code_of(server, "key", "revoke", number, "--reason", "leaked", "--yes") == 5
    written.chmod(0o604)
    assert code_of(server, "key", "sign", str(written)) == 4
    assert code_of(server, "key", "add", "app") == 2


def test_tokens(server, tmp_path):
    written = tmp_path / "token"
    out(server, "token", "add", "ci", "--permission", "licenses.read", "--permission", "catalog.read",
        "--expires", "2027-06-01", "--account", "owner@acme.example", "--out", str(written))
    number = field(server, "id", "token", "list", "--filter", "name=ci")
    shown = json.loads(out(server, "token", "show", number, "--json"))
    assert shown["permissions"] == ["licenses.read", "catalog.read"] and shown["token"] is None
    remote = ("--server", server.admin, "--token-file", str(written))
    assert code_of(server, "product", "list", *remote) == 0
    assert code_of(server, "customer", "list", *remote) == 4
    assert code_of(server, "product", "list", "--server", server.admin) == 4
    out(server, "token", "revoke", number)
    assert code_of(server, "product", "list", *remote) == 4


def test_audit(server, license_id):
    out(server, "license", "edit", license_id, "--set", "note=n", "--reason", "ticket 9")
    rows = json.loads(out(server, "audit", "list", "--object", f"license={license_id}", "--json"))
    assert [(r["action"], r["reason"]) for r in rows] == [("license.created", ""), ("license.updated", "ticket 9")]
    seq = str(rows[1]["seq"])
    assert "detail.fields.note" in out(server, "audit", "show", seq)
    actor = rows[1]["actor"]["name"]
    assert seq in out(server, "audit", "list", "--actor", actor, "--since", "2020-01-01", "--field", "seq").split()
    assert out(server, "audit", "list", "--since", "2999-01-01", "--field", "seq") == ""
    assert out(server, "audit", "verify").startswith(f"ok  entries 1-{seq}, head ")
    assert out(server, "audit", "verify", "--from", seq).startswith(f"ok  entries {seq}-{seq}, head ")
    assert code_of(server, "audit", "list", "--object", "=1") == 2
