import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import licetd  # noqa: E402

# No seat may depend on a rate, 64 clients stand behind one address, checkpoints are counted.
FREE = ("v4.rate=0", "v4.fail_rate=0", "v4.user_fail_rate=0", "offline.rate=0",
        "audit.checkpoint_interval=0", "server.threads=4")


@pytest.fixture
def fresh():
    """A server that is not started yet."""
    made = licetd.Server(*FREE)
    yield made
    made.remove()


@pytest.fixture
def server(fresh):
    yield fresh.start()
    assert fresh.stop() == 0
    log = fresh.log_text()
    assert "AddressSanitizer" not in log and "runtime error" not in log, log[-4000:]
    done = fresh.verify()
    assert done.returncode == 0, done.stdout + done.stderr
