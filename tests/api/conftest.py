import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import gap as offline_gap  # noqa: E402
import licetd  # noqa: E402


@pytest.fixture(scope="module")
def server():
    """One running server for the tests of a file; rates high enough not to be in the way."""
    made = licetd.Server("v4.rate=100000/s", "v4.fail_rate=100000/s", "v4.user_fail_rate=100000/s",
                         "admin.rate=100000/s", "offline.rate=100000/s")
    try:
        yield made.start()
        checked = made.manage.get("check/")
        assert checked["ok"] is True, checked["problems"]
        assert made.stop() == 0
        log = made.log_text()
        assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]
    finally:
        made.remove()


@pytest.fixture(scope="module")
def manage(server):
    return server.manage


@pytest.fixture(scope="module")
def client(server):
    made = server.client()
    yield made
    made.close()


@pytest.fixture(scope="module")
def gap(server):
    return offline_gap.Gap(server)
