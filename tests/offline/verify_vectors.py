#!/usr/bin/env python3
"""Checks doc/vectors/offline-v1.json by cbor2 and PyNaCl alone: every object is made again from its
input, byte for byte, every object is verified as a reader does it, and every bad one is refused.
It shares no code with the C program that printed them.

usage: verify_vectors.py [FILE]"""
import base64
import hashlib
import io
import json
import re
import sys
from pathlib import Path

import cbor2
from nacl import bindings, exceptions

TOP = Path(__file__).resolve().parent.parent.parent
VECTORS = TOP / "doc" / "vectors" / "offline-v1.json"
PRIVATE, CERTIFICATE = -65537, -65537
TYPES = {"request": "request", "activation": "activation", "deactivation proof": "deactivation",
         "receipt": "receipt", "revocation list": "revocations", "key certificate": "keycert",
         "checkpoint": "checkpoint"}
CARRIERS = {"request": ("REQUEST", "R"), "sealed request": ("SEALED REQUEST", "S"),
            "activation": ("ACTIVATION", "A"), "deactivation proof": ("DEACTIVATION", "D"),
            "receipt": ("RECEIPT", "C"), "revocation list": ("REVOCATIONS", "V"),
            "key certificate": ("KEY CERTIFICATE", "K"), "checkpoint": ("CHECKPOINT", None)}
BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
USES = {"issuing": (1, 6), "box": (2, 4)}
# What a reader finds before it knows what the object says.
FORM = {"object_truncated", "object_too_deep", "object_indefinite", "object_not_shortest",
        "object_unsorted", "object_duplicate_key", "object_float", "object_text",
        "object_trailing", "object_value"}


class Refused(Exception):
    pass


def want(right, code):
    if not right:
        raise Refused(code)


def kid_of(public):
    return hashlib.blake2b(public, digest_size=32).digest()[:8]


# --- one form of CBOR ---------------------------------------------------------------------------

def ordered(value):
    """The value with its maps in the order of their encoded keys."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: cbor2.dumps(k))
        return {key: ordered(value[key]) for key in keys}
    if isinstance(value, (list, tuple)):
        return [ordered(v) for v in value]
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, ordered(value.value))
    return value


def encode(value):
    return cbor2.dumps(ordered(value))


def check_values(value, depth=0):
    if isinstance(value, dict):
        inner = list(value) + list(value.values())
    elif isinstance(value, (list, tuple)):
        inner = value
    elif isinstance(value, cbor2.CBORTag):
        inner = [value.value]
    else:
        want(value is None or type(value) in (bool, int, str, bytes), "form")
        want(not isinstance(value, str) or "\0" not in value, "form")
        return
    want(depth < 8, "form")
    for v in inner:
        check_values(v, depth + 1)


def decode(data):
    want(len(data) <= 65536, "object_too_large")
    stream = io.BytesIO(data)
    try:
        value = cbor2.CBORDecoder(stream).decode()
    except Exception as e:  # cbor2 raises many kinds
        raise Refused("form") from e
    want(stream.tell() == len(data), "form")
    check_values(value)
    want(encode(value) == data, "form")
    return value


# --- making an object from its input ------------------------------------------------------------

def drop_none(members):
    return {key: value for key, value in members.items() if value is not None}


def bytes_of(given, name):
    return bytes.fromhex(given[name]) if name in given else None


def cnf(public, curve=6):
    return public and {1: {1: 1, -1: curve, -2: public}}


def claims_request(i):
    return {6: i["issued_at"], 7: bytes_of(i, "id"), 8: cnf(bytes_of(i, "device_key")), PRIVATE: {
        1: i["action"], 2: i["product"], 3: i["bundle"] or None, 4: i.get("license_key"),
        5: i.get("username"), 6: i.get("password"), 7: i["hardware_id"], 8: i["is_vm"],
        9: i["facts"], 10: i.get("license_id"), 11: i["variables"] or None,
        12: i.get("consumptions"), 13: i.get("sequence")}}


def license_of(i):
    features = [[f["code"], f["type"], f.get("until"), f.get("max_consumption")]
                for f in i["features"]]
    return drop_none({
        1: i["id"], 2: i["product"], 3: i["type"], 4: i.get("until"), 5: i.get("grace_hours"),
        6: i.get("maintenance_until"), 7: features or None, 8: i.get("max_consumptions"),
        9: i.get("total_consumptions"), 10: i["trial"] or None, 11: i.get("activation_id"),
        12: i["custom_fields"] or None})


def claims_activation(i):
    return {1: str(i["vendor"]), 3: i["product"], 4: i.get("lease_until"), 5: i["not_before"],
            6: i["issued_at"], 7: bytes_of(i, "serial"), 8: cnf(bytes_of(i, "device_key")),
            PRIVATE: {1: bytes_of(i, "request"), 2: bytes_of(i, "device"),
                      3: [license_of(x) for x in i["licenses"]], 4: i["sequence"]}}


def claims_deactivation(i):
    return {6: i["issued_at"], 7: bytes_of(i, "id"), PRIVATE: {
        1: bytes_of(i, "serial"), 2: bytes_of(i, "device"), 3: i["sequence"],
        4: i.get("consumptions"), 5: i["variables"] or None}}


def claims_receipt(i):
    return {1: str(i["vendor"]), 6: i["issued_at"], 7: bytes_of(i, "id"),
            PRIVATE: {1: bytes_of(i, "serial"), 2: bytes_of(i, "device")}}


def claims_revocations(i):
    return {1: str(i["vendor"]), 4: i["next_update"], 6: i["issued_at"], PRIVATE: {
        1: i["sequence"], 2: [bytes.fromhex(x) for x in i["serials"]],
        3: [bytes.fromhex(x) for x in i["devices"]], 4: [bytes.fromhex(x) for x in i["kids"]]}}


def claims_keycert(i):
    use, curve = USES[i["use"]]
    return {4: i.get("not_after"), 5: i["not_before"], 8: cnf(bytes_of(i, "public_key"), curve),
            PRIVATE: {1: use}}


def claims_checkpoint(i):
    return {1: str(i["vendor"]), 6: i["issued_at"], PRIVATE: {
        1: i["seq"], 2: bytes_of(i, "hash"), 3: bytes_of(i, "epoch")}}


class Vectors:
    def __init__(self, path=VECTORS):
        self.data = json.loads(Path(path).read_text(encoding="utf-8"))
        self.keys = {name: {k: bytes.fromhex(v) for k, v in key.items()}
                     for name, key in self.data["keys"].items()}
        self.objects = {o["name"]: o for o in self.data["objects"]}
        self.bad = {o["name"]: o for o in self.data["bad"]}

    def sign(self, kind, claims):
        signer = {"request": "device", "deactivation proof": "device",
                  "key certificate": "root"}.get(kind, "issuing")
        key = self.keys[signer]
        header = encode({1: -8, 4: key["kid"], 16: f"application/licet-{TYPES[kind]}+cwt"})
        payload = encode(claims)
        text = cbor2.dumps(["Signature1", header, b"", payload])
        signature = bindings.crypto_sign(text, key["private"] + key["public"])[:64]
        outer = {}
        if signer == "issuing":
            outer = {CERTIFICATE: bytes.fromhex(self.objects["certificate-issuing"]["cbor"])}
        return encode(cbor2.CBORTag(18, [header, outer, payload, signature]))

    def make(self, o):
        """The bytes that the input of the object stands for."""
        if o["kind"] == "sealed request":
            return self.seal(bytes.fromhex(self.objects[o["input"]["object"]]["cbor"]))
        claims = drop_none(globals()["claims_" + TYPES[o["kind"]]](o["input"]))
        claims[PRIVATE] = drop_none(claims[PRIVATE])
        return self.sign(o["kind"], claims)

    def seal(self, request):
        """crypto_box_seal with the private key that is thrown away as a rule."""
        box, private = self.keys["box"]["public"], self.keys["ephemeral"]["private"]
        public = bindings.crypto_scalarmult_base(private)
        nonce = hashlib.blake2b(public + box, digest_size=24).digest()
        sealed = public + bindings.crypto_box(request, nonce, box, private)
        return encode(["licet-sealed", kid_of(box), sealed])

    # --- what a reader does ---------------------------------------------------------------------

    def open_container(self, kind, data):
        value = decode(data)
        want(isinstance(value, cbor2.CBORTag) and value.tag == 18, "object_header")
        want(isinstance(value.value, list) and len(value.value) == 4, "object_header")
        header, outer, payload, signature = value.value
        want(all(isinstance(x, bytes) for x in (header, payload, signature)), "object_header")
        want(isinstance(outer, dict) and set(outer) <= {CERTIFICATE}, "object_header")
        want(all(isinstance(x, bytes) for x in outer.values()), "object_header")
        want(len(signature) == 64, "object_header")
        names = decode(header)
        want(isinstance(names, dict) and set(names) == {1, 4, 16}, "object_header")
        want(names[1] == -8 and isinstance(names[4], bytes) and len(names[4]) == 8, "object_header")
        want(isinstance(names[16], str), "object_header")
        want(names[16] == f"application/licet-{TYPES[kind]}+cwt", "object_type")
        certificate = outer.get(CERTIFICATE)
        if certificate is not None:
            decode(certificate)
        return names[4], certificate, decode(payload), (header, payload, signature)

    @staticmethod
    def verify(public, kid, parts, code):
        header, payload, signature = parts
        want(kid == kid_of(public), code)
        text = cbor2.dumps(["Signature1", header, b"", payload])
        try:
            bindings.crypto_sign_open(signature + text, public)
        except exceptions.BadSignatureError as e:
            raise Refused(code) from e

    def certified(self, certificate, now, uses):
        kid, _, claims, parts = self.open_container("key certificate", certificate)
        self.verify(self.keys["root"]["public"], kid, parts, "not_certified")
        want_claims("key certificate", claims)
        use = claims[PRIVATE][1]
        want(use in uses, "not_certified")
        want(claims[5] <= now < claims.get(4, now + 1),
             "certificate_expired")
        return claims[8][1][-2]

    def check(self, kind, data, now):
        """The claims, or Refused."""
        if kind == "sealed request":
            return self.check("request", self.unseal(data), now)
        kid, certificate, claims, parts = self.open_container(kind, data)
        if kind == "key certificate":
            self.certified(data, now, (1, 2))
        elif kind == "request":
            want_claims(kind, claims)
            self.verify(claims[8][1][-2], kid, parts, "object_signature")
        elif kind == "deactivation proof":
            self.verify(self.keys["device"]["public"], kid, parts, "object_signature")
        else:
            want(certificate is not None, "not_certified")
            issuing = self.certified(certificate, now, (1,))
            self.verify(issuing, kid, parts, "object_signature")
        want_claims(kind, claims)
        return claims

    def unseal(self, data):
        value = decode(data)
        want(isinstance(value, list) and len(value) == 3 and value[0] == "licet-sealed",
             "object_header")
        want(isinstance(value[1], bytes) and isinstance(value[2], bytes), "object_header")
        box = self.keys["box"]
        want(value[1] == box["kid"], "box_key_unknown")
        try:
            return bindings.crypto_box_seal_open(value[2], box["public"], box["private"])
        except exceptions.CryptoError as e:
            raise Refused("box_key_unknown") from e


# --- what claims must be ------------------------------------------------------------------------

def ascending(size):
    def check(items):
        return (isinstance(items, list) and all(isinstance(x, bytes) and len(x) == size for x in items)
                and all(a < b for a, b in zip(items, items[1:])))
    return check


def a_number(value):
    return type(value) is int and value >= 0


def some_bytes(size):
    return lambda value: isinstance(value, bytes) and len(value) == size


def a_key(value):
    try:
        key = value[1]
        return key[1] == 1 and key[-1] in (4, 6) and len(key[-2]) == 32
    except (KeyError, TypeError):
        return False


def a_text(value):
    return isinstance(value, str) and value != ""


def a_license_key(value):
    return isinstance(value, str) and re.fullmatch(r"[!-~]{1,128}", value) and not set("#|") & set(value)


REQUIRED = {
    "request": ({6: a_number, 7: some_bytes(16), 8: a_key},
                {1: lambda v: v in (1, 2), 2: a_text, 7: a_text, 8: lambda v: type(v) is bool,
                 9: lambda v: isinstance(v, dict)}),
    "activation": ({1: a_text, 3: a_text, 5: a_number, 6: a_number, 7: some_bytes(8)},
                   {2: some_bytes(16), 3: lambda v: isinstance(v, list) and v, 4: a_number}),
    "deactivation proof": ({6: a_number, 7: some_bytes(16)},
                           {1: some_bytes(8), 2: some_bytes(16), 3: a_number}),
    "receipt": ({6: a_number, 7: some_bytes(16)}, {1: some_bytes(8), 2: some_bytes(16)}),
    "revocation list": ({4: a_number, 6: a_number},
                        {1: a_number, 2: ascending(8), 3: ascending(16), 4: ascending(8)}),
    "key certificate": ({5: a_number, 8: a_key}, {1: lambda v: v in (1, 2)}),
    "checkpoint": ({1: a_text, 6: a_number}, {1: a_number, 2: some_bytes(32), 3: some_bytes(16)}),
}


def want_claims(kind, claims):
    want(isinstance(claims, dict) and isinstance(claims.get(PRIVATE), dict), "object_claim")
    for members, rules in zip((claims, claims[PRIVATE]), REQUIRED[kind]):
        for key, rule in rules.items():
            want(key in members and rule(members[key]), "object_claim")
    if kind == "request":
        private = claims[PRIVATE]
        want((4 in private) != (5 in private), "object_claim")
        want(4 not in private or a_license_key(private[4]), "object_claim")
    if kind == "key certificate":
        want(USES[{1: "issuing", 2: "box"}[claims[PRIVATE][1]]][1] == claims[8][1][-1],
             "object_claim")


# --- carriers ------------------------------------------------------------------------------------

def armor(kind, data):
    label = CARRIERS[kind][0]
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN LICET {label}-----", *lines, f"-----END LICET {label}-----", ""])


def base45(data):
    out = ""
    for i in range(0, len(data), 2):
        pair = data[i:i + 2]
        n = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            out += BASE45[n % 45]
            n //= 45
    return out


def unbase45(text):
    out = b""
    for i in range(0, len(text), 3):
        group = text[i:i + 3]
        n = sum(BASE45.index(c) * 45 ** k for k, c in enumerate(group))
        out += n.to_bytes(len(group) - 1, "big")
    assert base45(out) == text
    return out


def check_qr(kind, data, texts, part_bytes=450):
    letter = CARRIERS[kind][1]
    if len(data) <= part_bytes:
        assert texts == [f"LCT1:{letter}:{base45(data)}"]
        return
    mark = hashlib.blake2b(data, digest_size=32).digest()[:2].hex().upper()
    whole = b""
    for i, text in enumerate(texts, 1):
        head = f"LCT1:{letter}:{i}/{len(texts)}:{mark}:"
        assert text.startswith(head)
        part = unbase45(text[len(head):])
        assert 0 < len(part) <= part_bytes
        whole += part
    assert whole == data and len(texts) == -(-len(data) // part_bytes)


# --- the checks ---------------------------------------------------------------------------------

def check_keys(v):
    for name, key in v.keys.items():
        if name == "ephemeral":
            continue
        if name == "box":
            public = bindings.crypto_scalarmult_base(key["private"])
        else:
            public = bindings.crypto_sign_seed_keypair(key["private"])[0]
        assert key["public"] == public and key["kid"] == kid_of(public), name


def check_object(v, name):
    o = v.objects[name]
    data = bytes.fromhex(o["cbor"])
    assert v.make(o) == data, "made again from its input it is another"
    v.check(o["kind"], data, v.data["now"])
    assert o["armor"] == armor(o["kind"], data)
    if CARRIERS[o["kind"]][1]:
        check_qr(o["kind"], data, o["qr"])
    else:
        assert "qr" not in o


def check_bad(v, name):
    o = v.bad[name]
    data = bytes.fromhex(o["cbor"]) + bytes(o.get("zeros", 0))
    try:
        v.check(o["kind"], data, o["now"])
    except Refused as e:
        code = str(e)
        assert code == o["error"] or (code == "form" and o["error"] in FORM), code
    else:
        raise AssertionError("it was taken")


def main():
    v = Vectors(sys.argv[1] if len(sys.argv) > 1 else VECTORS)
    passed = failed = 0
    checks = ([("keys", lambda: check_keys(v))] +
              [(n, lambda n=n: check_object(v, n)) for n in v.objects] +
              [(n, lambda n=n: check_bad(v, n)) for n in v.bad])
    for name, check in checks:
        try:
            check()
            passed += 1
        except (AssertionError, Refused) as e:
            failed += 1
            print(f"{name}: {e!r}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
