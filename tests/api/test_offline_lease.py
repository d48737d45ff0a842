"""Offline leases as the clock goes on (offline-activation.md 6, management-api.md 5.3): the daemon runs
under faketime and is started again at later moments."""
import pytest
from clock import ClockServer, until
from gap import WHY, Gap, Site, audit, refused
from licetd import make_bundle
from v4 import Case

START, WITHIN, AFTER, LATER = (f"2027-03-{day:02} 10:00:00" for day in (1, 10, 12, 20))


@pytest.fixture
def server():
    made = ClockServer("offline.rate=0", "v4.fail_rate=0")
    yield made
    assert made.stop() == 0
    assert "AddressSanitizer" not in made.log_text()
    made.remove()


def site_on(server, gap, **terms):
    return Site(gap, Case(None, server.manage, offline_lease_days=10, **terms))


def follow(server, gap, *sites):
    gap.server, gap.staff = server, server.manage
    for site in sites:
        site.case.manage = server.manage


def test_the_end_of_a_lease(server):
    server.start_at(START)
    gap = Gap(server)
    kept, revoked, endless = (site_on(server, gap) for _ in range(3))
    endless.case.edit(offline_lease_days=0)
    for site in (kept, revoked, endless):
        site.activate(at=server.now())
    server.manage.post(f"offline/activations/{revoked.held.serial}/revoke/", WHY)
    assert revoked.held.serial in gap.revocations().serials

    server.start_at(WITHIN)
    follow(server, gap, kept, revoked, endless)
    assert [s.case.now()["seats_used"] for s in (kept, revoked, endless)] == [1, 1, 1]

    server.start_at(AFTER)
    follow(server, gap, kept, revoked, endless)
    until(lambda: revoked.case.now()["seats_used"] == 0 and kept.case.now()["seats_used"] == 0)
    assert [s.issued()["state"] for s in (kept, revoked, endless)] == ["ended", "ended", "live"]
    assert revoked.issued()["revoked_at"] and endless.case.now()["seats_used"] == 1
    assert audit(kept.case, "offline.lease_ended") == [("job", str(kept.held.serial), "")]
    assert gap.revocations().serials == []  # what has ended needs no list
    refused(kept.refresh(at=server.now()), "license_not_active")
    refused(gap.prove(kept.proof()), "license_not_active")
    other = Site(gap, kept.case)
    other.activate(at=server.now())

    server.start_at(LATER)
    follow(server, gap, kept, other)
    assert kept.case.now()["seats_used"] == 1


def test_a_refresh_in_time_moves_the_end(server):
    server.start_at(START)
    gap = Gap(server)
    site = site_on(server, gap)
    site.activate(at=server.now())
    server.start_at(WITHIN)
    follow(server, gap, site)
    gap.activation(site.refresh(at=server.now()))
    server.start_at(AFTER)
    follow(server, gap, site)
    assert server.manage.get("check/")["ok"]
    assert site.case.now()["seats_used"] == 1


def test_a_set_ends_as_one(server):
    server.start_at(START)
    gap = Gap(server)
    site = Site(gap, Case(None, server.manage, make_bundle(server.manage, 3), offline_lease_days=10))
    site.activate(at=server.now())
    server.start_at(AFTER)
    follow(server, gap, site)
    until(lambda: not any(r["active"] for r in site.rows()))
    assert len(audit(site.case, "offline.lease_ended")) == 1
    assert server.manage.get("check/")["ok"]


def test_what_an_earlier_lease_still_holds(server):
    """On the list is each serial of the seat whose own lease has not ended."""
    server.start_at(START)
    gap = Gap(server)
    renewed, shortened = (site_on(server, gap) for _ in range(2))
    shortened.case.edit(offline_lease_days=30)
    first = {site: site.activate(at=server.now()) for site in (renewed, shortened)}

    server.start_at(WITHIN)
    follow(server, gap, renewed, shortened)
    shortened.case.edit(offline_lease_days=1)
    for site in (renewed, shortened):
        site.held = gap.activation(site.refresh(at=server.now()))

    server.start_at(AFTER)
    follow(server, gap, renewed, shortened)
    until(lambda: shortened.case.now()["seats_used"] == 0)
    assert gap.revocations().serials == [first[shortened].serial]
    server.manage.post(f"offline/activations/{renewed.held.serial}/revoke/", WHY)
    assert gap.revocations().serials == [first[shortened].serial, renewed.held.serial]
