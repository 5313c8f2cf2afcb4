#!/usr/bin/python3
"""The lines of docs/from_numpy.md with the values that NumPy gives them, as JSON: the left column is NumPy's, the right
one the formula that has to give the same.

    numpy_page.py SEED > cases.json
"""
import os
import random
import re
import sys

import numpy as np

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, promote_weakly, write

promote_weakly()

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/from_numpy.md")


def main():
    seed = int(sys.argv[1])
    rng = np.random.default_rng(seed)
    shape = (3, 4, 4)
    arrays = {"x": rng.normal(0.5, 1.5, shape), "y": rng.normal(1, 1, shape), "f": rng.normal(0, 2, shape).astype(np.float32),
              "i": rng.integers(-20, 20, shape).astype(np.int16), "b": rng.random(shape) < 0.6, "v": rng.random(4)}
    page = open(PAGE).read()
    table = page[page.index("<!-- numpy -->"):page.index("<!-- end -->")]
    cases = []
    for theirs, ours in re.findall(r"^\| `(.+?)` \| `(.+?)` \|", table, re.M):
        value = np.asarray(eval(theirs, {"np": np}, dict(arrays)))
        assert str(value.dtype) in TYPES, theirs
        case = {"text": ours, **encoded(value)}
        if value.dtype.kind == "f":
            case["error"] = (2e-5 if value.dtype == np.float32 else 1e-12) * max(1.0, float(np.nanmax(np.abs(value))))
        cases.append(case)
    write(seed, arrays, cases)


main()
