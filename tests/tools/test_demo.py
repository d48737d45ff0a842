"""tools/demo as a newcomer runs it: it succeeds, shows what README says, and leaves nothing."""
import re
import subprocess

import licetd
import pytest
from raw import connect


def demo(home, **env):
    """tools/demo with its temporary files under home; they and the server are gone afterwards."""
    done = subprocess.run([licetd.TOP / "tools" / "demo"], capture_output=True, text=True, timeout=300,
                          env={"PATH": "/usr/bin:/bin", "TMPDIR": str(home), **env}, check=False)
    url = re.search(r"^ready public=(\S+)", done.stdout, re.MULTILINE)
    assert url, done.stdout + done.stderr
    with pytest.raises(ConnectionRefusedError):
        connect(url.group(1)).close()
    assert not list(home.iterdir())
    return done


def test_demo(tmp_path):
    done = demo(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    order = ["$ licetd init", "ready public=", "$ licet bundle add studio", "license", "HTTP/1.1 200 OK",
             "verified: 200", "[1,1,1,1]", "HTTP/1.1 400 Bad Request", "license_activated_max_times",
             "NO", '"license_deactivated"', '"transfer_count":1',
             "made      ", ", sealed, in ", "(exit code 5: refused)", "request   ", "serial    ",
             "ok        studio on pc-3", "▄", "the answer given before", "the same answer, byte for byte",
             "activation-2.png", "ok        studio on pc-3", "given up", "receipt   ", "license.activated",
             "ok  entries 1-", "ok  ledger", "ok  records"]
    at = 0
    for word in order:
        found = done.stdout.find(word, at)
        assert found >= 0, f"{word!r} is missing behind {at}:\n{done.stdout}"
        at = found
    assert re.findall(r"^build/demo/\S+$", done.stdout, re.MULTILINE) == [
        "build/demo/" + name for name in ("activation-1.png", "activation-2.png", "request.png")]
    assert all((licetd.TOP / "build" / "demo" / name).stat().st_size > 1000
               for name in ("activation-1.png", "activation-2.png", "request.png"))
    key = re.search(r"[0-9A-HJ-NP-TV-Z]{5}(-[0-9A-HJ-NP-TV-Z]{5}){4}", done.stdout)
    assert key, "the license key is shown to the owner"


def test_failing_demo(tmp_path):
    """Its server is stopped; a jq that fails is met long after its start."""
    programs, home = tmp_path / "bin", tmp_path / "tmp"
    programs.mkdir()
    home.mkdir()
    (programs / "jq").write_text("#!/bin/sh\nexit 9\n")
    (programs / "jq").chmod(0o755)
    done = demo(home, PATH=f"{programs}:/usr/bin:/bin")
    assert done.returncode == 9
    assert "demo failed" in done.stderr
