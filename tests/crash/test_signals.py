"""SIGTERM and SIGSTOP under load: a server that is asked to stop answers what it did, and one that
is held up goes on as if nothing had been."""
import os
import signal
import time

from ledger import acknowledged
from storm import World

CLOSED = (ConnectionError, FileNotFoundError)  # no half answer, nothing that waits in vain
STOPS = 40 if os.environ.get("LICET_LONG") else 6


def lost(world):
    return [worker.lost for worker in world.workers if worker.lost is not None]


def test_a_drained_server_answers_what_it_did(fresh):
    """Exit 0 each time; a request whose connection was closed without an answer was not made."""
    world = World(fresh.start())
    for turn in range(STOPS):
        assert world.storm(0.2 + 0.05 * turn % 0.3, fresh.stop) == 0
        assert len(lost(world)) == len(world.workers)
        assert all(isinstance(error, CLOSED) for error in lost(world)), lost(world)
        assert fresh.verify().returncode == 0
        fresh.start()
        world.compare(drained=True)
        world.audit()
    print(f"{STOPS} stops, {acknowledged(world.workers)} acknowledged changes")
    assert acknowledged(world.workers) > STOPS * 20
    assert fresh.stop() == 0


def test_held_up_and_let_go(fresh):
    """Nobody sees more than a delay."""
    world = World(fresh.start())
    world.begin()
    for turn in range(STOPS):
        time.sleep(0.15)
        fresh.process.send_signal(signal.SIGSTOP)
        time.sleep(0.1 + 0.05 * turn % 0.4)
        fresh.process.send_signal(signal.SIGCONT)
    time.sleep(0.2)
    world.calm()
    assert lost(world) == []
    assert acknowledged(world.workers) > STOPS * 10
    world.compare()
    world.audit()
    assert fresh.stop() == 0
    assert fresh.verify().returncode == 0
