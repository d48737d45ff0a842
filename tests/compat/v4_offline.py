"""The offline calls: request files in both forms, their answers, and what is refused (license-api-v4.md 10)."""
import hashlib
import hmac

from v4_objects import KEY, MISSING, License
from v4_wire import PREFIX, SHARED, Conversation, Moment, Request, b64, text

DATE = "Fri Jul 4 2025 10:56:13 GMT+0000"
PLAIN = ["Content-Type: text/plain"]
LATER = Moment("2025-07-05T10:56:13.412Z", "Sat, 05 Jul 2025 10:56:13 GMT", 1751712973)
MONTHS = Moment("2025-08-04T10:56:13.412Z", "Mon, 04 Aug 2025 10:56:13 GMT", 1754304973)
REPLAYED = ("request_replayed", "This request was used before, and what it asked for has ended since")
EXPIRED = ("offline_request_expired", "The request is too old, or dated ahead of the server's clock")
# Section 13, numbers 4 and 6.
VECTOR_4 = "zRVvcOck+2Gk3Apc+y+GgoTZTPETLyGsm9VJRmQNQLM="
VECTOR_6 = (
    "eyJyZXF1ZXN0Ijp7ImxpY2Vuc2Vfa2V5IjoiQUFBQS1CQkJCLUNDQ0MtRERERCIsImhhcmR3YXJlX2lkIjoiaHctMSIsInByb2R1Y3QiO"
    "iJwMSIsImFwaV9rZXkiOiJrZXktMSIsInJlcXVlc3QiOiJhY3RpdmF0aW9uIiwic2NoZW1hX3ZlcnNpb24iOjIsImRhdGUiOiJGcmkgSn"
    "VsIDQgMjAyNSAxMDo1NjoxMyBHTVQrMDAwMCJ9LCJzaWduYXR1cmUiOiJ4dlVKWi93S3VPV1VnZkNnNXhYVzFLeHNiTUQ2WWU2dUFEeVF"
    "6VHloSDUwPSJ9")


def mac(data):
    return b64(hmac.new(SHARED, data, hashlib.sha256).digest())


def flat_mac(date, who, hardware_id, key="key-1"):
    return mac(b"\n".join([PREFIX, *(s.encode() for s in ("date: " + date, who, hardware_id, key))]))


def flat(**fields):
    fields = {"request": "activation", "license_key": KEY, "hardware_id": "hw-1", "date": DATE,
              "api_key": "key-1", **fields}
    fields = {k: v for k, v in fields.items() if v is not None}
    who = fields.get("license_key", fields.get("username", ""))
    fields.setdefault("signature", flat_mac(fields.get("date", ""), who, fields["hardware_id"],
                                            fields.get("api_key", "")))
    return fields


def nested(**fields):
    inner = {"license_key": KEY, "hardware_id": "hw-1", "api_key": "key-1", "schema_version": 2, "date": DATE,
             **fields}
    return {"request": inner, "signature": mac(text(inner).encode())}


def upload(endpoint, file, moment=None, **more):
    """base64 as text/plain; a str goes as it is."""
    body = file if isinstance(file, str) else b64(text(file).encode())
    more = {"moment": moment, **more} if moment else more
    return Request("POST", "/api/v4/" + endpoint, body, **{"headers": PLAIN, **more})


def activated(c, title, req, file, views):
    """Says a new activation; the body, for when it is asked for again."""
    sent = file.get("request") if isinstance(file.get("request"), dict) else file
    views = c.tokens.give(req, views, sent)
    signature = flat_mac(DATE, sent.get("license_key", sent.get("username")), sent["hardware_id"])
    views = [{**v, "date": DATE, "offline_signature": signature} for v in views]
    body = {"licenses": views} if len(views) > 1 else views[0]
    c.say(title, req, 200, body)
    return body


def offline():
    c = Conversation("v4-offline", "the offline calls, license-api-v4.md 10", ["starve yes"])
    file = flat(product="view")
    assert file["signature"] == VECTOR_4
    view = activated(c, "form 1, number 4 of section 13", upload("activate_offline", file), file,
                     [License(23, 5501).activation("hw-1")])
    assert view["offline_signature"] == VECTOR_4
    c.say("the same file a day later, as JSON", upload("activate_offline", text(file), LATER), 200, view)
    c.refuse("the same file at another call", upload("activate_bundle_offline", file), *REPLAYED)
    c.refuse("number 6 of section 13, of a product that is not here", upload(
        "activate_offline/", VECTOR_6), "unknown_product", "No product has this code")
    file = nested(product="edit", request="activation", request_id="r-1", os_ver="Debian 12")
    edit = activated(c, "form 2", upload("activate_offline", file), file, [License(22, 5502).activation("hw-1")])
    lines = b64(text(file).encode()).rstrip("=")
    lines = "\r\n ".join(lines[i:i + 60] for i in range(0, len(lines), 60))
    c.say("in lines and without padding", upload("activate_offline", lines), 200, edit)
    form = '--b\r\nContent-Disposition: form-data; name="file"; filename="activate_offline.req"\r\n\r\n%s\r\n--b--\r\n'
    c.say("in a form", upload("activate_offline", form % lines,
                              headers=["Content-Type: multipart/form-data; boundary=b"]), 200, edit)
    c.refuse("its name with other content", upload("activate_offline", nested(
        product="edit", request_id="r-1")), *REPLAYED)
    file = nested(product="suite", request_id="r-2")
    suite = activated(c, "a bundle on the same device", upload("activate_bundle_offline", file), file, [
        License(p, d).activation("hw-1") for p, d in ((21, 5503), (22, 5502), (23, 5501))])
    c.say("the bundle again", upload("activate_bundle_offline", file, LATER), 200, suite)
    users(c)
    given_back(c, file, suite)
    return c


def users(c):
    user = {"id": 7, "email": "ana@example.com", "first_name": "Ana", "last_name": "",
            "phone_number": "", "is_initial_password": True, "max_activations": 0,
            "allow_unlimited_activations": True, "total_activations": 1}
    file = flat(product="team", license_key=None, username="Ana@Example.com", password="correct horse")
    activated(c, "a user", upload("activate_offline", file), file, [
        License(24, 5504, user=user).activation("hw-1", username="Ana@Example.com")])


def given_back(c, file, suite):
    done = '"license_deactivated"'
    back = flat(request="deactivation", product="view", consumptions=3, request_id="d-1",
                product_features=[{"code": "nobody", "consumptions": 1}])
    c.say("one member is given back", upload("deactivate_offline", back), 200, done)
    c.say("and again", upload("deactivate_offline", text(back), LATER), 200, done)
    c.refuse("the bundle does not stand any more", upload("activate_bundle_offline", file), *REPLAYED)
    rest = nested(request="deactivation", product="suite", request_id="d-2")
    c.say("the rest of the bundle", upload("deactivate_bundle_offline", rest), 200, done)
    c.refuse("nothing is left", upload("deactivate_bundle_offline", nested(
        request="deactivation", product="suite", request_id="d-3")), "license_not_active",
        "The license is not active on this device", license_id=1201, product="suite")
    c.refuse("the first file", upload("activate_offline", flat(product="view")), *REPLAYED)


def refusals():
    c = Conversation("v4-offline-refusals", "license-api-v4.md 10.1 and 10.3 in their order", ["starve yes"])
    invalid = ("validation_error", "A parameter has a wrong type, form or range")
    no_json = ("invalid_json", "The body is not the JSON expected")

    def refuse(title, file, code, **more):
        c.refuse(title, upload("activate_offline", file, **more), *code)
    refuse("no type", flat(product="view"), ("missing_headers", "Date or Authorization is missing"), headers=[])
    refuse("nothing", "", ("missing_content", "The request has no body"))
    refuse("white space", " \t", ("missing_content", "The request has no body"))
    refuse("no Base64", "e30*", invalid)
    refuse("a form without the file", "--b--\r\n", invalid, headers=["Content-Type: multipart/form-data; boundary=b"])
    refuse("no object", b64(b"[]"), no_json)
    refuse("two layers", b64(b64(text(flat()).encode()).encode()), no_json)
    refuse("a form of its own", flat(request=1, signature="x"), invalid)
    params = ("authorization_missing_params", "The Authorization header lacks a parameter")
    refuse("no key", flat(api_key=None), params)
    refuse("no date", flat(date=None), params)
    refuse("no signature", flat(signature=""), params)
    unknown = ("invalid_api_key", "The API key is unknown")
    refuse("a key that is none", flat(api_key="key-9", signature="x"), unknown)
    refuse("a client of OAuth", flat(api_key=None, client_id="auth-company-1", signature="x"), unknown)
    mismatch = ("signature_mismatch", "The signature does not match")
    refuse("another signature", flat(product="view", signature=VECTOR_4[::-1]), mismatch)
    refuse("a gone key, wrongly signed", flat(api_key="key-gone", signature=VECTOR_4), mismatch)
    refuse("a gone key", flat(api_key="key-gone", date="no date"), ("revoked_api_key", "The API key was revoked"))
    refuse("a reader's key", flat(api_key="key-read", date="no date"), ("read_only_api_key", "The API key may only read"))
    refuse("no date at all", flat(date="no date"), invalid)
    refuse("a month old", flat(), EXPIRED, moment=MONTHS)
    refuse("of tomorrow", flat(date="Sat Jul 5 2025 10:56:14 GMT+0000"), EXPIRED)
    refuse("nothing asked for", nested(), MISSING)
    refuse("the other way", nested(product="view", request="deactivation"), invalid)
    narrow = ("api_key_product_not_allowed", "The API key is not for this product")
    refuse("a key for another product", flat(product="view", api_key="key-edit"), narrow)
    refuse("sent with a key for another product", flat(product="view"), narrow, key="key-edit")
    refuse("a floating license", flat(product="pool"), (
        "offline_floating_cloud_not_supported", "A floating license cannot be activated offline"))
    refuse("a bundle", flat(product="suite"), ("product_is_bundle", "The product is a bundle"))
    return c
