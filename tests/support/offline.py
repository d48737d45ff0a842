"""A machine without a network, in Python: makes requests and proofs of offline-activation.md, seals
them, reads what comes back. Written from the specification with cbor2 and PyNaCl; shares no code with
the server."""
import base64
import hashlib
import re
import secrets
import time

import cbor2
from nacl.public import PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

PRIVATE = -65537
ROOT = "root"  # beside the kids of a table of keys
ALG, KID, TYP = 1, 4, 16
ISS, AUD, EXP, NBF, IAT, CTI, CNF = 1, 3, 4, 5, 6, 7, 8
TYPES = {"perpetual": 1, "time-limited": 2, "subscription": 3, "consumption": 4}


def kid_of(public):
    return hashlib.blake2b(public, digest_size=32).digest()[:8]


def digest_of(hardware_id):
    return hashlib.blake2b(b"licet-hwid\0" + hardware_id.encode(), digest_size=16).digest()


def encode(value):
    return cbor2.dumps(value, canonical=True)


def protected(kid, name):
    return encode({ALG: -8, KID: kid, TYP: f"application/licet-{name}+cwt"})


def sign(key, name, claims):
    head, payload = protected(kid_of(key.verify_key.encode()), name), encode(claims)
    signature = key.sign(encode(["Signature1", head, b"", payload])).signature
    return encode(cbor2.CBORTag(18, [head, {}, payload, signature]))


def certify(data, root, public, use):
    """The certificate is by this root, over this key, for this use, and valid now."""
    head, unprotected, payload, signature = cbor2.loads(data).value
    assert cbor2.loads(head) == {ALG: -8, KID: kid_of(root), TYP: "application/licet-keycert+cwt"}
    assert unprotected == {}
    VerifyKey(root).verify(encode(["Signature1", head, b"", payload]), signature)
    claims = cbor2.loads(payload)
    assert claims[CNF][1][-2] == public and claims[PRIVATE] == {1: use}
    assert claims[NBF] <= time.time() <= claims.get(EXP, time.time())


class Signed:
    """A COSE_Sign1 that came back: claims of the kind asked for, signature by the key of the kid (keys
    None: not looked at)."""

    def __init__(self, data, name, keys):
        tag = cbor2.loads(data)
        assert tag.tag == 18 and encode(tag) == data, "not deterministic"
        head, unprotected, payload, signature = tag.value
        header = cbor2.loads(head)
        assert header.pop(ALG) == -8 and header.pop(TYP) == f"application/licet-{name}+cwt"
        self.kid = header.pop(KID)
        assert not header and set(unprotected) <= {PRIVATE}
        self.certificate = unprotected.get(PRIVATE)
        if self.certificate is not None and keys and ROOT in keys:
            certify(self.certificate, keys[ROOT], keys[self.kid], 1)
        if keys is not None:
            VerifyKey(keys[self.kid]).verify(encode(["Signature1", head, b"", payload]), signature)
        self.data, self.claims = data, cbor2.loads(payload)
        assert encode(self.claims) == payload
        self.private = self.claims[PRIVATE]


class Activation(Signed):
    def __init__(self, data, keys):
        super().__init__(data, "activation", keys)
        self.serial = int.from_bytes(self.claims[CTI], "big")
        assert len(self.claims[CTI]) == 8
        self.product, self.until = self.claims[AUD], self.claims.get(EXP)
        self.request, self.device = self.private.get(1), self.private[2]
        self.licenses, self.sequence = self.private[3], self.private[4]
        key = self.claims.get(CNF)
        self.device_key = key and key[1][-2]
        assert key is None or (key[1][1], key[1][-1]) == (1, 6)


def armor(label, data):
    text = base64.b64encode(data).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN LICET {label}-----", *lines, f"-----END LICET {label}-----", ""])


def dearmor(text):
    """(label, bytes) of every object of a text, and every refusal line, in order."""
    found = []
    shape = r"-----BEGIN LICET ([A-Z ]+)-----\n((?:[A-Za-z0-9+/=]+\n)+)-----END LICET \1-----\n" \
            r"|refused: ([a-z_]+): (.*)\n"
    at = 0
    for match in re.finditer(shape, text):
        assert match.start() == at, text[at:match.start()]
        at = match.end()
        if match.group(3):
            found.append(("refused", match.group(3)))
            continue
        lines = match.group(2).split("\n")[:-1]
        assert all(len(line) == 64 for line in lines[:-1]) and len(lines[-1]) <= 64
        found.append((match.group(1), base64.b64decode("".join(lines))))
    assert at == len(text), text[at:]
    return found


def jwks_keys(jwks):
    """kid -> public key, of /.well-known/jwks.json."""
    keys = {}
    for key in jwks["keys"]:
        raw = base64.urlsafe_b64decode(key["x"] + "=")
        assert kid_of(raw).hex() == key["kid"]
        keys[bytes.fromhex(key["kid"])] = raw
    return keys


class Machine:
    """One machine with its device key. box: (kid, X25519 public key) of the server, or None."""

    def __init__(self, hardware_id, box=None, seed=None):
        self.hardware_id, self.box = hardware_id, box
        self.key = SigningKey(seed or secrets.token_bytes(32))
        self.public = self.key.verify_key.encode()

    def request(self, product, *, refresh=False, at=None, id=None, seal=None, **members):
        """Raw bytes. members: bundle, license_key, username, password, is_vm, facts, license_id,
        variables, consumptions, sequence."""
        numbers = {"bundle": 3, "license_key": 4, "username": 5, "password": 6, "is_vm": 8, "facts": 9,
                   "license_id": 10, "variables": 11, "consumptions": 12, "sequence": 13}
        private = {1: 2 if refresh else 1, 2: product, 7: self.hardware_id, 8: False, 9: {}}
        private.update({numbers[k]: v for k, v in members.items() if v is not None})
        claims = {IAT: int(time.time() if at is None else at), CTI: id or secrets.token_bytes(16),
                  CNF: {1: {1: 1, -1: 6, -2: self.public}}, PRIVATE: private}
        data = sign(self.key, "request", claims)
        return self.seal(data) if (self.box is not None if seal is None else seal) else data

    def seal(self, data):
        kid, public = self.box
        return encode(["licet-sealed", kid, SealedBox(PublicKey(public)).encrypt(data)])

    def proof(self, serial, sequence, *, id=None, hardware_id=None, at=None, consumptions=None,
              variables=None):
        private = {1: serial.to_bytes(8, "big"), 2: digest_of(hardware_id or self.hardware_id), 3: sequence}
        private.update({k: v for k, v in {4: consumptions, 5: variables}.items() if v is not None})
        claims = {IAT: int(time.time() if at is None else at), CTI: id or secrets.token_bytes(16),
                  PRIVATE: private}
        return sign(self.key, "deactivation", claims)


def label_of(data):
    return "SEALED REQUEST" if isinstance(cbor2.loads(data), list) else "REQUEST"


def armored(data):
    return armor(label_of(data), data)
