"""licet: what it prints and what it exits with: tables, CSV, JSON, errors, dry runs, help."""
import csv
import io
import json
import os
import pty
import subprocess

import licetd
import pytest
from licetd import unique


@pytest.fixture(scope="module")
def many(server):
    """More customers than two pages hold."""
    name = unique("many")
    for i in range(230):
        server.manage.post("customers/", {"email": f"{name}-{i}@c.example", "company_name": name,
                                          "reference": f"R{i:03}"})
    return name


def test_lists_over_all_pages(server, many):
    only = ("customer", "list", "--filter", f"company_name={many}")
    rows = json.loads(server.licet(*only, "--json").stdout)
    assert [r["reference"] for r in rows] == [f"R{i:03}" for i in range(230)]
    lines = server.licet(*only, "--columns", "reference,email").stdout.splitlines()
    assert lines[0].split() == ["REFERENCE", "EMAIL"] and len(lines) == 231
    assert len({line.index(many) for line in lines[1:]}) == 1
    down = server.licet(*only, "--sort", "-reference", "--limit", "105", "--field", "reference").stdout.split()
    assert down == [f"R{i:03}" for i in range(229, 124, -1)]
    assert server.licet(*only, "--limit", "0", "--json").stdout == "[]\n"
    assert server.licet(*only, "--limit", "x", check=False).returncode == 2


def test_csv(server):
    mail, name = unique("q") + "@c.example", '=cmd, "x"'
    server.licet("customer", "add", mail, "--company", name)
    text = server.licet("customer", "list", "--filter", f"email={mail}", "--csv", "--columns",
                        "company_name,email,customer_account").stdout
    assert list(csv.reader(io.StringIO(text))) == [["company_name", "email", "customer_account"],
                                                   ["'" + name, mail, ""]]


def test_control_bytes(server):
    mail = unique("q") + "@c.example"
    server.manage.post("customers/", {"email": mail, "company_name": "a\x1b[31mb\u009b\n"})
    for args in (["show", mail], ["list", "--filter", f"email={mail}"],
                 ["list", "--filter", f"email={mail}", "--csv"], ["show", mail, "--field", "company_name"]):
        text = server.licet("customer", *args).stdout
        assert "\x1b" not in text and "\u009b" not in text and "a\\x1B[31mb\\xC2\\x9B\\x0A" in text


def test_field(server):
    mail = unique("q") + "@c.example"
    server.licet("customer", "add", mail)
    assert server.licet("customer", "show", mail, "--field", "customer_account").stdout == "\n"
    assert server.licet("customer", "show", mail, "--field", "customer_account.x").stdout == "\n"
    wrong = server.licet("customer", "show", mail, "--field", "nosuch", check=False)
    assert wrong.returncode == 2 and "no member nosuch" in wrong.stderr and wrong.stdout == ""
    assert server.licet("customer", "list", "--columns", "nosuch", check=False).returncode == 2
    assert server.licet("customer", "list", "--json", "--csv", check=False).returncode == 2
    assert server.licet("customer", "edit", mail, "--company", "C", "--field", "company_name").stdout == "C\n"
    assert server.licet("customer", "edit", mail, "--company", "D", "-q").stdout == ""


def test_errors(server):
    done = server.licet("product", "add", "x", "--set", "nosuch=1", "--set", "trial_days=-1", check=False)
    assert done.returncode == 2 and done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("licet: ") and lines[-1].startswith("  next  ")
    why = [line for line in lines if line.startswith("  why   ")]
    assert {line.split()[1] for line in why} == {"nosuch:", "trial_days:", "product_name:", "short_code:"}
    done = server.licet("product", "add", "x", "--set", "nosuch=1", "--json", check=False)
    assert done.returncode == 2 and {"status", "code", "message", "errors"} <= set(json.loads(done.stderr))
    done = server.licet("product", "show", "nosuch", "--json", check=False)
    assert done.returncode == 3 and json.loads(done.stderr)["code"] == "not_found"
    done = server.licet("policy", "list", "--filter", "nosuch=1", check=False)
    assert done.returncode == 2 and "unknown_filter" in done.stderr


def test_usage(server):
    for args, words in ((["prodct", "list"], 'did you mean "product list"?'),
                        (["product", "list", "--jsn"], "did you mean --json?"),
                        (["product", "list", "--whole-set"], "takes no option --whole-set"),
                        (["product", "show"], "wants CODE"), ([], "no command"),
                        (["product", "list", "--filter", "x"], "NAME=VALUE"),
                        (["product", "list", "--timeout", "soon"], "--timeout")):
        done = server.licet(*args, check=False)
        assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1, done
    for name, *_ in (line.split("\t") for line in server.licet("print", "commands").stdout.splitlines()):
        done = server.licet(*name.split(), "--help")
        assert "example:\n  licet " + name in done.stdout and done.stderr == ""
    assert "licet offline" not in server.licet("--help").stdout


def test_dry_run(server):
    code = unique("dry")
    head = ["TYPE", "ID", "ACTION", "FIELD", "FROM", "TO"]
    lines = server.licet("product", "add", code, "--name", "Dry", "--dry-run").stdout.splitlines()
    assert lines[0].split() == head
    assert ["product", "-", "create", "short_code", "-", code] in [x.split() for x in lines]
    assert server.licet("product", "show", code, check=False).returncode == 3
    server.licet("product", "add", code, "--name", "Dry")
    number = server.licet("product", "show", code, "--field", "id").stdout.strip()
    lines = server.licet("product", "edit", code, "--name", "Wet", "--dry-run").stdout.splitlines()
    assert lines[1].split() == ["product", number, "update", "product_name", "Dry", "Wet"] and len(lines) == 2
    assert server.licet("product", "edit", code, "--name", "Dry", "--dry-run").stdout == "nothing would change\n"
    lines = server.licet("product", "remove", code, "--dry-run").stdout.splitlines()
    assert any(x.split()[:3] == ["product", number, "delete"] for x in lines)
    assert json.loads(server.licet("product", "remove", code, "--dry-run", "--json").stdout)["dry_run"] is True
    assert server.licet("product", "add", code, "--name", "Again", "--dry-run", check=False).returncode == 5
    assert server.licet("product", "show", code, "--field", "product_name").stdout == "Dry\n"


def test_dry_run_writes_no_file(server, tmp_path):
    written = tmp_path / "app.key"
    server.licet("key", "add", "dry", "--out", str(written), "--dry-run")
    assert not written.exists()
    assert "dry" not in server.licet("key", "list", "--field", "name").stdout.split()


def test_out_is_never_overwritten(server, tmp_path):
    written = tmp_path / "app.key"
    written.write_text("precious")
    done = server.licet("key", "add", "once", "--out", str(written), check=False)
    assert done.returncode == 5 and written.read_text() == "precious"
    assert server.licet("key", "add", "once", "--out", str(tmp_path / "no" / "x"), check=False).returncode == 3
    assert "once" not in server.licet("key", "list", "--field", "name").stdout.split()
    server.licet("key", "add", "once", "--out", str(written), "--force")
    assert written.read_text().startswith("API_KEY=") and written.stat().st_mode & 0o777 == 0o600
    assert server.licet("key", "add", "twice", "--out", "-").stdout.startswith("API_KEY=")


def on_terminal(server, args, answer):
    main, other = pty.openpty()
    process = subprocess.Popen([licetd.LICET, *args], stdin=other, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, env=server.env())
    os.close(other)
    os.write(main, answer)
    out, err = process.communicate(timeout=30)
    os.close(main)
    return process.returncode, out, err


def test_confirmation(server):
    code = unique("gone")
    server.licet("product", "add", code, "--name", "Gone")
    done = server.licet("product", "remove", code, check=False)
    assert done.returncode == 2 and "confirmation_needed" in done.stderr
    status, _, err = on_terminal(server, ["product", "remove", code], b"n\n")
    assert status == 2 and f"product remove {code}: go on? [y/N]" in err
    status, out, _ = on_terminal(server, ["product", "remove", code], b"y\n")
    assert status == 0 and out.startswith("removed   product ")


def test_full_disk(server):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([licetd.LICET, "product", "list", "--json"], stdout=full, stderr=subprocess.PIPE,
                              env=server.env(), check=False, text=True)
    assert done.returncode == 6 and "io_error" in done.stderr


def test_version(server):
    said = server.licet("version", "--json").stdout
    assert json.loads(said)["version"] == server.licet("status", "--field", "version").stdout.strip()
    assert server.licet("version").stdout.startswith("licet ")


def test_color_only_on_a_terminal(server):
    main, other = pty.openpty()
    subprocess.run([licetd.LICET, "account", "list"], stdout=other, env=server.env(), check=True)
    assert b"\x1b[1mID" in os.read(main, 4096)
    subprocess.run([licetd.LICET, "account", "list"], stdout=other, env=server.env(NO_COLOR="1"), check=True)
    subprocess.run([licetd.LICET, "account", "list", "--no-color"], stdout=other, env=server.env(), check=True)
    assert b"\x1b" not in os.read(main, 65536)
    os.close(main)
    os.close(other)
    assert "\x1b" not in server.licet("account", "list").stdout


def test_completion(server):
    for shell in ("bash", "zsh", "fish"):
        assert "license" in server.licet("completion", shell).stdout
    assert server.licet("completion", "tcsh", check=False).returncode == 2
    script = server.licet("completion", "bash").stdout + '''
COMP_LINE="licet license issue --" COMP_WORDS=(licet license issue --pol) COMP_CWORD=3
_licet; echo "${COMPREPLY[@]}"'''
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "--policy"
