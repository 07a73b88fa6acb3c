"""Compares Parquet tables with the CSV beside them: python parquet.py FOLDER…

For trials and epochs of each folder: pyarrow reads the same columns in the same order, texts as strings, integers as int64, floats as
double, and each value is that of the CSV's text, floats bit for bit. Then the recipes of docs/reports.md are run in the first folder; what
that for MLflow logs, into a recorder of the same functions, is every trial with each of its epochs. Exits with 1
where something differs, with 77 where pyarrow or pandas is not installed.
"""

import contextlib
import csv
import os
import pathlib
import re
import struct
import sys

try:
    import pandas  # noqa: F401, the recipe needs it
    import pyarrow.parquet as parquet
except ImportError:
    sys.exit(77)

INTEGERS = {"seed", "epochs_run", "best_epoch", "epoch", "overfit_onset"}
bits = lambda v: struct.pack("<d", v)
document = pathlib.Path(__file__).resolve().parents[2] / "docs/reports.md"
recipes = re.findall(r"```python\n(.*?)```", document.read_text(), re.S)
n = 0
for folder in map(pathlib.Path, sys.argv[1:]):
    for name in ["trials", "epochs"]:
        rows = list(csv.reader(open(folder / f"{name}.csv")))
        table = parquet.read_table(folder / f"{name}.parquet")
        assert table.column_names == rows[0], (table.column_names, rows[0])
        assert table.num_rows == len(rows) - 1, (table.num_rows, len(rows))
        for i, column in enumerate(rows[0]):
            kind, values = str(table.schema.field(i).type), table.column(i).to_pylist()
            assert kind in ("string", "int64", "double"), (column, kind)
            assert column not in INTEGERS or kind == "int64", (column, kind)
            for text, value in zip((row[i] for row in rows[1:]), values):
                n += 1
                if value is None:
                    assert text == "", (column, text)
                elif kind == "string":
                    assert text == value, (column, text, value)
                elif kind == "int64":
                    assert text == str(value), (column, text, value)
                else:
                    assert bits(float(text)) == bits(value), (column, text, value)
class Recorder:
    """The functions of MLflow that the recipe calls."""

    def __init__(self):
        self.runs = []

    def set_experiment(self, name):
        assert isinstance(name, str)

    @contextlib.contextmanager
    def start_run(self, run_name):
        self.runs.append({"name": run_name, "params": {}, "metrics": []})
        yield

    def log_params(self, params):
        self.runs[-1]["params"].update(params)

    def log_metrics(self, metrics, step=None):
        assert all(isinstance(v, (int, float)) and v == v for v in metrics.values()), metrics
        self.runs[-1]["metrics"].append((step, metrics))


os.chdir(sys.argv[1])
recorder = Recorder()
sys.modules["mlflow"] = recorder
assert len(recipes) == 2, len(recipes)
for recipe in recipes:
    exec(recipe, {})
trials, epochs = (list(csv.DictReader(open(f"{name}.csv"))) for name in ["trials", "epochs"])
assert [run["name"] for run in recorder.runs] == [f"{t['config']}-seed{t['seed']}" for t in trials]
for run, trial in zip(recorder.runs, trials):
    own = [row for row in epochs if row["key"] == trial["key"]]
    logged = [(step, metrics) for step, metrics in run["metrics"] if step is not None]
    assert [step for step, _ in logged] == [int(row["epoch"]) for row in own], trial["key"]
    for (_, metrics), row in zip(logged, own):
        assert metrics.get("train_loss") == (float(row["train_loss"]) if row["train_loss"] else None)
    assert run["params"]["train.lr"] == float(trial["train.lr"]) and run["params"]["status"] == trial["status"]
print(f"{n} cells")
sys.exit(0 if n > 1000 else 1)
