"""What the page /offline is on the wire: headers, assets, weight, options, limits."""
import gzip
import re
import secrets

import licetd
import pytest
from gap import Gap
from licetd import unique
from offline import armored
from v4 import Case, hw


def form(**parts):
    mark = secrets.token_hex(8)
    body = "".join(f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in parts.items())
    return body + f"--{mark}--\r\n", [("Content-Type", f"multipart/form-data; boundary={mark}")]


def post(gap, path="/offline", **parts):
    body, headers = form(**parts)
    return gap.send("POST", path, body, headers)


def assets(page):
    return sorted(set(re.findall(r"/offline/assets/[0-9a-f]+/[a-z.]+", page)))


def test_headers(gap):
    answer = gap.send("GET", "/offline")
    assert answer.status == 200
    policy = answer.headers["content-security-policy"][0]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == ["no-store"]
    assert answer.headers["referrer-policy"] == ["no-referrer"]
    assert answer.headers["x-content-type-options"] == ["nosniff"]
    page = answer.body.decode()
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=\"/offline/)|\son[a-z]+=|https?://", page)


def test_weight(gap):
    """All that the page loads, the reader of codes included, is below 100 KB."""
    page = gap.send("GET", "/offline").body
    names = assets(page.decode())
    assert any(name.endswith("decode.js") for name in names), "built without the QR reader"
    folder = names[0].rsplit("/", 1)[0]
    more = [f"{folder}/{name}" for name in ("scan.js", "index.js")]
    total = len(page)
    for name in names + more:
        answer = gap.send("GET", name, headers=[("Accept-Encoding", "gzip, br")])
        assert answer.status == 200 and answer.headers["content-encoding"] == ["gzip"], name
        plain = gap.send("GET", name, headers=[("Accept-Encoding", "gzip;q=0")])
        assert "content-encoding" not in plain.headers and plain.body == gzip.decompress(answer.body)
        assert "http:" not in plain.body.decode().replace("http://www.w3.org", "") or name.endswith(("decode.js",
                                                                                                      "index.js"))
        total += len(answer.body)
    assert total < 100_000, total


def test_assets_are_kept(gap):
    name = assets(gap.send("GET", "/offline").body.decode())[0]
    answer = gap.send("GET", name)
    assert "immutable" in answer.headers["cache-control"][0] and answer.headers["vary"] == ["Accept-Encoding"]
    again = gap.send("GET", name, headers=[("If-None-Match", answer.headers["etag"][0])])
    assert again.status == 304 and again.body == b""
    other = gap.send("GET", re.sub(r"assets/[0-9a-f]+", "assets/0000", name))
    assert other.status == 200 and other.headers["cache-control"] == ["no-cache"]
    assert gap.send("GET", "/offline/assets/0000/licetd.conf").status == 404


def test_faults_are_pages(gap):
    for method, path, status in (("GET", "/offline/nothing", 404), ("DELETE", "/offline", 405),
                                 ("POST", "/offline", 400)):
        answer = gap.send(method, path, b"x" if method == "POST" else None)
        assert answer.status == status and answer.headers["content-type"] == ["text/html; charset=utf-8"]
        assert b"<main>" in answer.body
    assert gap.send("GET", "/offline/v1/nothing").headers["content-type"] == ["application/json; charset=utf-8"]


def test_only_own_answers_come_back(gap, client, manage, tmp_path):
    case = Case(client, manage)
    answer = gap.answer(gap.machine(hw()).request(case.code, license_key=case.key)).body.decode()
    assert post(gap, "/offline/answer", **{"text": answer, "as": "file"}).status == 200
    # a request, another server's answer, words of somebody else between answers
    request = armored(gap.machine(hw()).request(case.code, license_key=case.key))
    assert post(gap, "/offline/answer", **{"text": request, "as": "file"}).status == 400
    got = post(gap, "/offline/answer", **{"text": "Call 0900!\n" + answer, "as": "file"})
    assert got.status == 200 and b"0900" not in got.body
    other = licetd.Server("offline.rate=0")
    try:
        theirs = post(Gap(other.start()), "/offline/answer", **{"text": answer, "as": "page"})
        assert theirs.status == 400 and b"not by this server" in theirs.body
    finally:
        other.stop()
        other.remove()


def test_audit_says_portal(gap, client, manage):
    case = Case(client, manage)
    machine = gap.machine(hw())
    assert post(gap, text=armored(machine.request(case.code, license_key=case.key))).status == 200
    row, = manage.get("offline/activations/", hardware_id=machine.hardware_id)["results"]
    assert row["issued_by"] == "portal"


def test_wrong_passwords_count(gap, client, manage):
    """As on /offline/v1/: the verification is the same."""
    product = licetd.make_product(manage, authorization_method="user")
    machine = gap.machine(hw())
    answer = post(gap, text=armored(machine.request(product["short_code"], username=unique() + "@x.example",
                                                    password="wrong")))
    assert answer.status == 400 and b"license_not_found" in answer.body


@pytest.mark.parametrize("setting, status", [("offline.portal=no", 404), ("offline.rate=2/m", 429)])
def test_options(setting, status):
    server = licetd.Server(setting, *[] if "rate" in setting else ["offline.rate=0"])
    try:
        gap = Gap(server.start())
        answers = [post(gap, text="nothing") for _ in range(3)]
        assert answers[-1].status == status and b"<main>" in answers[-1].body
        if status == 429:
            assert answers[0].status == 400 and int(answers[-1].headers["retry-after"][0]) >= 1
            assert b"Time to wait" in answers[-1].body
            assert gap.send("GET", "/offline").status == 200
        else:
            for path in ("/offline", "/O/ABCD", "/offline/assets/0/portal.css"):
                assert gap.send("GET", path).status == 404
            assert gap.send("GET", "/offline/v1/revocations").status == 200
    finally:
        assert server.stop() == 0
        server.remove()


@pytest.mark.parametrize("size", [100, 300])
def test_size_and_level_of_codes(client, manage, size):
    server = licetd.Server(f"offline.qr_bytes={size}", "offline.qr_level=H", "offline.rate=0", "v4.rate=0", "admin.rate=0")
    try:
        gap = Gap(server.start())
        case = Case(server.client(), server.manage)
        page = post(gap, text=armored(gap.machine(hw()).request(case.code, license_key=case.key))).body.decode()
        assert page.count("<figure>") >= (4 if size == 100 else 2)
    finally:
        assert server.stop() == 0
        server.remove()
