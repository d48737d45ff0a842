#!/usr/bin/python3
"""verify_activation.py --root PEM --product CODE --hardware-id ID FILE: verifies an activation of Licet
as an application on that machine would, with cbor2 and PyNaCl. What liblicet does beyond this (device
key, revocations, sequence, clock) is named in doc/verify.md."""
import argparse
import base64
import hashlib
import re
import sys
import time

import cbor2
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

PEM = b"-----BEGIN PUBLIC KEY-----", b"-----END PUBLIC KEY-----"
SPKI = bytes.fromhex("302a300506032b6570032100")  # what comes before the 32 bytes of an Ed25519 key
ARMOR = re.compile(rb"-----BEGIN LICET ACTIVATION-----([A-Za-z0-9+/=\s]+)-----END LICET ACTIVATION-----")
ALG, KID, TYP = 1, 4, 16  # of the protected header
AUD, EXP, NBF, CTI, CNF, PRIVATE = 3, 4, 5, 7, 8, -65537  # claims
DEVICE, LICENSES = 2, 3  # of an activation's private claim
FIELDS = {1: "license", 2: "product", 3: "type", 4: "valid_until", 5: "grace_hours", 6: "maintenance_until",
          7: "features", 8: "max_consumptions", 9: "total_consumptions", 10: "is_trial", 11: "activation",
          12: "custom_fields"}
ISSUING = 1


class Refused(Exception):
    """Nothing of the activation may be used."""


def need(fact, why):
    if not fact:
        raise Refused(why)


def root_key(pem):
    der = base64.b64decode(pem.strip().removeprefix(PEM[0]).removesuffix(PEM[1]))
    need(len(der) == 44 and der.startswith(SPKI), "the root is no Ed25519 public key")
    return der[12:]


def unarmor(text):
    found = ARMOR.search(text)
    need(found, "no activation is in the file")
    return base64.b64decode(b"".join(found[1].split()), validate=True)


def read_signed(data, typ, key_for):
    """Claims and unprotected header of a COSE_Sign1. key_for(unprotected) is who must have signed."""
    tag = cbor2.loads(data)
    need(isinstance(tag, cbor2.CBORTag) and tag.tag == 18, "not signed")
    protected, unprotected, payload, signature = tag.value
    key = key_for(unprotected)
    kid = hashlib.blake2b(key, digest_size=32).digest()[:8]
    try:
        VerifyKey(key).verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)
    except BadSignatureError as error:
        raise Refused(f"the signature of the {typ} does not match") from error
    need(cbor2.loads(protected) == {ALG: -8, KID: kid, TYP: f"application/licet-{typ}+cwt"},
         f"it is no {typ}")
    return cbor2.loads(payload), unprotected


def issuing_key(root, certificate, now):
    claims, _ = read_signed(certificate, "keycert", lambda _: root)
    need(claims[PRIVATE][1] == ISSUING, "the signing key is certified for another use")
    need(claims[NBF] <= now and now < claims.get(EXP, now + 1), "the signing key's certificate is not valid now")
    return claims[CNF][1][-2]


def verify(root, data, product, hardware_id, now):
    """The licenses of the activation: dicts of FIELDS, with "expired"."""
    claims, _ = read_signed(data, "activation", lambda head: issuing_key(root, head[PRIVATE], now))
    need(claims[AUD] == product, f"it is for {claims[AUD]}")
    device = hashlib.blake2b(b"licet-hwid\0" + hardware_id.encode(), digest_size=16).digest()
    need(claims[PRIVATE][DEVICE] == device, "it is for another machine")
    need(claims[NBF] <= now, "it is not valid yet")
    need(now < claims.get(EXP, now + 1), "its lease has ended")
    found = []
    for one in claims[PRIVATE][LICENSES]:
        license_ = {FIELDS[n]: v for n, v in one.items() if n in FIELDS}
        until = license_.get("valid_until", now + 1) + license_.get("grace_hours", 0) * 3600
        found.append({**license_, "expired": until <= now})
    return int.from_bytes(claims[CTI], "big"), found


def main():
    args = argparse.ArgumentParser(description=__doc__.split(":", maxsplit=1)[0])
    for name in ("root", "product", "hardware-id"):
        args.add_argument("--" + name, required=True)
    args.add_argument("file")
    args = args.parse_args()
    with open(args.root, "rb") as file:
        root = file.read()
    with open(args.file, "rb") as file:
        text = file.read()
    try:
        serial, licenses = verify(root_key(root), unarmor(text), args.product, args.hardware_id, int(time.time()))
    except Refused as why:
        print(f"NOT VERIFIED: {why}")
        return 1
    except (ValueError, KeyError, TypeError, cbor2.CBORDecodeError) as fault:
        print(f"NOT VERIFIED: not of this format: {fault}")
        return 1
    print(f"verified: serial {serial}")
    for one in licenses:
        print(one["license"], one["product"], "expired" if one["expired"] else "valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
