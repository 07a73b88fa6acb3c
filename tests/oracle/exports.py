"""Reads exports back with other programs: python exports.py FOLDER

For each FOLDER/NAME.safetensors there are NAME.npz, NAME.onnx, NAME.csv (what `predict` says of NAME.data.csv). Checked are
- safetensors and numpy: the same names, shapes, types and numbers, bit for bit;
- onnx.checker, and onnxruntime on the raw table: the same outputs as `predict` within 1e-5 of the largest;
- a forward pass in numpy, written from the formulas: the same.
Prints one line per file and exits with 1 if one differs; exits with 77 where a package is not installed.
"""

import csv
import json
import math
import pathlib
import sys

try:
    import numpy as np
    import onnx
    import onnxruntime
    from safetensors import safe_open
except ImportError as missing:
    print(f"not installed: {missing}")
    sys.exit(77)

erf = np.vectorize(math.erf)
sigmoid = lambda z: 1 / (1 + np.exp(-z))
ACTIVATIONS = {
    "identity": lambda z, p: z,
    "step": lambda z, p: (z >= 0).astype(float),
    "sigmoid": lambda z, p: sigmoid(z),
    "tanh": lambda z, p: np.tanh(z),
    "relu": lambda z, p: np.maximum(z, 0),
    "leaky-relu": lambda z, p: np.where(z > 0, z, p * z),
    "elu": lambda z, p: np.where(z > 0, z, p * np.expm1(np.minimum(z, 0))),
    "softplus": lambda z, p: np.logaddexp(0, z),
    "silu": lambda z, p: z * sigmoid(z),
    "gelu": lambda z, p: z * (1 + erf(z / math.sqrt(2))) / 2,
    "gelu-tanh": lambda z, p: z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
}


def table(path, saved):
    """The raw features: words as their place in the list of the metadata, missing values and unknown words as NaN."""
    rows = list(csv.DictReader(open(path)))
    def value(text, words):
        if words:
            return float(words.index(text)) if text in words else math.nan
        return float(text) if text else math.nan
    return np.array([[value(row[name], words) for name, words in saved["input"]["features"]] for row in rows])


def transformed(x, saved, tensors):
    for i, step in enumerate(saved["input"]["steps"]):
        part = lambda name: tensors[f"transform.{i}.{name}"]
        if step == "affine":
            x = (x - part("shift")) * part("scale")
        elif step == "fill":
            x = x.copy()
            for column, usual in zip(part("columns").astype(int), part("values")):
                x[np.isnan(x[:, column]), column] = usual
        elif step == "one-hot":
            columns, values = [], list(part("values"))
            for column, count in enumerate(part("counts").astype(int)):
                if count < 0:
                    columns.append(x[:, column])
                else:
                    columns += [(x[:, column] == v).astype(float) for v in values[:count]]
                    values = values[count:]
            x = np.stack(columns, axis=1)
        elif step == "whiten":
            x = (x - part("mean")) @ part("directions").T
        else:
            sys.exit(f"unknown step {step}")
    return x


def kernel(x, y, machine):
    gamma, degree, coef0 = float(machine["gamma"]), machine["degree"], float(machine["coef0"])
    return {
        "linear": lambda: x @ y.T,
        "polynomial": lambda: (gamma * x @ y.T + coef0) ** degree,
        "rbf": lambda: np.exp(-gamma * ((x[:, None, :] - y[None, :, :]) ** 2).sum(axis=2)),
        "sigmoid": lambda: np.tanh(gamma * x @ y.T + coef0),
    }[machine["kernel"]]()


def decided(x, saved, tensors):
    """Two classes: minus the decision value; several: votes of one against one, or values of one against the rest."""
    values = kernel(x, tensors["machine.vectors"], saved["machine"]) @ tensors["machine.coefficients"].T + tensors["machine.bias"]
    if saved["n_outputs"] == 2:
        return -values[:, :1]
    scores = np.zeros((len(x), saved["n_outputs"]))
    for value, (positive, negative) in zip(values.T, saved["machine"]["sides"]):
        if negative is None:
            scores[:, positive] = value
        else:
            np.add.at(scores, (np.arange(len(x)), np.where(value > 0, positive, negative)), 1)
    return scores


def forward(x, saved, tensors):
    if "machine" in saved:
        return decided(x, saved, tensors)
    groups = [f"backbone.{i + 1}" for i in range(len(saved["backbone"]))] + (["neck"] if saved["neck"] else [])
    for group in groups:
        part = lambda name: tensors[f"{group}.{name}"].astype(float)
        x = x @ part("weight").reshape(x.shape[1], -1) + part("bias")
        if saved["norm"] == "batch-norm":
            mean, variance = part("running")
            x = (x - mean) / np.sqrt(variance + 1e-5) * part("scale") + part("shift")
        elif saved["norm"] == "layer-norm":
            mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
            x = (x - mean) / np.sqrt(variance + 1e-5) * part("scale") + part("shift")
        x = ACTIVATIONS[saved["activation"]](x, float(saved["parameter"]))
    x = x @ tensors["head.weight"].astype(float).reshape(x.shape[1], -1) + tensors["head.bias"]
    if saved["head"] == "softmax":
        x = np.exp(x - x.max(axis=1, keepdims=True))
        return x / x.sum(axis=1, keepdims=True)
    if saved["head"] == "step":
        return (x > 0).astype(float)
    return sigmoid(x) if saved["head"] == "sigmoid" else x


def said(path, saved):
    """The outputs that `predict` wrote; of two probabilities from one score, the second."""
    rows = list(csv.reader(open(path)))
    columns = [i for i, name in enumerate(rows[0]) if name.startswith(("p_", "score_", "value"))]
    n_outputs = 1 if "machine" in saved and saved["n_outputs"] == 2 else saved["n_outputs"]
    return np.array([[float(row[i]) for i in columns] for row in rows[1:]])[:, -n_outputs:]


bad = n = 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.safetensors")):
    with safe_open(path, "numpy") as file:
        saved = json.loads(file.metadata()["thalweg"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    archive = np.load(path.with_suffix(".npz"))
    same = set(archive.files) == {*tensors, "thalweg.json"} and json.loads(archive["thalweg.json"]) == saved
    same = same and all(
        archive[k].dtype == v.dtype and archive[k].shape == v.shape and archive[k].tobytes() == v.tobytes() for k, v in tensors.items()
    )
    model = onnx.load(path.with_suffix(".onnx"))
    onnx.checker.check_model(model, full_check=True)
    raw = table(path.with_suffix(".data.csv"), saved)
    ours = said(path.with_suffix(".csv"), saved)
    session = onnxruntime.InferenceSession(path.with_suffix(".onnx"), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"x": raw.astype(np.float32)})[-1]
    limit = 1e-5 * max(1, np.abs(ours).max())
    numpys = forward(transformed(raw, saved, tensors), saved, tensors)
    apart = [float(np.abs(ours - other).max()) for other in (theirs, numpys)]
    fine = same and ours.shape == theirs.shape and max(apart) <= limit
    kind = saved["machine"]["kernel"] if "machine" in saved else f"{saved['activation']} {saved['norm']} {saved['head']}"
    print(f"{'ok ' if fine else 'BAD'} {path.name} {kind}: onnxruntime {apart[0]:.2e}, numpy {apart[1]:.2e}, npz {same}")
    bad, n = bad + (not fine), n + 1
print(f"{n} files")
sys.exit(1 if bad or n == 0 else 0)
