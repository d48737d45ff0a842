"""Conversations of credentials, refusals and rates."""
from v4_objects import (DETAILS, INACTIVE, INVALID, KEY, MISSING, NO_SEAT, NOT_FOUND, VIEW,
                        License)
from v4_wire import DATE, START, Conversation, Moment, Request, authorization, error


def credentials():
    c = Conversation("v4-auth", "license-api-v4.md 3.2: every refusal, and forms that pass",
                     ["starve yes"])
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
    c = Conversation("v4-refusals", "routes, parameters and steps 3 to 9 of an activation",
                     ["starve yes"])
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


def limits():
    c = Conversation("v4-limits", "steps 9 to 15 of an activation, and rules of later calls")
    path = "/api/v4/activate_license"
    who = {"hardware_id": "hw-1", "product": "tied", "license_key": KEY}

    def activate(**more):
        return Request("POST", path, dict(who, **more))
    c.refuse("expired", activate(product="gone"), "license_expired",
             "The license has expired")
    c.refuse("on a virtual machine", activate(product="metal", is_vm="1"), "vm_not_allowed",
             "The license does not allow virtual machines")
    c.say("the one seat", activate(), 200, License(31, 5501).activation("hw-1"))
    c.refuse("no second one", activate(hardware_id="hw-2"), *NO_SEAT)
    c.say("given back", Request("POST", "/api/v4/deactivate_license", who), 200,
          '"license_deactivated"')
    c.refuse("no other device may have it", activate(hardware_id="hw-2"),
             "license_transferred_max_times",
             "The license cannot be transferred to another device again")
    c.refuse("add_consumption on another type", Request(
        "POST", "/api/v4/add_consumption", who), *INACTIVE)
    c.say("its owner may", activate(), 200, License(31, 5501).activation("hw-1"))
    c.refuse("no consumption license", Request("POST", "/api/v4/add_consumption", who),
             "license_not_consumption", "The license is not of type consumption")
    c.refuse("a set without its members", Request("POST", "/api/v4/activate_bundle", dict(
        who, product="kit")), *NOT_FOUND, license_id=None, product="view")
    c.refuse("unknown bundle_code", activate(bundle_code="nothing"), "unknown_product",
             "No product has this code")
    c.refuse("bundle_code of no bundle", activate(bundle_code="edit"), "product_not_bundle",
             "The product is not a bundle")
    c.refuse("license_id of another", activate(license_id=1201), *NOT_FOUND)
    return c


def user_limits():
    c = Conversation("v4-user-limits", "the user's own maximum, and passwords of an account")
    user = {"id": 7, "email": "ana@example.com", "first_name": "Ana", "last_name": "",
            "phone_number": "", "is_initial_password": True, "max_activations": 1,
            "allow_unlimited_activations": False, "total_activations": 1}
    who = {"hardware_id": "hw-1", "product": "crew", "username": "ana@example.com",
           "password": "correct horse"}
    path = "/api/v4/activate_license"
    c.say("the user's one activation", Request("POST", path, who), 200,
          License(32, 5501, user=user).activation("hw-1", username="ana@example.com"))
    c.refuse("a second one", Request("POST", path, dict(who, hardware_id="hw-2")),
             "license_user_activated_max_times",
             "The user has reached the maximum of own activations")
    c.refuse("of another customer account", Request("POST", path, dict(
        who, username="ana@example.com|EX1")), *NOT_FOUND)
    c.refuse("a password that single sign-on keeps", Request(
        "POST", "/api/v4/change_password", {
            "username": "sso@example.com", "password": "correct horse",
            "new_password": "battery staple"}),
        "change_password_not_allowed", "This password cannot be changed here")
    return c


TOO_MANY = ("too_many_requests", "Too many requests", 429, ["Retry-After: 3600"])
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
    c.say("another one does not", Request("GET", DETAILS).by("192.0.2.8"), 200, VIEW)
    c.refuse("a failure over IPv6", Request("GET", DETAILS, key="key-9").by(
        "2001:db8:0:1::1"), "invalid_api_key", "The API key is unknown")
    c.refuse("the same customer's next address", Request("GET", DETAILS).by(
        "2001:db8:0:1:a::2"), *TOO_MANY)
    c.say("the next customer's", Request("GET", DETAILS).by("2001:db8:0:2::1"), 200, VIEW)
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
