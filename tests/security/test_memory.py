"""What was secret is not left in the server's memory: its writable memory is read from outside and
searched, after every kind of call and with the clients' connections still open."""
import base64
import hashlib
import os
import re
import subprocess
from pathlib import Path

import nacl.bindings
import nacl.pwhash
import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root reads such memory")

# Enough of a secret to know it by.
PIECE = 12


class Region:
    def __init__(self, line):
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ (\d+)\s*(.*)", line)
        self.start, self.end = int(found[1], 16), int(found[2], 16)
        self.mode, self.name = found[3], found[5] or "anonymous"
        self.locked, self.resident, self.dumped = False, 0, True

    def note(self, line):
        name, _, value = line.partition(":")
        if name == "Rss":
            self.resident = int(value.split()[0])
        if name == "VmFlags":
            self.locked, self.dumped = "lo" in value.split(), "dd" not in value.split()


class Memory:
    """The writable memory of a process, as it is at this moment."""

    def __init__(self, pid):
        self.regions = []
        for line in Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8").splitlines():
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                self.regions.append(Region(line))
            else:
                self.regions[-1].note(line)
        self.regions = [r for r in self.regions if r.mode.startswith("rw") and r.resident]
        with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for region in self.regions:
                region.data = self.read(memory, region)

    @staticmethod
    def read(memory, region):
        return os.pread(memory.fileno(), region.end - region.start, region.start)

    def find(self, word):
        """(region, bytes around it) of each place."""
        found = []
        for region in self.regions:
            at = region.data.find(word)
            while at >= 0:
                found.append((region, region.data[max(0, at - 60):at + len(word) + 30]))
                at = region.data.find(word, at + 1)
        return found


def tell(name, places):
    return [f"{name}: {region.name} {region.start:x} locked={region.locked} {around!r}"
            for region, around in places]


@pytest.fixture(scope="module")
def memory(world):
    return Memory(world.server.process.pid)


def key_file(path, passphrase):
    """The secret in a sealed key file, opened by what the manual says of it."""
    text = path.read_bytes()
    fields = dict(line.split(": ", 1) for line in text.decode().splitlines()[1:])
    key = nacl.pwhash.argon2id.kdf(32, passphrase, base64.b64decode(fields["salt"]),
                                   int(fields["kdf-ops"]), int(fields["kdf-memory"]))
    head = text[:text.index(b"payload: ")]
    return key, nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
        base64.b64decode(fields["payload"]), head, base64.b64decode(fields["nonce"]), key)


@pytest.fixture(scope="module")
def seeds(world):
    found = {}
    for path in (world.server.data / "keys").iterdir():
        key, found[path.name] = key_file(path, world.secrets["passphrase"].encode())
        found["key of the key files"] = key
    master = found["store.key"]
    for number, name in ((1, "sealing subkey"), (2, "checksum subkey")):
        found[name] = hashlib.blake2b(
            digest_size=32, key=master, person=b"licetkey".ljust(16, b"\0"),
            salt=number.to_bytes(8, "little").ljust(16, b"\0")).digest()
    return found


def tls_scalar(path):
    """The private number of the file, in both orders of its bytes."""
    text = subprocess.run(["openssl", "ec", "-in", path, "-noout", "-text"], capture_output=True,
                          text=True, check=True).stdout
    digits = re.search(r"priv:\n((?:\s+[0-9a-f:]+\n)+)", text)[1]
    number = bytes.fromhex(re.sub(r"[\s:]", "", digits))
    return {"first byte first": number, "last byte first": number[::-1]}


def test_the_search_finds(world, memory):
    """What is not secret and surely there: a path from the command line, a key's public half."""
    assert memory.find(str(world.server.data).encode())
    public = next(line for line in next((world.server.data / "keys").glob("issuing*")).read_text(
        encoding="utf-8").splitlines() if line.startswith("public: "))
    assert memory.find(base64.b64decode(public.split()[1]))


def test_secrets_of_requests_are_gone(world, memory):
    left = []
    for name, word in world.secrets.items():
        word = word.rpartition(".")[2]  # before it a token has its name, which is no secret
        left += tell(name, memory.find(word[:PIECE].encode()))
        left += tell(name, memory.find(word[-PIECE:].encode()))
    assert not left, "\n".join(left)


def test_keys_lie_in_locked_memory_alone(memory, seeds):
    places = {name: memory.find(seed[:16]) + memory.find(seed[16:]) for name, seed in seeds.items()}
    bad = [line for name, found in places.items()
           for line in tell(name, [(r, b) for r, b in found if not r.locked or r.dumped])]
    assert not bad, "\n".join(bad)
    for name, found in places.items():
        used = name.split("-")[0] in ("issuing", "box", "store.key", "sealing subkey")
        assert bool(found) == used or name == "checksum subkey", name


def test_a_former_issuing_key_is_gone(world, memory):
    _, seed = key_file(world.former, world.secrets["passphrase"].encode())
    left = tell("former key", memory.find(seed[:16]) + memory.find(seed[16:]))
    assert not left, "\n".join(left)


def test_tls_keys_lie_in_locked_memory_alone(world, memory):
    """Of an elliptic curve; of RSA keys OpenSSL makes copies of its own (doc/security.md)."""
    places = {name: memory.find(number[:16]) + memory.find(number[16:])
              for name, number in tls_scalar(world.key).items()}
    assert any(places.values()), "the key that the server has now"
    bad = [line for name, found in places.items()
           for line in tell(name, [(r, b) for r, b in found if not r.locked or r.dumped])]
    for line in world.key.read_bytes().splitlines()[1:-1]:
        bad += tell("PEM text", memory.find(line[2:]))
    assert not bad, "\n".join(bad)
