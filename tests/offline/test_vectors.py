"""doc/vectors/offline-v1.json, checked by a program in another language, and the golden files."""
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).resolve().parent))
import verify_vectors  # noqa: E402

VECTORS = verify_vectors.Vectors()


def test_keys():
    verify_vectors.check_keys(VECTORS)


@pytest.mark.parametrize("name", VECTORS.objects)
def test_object(name):
    verify_vectors.check_object(VECTORS, name)


@pytest.mark.parametrize("name", VECTORS.bad)
def test_bad(name):
    verify_vectors.check_bad(VECTORS, name)


@pytest.mark.parametrize("name", VECTORS.objects)
def test_every_changed_byte_is_refused(name):
    o = VECTORS.objects[name]
    data = bytes.fromhex(o["cbor"])
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
        with pytest.raises(verify_vectors.Refused):
            VECTORS.check(o["kind"], changed, VECTORS.data["now"])


def test_errors_are_all_there():
    """Each error that a signed object can have, but for the ones of the carriers."""
    errors = {o["error"] for o in VECTORS.bad.values()}
    assert errors == verify_vectors.FORM | {
        "object_too_large", "object_header", "object_type", "object_claim", "object_signature",
        "not_certified", "certificate_expired", "box_key_unknown"}


def test_golden_files_are_the_vectors():
    files = {p.stem: p.read_bytes().hex() for p in (TESTS / "golden" / "offline-0.1").iterdir()}
    assert files == {name: o["cbor"] for name, o in VECTORS.objects.items()}
