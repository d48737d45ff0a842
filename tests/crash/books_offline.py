"""Books over requests and proofs of Licet's own offline format."""
import secrets

from gap import Gap
from ledger import Book
from licetd import exchange
from offline import Activation, Machine, armor, armored, dearmor

WHY = {"reason": "the storm"}
WAYS = ("portal", "staff", "by hand")


class Reply:
    """An answer of staff about one object, as the public call would give it."""

    def __init__(self, answer):
        self.status, self.headers = answer.status, answer.headers
        result = answer.json["results"][0] if answer.status == 200 else answer.json
        self.body = (result.get("activation") or result.get("receipt") or "").encode()
        self.code = result.get("code")
        if self.code and self.status == 200:
            self.status = 400


class Offline(Book):
    """Machines without a network; spot: machine, True when it is activated. What was not answered
    is handed in again byte for byte, and never takes a second seat."""

    keyed = False

    def __init__(self, number, case):
        super().__init__()
        self.number, self.case = number, case
        self.machines = {n: Machine(f"o{number}-{n}") for n in range(2)}
        self.made, self.held = {}, {}

    def absent(self):
        return False

    def choose(self, random):
        spot = random.randrange(2)
        self.way = self.cycle(WAYS)
        return spot, not self.now(spot, False)

    def object_of(self, spot, value, key):
        """The same bytes for the same key."""
        if key not in self.made:
            machine = self.machines[spot]
            self.made[key] = self.way, machine.request(
                self.case.code, license_key=self.case.key) if value else machine.proof(
                *self.held[spot], id=secrets.token_bytes(16))
        return self.made[key]

    def send(self, link, spot, value, key):
        way, data = self.object_of(spot, value, key)
        text = armored(data) if value else armor("DEACTIVATION", data)
        if way == "portal" or (way == "by hand" and value):
            path = "activations" if value else "deactivations"
            return Gap(link.server).send("POST", "/offline/v1/" + path, text)
        if way == "staff":
            return self.carry(link, "offline/answer/" if value else "offline/deactivate/", text)
        return self.end(link, spot, key)

    def carry(self, link, path, text):
        connection = link.staff.connection()
        try:
            answer = exchange(connection, "POST", "/api/v1/" + path, [("Content-Type", "text/plain")],
                              text.encode())
        finally:
            connection.close()
        link.done["POST " + path] += answer.status == 200
        return Reply(answer)

    def end(self, link, spot, key):
        """Staff revokes the machine, then writes its seat off."""
        place = {"id": self.held[spot][0]}
        link.staff.change(key + "r", "POST", "offline/activations/{id}/revoke/", place, WHY)
        return link.staff.change(key + "f", "POST", "offline/activations/{id}/force_release/", place, WHY)

    def learn(self, spot, value, answer):
        if not value:
            self.held.pop(spot)
            return
        (label, data), = dearmor(answer.body.decode())
        assert label == "ACTIVATION"
        held = Activation(data, None)
        before = self.held.get(spot)
        assert before is None or before[0] < held.serial
        self.held[spot] = held.serial, held.sequence

    def read(self, link, spot):
        device = self.machines[spot].hardware_id
        rows = link.staff.get("devices/", license=self.case.id, hardware_id=device)["results"]
        live = link.staff.get("offline/activations/", hardware_id=device, state="live")["results"]
        active = bool(rows) and rows[0]["active"]
        serials = [int(x["serial"]) for x in live]
        if active and rows[0]["revoked_at"] is None:
            assert serials == [rows[0]["serial"]], (device, serials, rows)
        else:
            assert serials == [], (device, serials, rows)
        return active
