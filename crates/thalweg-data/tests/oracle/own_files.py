"""Writes small sets in every form that users bring, with other programs' writers, and what is in them.

    python own_files.py FOLDER

Needs numpy and Pillow. The committed files were made with Python 3.11, numpy 2.4.6, Pillow 13.0.0.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(5)
expected = {}


def note(name, x, y, n_test=0):
    x = np.asarray(x, dtype=np.float64).reshape(len(x), -1)
    y = np.asarray(y)
    entry = {"shape": list(x.shape), "sum": x.sum(), "first": x[0][:8].tolist(), "last": x[-1][-8:].tolist(), "n_test": n_test}
    if y.dtype.kind == "f":
        entry["targets"] = [y.sum(), float(y[-1])]
    else:
        entry["labels"] = [int(v) for v in y]
    expected[name] = entry


# A table: numbers, words with commas and quotes, a word to be learned.
kinds = ["heron", "owl", "swift"]
colours = ["grey, light", 'so-called "white"', "brown"]
rows = []
for i in range(150):
    kind = int(rng.integers(3))
    colour = kind if rng.random() < 0.9 else int(rng.integers(3))
    rows.append([round(float(rng.normal([60, 40, 20][kind], 3)), 2), int(rng.integers(1, 9)), colours[colour], kinds[kind]])
with open(out / "birds.csv", "w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["wingspan", "eggs", "colour", "kind"])
    writer.writerows(rows)
order = sorted(colours)
note("birds.csv", [[r[0], r[1], order.index(r[2])] for r in rows], [sorted(kinds).index(r[3]) for r in rows])

# Arrays as Keras names them, bytes and packed; and floats in Fortran's order with numbers to be learned.
labels = rng.integers(0, 3, 150)
pictures = rng.integers(0, 60, (150, 6, 6)).astype(np.uint8)
for i, label in enumerate(labels):
    pictures[i, 2 * label : 2 * label + 2] += 150
np.savez_compressed(
    out / "bars.npz", x_train=pictures[:120], y_train=labels[:120], x_test=pictures[120:], y_test=labels[120:].astype(np.uint8)
)
note("bars.npz", pictures, labels, 30)
x = rng.standard_normal((120, 3)).astype(np.float32)
y = x.astype(np.float64) @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.standard_normal(120)
np.savez(out / "plane.npz", x=np.asfortranarray(x), y=y)
note("plane.npz", x, y)

# A folder of pictures for each class: PNG in grey and in colour, JPEG; of two sizes.
names = []
for i in range(40):
    kind = i % 2
    size = 16 if i % 5 else 20
    canvas = rng.integers(0, 40, (size, size)).astype(np.uint8)
    if kind == 0:
        yy, xx = np.mgrid[:size, :size] - (size - 1) / 2
        canvas[yy**2 + xx**2 < (size / 3) ** 2] = 220
    else:
        canvas[size // 4 : -size // 4, :] = 220
    folder = out / "shapes" / ["disc", "stripe"][kind]
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(canvas)
    if i % 3 == 0:
        picture = picture.convert("RGB")
    name = f"{i:02}.jpg" if i % 7 == 0 else f"{i:02}.png"
    picture.save(folder / name, quality=95)
    names.append(name)

# Records of CIFAR's binary form.
folder = out / "cifar"
folder.mkdir(exist_ok=True)
pixels, labels = [], []
for batch, n in [("data_batch_1", 40), ("data_batch_2", 20), ("test_batch", 20)]:
    y = rng.integers(0, 2, n).astype(np.uint8)
    planes = np.zeros((n, 3, 32, 32), dtype=np.uint8)
    # Little noise, so that the file packs well; class 0 is red, class 1 blue.
    planes += rng.integers(0, 4, (n, 1, 1, 1)).astype(np.uint8)
    planes[np.arange(n), 2 * y] += 200
    planes[:, :, 0, 0] = rng.integers(0, 256, (n, 3))
    np.concatenate([y[:, None], planes.reshape(n, -1)], axis=1).tofile(folder / f"{batch}.bin")
    pixels.append(planes.transpose(0, 2, 3, 1))
    labels.append(y)
note("cifar", np.concatenate(pixels), np.concatenate(labels), 20)

# The same table with missing values, separated by semicolons, without a header.
with open(out / "holes.csv", "w") as file:
    for i, row in enumerate(rows[:60]):
        cells = [str(row[0]), str(row[1]), {"grey, light": "grey", "brown": "brown"}.get(row[2], "white"), row[3]]
        if i % 6 == 1:
            cells[i % 3] = ["", "NA", "?"][i % 3]
        file.write(";".join(cells) + "\n")

(out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
