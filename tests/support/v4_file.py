"""Request files of the offline calls of License API v4 (license-api-v4.md 10), written from the
specification with hmac and base64; shares no code with the server."""
import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta, timezone

PREFIX = bytes.fromhex("6c6963656e7365537072696e67")
PLAIN = [("Content-Type", "text/plain")]


def mac(key, text):
    return base64.b64encode(hmac.new(key.encode(), text, hashlib.sha256).digest()).decode()


def js_date(at=None, **ahead):
    at = (at or datetime.now(timezone.utc)) + timedelta(**ahead)
    return f"{at:%a %b} {at.day} {at:%Y %H:%M:%S} GMT+0000"


def text(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def without_nothing(fields):
    return {k: v for k, v in fields.items() if v is not None}


def sign_v1(shared, date, who, hardware_id, credential):
    lines = [f"date: {date}", who, hardware_id, credential]
    return mac(shared, b"\n".join([PREFIX, *(str(line).encode() for line in lines)]))


class Maker:
    """Makes request files with one API key: bytes of JSON, before any carrier."""

    def __init__(self, client):
        self.client = client

    def v1(self, fields, signature=None):
        """Flat; a member given as None is left out, but signed as nothing."""
        fields = {"api_key": self.client.api_key, "date": js_date(), **fields}
        whole = without_nothing(fields)
        who = whole.get("license_key", whole.get("username", ""))
        whole["signature"] = signature if signature is not None else sign_v1(
            self.client.shared_key, whole.get("date", ""), who, whole.get("hardware_id", ""),
            whole.get("api_key", whole.get("client_id", "")))
        return text(whole)

    def v2(self, fields, printed=None, outer=None):
        """Nested; printed: other bytes of the same request."""
        fields = without_nothing({"api_key": self.client.api_key, "schema_version": 2,
                                  "date": js_date(), **fields})
        inner = printed(fields) if printed else text(fields)
        whole = b'{"request":' + inner + b',"signature":"' + mac(
            self.client.shared_key, inner).encode() + b'"'
        return whole + (b"," + text(outer)[1:-1] if outer else b"") + b"}"


class Files:
    """A case (v4.Case) whose devices have no network."""

    def __init__(self, case):
        self.case = case
        self.make = Maker(case.client)

    def fields(self, device, request, more):
        fields = {"request": request, "request_id": secrets.token_hex(16), "hardware_id": device,
                  "product": self.case.code, "license_key": self.case.key, **more}
        return fields

    def activation(self, device, v2=False, **more):
        return self.file(self.fields(device, "activation", more), v2)

    def deactivation(self, device, v2=False, **more):
        return self.file(self.fields(device, "deactivation", more), v2)

    def file(self, fields, v2):
        return self.make.v2(fields) if v2 else self.make.v1(fields)

    def upload(self, endpoint, body, headers=None, encode=True, client=None):
        """Base64 as text/plain, unless the headers or encode say otherwise."""
        client = client or self.case.client
        date = client.date()
        common = [("Date", date), ("Authorization", client.authorization(date))]
        body = base64.b64encode(body) if encode else body
        return client.raw("POST", "/api/v4/" + endpoint, body=body, date=date,
                          headers=common + (PLAIN if headers is None else headers))

    def endpoint(self, verb):
        return verb + ("_bundle_offline" if self.case.product["is_bundle"] else "_offline")

    def activate(self, device, **more):
        return self.upload(self.endpoint("activate"), self.activation(device, **more))

    def deactivate(self, device, **more):
        return self.upload(self.endpoint("deactivate"), self.deactivation(device, **more))
