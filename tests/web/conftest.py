import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import licetd  # noqa: E402
from browser import Browser, install  # noqa: E402
from gap import Gap  # noqa: E402
from v4 import Case  # noqa: E402


@pytest.fixture(scope="session")
def modules():
    install()


@pytest.fixture(scope="module")
def server():
    made = licetd.Server("v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0", "admin.rate=0", "offline.rate=0")
    try:
        yield made.start()
        assert made.stop() == 0
        log = made.log_text()
        assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]
    finally:
        made.remove()


@pytest.fixture(scope="module")
def browser(modules):
    made = Browser()
    yield made
    made.close()


@pytest.fixture
def web(browser, server):
    """The page, in a fresh profile; looked over by axe-core at its end."""
    browser.open(server.public + "/offline")
    yield browser
    browser.check()


@pytest.fixture(scope="module")
def manage(server):
    return server.manage


@pytest.fixture(scope="module")
def client(server):
    made = server.client()
    yield made
    made.close()


@pytest.fixture
def case(client, manage):
    return Case(client, manage)


@pytest.fixture(scope="module")
def gap(server):
    return Gap(server)
