import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import activity  # noqa: E402


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A sealed server with TLS on both listeners, over which every kind of call has gone."""
    made = activity.World(tmp_path_factory.mktemp("world"))
    try:
        made.run()
        yield made
        assert made.stop() == 0
    finally:
        made.server.remove()
