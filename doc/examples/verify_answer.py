#!/usr/bin/env python3
"""Verifies the signature of a License API v4 answer (RFC 9421 over an RFC 9530 digest).

    verify_answer.py --keys JWKS --method POST --url URL --date DATE HEADERS BODY

HEADERS is what `curl -D` wrote, BODY what `curl -o` wrote, JWKS the answer of
/.well-known/jwks.json, URL and DATE those of the request as it was sent. Needs PyNaCl alone; an
application embeds its keys instead of fetching them, and checks `created` against its own clock.
"""
import argparse
import base64
import hashlib
import json
import re
import sys
from urllib.parse import urlsplit

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

WITH_DATE = ('("@status" "content-digest" "@method";req "@path";req "@query";req "date";req)')
WITHOUT_DATE = ('("@status" "content-digest" "@method";req "@path";req "@query";req)')
PARAMS = re.compile(r'(\([^)]*\));created=(\d+);keyid="([0-9a-f]{16})";alg="ed25519"')


class BadAnswer(Exception):
    """The answer is not what the server signed for this request."""


def parse_headers(text):
    """Status and headers of the last response in a `curl -D` file."""
    block = text.replace("\r\n", "\n").strip().split("\n\n")[-1].split("\n")
    status = int(block[0].split()[1])
    headers = {}
    for line in block[1:]:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return status, headers


def one(headers, name):
    values = headers.get(name, [])
    if len(values) != 1:
        raise BadAnswer(f"{len(values)} headers {name}")
    return values[0]


def key_of(jwks, kid):
    for jwk in jwks["keys"]:
        if jwk["kid"] == kid and jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
            return VerifyKey(base64.urlsafe_b64decode(jwk["x"] + "="))
    raise BadAnswer(f"no key {kid}")


def signature_base(status, digest, request, params):
    method, url, date = request
    parts = urlsplit(url)
    lines = [f'"@status": {status}', f'"content-digest": {digest}', f'"@method";req: {method}',
             f'"@path";req: {parts.path}', f'"@query";req: ?{parts.query}']
    if date is not None:
        lines.append(f'"date";req: {date.strip()}')
    lines.append(f'"@signature-params": {params}')
    return "\n".join(lines).encode()


def verify(jwks, request, status, headers, body):
    """request: (method, url, date or None). Returns (kid, created). Raises BadAnswer."""
    digest = one(headers, "content-digest")
    want = "sha-256=:" + base64.b64encode(hashlib.sha256(body).digest()).decode() + ":"
    if digest != want:
        raise BadAnswer("the body is not what was signed")
    label, _, params = one(headers, "signature-input").partition("=")
    found = PARAMS.fullmatch(params)
    components = WITHOUT_DATE if request[2] is None else WITH_DATE
    if label != "licet" or not found or found[1] != components:
        raise BadAnswer("unexpected Signature-Input")
    text = re.fullmatch(r"licet=:([A-Za-z0-9+/]{86}==):", one(headers, "signature"))
    if not text:
        raise BadAnswer("unexpected Signature")
    try:
        key_of(jwks, found[3]).verify(signature_base(status, digest, request, params),
                                      base64.b64decode(text[1]))
    except BadSignatureError as error:
        raise BadAnswer("the signature does not match") from error
    return found[3], int(found[2])


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    args.add_argument("--keys", required=True)
    args.add_argument("--method", required=True)
    args.add_argument("--url", required=True)
    args.add_argument("--date")
    args.add_argument("headers")
    args.add_argument("body")
    args = args.parse_args()
    with open(args.keys, encoding="utf-8") as file:
        jwks = json.load(file)
    with open(args.headers, encoding="utf-8") as file:
        status, headers = parse_headers(file.read())
    with open(args.body, "rb") as file:
        body = file.read()
    try:
        kid, created = verify(jwks, (args.method, args.url, args.date), status, headers, body)
    except BadAnswer as error:
        print(f"NOT VERIFIED: {error}")
        return 1
    print(f"verified: {status}, {len(body)} bytes, signed by {kid} at {created}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
