"""Short forms of License API v4 calls for the system tests."""
import base64
import json
from datetime import datetime, timedelta, timezone

from licetd import make_bundle, make_license, make_product, unique
from nacl.signing import SigningKey

ACTIVATE = ("activate_license", "activate_bundle")


def hw():
    return unique("hw-")


def instant(**ahead):
    """An instant of v4 1.1, so much ahead of now (days=, hours=, seconds=)."""
    at = datetime.now(timezone.utc) + timedelta(**ahead)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def seconds_between(first, second):
    form = "%Y-%m-%dT%H:%M:%S.%fZ"
    return (datetime.strptime(second, form) - datetime.strptime(first, form)).total_seconds()


class Case:
    """One license with its product and a client: the calls of one application."""

    def __init__(self, client, manage, product=None, **terms):
        self.client, self.manage = client, manage
        self.product = product or make_product(manage)
        self.code = self.product["short_code"]
        self.license = make_license(manage, self.product, **terms)
        self.id = self.license["id"]
        self.key = self.license["license_key"]

    def fields(self, device, more):
        found = {"hardware_id": device, "product": self.code, "license_key": self.key, **more}
        return {k: v for k, v in found.items() if v is not Absent}

    def call(self, method, endpoint, device, **more):
        fields = self.fields(device, more)
        if method == "GET":
            return self.client.get(endpoint, **fields)
        return self.client.post(endpoint, **fields)

    def kind(self):
        return "bundle" if self.product["is_bundle"] else "license"

    def activate(self, device, **more):
        return self.call("POST", "activate_" + self.kind(), device, **more)

    def check(self, device, **more):
        return self.call("GET", "check_" + self.kind(), device, **more)

    def deactivate(self, device, **more):
        return self.call("POST", "deactivate_" + self.kind(), device, **more)

    def consume(self, device, **more):
        return self.call("POST", "add_consumption", device, **more)

    def now(self):
        """The license as staff see it."""
        return self.manage.get(f"licenses/{self.id}/")

    def edit(self, **fields):
        return self.manage.patch(f"licenses/{self.id}/", fields)


class Absent:
    """Leaves a parameter out of Case.call()."""


def bundle_case(client, manage, members=3, product_fields=None, **terms):
    return Case(client, manage, make_bundle(manage, members, **(product_fields or {})), **terms)


def ok(answer):
    assert answer.status == 200, answer
    assert answer.headers["content-type"] == ["application/json; charset=utf-8"]
    assert answer.headers["cache-control"] == ["no-store"]
    return answer.json


def refused(answer, code, status=400):
    """The error body of v4 4.1, with nothing but its own members."""
    assert (answer.status, answer.json.get("code")) == (status, code), answer
    assert answer.json["status"] == status
    assert list(answer.json)[:3] == ["status", "code", "message"]
    assert answer.json["message"]
    return answer.json


class DeviceKey:
    """A device's own key (v4 6.6)."""

    def __init__(self):
        self.key = SigningKey.generate()

    @property
    def public(self):
        return encode(self.key.verify_key.encode())

    def proof(self, endpoint, date, product, device):
        text = f"licet-device-v1\n{endpoint}\n{date}\n{product}\n{device}"
        return encode(self.key.sign(text.encode()).signature)

    def call(self, case, endpoint, device, **more):
        """The call signed by this key; `more` overrides what it sends."""
        date = case.client.date()
        body = {"hardware_id": device, "product": case.code, "license_key": case.key,
                "device_key": self.public,
                "device_proof": self.proof(endpoint, date, case.code, device), **more}
        return case.client.raw("POST", "/api/v4/" + endpoint, date=date,
                               body=json.dumps(without_absent(body)).encode())


def without_absent(fields):
    return {k: v for k, v in fields.items() if v is not Absent}


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
