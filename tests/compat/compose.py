#!/usr/bin/env python3
"""Writes the .exchange files beside it from what license-api-v4.md says.

An implementation of its own: bodies are made from the tables of section 8, digests and
signatures with hashlib and the cryptography package. Needed only when an exchange is
added or changed; the tests read the files. Usage: compose.py [--check]
"""
import hashlib
import os
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from v4_objects import FILE, License
from v4_wire import (DATE, KEY, KEYID, NOW, PUBLIC, START, Conversation, Moment,
                     Request, answer, authorization, b64url, error, text)

DEVICE_SEED = bytes(range(32, 64))


def bundle_call(nonce, hardware_id, moment=START, **more):
    body = {"hardware_id": hardware_id, "product": "suite", "license_key": KEY, **more}
    return Request("POST", "/api/v4/activate_bundle?nonce=" + nonce, body, moment=moment)


def check_12_1(body):
    """Digest and signature of the specification, with its placeholder put back."""
    full = [dict(body[0], activation_token="TOKEN-PLACEHOLDER")] + body[1:]
    data = text(full).encode()
    assert len(data) == 4788
    assert hashlib.sha256(data).hexdigest() == (
        "89f8d0b8bf94b2a8a5f5e694ccb5dc028efc87ffa6acd1c6eb6fedde7447fea1")
    req = bundle_call("Zk3v9QbT0c2m7yWq1sXr4A", "hw-1")
    assert ("Signature: licet=:ofYciDTIOu4uYekamEx3FEt8zJQxcJn+k+ACmUmXOBIPap3w6WSc1LF5O3x"
            "uSIQ7hhEwv56epJtZ/si9RS7OAA==:") in answer(req, 200, text(full))


NO_SEAT = ("license_activated_max_times", "All activations of this license are in use")
CLONE = ("license_device_exists", "This device is already active on the license")
INACTIVE = ("license_not_active", "The license is not active on this device")
NOT_FOUND = ("license_not_found", "No license for this key or user")
MISSING = ("missing_parameters", "A required parameter is missing")
INVALID = ("validation_error", "A parameter has a wrong type, form or range")
UNKNOWN_DEVICE = ("device_not_found", "The license was never activated on this device")


def bundle():
    c = Conversation("v4-bundle", "license-api-v4.md 12.1 and 12.2, then the seat moves on",
                     ["touched 3"])
    hw1 = [License(21, 5501), License(22, 5502), License(23, 5503)]
    body = [x.activation("hw-1") for x in hw1]
    check_12_1(body)
    facts = {"os_ver": "Debian 12", "app_ver": "2.4.0", "is_vm": False}
    c.say("12.1", bundle_call("Zk3v9QbT0c2m7yWq1sXr4A", "hw-1", **facts), 200, body)
    c.say("a lost answer is asked for again", bundle_call("again", "hw-1", **facts), 200, body)
    c.refuse("12.2", bundle_call("h0mJ5cP8uVd2KxYt6RfLwg", "hw-2"), *NO_SEAT,
             license_id=1202, product="edit")
    assert "b1KwyPS8aKELpfiAyeMsypR4bBALUKJ9h3yDBYVXavB2f3u8ehpoZfSxcQ22btwHGTKW3d3hX5KU2" \
        "lRvt5tJBQ==" in c.parts[-1]
    who = "?hardware_id=hw-1&product=suite&license_key=" + KEY
    c.say("check_bundle", Request("GET", "/api/v4/check_bundle/" + who), 200,
          [x.check() for x in hw1])
    c.refuse("check_bundle on a device that was never there", Request(
        "GET", "/api/v4/check_bundle" + who.replace("hw-1", "hw-2")), *UNKNOWN_DEVICE,
        license_id=1201, product="suite")
    give = {"hardware_id": "hw-1", "product": "suite", "license_key": KEY.lower()}
    c.say("deactivate_bundle", Request("POST", "/api/v4/deactivate_bundle", give), 200,
          '"license_deactivated"')
    c.refuse("deactivate_bundle again", Request("POST", "/api/v4/deactivate_bundle", give),
             *INACTIVE, license_id=1201, product="suite")
    hw2 = [License(21, 5504), License(22, 5505, transfers=1), License(23, 5506)]
    c.say("the next device, a transfer of the one seat of edit", bundle_call("n", "hw-2"),
          200, [x.activation("hw-2") for x in hw2])
    return c


def proof(seed, endpoint, product, hardware_id, date=DATE):
    key = Ed25519PrivateKey.from_private_bytes(seed)
    signed = "\n".join(["licet-device-v1", endpoint, date, product, hardware_id])
    return {"device_key": b64url(key.public_key().public_bytes_raw()),
            "device_proof": b64url(key.sign(signed.encode()))}


def clone():
    c = Conversation("v4-clone", "license-api-v4.md 12.3 after an activation with a device key")
    bound = proof(DEVICE_SEED, "activate_bundle", "suite", "hw-1")
    hw1 = [License(21, 5501), License(22, 5502), License(23, 5503)]
    body = [x.activation("hw-1") for x in hw1]
    c.say("the machine binds its key", bundle_call("k", "hw-1", **bound), 200, body)
    c.say("the same key again", bundle_call("k2", "hw-1", **bound), 200, body)
    copy = {"device_key": "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
            "device_proof": "IVnnNxl7ZtDJFLQDNUXcb0KX9MGiCRuvQfKWp7OZgFv-CrQ29OBzW11VujNswcH4"
                            "by-nWZIc9hlSF8IWcM9hCA"}
    c.refuse("12.3", bundle_call("e7WnA1zBqUo4TsGi9MkHyQ", "hw-1", **copy), *CLONE,
             status=409, license_id=1201, product="suite")
    assert "CQWobOOlFrQylmM0cJm5zGcHSied/Df4QEEpFvH+EjWSQAqOGxMIDII0TzWJBUYknXPe53MfH/nTb" \
        "dsJ11ZcCQ==" in c.parts[-1]
    c.refuse("no key at all", bundle_call("k3", "hw-1"), *CLONE, status=409,
             license_id=1201, product="suite")
    wrong = ("device_proof_invalid", "The proof by the device key is missing or wrong")
    c.refuse("a proof for another call", bundle_call(
        "k4", "hw-1", **proof(DEVICE_SEED, "deactivate_bundle", "suite", "hw-1")), *wrong)
    c.refuse("a key without proof", bundle_call("k5", "hw-1", device_key=bound["device_key"]),
             *wrong)
    give = dict({"hardware_id": "hw-1", "product": "suite", "license_key": KEY},
                **proof(DEVICE_SEED, "deactivate_bundle", "suite", "hw-1"))
    c.say("the machine gives its seats back", Request(
        "POST", "/api/v4/deactivate_bundle", give), 200, '"license_deactivated"')
    return c


def consumption():
    c = Conversation("v4-license", "single licenses: activation, checks, consumption",
                     ["touched 2"])
    who = {"hardware_id": "hw-1", "product": "view", "license_key": KEY}
    seen = [{"variable": "site", "value": "Čakovec", "device_id": 5501,
             "created_at": 1751626573412},
            {"variable": "rooms", "value": "12", "device_id": 5501,
             "created_at": 1751626573412}]
    c.say("activate_license with variables", Request("POST", "/api/v4/activate_license", dict(
        who, variables={"site": "Čakovec", "rooms": 12, "none": None})), 200,
        License(23, 5501).activation("hw-1", variables=seen))

    def consume(**more):
        return Request("POST", "/api/v4/add_consumption", dict(who, **more))
    c.say("one is the default", consume(), 200, License(23, 5501, total=1).counter())
    c.say("up to the limit", consume(consumptions="499", event=["consumption_add"]), 200,
          License(23, 5501, total=500).counter())
    full = ("license_not_enough_consumptions", "The license has not enough consumptions left")
    c.refuse("one too many", consume(), *full)
    c.say("the client raises the limit", consume(allow_overages=True, max_overages=5), 200,
          License(23, 5501, total=501, overages=(True, 5)).counter())
    c.refuse("negative", consume(consumptions=-1), "negative_consumption_not_allowed",
             "The license does not take negative consumptions")
    q = "?hardware_id=hw-1&product=view&license_key=%s&include_metadata_string=1" % KEY
    c.say("check_license", Request("GET", "/api/v4/check_license" + q), 200,
          License(23, 5501, total=501, overages=(True, 5)).check(metadata_string=True))
    august = Moment("2025-08-01T00:00:00.000Z", "Fri, 01 Aug 2025 00:00:00 GMT", 1754006400)
    c.say("a new month", Request("GET", "/api/v4/check_license" + q, moment=august), 200,
          License(23, 5501, overages=(True, 5)).check(metadata_string=True))
    edit = "hardware_id=hw-1&product=edit&license_key=" + KEY
    c.say("activate_license of a time-limited one", Request(
        "POST", "/api/v4/activate_license/", dict(who, product="edit")), 200,
        License(22, 5502).activation("hw-1"))
    c.say("its newest file", Request("GET", "/api/v4/check_license?env=linux64&" + edit), 200,
          License(22, 5502).check())
    c.say("product_details", Request(
        "GET", "/api/v4/product_details?product=edit&include_latest_version=true"
        "&include_custom_fields=1"), 200,
        {"product_id": 22, "product_name": "Edit", "short_code": "edit", "allow_trial": False,
         "trial_days": 0, "authorization_method": "license_key", "floating_timeout": 120,
         "allow_overages": False, "max_overages": 0, "prevent_vm": False, "metadata": {},
         "company": {"id": 11}, "latest_version": {
             "id": 4401, "created_at": NOW, "updated_at": NOW, "version": "2.5.0",
             "full_link": FILE["installation_file"], "filename": "edit-2.5.0.tar.gz",
             "release_date": "2025-06-01", "enabled": True, "hash_md5": FILE["hash_md5"],
             "product_id": 22, "environment": "linux64", "eula_link": "",
             "release_notes_link": "", "size": 18874368, "requires_version": None,
             "channel": None}, "custom_fields": []})
    c.say("deactivate_license", Request("POST", "/api/v4/deactivate_license", dict(
        who, consumptions=3)), 200, '"license_deactivated"')
    c.refuse("check after it", Request("GET", "/api/v4/check_license" + q), *INACTIVE)
    return c


def users():
    c = Conversation("v4-user", "user-based licenses, passwords, single sign-on")
    user = {"id": 7, "email": "ana@example.com", "first_name": "Ana", "last_name": "",
            "phone_number": "", "is_initial_password": True, "max_activations": 0,
            "allow_unlimited_activations": True, "total_activations": 1}
    who = {"hardware_id": "hw-1", "product": "team", "username": "Ana@Example.com"}

    def activate(**more):
        return Request("POST", "/api/v4/activate_license", dict(who, **more))
    c.refuse("wrong password", activate(password="wrong horse"), *NOT_FOUND)
    c.refuse("unknown user", activate(username="eve@example.com", password="x"), *NOT_FOUND)
    c.refuse("no password", activate(), *MISSING)
    c.say("right password", activate(password="correct horse"), 200,
          License(24, 5501, user=user).activation("hw-1", username="Ana@Example.com"))
    c.refuse("a key where users are asked for", Request(
        "POST", "/api/v4/activate_license",
        {"hardware_id": "hw-1", "product": "team", "license_key": KEY}),
        "invalid_product_auth_method", "The credential does not suit the product")
    c.say("check by user name", Request(
        "GET", "/api/v4/check_license?hardware_id=hw-1&product=team&username=ana%40example.com"),
        200, License(24, 5501, user=user).check())

    def change(password, new):
        return Request("POST", "/api/v4/change_password", {
            "username": "ana@example.com", "password": password, "new_password": new})
    c.refuse("change_password with a wrong one", change("wrong horse", "battery staple"),
             *NOT_FOUND)
    c.refuse("change_password to a short one", change("correct horse", "short"), *INVALID)
    c.say("change_password", change("correct horse", "battery staple"), 200,
          '"password_changed"')
    c.refuse("the former password", activate(password="correct horse"), *NOT_FOUND)
    c.say("the new one", activate(password="battery staple"), 200,
          License(24, 5501, user=dict(user, is_initial_password=False)).activation(
              "hw-1", username="Ana@Example.com"))
    sso = {"hardware_id": "hw-1", "product": "team", "id_token": "t"}
    c.refuse("single sign-on of an unknown account", Request(
        "POST", "/api/v4/activate_license", dict(sso, customer_account_code="EX2")),
        "customer_account_not_found", "No customer account has this code")
    c.refuse("an account without single sign-on", Request(
        "POST", "/api/v4/activate_license", dict(sso, customer_account_code="EX1")),
        "sso_not_configured", "The customer account has no single sign-on")
    c.refuse("single sign-on for a key-based product", Request(
        "POST", "/api/v4/activate_license",
        dict(sso, product="edit", customer_account_code="EX1")),
        "license_key_required", "The product needs a license key")
    return c


def floating():
    c = Conversation("v4-floating", "a floating license with one seat", ["touched 0"])
    late = Moment("2025-07-04T12:56:13.412Z", "Fri, 04 Jul 2025 12:56:13 GMT", 1751633773)

    def activate(hw):
        return Request("POST", "/api/v4/activate_license", {
            "hardware_id": hw, "product": "pool", "license_key": KEY})

    def check(hw, **more):
        return Request("GET", "/api/v4/check_license?hardware_id=%s&product=pool"
                       "&license_key=%s" % (hw, KEY), **more)
    c.say("activation takes no seat", activate("hw-1"), 200,
          License(25, 5501).activation("hw-1"))
    c.say("a second device", activate("hw-2"), 200,
          License(25, 5502, times=2).activation("hw-2"))
    read_only = ("read_only_api_key", "The API key may only read")
    c.refuse("a read-only key takes no seat", check("hw-1", key="key-read"), *read_only)
    c.say("check takes the seat", check("hw-1"), 200, License(25, 5501, times=2).check(1))
    c.say("a read-only key sees it held", check("hw-1", key="key-read"), 200,
          License(25, 5501, times=2).check(1))
    c.refuse("no seat for the other", check("hw-2"), "floating_not_available",
             "All floating seats are taken")
    c.say("two hours later it is free", check("hw-2", moment=late), 200,
          License(25, 5502, times=2).check(1))
    return c


VIEW = {"product_id": 23, "product_name": "View", "short_code": "view",
        "allow_trial": False, "trial_days": 0, "authorization_method": "license_key",
        "floating_timeout": 120, "allow_overages": False, "max_overages": 0,
        "prevent_vm": False, "metadata": {}, "company": {"id": 11}}


def read_only():
    c = Conversation("v4-read-only", "checks with a read-only key leave no trace",
                     ["touched 0"])
    body = [x.activation("hw-1") for x in (
        License(21, 5501), License(22, 5502), License(23, 5503))]
    c.say("activation", bundle_call("a", "hw-1"), 200, body)
    who = "?hardware_id=hw-1&product=%s&license_key=" + KEY + "&os_ver=spy"
    c.say("check_bundle", Request("GET", "/api/v4/check_bundle" + who % "suite",
                                  key="key-read"), 200,
          [License(p, 5480 + p).check() for p in (21, 22, 23)])
    c.say("check_license", Request("GET", "/api/v4/check_license" + who % "view",
                                   key="key-read"), 200, License(23, 5503).check())
    c.refuse("deactivate_bundle", Request("POST", "/api/v4/deactivate_bundle", {
        "hardware_id": "hw-1"}, key="key-read"), "read_only_api_key",
        "The API key may only read")
    return c


def credentials():
    c = Conversation("v4-auth", "license-api-v4.md 3.2: every refusal, and forms that pass")
    path, good = DETAILS, VIEW
    mac = authorization(DATE).split('signature="')[1].split('"')[0]
    c.say("spaces, bare tokens, apiKey", Request("GET", path, auth=(
        "apiKey = key-1 , Headers=date,signature=%s, algorithm=HMAC-SHA256" % mac)), 200, good)
    one_digit = Moment(date="Fri, 4 Jul 2025 10:56:13 GMT")
    req = Request("GET", path, moment=one_digit)
    req.moment = Moment()
    c.say("a day of one digit", req, 200, good)
    c.say("a body of a GET, unknown parameters", Request(
        "GET", path + "&x=1", body="ignored"), 200, good)
    malformed = ("authorization_invalid_headers", "The Authorization header is malformed")
    missing = ("missing_headers", "Date or Authorization is missing")
    c.refuse("no Date", Request("GET", path, date=None), *missing)
    c.refuse("no Authorization", Request("GET", path, auth=None), *missing)
    c.refuse("two Dates", Request("GET", path, date=[DATE, DATE]), *malformed)
    c.refuse("bearer token", Request("GET", path, auth="Bearer lct_x"), *malformed)
    c.refuse("no apikey", Request("GET", path, auth=(
        'algorithm="hmac-sha256",headers="date",signature="%s"' % mac)),
        "authorization_missing_params", "The Authorization header lacks a parameter")
    c.refuse("another algorithm", Request("GET", path, auth=(
        authorization(DATE).replace("sha256", "sha512"))),
        "hmac_required", "The signature algorithm must be hmac-sha256")
    c.refuse("too old", Request("GET", path, moment=START, date=[
        "Fri, 04 Jul 2025 10:41:12 GMT"], auth=authorization("Fri, 04 Jul 2025 10:41:12 GMT")),
        "date_header_diff",
        "The Date header cannot be read or is too far from the server's clock")
    c.refuse("unknown key", Request("GET", path, key="key-9"), "invalid_api_key",
             "The API key is unknown")
    c.refuse("wrong signature", Request("GET", path, auth=authorization(
        DATE, shared=b"other")), "signature_mismatch", "The signature does not match")
    c.refuse("revoked key", Request("GET", path, key="key-gone"), "revoked_api_key",
             "The API key was revoked")
    read_only = ("read_only_api_key", "The API key may only read")
    c.refuse("read-only key on a POST, before its body", Request(
        "POST", "/api/v4/activate_license", "", key="key-read"), *read_only)
    narrow = ("api_key_product_not_allowed", "The API key is not for this product")
    c.refuse("key of another product", Request("GET", path, key="key-edit"), *narrow)
    c.refuse("it does not tell which products exist", Request(
        "GET", path.replace("view", "nothing"), key="key-edit"), *narrow)
    return c


def refusals():
    c = Conversation("v4-refusals", "routes, parameters and steps 3 to 9 of an activation")
    path = "/api/v4/activate_license"
    nothing = ("not_found", "Nothing is here", 404)
    c.refuse("unknown path", Request("GET", "/api/v4/trial_key?product=edit"), *nothing)
    c.refuse("paths are case-sensitive", Request("POST", "/api/v4/Activate_license", {}),
             *nothing)
    c.refuse("floating calls come later", Request("POST", "/api/v4/floating/borrow", {}),
             *nothing)
    c.say("outside of the API nothing is signed", Request("GET", "/api/v1/products/"), 404,
          error("not_found", "Nothing is here", 404), signed=False)
    wrong = ("method_not_allowed", "This path does not take this method", 405)
    c.refuse("wrong method", Request("GET", path), *wrong, extra=["Allow: POST"])
    c.refuse("OPTIONS", Request("OPTIONS", "/api/v4/check_license"), *wrong,
             extra=["Allow: GET"])
    big = Request("POST", path, headers=["Content-Length: 65537"])
    c.refuse("a body over 64 KiB", big, "payload_too_large",
             "The request is larger than this call takes", 413)
    c.refuse("no body", Request("POST", path, ""), "missing_content",
             "The request has no body")
    c.refuse("no JSON", Request("POST", path, "{"), "invalid_json",
             "The body is not the JSON expected")
    who = {"hardware_id": "hw-1", "product": "edit", "license_key": KEY}

    def activate(**more):
        return Request("POST", path, dict(who, **more))
    c.refuse("no license_key", activate(license_key=None), *MISSING)
    c.refuse("a number for a text", activate(hardware_id=7), *INVALID)
    c.refuse("two credentials", activate(username="ana@example.com", password="x"), *INVALID)
    c.refuse("unknown product", activate(product="nothing"), "unknown_product",
             "No product has this code")
    c.refuse("archived product", activate(product="old"), "archived_product",
             "The product is archived")
    c.refuse("a bundle", activate(product="suite"), "product_is_bundle",
             "The product is a bundle")
    c.refuse("no bundle", Request("POST", "/api/v4/activate_bundle", who),
             "product_not_bundle", "The product is not a bundle")
    c.refuse("not in the bundle", activate(product="pool", bundle_code="suite"),
             "product_not_in_bundle", "The bundle does not contain the product")
    c.refuse("a user where keys are asked for", Request("POST", path, {
        "hardware_id": "hw-1", "product": "edit", "username": "ana@example.com",
        "password": "x"}), "license_key_required", "The product needs a license key")
    c.refuse("unknown license key", activate(license_key="NO-SUCH-KEY"), *NOT_FOUND)
    c.refuse("disabled license", activate(product="off"), "license_not_enabled",
             "The license is disabled")
    c.refuse("blacklisted device", activate(hardware_id="hw-bad"), "blacklisted",
             "This device is blacklisted")
    c.refuse("before the start date", activate(product="later"), "license_start_date_error",
             "This license cannot be activated before start date: 2026-01-01T00:00:00.000Z")
    c.refuse("blacklisted in a bundle", Request("POST", "/api/v4/activate_bundle", dict(
        who, product="suite", hardware_id="hw-bad")), "blacklisted",
        "This device is blacklisted", license_id=1201, product="suite")
    c.refuse("not a consumption license", Request("POST", "/api/v4/add_consumption", dict(
        who, product="view", hardware_id="hw-9")), "license_not_active",
        "The license is not active on this device")
    return c


TOO_MANY = ("too_many_requests", "Too many requests", 429, ["Retry-After: 3600"])
DETAILS = "/api/v4/product_details?product=view"


def user_rate():
    c = Conversation("v4-rate-user", "one failed password an hour for a user name",
                     ["rate user"])
    body = {"hardware_id": "hw-1", "product": "team", "username": "ana@example.com",
            "password": "wrong horse"}
    path = "/api/v4/activate_license"
    c.refuse("the failure that is allowed", Request("POST", path, body), *NOT_FOUND)
    again = Request("POST", path, dict(body, username="ANA@example.com|",
                                       password="correct horse"))
    c.refuse("the next waits, right or wrong", again, *TOO_MANY)
    c.refuse("another user name does not", Request(
        "POST", path, dict(body, username="eve@example.com")), *NOT_FOUND)
    return c


def fail_rate():
    c = Conversation("v4-rate-fail", "one bad credential an hour for an address",
                     ["rate fail"])
    c.say("no failure", Request("GET", DETAILS), 200, VIEW)
    c.refuse("other refusals do not count", Request("GET", DETAILS + "x"),
             "unknown_product", "No product has this code")
    c.refuse("the failure that is allowed", Request("GET", DETAILS, key="key-9"),
             "invalid_api_key", "The API key is unknown")
    c.refuse("then the address waits", Request("GET", DETAILS), *TOO_MANY)
    return c


def call_rate():
    c = Conversation("v4-rate-call", "one call an hour for a credential and an address",
                     ["rate v4"])
    c.say("the first", Request("GET", DETAILS), 200, VIEW)
    c.refuse("the second", Request("GET", DETAILS), *TOO_MANY)
    c.refuse("also without a good signature", Request("GET", DETAILS, auth=authorization(
        DATE, shared=b"other")), *TOO_MANY)
    c.say("another credential", Request("GET", DETAILS, key="key-read"), 200, VIEW)
    return c


def busy():
    c = Conversation("v4-busy", "the queue of passwords is full", ["pool full"])
    body = {"hardware_id": "hw-1", "product": "team", "username": "ana@example.com",
            "password": "correct horse"}
    c.say("a fault of ours is not signed", Request("POST", "/api/v4/activate_license", body),
          503, error("service_unavailable", "The server is busy, stopping or cannot write",
                     503), ["Retry-After: 5"], signed=False)
    c.say("calls without password go on", Request("GET", DETAILS), 200, VIEW)
    return c


def unsigned():
    c = Conversation("v4-unsigned", "v4.sign = no, for the benchmark", ["sign no"])
    c.say("an answer", Request("GET", DETAILS), 200, VIEW, signed=False)
    c.say("a refusal", Request("GET", DETAILS, auth=None), 400, error(
        "missing_headers", "Date or Authorization is missing"), signed=False)
    return c


def public():
    c = Conversation("public", "keys, health, the description of the API")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(PUBLIC), "use": "sig",
           "alg": "EdDSA", "kid": KEYID}
    base = "https://license.example.com/api/v4"
    calls = [("POST", "activate_license"), ("POST", "activate_bundle"),
             ("GET", "check_license"), ("GET", "check_bundle"),
             ("POST", "deactivate_license"), ("POST", "deactivate_bundle"),
             ("POST", "add_consumption"), ("GET", "product_details"),
             ("POST", "change_password"), ("GET", ".well-known")]
    c.say(".well-known needs no credential", Request(
        "GET", "/api/v4/.well-known/?nonce=x", date=None, auth=None), 200,
        {"api_base_url": base, "environment": "production", "supported_api_versions": ["v4"],
         "default_api_version": "v4", "version": "0.1.0", "timestamp": NOW, "keys": [jwk],
         "endpoints": [{"method": m, "url": "%s/%s/" % (base, n)} for m, n in calls]})
    bare = {"date": None, "auth": None}
    c.say("jwks.json", Request("GET", "/.well-known/jwks.json", **bare), 200,
          {"keys": [jwk]}, signed=False)
    c.say("healthz", Request("GET", "/healthz", **bare), 200,
          {"status": "ok", "writable": True}, signed=False)
    c.say("readyz", Request("GET", "/readyz", **bare), 200,
          {"status": "ready", "writable": True}, signed=False)
    c.say("no metrics for the public", Request("GET", "/metrics", **bare), 404,
          error("not_found", "Nothing is here", 404), signed=False)
    return c


def admin():
    c = Conversation("admin", "the admin listener's own error form", ["listener admin"])
    bare = {"date": None, "auth": None}
    own = dict(error("not_found", "Nothing is here", 404), errors=[])
    request_id = ["request-id: 00000000-0000-4000-8000-000000000001"]
    c.say("healthz", Request("GET", "/healthz", **bare), 200,
          {"status": "ok", "writable": True}, request_id, signed=False)
    c.say("unknown path", Request("GET", "/api/v1/nothing/", **bare), 404, own, request_id,
          signed=False)
    c.say("wrong method", Request("POST", "/metrics", body="", **bare), 405, dict(
        error("method_not_allowed", "This path does not take this method", 405), errors=[]),
        ["Allow: GET"] + request_id, signed=False)
    c.refuse("License API v4 is not here, and says so in its own form", Request(
        "GET", "/api/v4/check_license"), "not_found", "Nothing is here", 404)
    return c


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    stale = 0
    for make in (bundle, clone, consumption, users, floating, read_only, credentials,
                 refusals, user_rate, fail_rate, call_rate, busy, unsigned, public, admin):
        c = make()
        path = os.path.join(here, c.name + ".exchange")
        data = "".join(c.parts)
        if "--check" in sys.argv:
            with open(path, encoding="utf-8", newline="") as f:
                stale += f.read() != data
            continue
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(data)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
