"""The audit log recomputed by another program: hashes of entries and details, the chain, signed
checkpoints (management-api.md 7.1). Shares no code with the server."""
import hashlib
import json

import cbor2
from offline import ROOT, Signed, armor, dearmor

ZERO = bytes(32)


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def raw(text):
    return bytes.fromhex(text or "")


def hash_of(entry):
    actor, target = entry["actor"], entry["object"]
    fields = [entry["seq"], entry["time_us"], actor["type"], actor["id"] or "", entry["credential"] or "",
              entry["address"] or "", entry["request_id"] or "", entry["action"],
              target["type"] or "", target["id"] or "", entry["reason"] or "",
              raw(entry["detail_hash"])]
    return blake(b"licet-audit-v1\0" + raw(entry["prev"]) + cbor2.dumps(fields, canonical=True))


def detail_hash(detail):
    return blake(raw(detail["salt"]) + cbor2.dumps({"fields": detail["fields"]}, canonical=True))


def chain(found, first=1, prev=ZERO):
    """The head after recomputing every entry."""
    for n, entry in enumerate(found, first):
        assert entry["seq"] == n
        assert raw(entry["prev"]) == prev
        assert hash_of(entry) == raw(entry["hash"]), entry
        prev = raw(entry["hash"])
    return prev


def entries(manage, **filters):
    """All pages, oldest first."""
    found, offset = [], 0
    while True:
        page = manage.get("audit/", order_by="seq", limit=100, offset=offset, **filters)
        found += page["results"]
        offset += 100
        if not page["next"]:
            return found


class Checkpoint(Signed):
    """An armored one, signed by a key that the root certified."""

    def __init__(self, text, keys):
        (label, data), = dearmor(text)
        assert label == "CHECKPOINT" and armor(label, data) == text
        super().__init__(data, "checkpoint", keys)
        assert ROOT in keys and self.certificate is not None
        assert set(self.claims) == {1, 6, -65537} and set(self.private) == {1, 2, 3}
        self.vendor, self.issued_at = self.claims[1], self.claims[6]
        self.seq, self.hash, self.epoch = (self.private[n] for n in (1, 2, 3))
        assert len(self.hash) == 32 and len(self.epoch) == 16


class Export:
    """Lines of an export: every hash recomputed, the checkpoint's signature, and that it is of the
    last entry."""

    def __init__(self, text, keys):
        assert text.endswith("\n")
        *self.entries, last = map(json.loads, text.splitlines())
        assert all("checkpoint" not in entry for entry in self.entries)
        first = self.entries[0]
        head = chain(self.entries, first["seq"], raw(first["prev"]))
        if first["seq"] == 1:
            assert raw(first["prev"]) == ZERO
        self.details = 0
        for entry in self.entries:
            if entry["detail"] is not None:
                assert detail_hash(entry["detail"]) == raw(entry["detail_hash"]), entry
                self.details += 1
            else:
                assert entry["erased"] == bool(entry["detail_hash"])
        self.checkpoint = Checkpoint(last["checkpoint"], keys)
        assert (self.checkpoint.seq, self.checkpoint.hash) == (self.entries[-1]["seq"], head)
