"""Compares Parquet tables with the CSV beside them: python parquet.py FOLDER…

For trials and epochs of each folder: pyarrow reads the same columns in the same order, texts as strings, integers as int64, floats as
double, and each value is that of the CSV's text, floats bit for bit. Then the lines of docs/reports.md are run in the first folder. Exits with 1
where something differs, with 77 where pyarrow or pandas is not installed.
"""

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
recipe = re.search(r"```python\n(.*?)```", document.read_text(), re.S).group(1)
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
os.chdir(sys.argv[1])
exec(recipe, {})
print(f"{n} cells")
sys.exit(0 if n > 1000 else 1)
