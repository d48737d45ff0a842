"""Power loss: every state in which a disk may leave the store, made from the record of a server's
writes and syncs, opened, and compared with what clients had been told by then."""
import os
import re
import tempfile
from pathlib import Path

import pytest
from power import Recorded

LONG = bool(os.environ.get("LICET_LONG"))
SECONDS, STATES = (1.5, 0) if LONG else (0.4, 500)


@pytest.fixture(scope="module")
def recorded():
    """Memory is as good as a disk here: what is lost is worked out, not suffered."""
    made = Recorded(Path(tempfile.mkdtemp(prefix="licet-power-", dir=memory())))
    try:
        made.told = made.storm(SECONDS)
        yield made
    finally:
        made.server.remove()


def memory():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def counts(done):
    return {name: int(n) for name, n in re.findall(r"(\w+)=(\d+)", done.stdout)}


def test_every_state_keeps_what_was_told(recorded):
    done = recorded.states(STATES)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    found = counts(done)
    assert found["told"] == recorded.told >= 50
    assert found["commits"] >= 20 and found["states"] >= 8 * found["commits"]


@pytest.mark.parametrize("mutation,words", [("no-sync", "event"), ("early", "acknowledged")])
def test_it_would_tell(recorded, mutation, words):
    """Syncs that do nothing and answers before their sync are found out."""
    done = recorded.states(1, mutation)
    assert done.returncode == 1 and words in done.stderr, done.stdout + done.stderr
