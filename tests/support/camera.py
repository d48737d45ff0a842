"""Pictures as a hand-held camera takes them of a printed or shown code. Distances are in modules of
the code, so that the same hand makes the same picture of a small and of a large one. All of it
follows from the seed."""
import io

import numpy as np
from PIL import Image, ImageFilter

DESK = 200  # gray around the paper


def _coefficients(source, target):
    """Of the perspective that takes each corner of target to one of source."""
    rows = []
    for (x, y), (u, v) in zip(target, source):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return np.linalg.solve(np.array(rows, float), np.array(source, float).reshape(8))


def on_desk(image):
    """With a margin of the desk, so that nothing is cut off by what follows."""
    image = image.convert("L")
    margin = image.width // 4
    desk = Image.new("L", (image.width + 2 * margin, image.height + 2 * margin), DESK)
    desk.paste(image, (margin, margin))
    return desk


def scaled(image, factor):
    size = round(image.width * factor), round(image.height * factor)
    return image.resize(size, Image.Resampling.BICUBIC)


def rotated(image, degrees):
    return on_desk(image).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=DESK)


def leaning(image, share, seed):
    """Each corner moves by up to the share of the side: the camera is not held straight."""
    image = on_desk(image)
    side = image.width
    move = np.random.default_rng(seed).uniform(-share, share, (4, 2)) * side
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]])
    return image.transform(image.size, Image.Transform.PERSPECTIVE,
                           _coefficients(corners, corners + move),
                           Image.Resampling.BICUBIC, fillcolor=DESK)


def blurred(image, pixels):
    return image.convert("L").filter(ImageFilter.GaussianBlur(pixels))


def _from_array(array):
    return Image.fromarray(np.clip(array, 0, 255).astype(np.uint8), "L")


def noisy(image, deviation, seed):
    array = np.array(image.convert("L"), float)
    return _from_array(array + np.random.default_rng(seed).normal(0, deviation, array.shape))


def lit(image, dark, bright):
    """Gray at `dark` on the left to `bright` on the right, black lifted as by a bad print."""
    array = np.array(image.convert("L"), float)
    light = np.linspace(dark, bright, array.shape[1])
    return _from_array(40 + array / 255 * (light - 40))


def jpeg(image, quality):
    out = io.BytesIO()
    image.convert("L").save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


def photo(image, seed):
    """All of it together."""
    random = np.random.default_rng(seed)
    image = rotated(image, random.uniform(-15, 15))
    image = leaning(image, 0.03, seed)
    image = lit(image, random.uniform(130, 180), random.uniform(200, 240))
    return jpeg(noisy(blurred(image, random.uniform(0.5, 1.5)), 6, seed), 75)
