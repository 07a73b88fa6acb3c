"""Makes the small data files that experiments bring along: `python tests/oracle/experiment_data.py` from the root.

Needs NumPy, Pillow and scikit-learn (for the digits alone). Nothing runs it in a test: the files are committed, and named in the LICENSES.md
beside them.
"""

import gzip
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

PICTURES = Path("experiments/a-pictures/pictures")
LINEAR = Path("experiments/b-linear-classification")
FIELDS = [
    [(255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255)],
    [(0, 0, 255), (255, 0, 255), (0, 0, 0), (255, 255, 255)],
    [(32, 32, 32), (96, 96, 96), (128, 128, 128), (192, 192, 192)],
    [(128, 0, 0), (255, 128, 128), (191, 64, 64), (64, 0, 0)],
]


def fields():
    """16 fields of one colour each, and two pictures of one colour."""
    patches = np.repeat(np.repeat(np.array(FIELDS, np.uint8), 8, axis=0), 8, axis=1)
    Image.fromarray(patches).save(PICTURES / "patches.png", optimize=True)
    for name, colour, side in [("red", (255, 0, 0), 8), ("grey", (128, 128, 128), 16)]:
        Image.fromarray(np.full((side, side, 3), colour, np.uint8)).save(PICTURES / f"{name}.png", optimize=True)
    # A ramp of 8×8 grey levels, flattened as a network gets it.
    Image.fromarray(np.arange(0, 256, 4, dtype=np.uint8).reshape(1, 64)).save(PICTURES / "row.png", optimize=True)


def tiles(picture, n, side):
    """n tiles, evenly spread over all of a picture: [n, side, side, 3]."""
    rows, columns = picture.shape[0] // side, picture.shape[1] // side
    places = np.linspace(0, rows * columns - 1, n).astype(int)
    return np.stack([picture[side * (k // columns):, side * (k % columns):][:side, :side] for k in places])


def two_pictures():
    pictures = [np.asarray(Image.open(PICTURES / name).convert("RGB")) for name in ("chelsea.png", "rocket.jpg")]
    x = np.concatenate([tiles(picture, 200, 6) for picture in pictures])
    np.savez_compressed(PICTURES / "tiles.npz", x=x, y=np.repeat([0, 1], 200).astype(np.int64))


def places():
    """15 crops of 6×6 of each of 128 places, moved by up to 2 pixels each way; a place is a class."""
    grey = np.asarray(Image.open(PICTURES / "chelsea.png").convert("L"))
    rng = np.random.default_rng(0)
    rows, columns = np.linspace(4, 288, 8).astype(int), np.linspace(4, 439, 16).astype(int)
    spots = [(r, c) for r in rows for c in columns]
    spots = [spots[i] for i in rng.permutation(128)]
    moves = [(i, j) for i in range(-2, 3) for j in range(-2, 3)]
    crops = [
        grey[r + moves[m][0]:, c + moves[m][1]:][:6, :6]
        for r, c in spots
        for m in rng.permutation(25)[:15]
    ]
    np.savez_compressed(LINEAR / "places.npz", x=np.array(crops), y=np.repeat(np.arange(128), 15).astype(np.int64))


def feature_map():
    """Exclusive or around (±1, ±1), and φ(x) of the polynomial kernel of degree 2."""
    rng = np.random.default_rng(1)
    corner = rng.integers(0, 2, (120, 2))
    points = np.round(2 * corner - 1 + rng.normal(0, 0.4, (120, 2)), 3)
    with open(LINEAR / "feature-map.csv", "w") as file:
        file.write("x1,x2,f1,f2,f3,f4,f5,kind\n")
        for (a, b), (i, j) in zip(points.tolist(), corner):
            root = float(np.sqrt(2))
            cells = [a, b, a * a, b * b, root * a * b, root * a, root * b]
            file.write(",".join(map(repr, cells)) + (",odd\n" if i ^ j else ",even\n"))


def digits():
    """The first 60 of each class, a column for each pixel."""
    data = load_digits()
    rows = np.sort(np.concatenate([np.where(data.target == k)[0][:60] for k in range(10)]))
    lines = [",".join([f"p{r}{c}" for r in range(8) for c in range(8)] + ["digit"])]
    lines += [",".join(map(str, [*data.data[i].astype(int), data.target[i]])) for i in rows]
    with gzip.GzipFile(LINEAR / "digits.csv.gz", "wb", 9, mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())


for make in (fields, two_pictures, places, feature_map, digits):
    make()
