"""Every code that Licet draws is read by a decoder of others (zbar): as PNG, SVG and on a terminal, and
as a hand-held camera sees it. What it reads goes back into carrier_read."""
import os
import subprocess
import sys
from pathlib import Path

import cbor2
import numpy as np
import pytest
from PIL import Image

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "support"))
import camera  # noqa: E402

BUILD = Path(os.environ.get("LICET_BUILD", TOP / "build"))
CARRY = BUILD / "tests" / "offline" / "carry"
PART = 450  # bytes of a code by default
SIZES = [150, 300, 450]
PIXELS = 6  # of a module in PNG files


def activation(size, seed):
    """A COSE_Sign1 of that size or one byte less; what carries it looks at the frame alone."""
    random = np.random.default_rng(seed)
    header = cbor2.dumps({1: -8, 4: b"signerid", 16: "application/licet-activation+cwt"})
    for filler in range(size, 0, -1):
        payload = cbor2.dumps(random.bytes(filler))
        whole = cbor2.dumps(cbor2.CBORTag(18, [header, {}, payload, random.bytes(64)]))
        if len(whole) <= size:
            return whole
    raise ValueError(size)


class Codes:
    """The codes of one object, drawn."""

    def __init__(self, folder, data, part=PART, level="M"):
        drawn = subprocess.run([CARRY, "draw", folder, str(part), level, str(PIXELS)],
                               input=data, capture_output=True, check=False)
        assert drawn.returncode == 0, drawn.stderr
        self.folder = folder
        self.data = data
        self.versions = [int(v) for v in drawn.stdout.split()]
        self.texts = [(folder / f"{n}.txt").read_bytes() for n in self.numbers()]

    def numbers(self):
        return range(1, len(self.versions) + 1)

    def files(self, suffix):
        return [self.folder / f"{n}.{suffix}" for n in self.numbers()]

    def pictures(self):
        return [Image.open(path) for path in self.files("png")]


@pytest.fixture
def draw(tmp_path):
    def make(size, seed=0, **options):
        return Codes(tmp_path, activation(size, seed), **options)
    return make


def zbar(*paths, raw=True):
    run = subprocess.run(["zbarimg", "--nodbus", "-q", *(["--raw"] if raw else []), *paths],
                         capture_output=True, check=False)
    return run.stdout


def seen(image, folder):
    """What zbar reads in the picture, without its line end."""
    path = folder / "seen.png"
    image.save(path)
    return zbar(path).removesuffix(b"\n")


def carried(text):
    """The objects that carrier_read finds in the text."""
    run = subprocess.run([CARRY, "read"], input=text, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    return [(label, bytes.fromhex(data))
            for label, data in (line.rsplit(" ", 1) for line in run.stdout.decode().splitlines())]


@pytest.mark.parametrize("size,part,versions", [
    (300, PART, [13]), (450, PART, [17]), (480, PART, [12, 12]), (480, 480, [17]),
    (1550, PART, [15] * 4)])
def test_size_goals(draw, size, part, versions):
    codes = draw(size, part=part)
    assert len(codes.data) == size
    assert codes.versions == versions


@pytest.mark.parametrize("size", [150, 300, 450, 480, 1550, 12000])
def test_png(draw, size):
    codes = draw(size)
    files = codes.files("png")
    assert [zbar(path) for path in files] == [text + b"\n" for text in codes.texts]
    # As people run it: all files at once, in any order, with the kind of symbol in front or not.
    for raw in (True, False):
        assert carried(zbar(*reversed(files), raw=raw)) == [("ACTIVATION", codes.data)]


def test_every_version(draw):
    """Up to the largest part by default: read as drawn and in a photo."""
    versions = set()
    for size in range(142, PART + 1, 14):
        codes = draw(size, seed=size)
        versions.update(codes.versions)
        assert zbar(*codes.files("png")) == codes.texts[0] + b"\n"
        assert seen(camera.photo(codes.pictures()[0], size), codes.folder) == codes.texts[0]
    assert versions == set(range(8, 18))


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_levels(draw, level):
    codes = draw(300, level=level)
    assert carried(zbar(*codes.files("png"))) == [("ACTIVATION", codes.data)]


@pytest.mark.parametrize("size", [150, 450, 1550])
@pytest.mark.parametrize("width", [300, 777])
def test_svg(draw, size, width):
    codes = draw(size)
    for path, text in zip(codes.files("svg"), codes.texts):
        picture = path.with_suffix(".svg.png")
        subprocess.run(["rsvg-convert", "-w", str(width), "-o", picture, path], check=True)
        assert zbar(picture) == text + b"\n"


CELL = {" ": (0, 0), "\N{UPPER HALF BLOCK}": (1, 0), "\N{LOWER HALF BLOCK}": (0, 1),
        "\N{FULL BLOCK}": (1, 1)}


def screen(text, paper, ink, gap):
    """The text on a terminal with cells of 8 x 16 pixels; gap: rows of pixels between two lines, as
    fonts leave them whose blocks do not fill a cell."""
    lines = text.splitlines()
    rows = []
    for line in lines:
        cells = np.array([CELL[c] for c in line]).T
        block = np.repeat(np.repeat(cells, 8, 0), 8, 1)
        rows += [block, np.zeros((gap, block.shape[1]), int)]
    lit = np.pad(np.concatenate(rows), 16)
    return Image.fromarray(np.where(lit, ink, paper).astype(np.uint8), "L")


@pytest.mark.parametrize("size", [150, 300, 450, 1550])
@pytest.mark.parametrize("suffix,paper,ink", [("term", 20, 220), ("term", 45, 170), ("light", 255, 0)])
@pytest.mark.parametrize("gap", [0, 1])
def test_terminal(draw, size, suffix, paper, ink, gap):
    codes = draw(size)
    for path, text in zip(codes.files(suffix), codes.texts):
        image = screen(path.read_text(encoding="utf-8"), paper, ink, gap)
        if gap:  # light lines through dark modules: read from where they blur, not pixel by pixel
            image = camera.blurred(camera.scaled(image, 0.5), 1)
        assert seen(image, codes.folder) == text


# What zbar reads of every code; it gives up at about half as much again.
HANDS = {
    **{f"scale-{f}": lambda image, _, f=f: camera.scaled(image.convert("L"), f)
       for f in (0.5, 0.7, 1.3, 2)},
    **{f"rotated-{d}": lambda image, _, d=d: camera.rotated(image, d)
       for d in (7, 30, 45, 90, 137, 180)},
    **{f"leaning-{p}": lambda image, seed, p=p: camera.leaning(image, p, seed)
       for p in (0.02, 0.05)},
    **{f"blurred-{b}": lambda image, _, b=b: camera.blurred(image, b) for b in (1, 2)},
    **{f"noisy-{n}": lambda image, seed, n=n: camera.noisy(image, n, seed) for n in (10, 20)},
    "lit": lambda image, _: camera.lit(image, 100, 240),
    **{f"jpeg-{q}": lambda image, _, q=q: camera.jpeg(image, q) for q in (50, 20)},
    "photo": camera.photo,
}


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("size", SIZES)
def test_hand_held(draw, hand, size):
    for seed in range(3):
        codes = draw(size, seed)
        assert seen(HANDS[hand](codes.pictures()[0], seed), codes.folder) == codes.texts[0]


@pytest.mark.parametrize("size", [480, 1550])
def test_photos_of_parts(draw, size):
    """Each part from another angle, the last one first, one of them twice."""
    codes = draw(size)
    shots = [seen(camera.photo(image, seed), codes.folder)
             for seed, image in enumerate(codes.pictures())]
    assert shots == codes.texts
    scan = b"\r\n".join([shots[-1], *shots])
    assert carried(scan) == [("ACTIVATION", codes.data)]
