"""tools/demo as a newcomer runs it: it succeeds, shows what README says, and leaves nothing."""
import re
import subprocess

import licetd


def running():
    out = subprocess.run(["pgrep", "-x", "licetd"], capture_output=True, text=True, check=False)
    return set(out.stdout.split())


def test_demo():
    before = running()
    done = subprocess.run([licetd.TOP / "tools" / "demo"], capture_output=True, text=True, timeout=300,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert running() <= before
    order = ["$ licetd init", "ready public=", "$ licet bundle add studio", "license", "HTTP/1.1 200 OK",
             "verified: 200", "[1,1,1,1]", "HTTP/1.1 400 Bad Request", "license_activated_max_times",
             "NO", '"license_deactivated"', '"transfer_count":1', "license.activated",
             "ok  entries 1-", "ok  ledger", "ok  records"]
    at = 0
    for word in order:
        found = done.stdout.find(word, at)
        assert found >= 0, f"{word!r} is missing behind {at}:\n{done.stdout}"
        at = found
    key = re.search(r"[0-9A-HJ-NP-TV-Z]{5}(-[0-9A-HJ-NP-TV-Z]{5}){4}", done.stdout)
    assert key, "the license key is shown to the owner"


def test_demo_stops_its_server_when_it_fails():
    before = running()
    done = subprocess.run([licetd.TOP / "tools" / "demo"], capture_output=True, text=True, timeout=300,
                          env={"PATH": "/usr/bin:/bin", "TMPDIR": "/nonexistent"}, check=False)
    assert done.returncode != 0
    assert running() <= before
