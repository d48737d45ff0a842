"""The examples of doc/verify.md: what Python and Node say of activations, without a line of Licet's own
code. Signed here with keys of the test, so that each fault is the only one; a real answer is in
tests/api/test_cli_answer.py."""
import base64
import subprocess
import time

import cbor2
import licetd
import pytest
from nacl.signing import SigningKey
from offline import CTI, EXP, IAT, ISS, NBF, PRIVATE, armor, digest_of, encode, sign

EXAMPLES = licetd.TOP / "doc" / "examples"
AUD, CNF = 3, 8
DAY = 86400
ROOT, ISSUING, OTHER = (SigningKey(bytes([n]) * 32) for n in (1, 2, 3))
NOW = int(time.time())


def cose_key(key):
    return {1: {1: 1, -1: 6, -2: key.verify_key.encode()}}


def certificate(root=ROOT, key=ISSUING, use=1, name="keycert", **dates):
    return sign(root, name, {NBF: NOW - DAY, CNF: cose_key(key), PRIVATE: {1: use},
                             **{{"nbf": NBF, "exp": EXP}[k]: v for k, v in dates.items()}})


def activation(cert=None, signer=ISSUING, name="activation", licenses=None, hardware_id="pc-1", **claims):
    changed = {{"aud": AUD, "nbf": NBF, "exp": EXP}[k]: v for k, v in claims.items()}
    data = sign(signer, name, {
        ISS: "1", AUD: "studio", NBF: NOW - DAY, IAT: NOW - DAY, CTI: (7).to_bytes(8, "big"),
        PRIVATE: {1: bytes(16), 2: digest_of(hardware_id), 3: licenses or [{1: 5, 2: "studio", 3: 1, 11: 9}],
                  4: 1}, **changed})
    head, _, payload, signature = cbor2.loads(data).value
    return encode(cbor2.CBORTag(18, [head, {PRIVATE: cert or certificate()}, payload, signature]))


def pem(key):
    der = bytes.fromhex("302a300506032b6570032100") + key.verify_key.encode()
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----\n"


def python(root, product, hardware_id, file):
    return ["/usr/bin/python3", EXAMPLES / "verify_activation.py", "--root", root, "--product", product,
            "--hardware-id", hardware_id, file]


def node(*args):
    return ["node", EXAMPLES / "verify_activation.mjs", *args]


@pytest.fixture(params=[python, node], ids=["python", "node"])
def verify(request, tmp_path):
    def run(data, root=ROOT, product="studio", hardware_id="pc-1"):
        (tmp_path / "root.pem").write_text(pem(root))
        (tmp_path / "a.lact").write_text(data if isinstance(data, str) else armor("ACTIVATION", data))
        command = request.param(tmp_path / "root.pem", product, hardware_id, tmp_path / "a.lact")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout
    return run


def test_believed(verify):
    licenses = [{1: 5, 2: "studio", 3: 1, 11: 9}, {1: 6, 2: "editor", 3: 3, 4: NOW - DAY, 5: 48},
                {1: 7, 2: "render", 3: 2, 4: NOW - DAY, 7: [["export", 2, None, 100]], 12: {"a": "é"}}]
    text = "Dear customer,\r\n" + armor("ACTIVATION", activation(licenses=licenses, exp=NOW + DAY)).replace(
        "\n", "\r\n")
    assert verify(text) == (0, "verified: serial 7\n5 studio valid\n6 editor valid\n7 render expired\n")
    long = "ä" * 100  # more than one block of the hash
    assert verify(activation(hardware_id=long), hardware_id=long)[0] == 0


FAULTS = {
    "other root": ({}, {"root": OTHER}, "the signature of the keycert"),
    "other product": ({}, {"product": "editor"}, "it is for studio"),
    "other machine": ({}, {"hardware_id": "pc-2"}, "it is for another machine"),
    "signed by another": ({"signer": OTHER}, {}, "the signature of the activation"),
    "signed by the root": ({"signer": ROOT}, {}, "the signature of the activation"),
    "a receipt": ({"name": "receipt"}, {}, "it is no activation"),
    "certificate of another type": ({"cert": certificate(name="receipt")}, {}, "it is no keycert"),
    "certified as a box": ({"cert": certificate(use=2)}, {}, "for another use"),
    "certified by itself": ({"cert": certificate(root=ISSUING)}, {}, "the signature of the keycert"),
    "certificate to come": ({"cert": certificate(nbf=NOW + DAY)}, {}, "certificate is not valid now"),
    "certificate ended": ({"cert": certificate(exp=NOW - 1)}, {}, "certificate is not valid now"),
    "not yet": ({"nbf": NOW + DAY}, {}, "it is not valid yet"),
    "lease ended": ({"exp": NOW - 1}, {}, "its lease has ended"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refused(verify, fault):
    made, asked, why = FAULTS[fault]
    code, said = verify(activation(**made), **asked)
    assert code == 1 and said.startswith("NOT VERIFIED: ") and why in said


@pytest.mark.parametrize("text", ["", "-----BEGIN LICET ACTIVATION-----\n", armor("RECEIPT", activation()),
                                  armor("ACTIVATION", b""), armor("ACTIVATION", b"\xd2\x84\x40\xa0"),
                                  armor("ACTIVATION", encode([1, 2, 3, 4]))], ids=range(6))
def test_no_activation(verify, text):
    code, said = verify(text)
    assert code == 1 and said.startswith("NOT VERIFIED: ")


def test_edited_anywhere(verify):
    """Every eighth byte; all of them are tried on the decoders by the vectors."""
    data = activation()
    for at in range(0, len(data), 8):
        edited = bytearray(data)
        edited[at] ^= 1
        code, said = verify(bytes(edited))
        assert code == 1 and said.startswith("NOT VERIFIED: "), at


def test_page_shows_the_example():
    """The code in doc/verify.md is that of the files."""
    page = (licetd.TOP / "doc" / "verify.md").read_text(encoding="utf-8")
    shown = page.split("```python\n")[1:]
    assert shown
    code = (EXAMPLES / "verify_activation.py").read_text(encoding="utf-8")
    for part in shown:
        assert part.split("```")[0] in code
