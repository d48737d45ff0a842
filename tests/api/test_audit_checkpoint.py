"""Checkpoints of the audit log: made, listed, held against the history, and read by another program."""
import json
import signal
import time

import pytest
from audit_log import Checkpoint, Export, chain, entries
from gap import Gap
from licetd import LICETD, Server, exchange, make_product, run, unique
from offline import armor, dearmor
from v4 import instant

TEXT = [("Content-Type", "text/plain")]


def send(manage, text, **query):
    return manage.call("POST", "audit/verify/", text.encode(), TEXT, **query)


def found(manage, text, **query):
    answer = send(manage, text, **query)
    assert answer.status == 200, answer
    return answer.json


def kept(manage, **filters):
    return manage.get("audit/checkpoints/", order_by="seq", **filters)["results"]


@pytest.fixture(scope="module")
def made(manage):
    make_product(manage)
    return manage.post("audit/checkpoints/", {})


@pytest.fixture(scope="module")
def other():
    """Another vendor's server."""
    server = Server().start()
    yield server
    assert server.stop() == 0
    server.remove()


def test_made(manage, gap, made):
    """Signed for this server's root, over the entry that says that it was made."""
    checkpoint = Checkpoint(made["checkpoint"], gap.keys())
    entry = manage.get(f"audit/{made['seq']}/")
    assert entry["action"] == "audit.checkpoint"
    assert entry["object"] == {"type": "checkpoint", "id": str(made["seq"])}
    assert (checkpoint.seq, checkpoint.hash.hex()) == (entry["seq"], entry["hash"])
    assert checkpoint.vendor == "1" and abs(checkpoint.issued_at - time.time()) < 600
    assert (made["kid"], made["hash"]) == (checkpoint.kid.hex(), entry["hash"])
    assert made["epoch"] == checkpoint.epoch.hex()


def test_listed(manage, made):
    assert [c for c in kept(manage) if c["seq"] == made["seq"]] == [made]
    assert kept(manage, seq=made["seq"]) == [made]
    assert kept(manage, seq__gt=made["seq"], issued_at__gt=instant(seconds=60)) == []
    assert manage.call("GET", "audit/checkpoints/", nonsense=1).status == 400


def test_held(manage, made):
    make_product(manage)
    done = found(manage, made["checkpoint"])
    assert done["ok"] is True and done["problem"] is None and done["broken_at"] is None
    assert done["checkpoint"] == {k: made[k] for k in ("seq", "kid", "hash", "epoch")} | \
        {"issued_at": done["checkpoint"]["issued_at"]}
    assert done["last"] > made["seq"]
    late = found(manage, made["checkpoint"], **{"from": done["last"]})
    assert late["ok"] is True and late["first"] == done["last"]


def test_get_looks_at_the_newest_kept(manage):
    newest = manage.post("audit/checkpoints/", {})
    done = manage.get("audit/verify/")
    assert done["ok"] is True and done["checkpoint"]["seq"] == done["last"] == newest["seq"]


def test_signed_by_a_retired_key(manage, gap, made):
    manage.post("keys/rotate/", {"use": "issuing"})
    assert found(manage, made["checkpoint"])["ok"] is True
    newer = manage.post("audit/checkpoints/", {})
    assert newer["kid"] != made["kid"]
    assert Checkpoint(newer["checkpoint"], gap.keys()).seq == newer["seq"]
    manage.post(f"keys/{made['kid']}/revoke/", {"reason": "to see"})
    assert found(manage, made["checkpoint"])["ok"] is True


def test_of_another_server(manage, other):
    text = other.manage.post("audit/checkpoints/", {})["checkpoint"]
    done = found(manage, text)
    assert done["ok"] is False
    assert done["problem"] == "it is not signed by a key that this server's root certified"


def test_every_flipped_byte(manage, made):
    """No byte of the object can be changed: it is refused, or its signature is named."""
    (_, data), = dearmor(made["checkpoint"])
    for at in range(0, len(data), 7):
        bad = bytearray(data)
        bad[at] ^= 1
        answer = send(manage, armor("CHECKPOINT", bytes(bad)))
        if answer.status == 200:
            assert answer.json["ok"] is False and answer.json["problem"]
        else:
            assert answer.status == 400 and answer.code.startswith("object_"), answer


@pytest.mark.parametrize("text,code", [
    ("", "validation_error"), ("no armor", "validation_error"),
    ("-----BEGIN LICET CHECKPOINT-----\n!\n-----END LICET CHECKPOINT-----\n", "armor")])
def test_no_checkpoint(manage, text, code):
    answer = send(manage, text)
    assert (answer.status, answer.code) == (400, code)


def test_another_object(manage, gap):
    (kid,) = [k["kid"] for k in manage.get("keys/", use="box", state="active")["results"]]
    text = manage.call("GET", f"keys/{kid}/certificate/").body.decode()
    answer = send(manage, text)
    assert (answer.status, answer.code) == (400, "object_type")


def test_dry_run_signs_nothing_that_leaves(manage):
    before = manage.get("audit/verify/")
    answer = manage.call("POST", "audit/checkpoints/", {}, dry_run="true")
    assert answer.status == 200 and answer.json["result"]["checkpoint"] is None
    assert [c["type"] for c in answer.json["changes"]] == ["checkpoint"]
    assert manage.get("audit/verify/") == before


def test_permissions(server, manage, made):
    def staff(*permissions):
        return type(manage)(server, manage.post("tokens/", {
            "name": unique("t"), "permissions": list(permissions)})["token"])

    reader, writer = staff("audit.read"), staff("audit.export")
    assert reader.call("POST", "audit/checkpoints/", {}).status == 403
    assert reader.call("GET", "audit/checkpoints/").status == 200
    assert send(reader, made["checkpoint"]).status == 200
    assert writer.call("POST", "audit/checkpoints/", {}).status == 201
    assert writer.call("GET", "audit/checkpoints/").status == 403
    assert send(writer, made["checkpoint"]).status == 403


def test_licetd_looks_at_all(server, manage):
    done = run(LICETD, "verify", "--json", env=server.env())
    assert json.loads(done.stdout)["checkpoints"] == len(kept(manage)) > 3


# --- licet -----------------------------------------------------------------------------------------

def test_command(server, gap, tmp_path):
    file = tmp_path / "audit.lchk"
    said = server.licet("audit", "checkpoint", "--out", file).stdout
    checkpoint = Checkpoint(file.read_text(encoding="ascii"), gap.keys())
    assert said == f"created   checkpoint {checkpoint.seq}\n" and file.stat().st_mode & 0o777 == 0o600
    said = server.licet("audit", "verify", "--checkpoint", file).stdout
    assert said == (f"ok  entries 1-{checkpoint.seq}, head {checkpoint.hash.hex()[:8]}…, "
                    f"checkpoint {checkpoint.seq} signed by {checkpoint.kid.hex()}\n")
    assert server.licet("audit", "checkpoint", "--out", file, check=False).returncode == 5
    text = server.licet("audit", "checkpoint").stdout
    assert Checkpoint(text, gap.keys()).seq > checkpoint.seq
    assert server.licet("audit", "verify", "--checkpoint", "-", "--field", "ok", stdin=text).stdout == "true\n"


def test_command_says_what_differs(server, other, tmp_path):
    file = tmp_path / "audit.lchk"
    other.licet("audit", "checkpoint", "--out", file)
    done = server.licet("audit", "verify", "--checkpoint", file, check=False)
    assert done.returncode == 7 and "is not signed by a key" in done.stdout
    file.write_text("not one\n")
    done = server.licet("audit", "verify", "--checkpoint", file, check=False)
    assert done.returncode == 2 and "LICET CHECKPOINT" in done.stderr
    assert server.licet("audit", "verify", "--checkpoint", tmp_path / "none", check=False).returncode == 3


# --- export ----------------------------------------------------------------------------------------

def test_export(manage, gap, made):
    """All of it, with what is needed to recompute every hash."""
    last = manage.get("audit/verify/")["last"]
    answer = manage.call("GET", "audit/export/")
    assert answer.headers["content-type"] == ["application/x-ndjson"]
    assert answer.headers["transfer-encoding"] == ["chunked"]
    export = Export(answer.body.decode(), gap.keys())
    assert [e["seq"] for e in export.entries] == list(range(1, last + 1)) and export.details > 3
    entry = manage.get(f"audit/{last + 1}/")
    assert (entry["action"], entry["detail"]["fields"]) == ("audit.exported", {"entries": [1, last]})
    plain = manage.get(f"audit/{last}/")
    assert export.entries[-1] == plain | {"detail": export.entries[-1]["detail"]}
    assert found(manage, armor("CHECKPOINT", export.checkpoint.data))["ok"] is True


def test_part_of_it(manage, gap):
    answer = manage.call("GET", "audit/export/", **{"from": 3, "to": 5})
    assert answer.headers["content-disposition"] == ['attachment; filename="audit-3-5.ndjson"']
    export = Export(answer.body.decode(), gap.keys())
    assert [e["seq"] for e in export.entries] == [3, 4, 5]


@pytest.mark.parametrize("query", [{"from": 0}, {"from": "x"}, {"from": 4, "to": 3}, {"odd": 1},
                                   {"from": 10**9}])
def test_export_refused(manage, query):
    assert manage.call("GET", "audit/export/", **query).status == 400


def test_export_command(server, gap, tmp_path):
    file = tmp_path / "audit.ndjson"
    said = server.licet("audit", "export", "--out", file).stdout
    export = Export(file.read_text(encoding="utf-8"), gap.keys())
    assert said == f"exported  {len(export.entries)} entries and a checkpoint of the last\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert server.licet("audit", "export", "--out", file, check=False).returncode == 5
    again = server.licet("audit", "export", "--out", "-").stdout
    assert len(Export(again, gap.keys()).entries) == len(export.entries) + 1
    server.licet("audit", "export", "--out", file, "--force")
    assert len(file.read_text(encoding="utf-8").splitlines()) == len(export.entries) + 3
    assert server.licet("audit", "export", check=False).returncode == 2
    assert [p.name for p in tmp_path.iterdir()] == ["audit.ndjson"]


@pytest.mark.parametrize("spoil", ["flip", "drop", "swap", "add", "detail", "head"])
def test_a_spoiled_export_shows(manage, gap, spoil):
    """The other program finds each of them."""
    lines = manage.call("GET", "audit/export/").body.decode().splitlines(keepends=True)
    log, at = [json.loads(line) for line in lines], 5
    if spoil == "flip":
        log[at]["action"] = "license.deleted"
    elif spoil == "drop":
        del log[at]
    elif spoil == "swap":
        log[at], log[at + 1] = log[at + 1], log[at]
    elif spoil == "add":
        log.insert(at, log[at])
    elif spoil == "detail":
        entry = next(e for e in log if e.get("detail") and e["detail"]["fields"])
        entry["detail"]["fields"]["more"] = [1, 2]
    else:
        del log[-2]
    with pytest.raises(AssertionError):
        Export("".join(json.dumps(e) + "\n" for e in log), gap.keys())


def test_export_by_http10(server, gap):
    connection = server.manage.connection()
    connection.connect()
    connection.sock.sendall(b"GET /api/v1/audit/export/ HTTP/1.0\r\nHost: x\r\n\r\n")
    answer = b""
    while part := connection.sock.recv(65536):
        answer += part
    connection.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"chunked" not in head and b"Connection: close" in head
    Export(body.decode(), gap.keys())


def test_a_reader_that_goes(server, gap):
    """Nothing is left of it, and the connection is good for more when it stays."""
    for _ in range(20):
        connection = server.manage.connection()
        connection.connect()
        connection.sock.sendall(b"GET /api/v1/audit/export/ HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.sock.recv(10)
        connection.close()
    connection = server.manage.connection()
    for _ in range(2):
        answer = exchange(connection, "GET", "/api/v1/audit/export/", [])
        Export(answer.body.decode(), gap.keys())
    connection.close()


# --- by themselves ---------------------------------------------------------------------------------

def wait_for(look):
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_made_by_itself(tmp_path):
    """When there is something new, and only then."""
    server = Server("audit.checkpoint_interval=20ms", directory=tmp_path).start()
    try:
        manage = server.manage
        for n in range(5):
            make_product(manage)
            wait_for(lambda: len(kept(manage)) > n and
                     kept(manage)[-1]["seq"] == manage.get("audit/verify/")["last"])
        assert server.stop() == 0
        assert server.verify().returncode == 0
        manage = server.start().manage
        wait_for(lambda: kept(manage)[-1]["seq"] == manage.get("audit/verify/")["last"])
        log = entries(manage)
        chain(log)
        for before, entry in zip(log, log[1:]):
            if entry["action"] == "audit.checkpoint":
                assert entry["actor"]["type"] == "job" and before["action"] != "audit.checkpoint"
        keys = Gap(server).keys()
        hashes = {entry["seq"]: entry["hash"] for entry in log}
        for one in kept(manage):
            assert hashes[one["seq"]] == Checkpoint(one["checkpoint"], keys).hash.hex()
        assert server.stop() == 0
    finally:
        server.remove()


def test_a_reload_turns_it_on(tmp_path):
    server = Server(directory=tmp_path)
    conf = server.data / "licetd.conf"
    own = conf.read_text(encoding="utf-8")
    try:
        conf.write_text(own + "[audit]\ncheckpoint_interval = 0\n", encoding="utf-8")
        manage = server.start().manage
        conf.write_text(own + "[audit]\ncheckpoint_interval = 10ms\n", encoding="utf-8")
        assert kept(manage) == []
        server.process.send_signal(signal.SIGHUP)
        wait_for(lambda: kept(manage))
        assert server.stop() == 0
    finally:
        server.remove()
