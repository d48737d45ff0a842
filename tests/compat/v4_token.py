"""The activation token of an answer (license-api-v4.md 4.5, offline-activation.md 2 and 3.2), from
what the answer itself shows."""
import base64
import hashlib
import json
from datetime import datetime

import cbor2

from v4_wire import KEYID, SIGNER

TYPES = {"perpetual": 1, "time-limited": 2, "subscription": 3, "consumption": 4}
FEATURES = {"activation": 1, "consumption": 2}


def encode(value):
    return cbor2.dumps(value, canonical=True)


def seconds(instant):
    return int(datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp())


def license_claims(shown):
    claims = {1: shown["id"], 2: shown["product_details"]["short_code"], 3: TYPES[shown["license_type"]],
              11: shown["device_id"]}
    if shown["validity_period"] and (claims[3] != 1 or shown["is_trial"]):
        claims[4] = seconds(shown["validity_period"])
    if shown["product_features"]:
        claims[7] = [[f["code"], FEATURES[f["feature_type"]], None, None] for f in shown["product_features"]]
    if claims[3] == 4:
        claims.update({8: shown["max_consumptions"], 9: shown["total_consumptions"]})
    return claims


class Tokens:
    """Numbers the tokens of one conversation as the server does."""

    def __init__(self):
        self.serial, self.sequence = 0, {}

    def give(self, request, body, sent=None):
        """The body with its token. sent: the parameters when they are not the request's body."""
        views = body if isinstance(body, list) else [body]
        devices = [view["device_id"] for view in views]
        self.serial += 1
        number = max(self.sequence.get(device, 0) for device in devices) + 1
        self.sequence.update({device: number for device in devices})
        sent = sent or json.loads(request.body)
        views[0] = dict(views[0], activation_token=self.make(request, sent, views, number))
        return views if isinstance(body, list) else views[0]

    def make(self, request, sent, views, number):
        digest = hashlib.blake2b(b"licet-hwid\0" + sent["hardware_id"].encode(), digest_size=16).digest()
        at = request.moment.created
        claims = {1: str(views[0]["company"]["id"]), 3: views[0]["product_details"]["short_code"], 5: at,
                  6: at, 7: self.serial.to_bytes(8, "big"),
                  -65537: {2: digest, 3: [license_claims(v) for v in views], 4: number}}
        if "device_key" in sent:
            key = base64.urlsafe_b64decode(sent["device_key"] + "=")
            claims[8] = {1: {1: 1, -1: 6, -2: key}}
        head = encode({1: -8, 4: bytes.fromhex(KEYID), 16: "application/licet-activation+cwt"})
        payload = encode(claims)
        signature = SIGNER.sign(encode(["Signature1", head, b"", payload]))
        text = base64.b64encode(encode(cbor2.CBORTag(18, [head, {}, payload, signature]))).decode()
        lines = [text[i:i + 64] for i in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN LICET ACTIVATION-----", *lines, "-----END LICET ACTIVATION-----", ""])
