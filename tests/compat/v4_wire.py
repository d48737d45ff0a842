"""Requests, signed answers and conversations, as license-api-v4.md 3 and 4 say."""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PREFIX = bytes.fromhex("6c6963656e7365537072696e67")
SHARED = b"kw4qSnpSwXzgiv5yxYpZZmFEd9QAeiKTQ6OuyMja"
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
NOW = "2025-07-04T10:56:13.412Z"
DATE = "Fri, 04 Jul 2025 10:56:13 GMT"
CREATED = 1751626573
KEY = "AAAA-BBBB-CCCC-DDDD"
SIGNER = Ed25519PrivateKey.from_private_bytes(SEED)


def public_of(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


PUBLIC = public_of(SIGNER)
KEYID = hashlib.blake2b(PUBLIC, digest_size=32).hexdigest()[:16]
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
           409: "Conflict", 413: "Content Too Large", 429: "Too Many Requests", 503: "Service Unavailable"}


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Moment:
    """The server's clock and the client's Date, which agree."""

    def __init__(self, iso=NOW, date=DATE, created=CREATED):
        self.iso, self.date, self.created = iso, date, created


START = Moment()


def authorization(date, key="key-1", shared=SHARED):
    mac = hmac.new(shared, PREFIX + b"\ndate: " + date.encode(), hashlib.sha256).digest()
    return 'algorithm="hmac-sha256",headers="date",signature="%s",apikey="%s"' % (
        b64(mac), key)


class Request:
    peer = "192.0.2.7"

    def __init__(self, method, target, body=None, key="key-1", moment=START, date=True,
                 auth=True, headers=()):
        self.method, self.moment = method, moment
        self.path, mark, self.query = target.partition("?")
        self.dates = [moment.date] if date is True else list(date or [])
        lines = ["%s %s HTTP/1.1" % (method, target), "Host: license.example.com"]
        lines += ["Date: " + d for d in self.dates]
        if auth:
            lines.append("Authorization: " + (
                authorization(moment.date, key) if auth is True else auth))
        lines += headers
        self.body = "" if body is None else body if isinstance(body, str) else text(body)
        if body is not None:
            lines.append("Content-Length: %d" % len(self.body.encode()))
        self.text = "\n".join(lines) + "\n\n" + self.body + "\n"

    def by(self, peer):
        self.peer = peer
        return self


def components(req):
    names = '("@status" "content-digest" "@method";req "@path";req "@query";req'
    if len(req.dates) == 1:
        names += ' "date";req'
    return names + ');created=%d;keyid="%s";alg="ed25519"' % (req.moment.created, KEYID)


def signature(req, status, digest):
    lines = ['"@status": %d' % status, '"content-digest": ' + digest,
             '"@method";req: ' + req.method, '"@path";req: ' + req.path,
             '"@query";req: ?' + req.query]
    if len(req.dates) == 1:
        lines.append('"date";req: ' + req.dates[0].strip())
    lines.append('"@signature-params": ' + components(req))
    return b64(SIGNER.sign("\n".join(lines).encode()))


def answer(req, status, body, extra=(), signed=True):
    body = body if isinstance(body, str) else text(body)
    data = body.encode()
    lines = ["HTTP/1.1 %d %s" % (status, REASONS[status]),
             "Content-Type: application/json; charset=utf-8",
             "Content-Length: %d" % len(data), "Date: " + req.moment.date,
             "Cache-Control: no-store"] + list(extra)
    if signed:
        digest = "sha-256=:%s:" % b64(hashlib.sha256(data).digest())
        lines += ["Content-Digest: " + digest, "Signature-Input: licet=" + components(req),
                  "Signature: licet=:%s:" % signature(req, status, digest)]
    return "\n".join(lines) + "\n\n" + body + "\n"


def error(code, message, status=400, **more):
    return dict({"status": status, "code": code, "message": message}, **more)


class Conversation:
    """An .exchange file."""

    def __init__(self, name, about, settings=()):
        from v4_token import Tokens  # needs the signer of this module
        self.name, self.parts, self.tokens = name, ["# %s\n%s" % (
            about, "".join(s + "\n" for s in settings))], Tokens()

    def say(self, title, req, status, body, extra=(), signed=True):
        if status == 200 and "/activate_" in req.path and "offline" not in req.path:
            body = self.tokens.give(req, body)
        self.parts.append("=== %s\nat %s\nfrom %s\n%s---\n%s" % (
            title, req.moment.iso, req.peer, req.text,
            answer(req, status, body, extra, signed)))

    def refuse(self, title, req, code, message, status=400, extra=(), **more):
        self.say(title, req, status, error(code, message, status, **more), extra)
