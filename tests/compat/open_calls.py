"""Conversations of the calls without credential, on both listeners."""
from v4_wire import KEYID, NOW, PUBLIC, Conversation, Request, b64url, error


def public():
    c = Conversation("public", "keys, health, the description of the API")
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64url(PUBLIC), "use": "sig",
           "alg": "EdDSA", "kid": KEYID}
    base = "https://license.example.com/api/v4"
    calls = [("POST", "activate_license"), ("POST", "activate_bundle"),
             ("GET", "check_license"), ("GET", "check_bundle"),
             ("POST", "deactivate_license"), ("POST", "deactivate_bundle"),
             ("POST", "activate_offline"), ("POST", "activate_bundle_offline"),
             ("POST", "deactivate_offline"), ("POST", "deactivate_bundle_offline"),
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
