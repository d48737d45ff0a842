"""SIGKILL while keys change: what is left starts, verifies, and has just the keys that the store says.

Rotations of both uses run one after the other, with retirements and revocations between them; the
server is killed 24 times at another moment each (LICET_LONG=1: 200). A change that was acknowledged
is there; one without answer has happened whole or not at all.
"""
import http.client
import os
import random
import threading

from licetd import Manage

KILLS = 200 if os.environ.get("LICET_LONG") else 24
REASON = {"reason": "a test"}


class Changes:
    """One who changes keys until the server is gone, and what was acknowledged to him."""

    def __init__(self, server, dice):
        self.manage, self.dice = Manage(server), dice
        self.told = {}  # kid: state that an answer showed
        self.active = {k["use"]: k["kid"] for k in self.keys(state="active")}

    def keys(self, **filters):
        return self.manage.get("keys/", limit=100, **filters)["results"]

    def note(self, answer):
        assert answer.status == 200, answer
        self.told[answer.json["kid"]] = answer.json["state"]
        return answer.json

    def step(self):
        use = self.dice.choice(["issuing", "issuing", "box"])
        former = self.active[use]
        self.active[use] = self.note(self.manage.call("POST", "keys/rotate/", {"use": use}))["kid"]
        self.told[former] = "retired"
        act = self.dice.choice(["revoke", "retire", None])
        if act == "revoke" or (act == "retire" and use == "box"):
            self.note(self.manage.call("POST", f"keys/{former}/{act}/", REASON))

    def run(self):
        try:
            while True:
                self.step()
        except (OSError, http.client.HTTPException):
            return


def all_keys(server):
    found, page = [], {"next": "/api/v1/keys/?limit=100"}
    while page["next"]:
        page = Manage(server).get(page["next"].removeprefix("/api/v1/"))
        found += page["results"]
    return found


def names(server):
    return sorted(p.name for p in (server.data / "keys").iterdir())


def expected_names(keys):
    here = [f"{k['use']}-{k['kid']}.key" for k in keys if k["on_server"] and k["use"] != "root"]
    return sorted([*here, "root.key", "store.key"])


ORDER = ["pending", "active", "retired", "revoked"]


def compare(server, told):
    keys = {k["kid"]: k for k in all_keys(server)}
    assert names(server) == expected_names(keys.values())
    for kid, state in told.items():
        assert ORDER.index(keys[kid]["state"]) >= ORDER.index(state), (kid, state, keys[kid])
    for use in ("issuing", "box"):
        (active,) = [k for k in keys.values() if (k["use"], k["state"]) == (use, "active")]
        assert active["certified"] and active["on_server"]
    for key in keys.values():
        assert key["use"] != "issuing" or key["on_server"] is (key["state"] == "active")


def test_killed_between_two_keys(fresh):
    dice = random.Random(5)
    fresh.start()
    rotations = 0
    for _ in range(KILLS):
        changes = Changes(fresh, dice)
        killer = threading.Timer(0.03 + dice.random() * 0.25, fresh.process.kill)
        killer.start()
        changes.run()
        killer.join()
        fresh.kill()
        rotations += len(changes.told)
        done = fresh.verify()
        assert done.returncode == 0, done.stdout + done.stderr
        fresh.start()
        compare(fresh, changes.told)
        client = fresh.client()
        assert client.get(".well-known").status == 200  # its signature was verified
        client.close()
    removed = fresh.log_text().count("key_file_removed")
    print(f"{KILLS} kills, {rotations} changes acknowledged, {removed} files left and removed")
    assert rotations > KILLS and removed > 0
    assert fresh.stop() == 0
    done = fresh.verify()
    assert done.returncode == 0, done.stdout + done.stderr
