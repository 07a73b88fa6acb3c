"""Validates experiment files with Python's jsonschema: python validate.py SCHEMA FILE…

Prints each file that does not fit and exits with 1; exits with 77 where jsonschema is not installed.
"""

import json
import sys
import tomllib

try:
    import jsonschema
except ImportError:
    sys.exit(77)

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)
bad = 0
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        errors = list(validator.iter_errors(tomllib.load(file)))
    for error in errors:
        print(f"{path}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
    bad += bool(errors)
sys.exit(1 if bad else 0)
