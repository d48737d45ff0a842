"""What a technician carries to a server and back: the public calls of the offline format, and machines
with what they hold of one license."""
import base64
import http.client
from urllib.parse import urlsplit

from licetd import exchange
from offline import ROOT, Activation, Machine, Signed, armor, armored, dearmor, jwks_keys
from v4 import hw

DAY = 86400
JSON = [("Accept", "application/json")]
WHY = {"reason": "ticket 4711"}


class Gap:
    """Carries objects to a server and back: the public calls, and those of staff."""

    def __init__(self, server):
        self.server, self.staff = server, server.manage

    def machine(self, hardware_id, sealed=True):
        return Machine(hardware_id, self.box() if sealed else None)

    def send(self, method, path, body=None, headers=()):
        connection = http.client.HTTPConnection(urlsplit(self.server.public).netloc, timeout=60)
        try:
            return exchange(connection, method, path, list(headers),
                            body.encode() if isinstance(body, str) else body)
        finally:
            connection.close()

    def public_of(self, pattern):
        """Kid and public half of a key file, from its public lines."""
        (path,) = (self.server.data / "keys").glob(pattern)
        lines = dict(line.split(": ", 1) for line in path.read_text().splitlines()[1:])
        return bytes.fromhex(lines["kid"]), base64.b64decode(lines["public"])

    def box(self):
        return self.public_of("box-*.key")

    def keys(self):
        keys = jwks_keys(self.send("GET", "/.well-known/jwks.json").json)
        return {**keys, ROOT: self.public_of("root.key")[1]}

    def answer(self, *requests, headers=()):
        body = "".join(r if isinstance(r, str) else armored(r) for r in requests)
        return self.send("POST", "/offline/v1/activations", body, headers)

    def prove(self, *proofs, headers=()):
        body = "".join(armor("DEACTIVATION", p) for p in proofs)
        return self.send("POST", "/offline/v1/deactivations", body, headers)

    def activation(self, answer, number=0):
        assert answer.status == 200, answer
        assert answer.headers["content-type"] == ["text/plain; charset=utf-8"]
        label, data = dearmor(answer.body.decode())[number]
        assert label == "ACTIVATION"
        return Activation(data, self.keys())

    def receipt(self, answer):
        assert answer.status == 200, answer
        (label, data), = dearmor(answer.body.decode())
        assert label == "RECEIPT"
        return Signed(data, "receipt", self.keys())

    def revocations(self):
        answer = self.send("GET", "/offline/v1/revocations")
        assert answer.status == 200, answer
        (label, data), = dearmor(answer.body.decode())
        assert label == "REVOCATIONS"
        return Revocations(data, self.keys())


class Revocations(Signed):
    def __init__(self, data, keys):
        super().__init__(data, "revocations", keys)
        self.number = self.private[1]
        self.serials = [int.from_bytes(s, "big") for s in self.private[2]]
        self.devices, self.kids = self.private[3], self.private[4]
        assert self.serials == sorted(self.serials) and self.devices == sorted(self.devices)


class Site:
    """A machine and what it holds of one license."""

    def __init__(self, gap, case, device=None, sealed=True):
        self.gap, self.case = gap, case
        self.machine = gap.machine(device or hw(), sealed)
        self.bundle = True if case.product["is_bundle"] else None

    def request(self, **more):
        return self.machine.request(self.case.code, license_key=self.case.key, bundle=self.bundle, **more)

    def activate(self, **more):
        self.held = self.gap.activation(self.gap.answer(self.request(**more)))
        return self.held

    def refresh(self, sequence=None, **more):
        return self.gap.answer(self.request(refresh=True, sequence=sequence or self.held.sequence, **more))

    def proof(self, **more):
        return self.machine.proof(self.held.serial, self.held.sequence, **more)

    def rows(self):
        return self.case.manage.get("devices/", hardware_id=self.machine.hardware_id)["results"]

    def row(self):
        (row,) = [r for r in self.rows() if r["license"] == self.case.id]
        return row

    def issued(self, serial=None):
        return self.case.manage.get(f"offline/activations/{serial or self.held.serial}/")


def refused(answer, code, status=400):
    assert (answer.status, answer.code) == (status, code), answer
    assert "signature" not in answer.headers
    return answer


def audit(case, action):
    found = case.manage.get("audit/", action=action, license=case.id)["results"]
    return [(e["actor"]["type"], e["object"]["id"], e["reason"]) for e in found]
