"""Conversations of bundles, licenses, users and floating seats."""
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from v4_objects import (CLONE, FILE, INACTIVE, INVALID, KEY, MISSING, NO_SEAT, NOT_FOUND,
                        UNKNOWN_DEVICE, License)
from v4_wire import DATE, NOW, START, Conversation, Moment, Request, answer, b64url, public_of, text

DEVICE_SEED = bytes(range(32, 64))


def bundle_call(nonce, hardware_id, moment=START, **more):
    body = {"hardware_id": hardware_id, "product": "suite", "license_key": KEY, **more}
    return Request("POST", "/api/v4/activate_bundle?nonce=" + nonce, body, moment=moment)


def check_12_1(body):
    """Digest and signature of the specification, with the token of the specification put back."""
    full = [dict(body[0], activation_token="TOKEN-PLACEHOLDER")] + body[1:]
    data = text(full).encode()
    assert len(data) == 4788
    assert hashlib.sha256(data).hexdigest() == (
        "89f8d0b8bf94b2a8a5f5e694ccb5dc028efc87ffa6acd1c6eb6fedde7447fea1")
    req = bundle_call("Zk3v9QbT0c2m7yWq1sXr4A", "hw-1")
    assert ("Signature: licet=:ofYciDTIOu4uYekamEx3FEt8zJQxcJn+k+ACmUmXOBIPap3w6WSc1LF5O3x"
            "uSIQ7hhEwv56epJtZ/si9RS7OAA==:") in answer(req, 200, text(full))


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
    return {"device_key": b64url(public_of(key)),
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
    c = Conversation("v4-floating", "a floating license with one seat",
                     ["touched 0", "starve yes"])
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


def read_only():
    c = Conversation("v4-read-only", "checks with a read-only key leave no trace",
                     ["touched 0", "starve yes"])
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
