#!/usr/bin/env python3
"""Records what NumPy makes of lines: quantiles by each method, slopes, areas, running extremes.

    tests/expr/line_cases.py > tests/expr/line_cases.json

Needs numpy from 1.22 on. `closest_observation` is recorded from 2.1 on alone: before, NumPy rounded to the other element.
"""
import json
import warnings

import numpy as np

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)
METHODS = ["linear", "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
           "weibull", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"]
if tuple(map(int, np.__version__.split(".")[:2])) < (2, 1):
    METHODS.remove("closest_observation")
QS = [0, 0.1, 1 / 3, 0.5, 0.75, 0.9, 1]
SHAPE = (7, 10)

variables = {}
for name in ["int16", "float32", "float64"]:
    values = rng.normal(size=SHAPE) * 40
    values = values.astype(name)
    if name.startswith("float"):
        values[rng.random(SHAPE) < 0.05] = np.nan
        values[2] = np.arange(10) // 2  # equal elements
        values[:, 3] = np.round(values[:, 3])
    variables[name] = values

cases = []


def record(of, function, axis, parameters, value):
    value = np.asarray(value)
    cases.append({"of": of, "function": function, "axis": axis, "parameters": parameters, "dtype": value.dtype.name,
                  "bytes": value.tobytes().hex()})


for name, x in variables.items():
    result = np.float32 if name == "float32" else np.float64
    for axis in (0, 1):
        for q in QS:
            for number, method in enumerate(METHODS):
                at = number + (1 if "closest_observation" not in METHODS and number > 2 else 0)
                # Elements as float64: NumPy 1 takes quantiles of float32 in it, NumPy 2 in float32.
                for function in ["quantile", "nanquantile"] if name.startswith("float") else ["quantile"]:
                    if method in METHODS[1:8] and q == 0 and np.__version__ < "2":
                        continue  # NumPy before 2 takes the last element
                    try:
                        value = getattr(np, function)(np.float64(x), q, axis=axis, method=method)
                    except ValueError:
                        continue  # NumPy before 2 looks behind the last element where q is 1
                    record(name, function, axis, [q, at], result(value))
        record(name, "cummax", axis, [], np.maximum.accumulate(x, axis=axis))
        record(name, "cummin", axis, [], np.minimum.accumulate(x, axis=axis))
        for spacing in (1, 2.5, -3):
            record(name, "gradient", axis, [spacing], result(np.gradient(np.float64(x), spacing, axis=axis)))
            record(name, "trapezoid", axis, [spacing],
                   result(getattr(np, "trapezoid", getattr(np, "trapz", None))(np.float64(x), dx=spacing, axis=axis)))
print(json.dumps({"variables": {name: x.tobytes().hex() for name, x in variables.items()}, "cases": cases},
                 separators=(",", ":")).replace("},{", "},\n{"))
