"""The management API itself: lists, safe changes, errors, tokens (management-api.md 1, 2)."""
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from licetd import Manage, Server, UnixConnection, exchange, make_product, unique
from v4 import instant


@pytest.fixture(scope="module")
def customers(manage):
    """45 customers of one company."""
    word = unique("Co")
    made = [manage.post("customers/", {"email": f"c{n}@{word}.example", "company_name": word,
                                       "last_name": f"N{n:02}", "reference": unique("ref")})
            for n in range(45)]
    return word, made


def mistake(answer, status, code, field=None):
    body = answer.json
    assert (answer.status, body["status"], body["code"]) == (status, status, code), answer
    assert list(body)[:4] == ["status", "code", "message", "errors"]
    if field is not None:
        assert field in [e["field"] for e in body["errors"]], body
    return body


class TestLists:
    def walk(self, manage, **query):
        found, pages, target = [], 0, None
        page = manage.get("customers/", **query)
        while True:
            pages += 1
            found += page["results"]
            if not page["next"]:
                return found, pages, page["count"]
            target = page["next"].removeprefix("/api/v1/")
            page = manage.ok("GET", target)

    def test_default_page(self, manage, customers):
        page = manage.get("customers/")
        assert list(page) == ["count", "next", "previous", "results"]
        assert len(page["results"]) == 20 and page["previous"] is None

    @pytest.mark.parametrize("limit", [1, 7, 44, 45, 100])
    def test_paging_meets_each_once(self, manage, customers, limit):
        word, made = customers
        found, pages, count = self.walk(manage, company_name=word, limit=limit)
        assert [x["id"] for x in found] == [x["id"] for x in made]
        assert count == 45 and pages == -(-45 // limit)

    def test_limit_is_cut(self, manage, customers):
        assert len(manage.get("customers/", limit=1000)["results"]) <= 100

    def test_previous(self, manage, customers):
        page = manage.get("customers/", company_name=customers[0], limit=10, offset=20)
        back = manage.ok("GET", page["previous"].removeprefix("/api/v1/"))
        assert [x["id"] for x in back["results"]] == [x["id"] for x in customers[1][10:20]]

    def test_order(self, manage, customers):
        word, made = customers
        down = manage.get("customers/", company_name=word, order_by="-id", limit=5)["results"]
        assert [x["id"] for x in down] == [x["id"] for x in made[:-6:-1]]
        by_mail = manage.get("customers/", company_name=word, order_by="email", limit=100)["results"]
        assert [x["email"] for x in by_mail] == sorted(x["email"] for x in made)
        assert manage.call("GET", "customers/", order_by="phone").status == 400

    @pytest.mark.parametrize("query,hits", [
        ({"last_name": "N03"}, 1), ({"last_name__icontains": "n0"}, 10),
        ({"last_name__in": "N01,N44,N99"}, 2), ({"last_name": "n03"}, 0)])
    def test_filters(self, manage, customers, query, hits):
        assert manage.get("customers/", company_name=customers[0], **query)["count"] == hits

    def test_comparisons(self, manage, customers):
        word, made = customers
        middle = made[20]["id"]
        for name, hits in (("id__gt", 24), ("id__gte", 25), ("id__lt", 20), ("id__lte", 21)):
            assert manage.get("customers/", company_name=word, **{name: middle})["count"] == hits
        assert manage.get("customers/", company_name=word, created_at__gt="2199-01-01")["count"] == 0
        assert manage.get("customers/", company_name=word, customer_account__isnull="true")["count"] == 45
        assert manage.get("customers/", company_name=word, customer_account__isnull="false")["count"] == 0

    def test_mail_is_folded(self, manage, customers):
        assert manage.get("customers/", email=customers[1][4]["email"].upper())["count"] == 1

    @pytest.mark.parametrize("query", [{"colour": "red"}, {"email__regex": "x"}, {"x": "1"}])
    def test_unknown_filter(self, manage, query):
        body = mistake(manage.call("GET", "customers/", **query), 400, "unknown_filter")
        assert "company_name" in json.dumps(body)

    @pytest.mark.parametrize("query,field", [({"offset": "100001"}, None), ({"limit": "x"}, None),
                                             ({"offset": "-1"}, None), ({"id__gt": "x"}, None)])
    def test_bad_values(self, manage, query, field):
        body = mistake(manage.call("GET", "customers/", **query), 400, "validation_error", field)
        if query.get("offset") == "100001":
            assert "export" in json.dumps(body)


class TestSafety:
    def test_dry_run(self, manage):
        mail = unique("d") + "@example.com"
        before = manage.get("audit/verify/")["last"]
        dry = manage.post("customers/", {"email": mail, "phone": "1"}, dry_run="true")
        assert dry["dry_run"] is True and dry["result"]["id"] is None
        (change,) = [c for c in dry["changes"] if c["type"] == "customer"]
        assert (change["action"], change["fields"]["phone"]) == ("create", [None, "1"])
        assert manage.get("customers/", email=mail)["count"] == 0
        assert manage.get("audit/verify/")["last"] == before
        real = manage.post("customers/", {"email": mail, "phone": "1"})
        dry = manage.patch(f"customers/{real['id']}/", {"phone": "2"}, dry_run="true")
        (change,) = dry["changes"]
        assert (change["action"], change["fields"]["phone"]) == ("update", ["1", "2"])
        assert manage.get(f"customers/{real['id']}/")["phone"] == "1"
        dry = manage.delete(f"customers/{real['id']}/", dry_run="true")
        assert dry["changes"][0]["action"] == "delete"
        assert manage.get(f"customers/{real['id']}/")["phone"] == "1"
        mistake(manage.call("POST", "customers/", {"email": mail}, dry_run="true"), 409, "duplicate")

    def test_fifty_equal_posts_make_one(self, manage):
        mail, key = unique("i") + "@example.com", unique("key")

        def post(_):
            while True:
                answer = manage.call("POST", "customers/", {"email": mail},
                                     [("Idempotency-Key", key)])
                if answer.status != 409 or answer.code != "idempotency_in_progress":
                    return answer

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(post, range(50)))
        assert {a.status for a in answers} == {201}
        assert len({a.json["id"] for a in answers}) == 1
        replayed = [a.headers.get("idempotency-replayed") for a in answers]
        assert replayed.count(None) == 1 and replayed.count(["true"]) == 49
        assert manage.get("customers/", email=mail)["count"] == 1

    def test_key_of_another_request(self, manage):
        key = [("Idempotency-Key", f'"{unique("key")}"')]
        body = {"email": unique("k") + "@example.com"}
        assert manage.call("POST", "customers/", body, key).status == 201
        other = {"email": unique("k") + "@example.com"}
        mistake(manage.call("POST", "customers/", other, key), 422, "idempotency_key_reused")
        account = {"name": "x", "code": unique("k")}
        mistake(manage.call("POST", "customer-accounts/", account, key), 422,
                "idempotency_key_reused")

    def test_refusal_is_stored_and_secret_is_not(self, manage):
        key = [("Idempotency-Key", unique("key"))]
        bad = {"email": "not-an-address"}
        first = manage.call("POST", "customers/", bad, key)
        again = manage.call("POST", "customers/", bad, key)
        assert first.status == 400 and again.body == first.body
        key = [("Idempotency-Key", unique("key"))]
        made = manage.call("POST", "api-keys/", {"name": "once"}, key)
        again = manage.call("POST", "api-keys/", {"name": "once"}, key)
        assert made.json["shared_key"] and again.json["shared_key"] is None
        assert again.json["id"] == made.json["id"]
        assert manage.get(f"api-keys/{made.json['id']}/")["shared_key"] is None

    def test_if_match(self, manage):
        made = manage.post("customers/", {"email": unique("e") + "@example.com"})
        path = f"customers/{made['id']}/"
        (tag,) = manage.call("GET", path).headers["etag"]
        answer = manage.call("PATCH", path, {"phone": "1"}, [("If-Match", tag)])
        assert answer.status == 200 and answer.headers["etag"] != [tag]
        stale = manage.call("PATCH", path, {"phone": "2"}, [("If-Match", tag)])
        mistake(stale, 412, "stale_object")
        assert stale.headers["etag"] == answer.headers["etag"]
        mistake(manage.call("DELETE", path, None, [("If-Match", tag)]), 412, "stale_object")
        assert manage.call("PATCH", path, {"phone": "3"}).status == 200

    def test_if_none_match(self, manage):
        made = manage.post("customers/", {"email": unique("n") + "@example.com"})
        path = f"customers/{made['id']}/"
        (tag,) = manage.call("GET", path).headers["etag"]
        answer = manage.call("GET", path, None, [("If-None-Match", tag)])
        assert (answer.status, answer.body) == (304, b"")
        assert manage.call("GET", path, None, [("If-None-Match", '"99"')]).status == 200

    def test_reason(self, manage):
        made = manage.post("api-keys/", {"name": "r"})
        path = f"api-keys/{made['id']}/revoke/"
        for body in ({}, {"reason": "ab"}, {"reason": "  a  "}, {"reason": "x" * 501}):
            mistake(manage.call("POST", path, body), 400, "reason_required")
        assert manage.post(path, {"reason": "ü" * 500})["revoked_at"]
        mistake(manage.call("POST", path, {"reason": "again"}), 409, "wrong_state")


class TestBodies:
    def test_unknown_member(self, manage):
        body = {"email": unique("u") + "@example.com", "colour": "red", "size": 1}
        mistake(manage.call("POST", "customers/", body, strict="true"), 400, "validation_error",
                "colour")
        answer = manage.call("POST", "customers/", body)
        assert answer.status == 201
        named = answer.headers["licet-ignored"][0]
        assert "colour" in named and "size" in named

    def test_every_fault_at_once(self, manage):
        body = manage.call("POST", "products/", {"short_code": "!", "trial_days": -1,
                                                 "product_name": 5, "is_bundle": "maybe"})
        fields = {e["field"] for e in mistake(body, 400, "validation_error")["errors"]}
        assert {"short_code", "trial_days", "product_name", "is_bundle"} <= fields

    @pytest.mark.parametrize("data,status,code", [
        (b"{", 400, "invalid_json"), (b"[]", 400, "invalid_json"), (b"", 400, "invalid_json"),
        (b'{"a":1,"a":2}', 400, "invalid_json"), (b'{"email":"\xff"}', 400, "validation_error"),
        (b"x" * (1024 * 1024 + 1), 413, "payload_too_large")])
    def test_json(self, manage, data, status, code):
        mistake(manage.call("POST", "customers/", data), status, code)

    def test_media_type(self, manage):
        for kind, status in (("text/plain", 415), ("application/json; charset=utf-8", 201), (None, 201)):
            headers = [("Content-Type", kind)] if kind else []
            connection = UnixConnection(manage.server.socket)
            data = json.dumps({"email": unique("m") + "@example.com"}).encode()
            answer = exchange(connection, "POST", "/api/v1/customers/", headers, data)
            connection.close()
            assert answer.status == status
            assert status == 201 or answer.code == "unsupported_media_type"

    def test_null_and_empty(self, manage):
        made = manage.post("customers/", {"email": unique("z") + "@example.com", "phone": "1"})
        path = f"customers/{made['id']}/"
        assert manage.patch(path, {"phone": ""})["phone"] == ""
        mistake(manage.call("PATCH", path, {"phone": None}), 400, "validation_error", "phone")
        assert manage.patch(path, {"customer_account": None})["customer_account"] is None

    @pytest.mark.parametrize("given,shown", [
        ("2031-05-06", "2031-05-06T00:00:00.000Z"),
        ("2031-05-06T10:00:00+02:00", "2031-05-06T08:00:00.000Z"),
        ("2031-05-06T10:00:00.123Z", "2031-05-06T10:00:00.123Z")])
    def test_instants(self, manage, given, shown):
        license_ = manage.post("licenses/", {"product": make_product(manage)["short_code"],
                                             "validity_period": given})
        assert license_["validity_period"] == shown


class TestPaths:
    def test_slash_and_unknown(self, manage):
        assert manage.call("GET", "products").status == 200
        for path in ("nothing/", "customers/x/", "customers/1x/", "customers/-1/", "customers/0/",
                     "customers/999999/", "customers//", "clabels/", "activities/"):
            mistake(manage.call("GET", path), 404, "not_found")

    def test_wrong_method(self, manage):
        answer = manage.call("DELETE", "customers/")
        mistake(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == ["GET, POST"]

    def test_reply_headers(self, manage):
        answer = manage.call("GET", "customers/")
        assert len(answer.headers["request-id"][0]) == 36
        assert answer.headers["cache-control"] == ["no-store"]
        made = manage.call("POST", "customers/", {"email": unique("l") + "@example.com"})
        assert made.headers["location"] == [f"/api/v1/customers/{made.json['id']}/"]


class TestTokens:
    def token(self, manage, **fields):
        return manage.post("tokens/", {"name": "t", **fields})

    def test_form_and_use(self, server, manage):
        made = self.token(manage)
        text = made["token"]
        assert text.startswith("lmk_") and text[12] == "." and len(text) == 4 + 8 + 1 + 43
        assert text.startswith(made["prefix"]) and len(made["prefix"]) == 12
        assert manage.get(f"tokens/{made['id']}/")["token"] is None
        mine = Manage(server, text)
        assert mine.get("accounts/me/")["role"] == "owner"
        bearer = Manage(server)
        assert bearer.call("GET", "vendor/", None, [("Authorization", f"Bearer {text}")]).status == 200

    @pytest.mark.parametrize("text", ["lmk_aaaaaaaa." + "A" * 43, "", "x", "lmk_"])
    def test_unknown(self, server, text):
        answer = Manage(server, text, "127.0.0.2").call("GET", "vendor/")
        mistake(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"] == ["Api-Key"]

    def test_bad_token_is_refused_on_the_socket_too(self, manage):
        answer = manage.call("GET", "vendor/", None, [("Authorization", "Api-Key lmk_x")])
        mistake(answer, 401, "unauthenticated")

    def test_permissions_narrow(self, server, manage):
        reader = Manage(server, self.token(manage, permissions=["customers.read"])["token"])
        assert reader.call("GET", "customers/").status == 200
        body = mistake(reader.call("POST", "customers/", {"email": "a@b.example"}), 403, "forbidden")
        assert "customers.write" in body["message"]
        mistake(reader.call("GET", "products/1/"), 403, "forbidden")
        mistake(reader.call("GET", "customers/999999/"), 404, "not_found")
        mistake(reader.call("PATCH", "customers/999999/", {}), 403, "forbidden")

    def test_no_more_than_its_maker(self, server, manage):
        narrow = Manage(server, self.token(manage, permissions=["customers.read"])["token"])
        answer = narrow.call("POST", "tokens/", {"name": "more", "permissions": ["customers.write"]})
        assert answer.status in (400, 403)
        answer = narrow.call("POST", "tokens/", {"name": "all"})
        if answer.status == 201:
            wide = Manage(server, answer.json["token"])
            mistake(wide.call("POST", "customers/", {"email": "a@b.example"}), 403, "forbidden")

    def test_unknown_permission(self, manage):
        mistake(manage.call("POST", "tokens/", {"name": "p", "permissions": ["all.things"]}), 400,
                "validation_error")

    def test_expiry(self, server, manage):
        mistake(manage.call("POST", "tokens/", {"name": "x", "expires_at": instant(days=800)}), 400,
                "validation_error", "expires_at")
        mistake(manage.call("POST", "tokens/", {"name": "x", "expires_at": instant(days=-1)}), 400,
                "validation_error", "expires_at")
        soon = Manage(server, self.token(manage, expires_at=instant(seconds=3))["token"], "127.0.0.3")
        assert soon.call("GET", "vendor/").status == 200
        time.sleep(3.1)
        mistake(soon.call("GET", "vendor/"), 401, "unauthenticated")

    def test_addresses(self, server, manage):
        near = Manage(server, self.token(manage, allowed_addresses=["127.0.0.0/8"])["token"])
        far = Manage(server, self.token(manage, allowed_addresses=["10.0.0.0/8", "::1"])["token"],
                     "127.0.0.3")
        assert near.call("GET", "vendor/").status == 200
        mistake(far.call("GET", "vendor/"), 401, "unauthenticated")
        mistake(manage.call("POST", "tokens/", {"name": "x", "allowed_addresses": ["here"]}), 400,
                "validation_error")

    def test_revoked(self, server, manage):
        made = self.token(manage)
        mine = Manage(server, made["token"], "127.0.0.3")
        assert mine.call("GET", "vendor/").status == 200
        manage.post(f"tokens/{made['id']}/revoke/")
        mistake(mine.call("GET", "vendor/"), 401, "unauthenticated")

    def test_survives_a_restart(self):
        server = Server()
        try:
            text = self.token(server.start().manage)["token"]
            assert server.stop() == 0
            server.start()
            assert Manage(server, text).call("GET", "vendor/").status == 200
        finally:
            server.remove()
