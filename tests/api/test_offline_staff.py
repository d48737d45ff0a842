"""The offline format as staff sees it (management-api.md 5.1-5.3): leases, revocation, blacklists, the
list, answers and files by hand; rates."""
import secrets
from urllib.parse import urlencode

import licetd
import pytest
from gap import DAY, WHY, Gap, Site, audit, refused
from licetd import exchange, make_product, unique
from offline import Activation, armor, armored, dearmor
from v4 import Case, bundle_case, hw, instant


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


def test_release_under_a_live_lease(gap, client, manage):
    case = Case(client, manage, offline_lease_days=30)
    site = Site(gap, case)
    held = site.activate()
    row = site.row()
    answer = manage.call("POST", f"devices/{row['id']}/release/", WHY)
    assert (answer.status, answer.code) == (409, "offline_lease_live")
    assert case.now()["seats_used"] == 1
    answer = manage.call("POST", f"licenses/{case.id}/reset/", {})
    assert (answer.status, answer.code) == (409, "offline_lease_live")
    answer = manage.call("POST", f"licenses/{case.id}/transfer/",
                         {"from_device": row["id"], "to_hardware_id": hw(), **WHY})
    assert (answer.status, answer.code) == (409, "offline_lease_live")
    manage.post(f"devices/{row['id']}/release/", {"force": True, **WHY})
    assert case.now()["seats_used"] == 0 and held.serial in gap.revocations().serials
    assert site.issued()["state"] == "released" and site.issued()["reason"] == WHY["reason"]


def test_reset_ends_serials(gap, client, manage):
    case = Case(client, manage, max_activations=2)
    sites = [Site(gap, case), Site(gap, case)]
    serials = {s.activate().serial for s in sites}
    manage.post(f"licenses/{case.id}/reset/", {"force": True, **WHY})
    assert serials <= set(gap.revocations().serials)
    assert [s.issued()["state"] for s in sites] == ["released", "released"]


@pytest.mark.parametrize("way", ["device", "serial"])
def test_revoke(gap, client, manage, way):
    case = Case(client, manage, max_activations=1)
    site = Site(gap, case)
    request = site.request()
    held = site.held = gap.activation(gap.answer(request))
    path = f"devices/{site.row()['id']}/" if way == "device" else f"offline/activations/{held.serial}/"
    manage.post(path + "revoke/", WHY)
    assert case.now()["seats_used"] == 1 and held.serial in gap.revocations().serials
    assert site.issued()["state"] == "revoked" and site.issued()["revoked_at"]
    refused(gap.answer(request), "request_replayed")
    refused(site.refresh(), "license_not_active")
    assert manage.call("POST", path + "revoke/", WHY).code == "wrong_state"
    again = site.activate()  # its seat is taken up again, under a new serial
    assert again.serial > held.serial and case.now()["seats_used"] == 1
    assert site.row()["revoked_at"] is None and again.serial not in gap.revocations().serials
    manage.post(f"offline/activations/{again.serial}/revoke/", WHY)
    manage.post(f"offline/activations/{again.serial}/force_release/", WHY)
    assert case.now()["seats_used"] == 0 and site.issued()["state"] == "released"
    assert manage.call("POST", f"offline/activations/{again.serial}/force_release/", WHY).code == "wrong_state"
    name = "device.revoked" if way == "device" else "offline.revoked"
    assert ("local", str(site.row()["id"]), WHY["reason"]) in audit(case, name)
    assert len(audit(case, "offline.released")) == 1


@pytest.mark.parametrize("way", ["revoke", "release", "reset", "proof", "proof of the first", "blacklist"])
@pytest.mark.parametrize("parts", [0, 2])
def test_every_serial_of_the_seat_is_listed(gap, client, manage, way, parts):
    """A machine may have kept an object that a later one has taken the place of."""
    case = bundle_case(client, manage, parts) if parts else Case(client, manage)
    site, other = Site(gap, case), Site(gap, Case(client, manage))
    first, untouched = site.activate(), other.activate()
    middle = site.held = gap.activation(site.refresh())
    site.held = gap.activation(site.refresh())
    serials = {x.serial for x in (first, middle, site.held)}
    assert len(serials) == 3
    path = f"devices/{site.row()['id']}/"
    if way == "revoke":
        manage.post(path + "revoke/", WHY)
    elif way == "release":
        manage.post(path + "release/", {"force": True, **WHY})
    elif way == "reset":
        manage.post(f"licenses/{case.id}/reset/", {"force": True, **WHY})
    elif way == "proof":
        gap.receipt(gap.prove(site.proof()))
    elif way == "blacklist":
        barred = manage.post("blacklist/", {"hardware_id": site.machine.hardware_id, "scope": "license",
                                            "scope_id": case.id, **WHY})
    else:
        site.held = first
        gap.receipt(gap.prove(site.proof()))
    listed = gap.revocations()
    assert serials <= set(listed.serials) and untouched.serial not in listed.serials
    if way == "blacklist":
        manage.delete(f"blacklist/{barred['id']}/", **WHY)
        assert not serials & set(gap.revocations().serials)
    elif way != "reset":  # nothing more to say about what is on the list
        manage.call("POST", path + "release/", {"force": True, **WHY})
        assert gap.revocations().number == listed.number


def test_revoke_then_proof_frees_the_seat(gap, case, manage):
    site = Site(gap, case)
    site.activate()
    manage.post(f"offline/activations/{site.held.serial}/revoke/", WHY)
    gap.receipt(gap.prove(site.proof()))
    assert case.now()["seats_used"] == 0


def test_bundle_revoke_takes_the_set(gap, client, manage):
    case = bundle_case(client, manage, 2)
    site = Site(gap, case)
    held = site.activate()
    member = [r for r in site.rows() if r["license"] != case.id][0]
    manage.post(f"devices/{member['id']}/revoke/", WHY)
    assert all(r["revoked_at"] for r in site.rows())
    assert gap.revocations().serials.count(held.serial) == 1


def test_blacklists_and_the_list(gap, client, manage):
    case = Case(client, manage, max_activations=2)
    site = Site(gap, case)
    held = site.activate()
    barred = manage.post("blacklist/", {"hardware_id": site.machine.hardware_id, "scope": "license",
                                        "scope_id": case.id, **WHY})
    listed = gap.revocations()
    assert held.serial in listed.serials and held.device not in listed.devices
    assert site.issued()["state"] == "live"
    refused(gap.answer(site.request()), "blacklisted")
    manage.delete(f"blacklist/{barred['id']}/", **WHY)
    after = gap.revocations()
    assert held.serial not in after.serials and after.number > listed.number
    everywhere = manage.post("blacklist/", {"hardware_id": site.machine.hardware_id, "scope": "vendor", **WHY})
    assert held.device in gap.revocations().devices
    assert held.serial not in gap.revocations().serials
    manage.delete(f"blacklist/{everywhere['id']}/", **WHY)
    assert held.device not in gap.revocations().devices


def test_list_is_kept_until_it_changes(gap, case):
    first, second = (gap.send("GET", "/offline/v1/revocations") for _ in range(2))
    assert first.body == second.body
    listed = gap.revocations()
    assert listed.claims[4] - listed.claims[6] == 30 * DAY
    assert gap.staff.call("GET", "offline/revocations/").body == first.body
    site = Site(gap, case)
    site.activate()
    gap.receipt(gap.prove(site.proof()))
    assert gap.revocations().number > listed.number


def carry(manage, path, body, **query):
    connection = manage.connection()
    target = "/api/v1/" + path + ("?" + urlencode(query) if query else "")
    try:
        return exchange(connection, "POST", target, [("Content-Type", "text/plain")], body.encode())
    finally:
        connection.close()


def test_staff_answers(gap, client, manage):
    case = Case(client, manage)
    sites = [Site(gap, case), Site(gap, case)]
    requests = "".join(armored(s.request()) for s in sites)
    dry = carry(manage, "offline/answer/", requests, dry_run="true")
    assert dry.status == 200, dry
    made, full = dry.json["result"]["results"]
    assert (made["ok"], made["activation"], made["serial"]) == (True, None, None)
    assert full["code"] == "license_activated_max_times"
    assert case.now()["seats_used"] == 0
    assert manage.get("offline/activations/", license=case.id)["count"] == 0
    real = carry(manage, "offline/answer/", requests)
    made, full = real.json["results"]
    sites[0].held = Activation(dearmor(made["activation"])[0][1], gap.keys())
    assert made["serial"] == str(sites[0].held.serial) and made["licenses"] == [case.id]
    assert sites[0].issued()["issued_by"].startswith("staff:local:")
    again = carry(manage, "offline/answer/", requests).json["results"][0]
    assert again["repeated"] is True and again["activation"] == made["activation"]
    assert audit(case, "offline.issued")[0][0] == "local"
    proof = armor("DEACTIVATION", sites[0].proof())
    dry = carry(manage, "offline/deactivate/", proof, dry_run="true").json["result"]["results"]
    assert dry[0]["receipt"] is None and case.now()["seats_used"] == 1
    done = carry(manage, "offline/deactivate/", proof).json["results"]
    assert done[0]["ok"] and case.now()["seats_used"] == 0
    bad = carry(manage, "offline/answer/", "nothing")
    assert (bad.status, bad.code) == (400, "carrier")
    assert manage.call("POST", "offline/answer/", {"a": 1}).status == 415


def test_lists_and_files(gap, client, manage):
    case = Case(client, manage, max_activations=2, offline_lease_days=30)
    sites = [Site(gap, case), Site(gap, case)]
    answers = [gap.answer(s.request()) for s in sites]
    for site, answer in zip(sites, answers):
        site.held = gap.activation(answer)
    held = sites[0].held
    for query in ({"license": case.id, "hardware_id": sites[0].machine.hardware_id},
                  {"request": held.request.hex()}, {"serial": held.serial, "state": "live"},
                  {"license": case.id, "lease_until__gt": instant(days=1), "issued_at__lte": instant(),
                   "hardware_id": sites[0].machine.hardware_id}):
        (row,) = manage.get("offline/activations/", **query)["results"]
        assert row["serial"] == str(held.serial) and row["device"] == sites[0].row()["id"]
    files = {form: manage.call("GET", f"offline/activations/{held.serial}/file/", form=form)
             for form in ("armor", "cbor", "text", "typed", "svg", "png")}
    assert files["armor"].body == answers[0].body and files["cbor"].body == held.data
    assert files["text"].body.startswith(b"LCT1:A:") and b"<svg" in files["svg"].body
    assert files["png"].body.startswith(b"\x89PNG") and files["png"].headers["licet-parts"] == ["2"]
    assert f"{held.serial}.lact" in files["armor"].headers["content-disposition"][0]
    assert len(audit(case, "offline.resent")) == len(files)
    keyed = [manage.call("GET", f"offline/activations/{held.serial}/file/", headers=[("Idempotency-Key", "once")])
             for _ in range(2)]  # a GET has none, though it leaves an audit entry
    assert all(k.body == answers[0].body and "idempotency-replayed" not in k.headers for k in keyed)
    for query in ({"form": "wax"}, {"form": "png", "part": 3}, {"colour": "red"}):
        assert manage.call("GET", f"offline/activations/{held.serial}/file/", **query).status == 400
    assert manage.call("GET", "offline/activations/999999/file/").status == 404


def test_explain(gap, client, manage):
    case = Case(client, manage, allow_offline_activation=False)
    told = manage.get(f"licenses/{case.id}/explain/", hardware_id="x", action="activate_offline")
    assert (told["verdict"], told["code"], told["decided_by"]) == (
        "refused", "offline_activation_not_allowed", 11)
    assert manage.get(f"licenses/{case.id}/explain/", hardware_id="x")["verdict"] == "allowed"


def test_permissions(gap, server, manage):
    account = manage.get("accounts/")["results"][0]["email"]

    def with_token(*permissions):
        made = manage.post("tokens/", {"name": unique(), "account": account, "permissions": list(permissions)})
        return licetd.Manage(server, made["token"])
    reader = with_token("offline.read")
    assert reader.call("GET", "offline/activations/").status == 200
    assert reader.call("GET", "offline/revocations/").status == 200
    assert reader.call("POST", "offline/activations/1/revoke/", WHY).status == 403
    assert with_token("stats.read").call("GET", "offline/activations/").status == 403
    assert reader.call("POST", "offline/answer/", b"x").status == 403
    assert reader.call("POST", "offline/deactivate/", b"x").status == 403
    assert with_token("offline.revoke").call("POST", "offline/activations/1/force_release/", WHY).status == 403


def test_stats(gap, case, manage):
    def figures():
        found = manage.get("stats/series/", metric="offline_issued")
        return sum(point["count"] for point in found["results"])
    before = figures()
    leases = manage.get("stats/")["offline_leases"]
    site = Site(gap, case)
    site.activate()
    gap.answer(site.request(refresh=True, sequence=1))
    assert figures() == before + 2
    assert manage.get("stats/")["offline_leases"] == leases + 1


def test_rate_of_an_address():
    made = licetd.Server("offline.rate=3/h", "offline.qr_bytes=100", "offline.qr_level=H",
                         "offline.revocations_ttl=2h")
    try:
        gap = Gap(made.start())
        site = Site(gap, Case(None, made.manage))
        site.activate()
        listed = gap.revocations()
        assert listed.claims[4] - listed.claims[6] == 7200
        parts = made.manage.call("GET", f"offline/activations/{site.held.serial}/file/", form="png", part=2)
        assert int(parts.headers["licet-parts"][0]) > 2
        gap.send("GET", "/offline/v1/revocations")
        late = refused(gap.answer(site.request()), "too_many_requests", 429)
        assert int(late.headers["retry-after"][0]) > 0
        assert made.stop() == 0
    finally:
        made.remove()


def test_guessing_keys_counts(manage):
    made = licetd.Server("v4.fail_rate=3/h", "offline.rate=0")
    try:
        gap = Gap(made.start())
        code = make_product(made.manage)["short_code"]
        for _ in range(3):
            machine = gap.machine(hw())
            refused(gap.answer(machine.request(code, license_key=secrets.token_hex(8))), "license_not_found")
        refused(gap.answer(machine.request(code, license_key="x")), "too_many_requests", 429)
        assert made.stop() == 0
    finally:
        made.remove()


def test_rotation_and_revoked_keys():
    """Another issuing and another box key: what was issued stays as it is, what was sealed is opened."""
    made = licetd.Server("offline.rate=0")
    try:
        gap = Gap(made.start())
        case = Case(None, made.manage, max_activations=3)
        sites = [Site(gap, case) for _ in range(3)]  # sealed to the first box key
        request = sites[0].request()
        first = gap.answer(request)
        old = gap.activation(first).kid
        for use in ("issuing", "box"):
            made.manage.post("keys/rotate/", {"use": use})
        assert gap.answer(request).body == first.body
        assert sites[1].activate().kid != old
        number = gap.revocations().number
        made.manage.post(f"keys/{old.hex()}/revoke/", WHY)
        listed = gap.revocations()
        assert listed.kids == [old] and listed.number == number + 1
        (box,) = [k for k in made.manage.get("keys/", use="box")["results"] if k["state"] == "retired"]
        made.manage.post(f"keys/{box['kid']}/retire/", WHY)
        refused(gap.answer(sites[2].request()), "box_key_unknown")
        assert made.stop() == 0
    finally:
        made.remove()
