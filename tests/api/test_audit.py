"""The audit log: what enters it, and its chain recomputed by another program."""
import pytest
from audit_log import chain, entries
from licetd import Server, make_product, unique
from v4 import Case, hw, instant, ok


@pytest.fixture(scope="module")
def history(server, manage, client):
    """Something of everything."""
    case = Case(client, manage, max_activations=2)
    device = hw()
    row = ok(case.activate(device))["device_id"]
    ok(case.deactivate(device))
    ok(case.activate(device))
    manage.post(f"devices/{row}/release/", {"reason": "ticket 4711: Platte hin – ü"})
    case.edit(note="seen", max_activations=3)
    manage.post(f"licenses/{case.id}/disable/", {})
    entry = manage.post("blacklist/", {"hardware_id": device, "scope": "vendor", "reason": "lost"})
    manage.delete(f"blacklist/{entry['id']}/", reason="found")
    key = manage.post("api-keys/", {"name": "short"})
    manage.post(f"api-keys/{key['id']}/revoke/", {"reason": "done with it"})
    manage.post("tokens/", {"name": "t"})
    return case


def test_chain_recomputed(manage, history):
    found = entries(manage)
    head = chain(found)
    done = manage.get("audit/verify/")
    assert done["ok"] is True and done["broken_at"] is None
    assert (done["first"], done["last"], done["head"]) == (1, len(found), head.hex())


def test_actions_of_a_license(manage, history):
    found = manage.get(f"licenses/{history.id}/history/", limit=100)["results"]
    actions = [e["action"] for e in found]
    for action, times in (("license.created", 1), ("license.activated", 2),
                          ("license.deactivated", 1), ("device.released", 1),
                          ("license.updated", 2)):
        assert actions.count(action) == times, actions


def test_entry(manage, history):
    (entry,) = [e for e in entries(manage, action="device.released")
                if e["reason"] == "ticket 4711: Platte hin – ü"]
    assert entry["actor"]["type"] == "local" and entry["actor"]["name"] == "local:0"
    assert len(entry["request_id"]) == 36
    whole = manage.get(f"audit/{entry['seq']}/")
    assert whole["hash"] == entry["hash"] and "fields" in whole["detail"]
    text = str(whole)
    assert "salt" not in text


def test_client_entries(manage, client, history):
    entry = entries(manage, action="license.activated")[0]
    assert entry["actor"]["type"] == "client" and entry["address"] == "127.0.0.1"


def test_detail_has_from_and_to(manage, history):
    for entry in entries(manage, action="license.updated"):
        fields = manage.get(f"audit/{entry['seq']}/")["detail"]["fields"]
        if "max_activations" in fields:
            assert fields["max_activations"] == [2, 3]
            return
    raise AssertionError("the change of max_activations is not in the log")


def test_refusals_and_reads_enter_nothing(manage, history):
    before = manage.get("audit/verify/")["last"]
    history.activate(hw(), license_key="NONE")
    history.check(hw())
    manage.get(f"licenses/{history.id}/")
    assert manage.call("POST", "products/", {"short_code": "!"}).status == 400
    assert manage.call("PATCH", f"licenses/{history.id}/", {"note": "x"},
                       dry_run="true").status == 200
    assert manage.get("audit/verify/")["last"] == before


def test_repeat_enters_nothing(client, manage):
    case, device = Case(client, manage), hw()
    ok(case.activate(device))
    before = manage.get("audit/verify/")["last"]
    ok(case.activate(device))
    ok(case.check(device))
    assert manage.get("audit/verify/")["last"] == before


def test_consumption_above_the_cap_at_the_end(client, manage):
    case = Case(client, manage, license_type="consumption", max_consumptions=5)
    device = hw()
    ok(case.activate(device))
    ok(case.consume(device, consumptions=2))
    ok(case.deactivate(device, consumptions=9))
    found = entries(manage, object_type="license", object_id=str(case.id))
    assert any("6" in str(manage.get(f"audit/{e['seq']}/")["detail"]) for e in found
               if e["action"] == "license.deactivated")


def test_no_secret_and_no_whole_key(manage, history):
    text = "".join(str(manage.get(f"audit/{e['seq']}/")) for e in entries(manage))
    assert history.key not in text
    assert "shared_key" not in text or "lmk_" not in text


@pytest.mark.parametrize("name,value", [
    ("action", "product.created"), ("object_type", "product"), ("seq", "1"),
    ("action__in", "product.created,license.created")])
def test_filters(manage, history, name, value):
    found = entries(manage, **{name: value})
    assert found
    for entry in found:
        shown = {"action": entry["action"], "object_type": entry["object"]["type"],
                 "seq": str(entry["seq"])}
        assert shown[name.split("__")[0]] in value.split(",")


def test_time_filter(manage, history):
    assert manage.get("audit/", time__gt=instant(seconds=60))["count"] == 0
    assert manage.get("audit/", time__lt=instant(seconds=60))["count"] == \
        manage.get("audit/verify/")["last"]


def test_read_only(manage, history):
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        assert manage.call(method, "audit/1/", {}).status == 405
        assert manage.call(method, "audit/", {}).status == 405


def test_second_look_by_licetd(server, manage, history):
    """`licetd verify` beside the running server, and after its end."""
    done = server.verify()
    assert done.returncode == 0, done.stdout + done.stderr


def test_starts_and_stops_are_in_it():
    server = Server()
    try:
        for _ in range(2):
            server.start()
            make_product(server.manage, short_code=unique("p"))
            assert server.stop() == 0
        server.start()
        actions = [e["action"] for e in entries(server.manage)]
        assert actions.count("system.started") == 3 and actions.count("system.stopped") == 2
        chain(entries(server.manage))
    finally:
        server.remove()
