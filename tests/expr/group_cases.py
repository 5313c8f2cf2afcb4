#!/usr/bin/python3
"""Reductions by groups with the values that NumPy gives them, as JSON: of each group NumPy reduces the elements whose
label it is, and nothing else.

    group_cases.py SEED > group_cases.json

Positions are those along the whole axis. Mean and the variances of floating data come with a relative bound of how far
another order of summation may be from them; everything else has to be equal to the bit.
"""
import json
import random
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
AGGREGATES = ["sum", "mean", "var", "stddev", "min", "max", "count", "nansum", "nanmean", "nanvar", "nanstddev",
              "nanmin", "nanmax", "prod", "nanprod", "any", "all", "argmin", "argmax", "nanargmin", "nanargmax",
              "first", "last", "nanfirst", "nanlast"]
NUMPY = {"stddev": "std", "nanstddev": "nanstd"}
NEED_ELEMENTS = {"min", "max", "nanmin", "nanmax", "argmin", "argmax", "nanargmin", "nanargmax", "first", "last",
                 "nanfirst", "nanlast"}


def one(name, values, positions):
    """The aggregate of the elements of one output, a vector."""
    numbers = ~np.isnan(values)
    if name == "count":
        return np.int64(numbers.sum())
    if name in ("nanfirst", "nanlast", "nanargmin", "nanargmax"):
        values, positions = values[numbers], positions[numbers]
        if len(values) == 0:
            return np.int64(-1) if "arg" in name else np.float64("nan")
        name = name[3:]
    if name in ("first", "last"):
        return values[0 if name == "first" else -1]
    if name in ("argmin", "argmax"):
        return np.int64(positions[getattr(np, name)(values)])
    if values.dtype == np.float32 and name not in ("min", "max", "nanmin", "nanmax"):
        values = values.astype(np.float64)  # rounded once, at the end
    return getattr(np, NUMPY.get(name, name))(values)


def case(rng, name, x, axes, grouped, labels, groups):
    """The result over some axes by groups along one of them."""
    kept = [a for a in range(x.ndim) if a not in axes]
    shape = [groups if a == grouped else x.shape[a] for a in range(x.ndim) if a in kept or a == grouped]
    out = []
    for index in np.ndindex(*shape):
        at, group, place = [slice(None)] * x.ndim, None, 0
        for a in range(x.ndim):
            if a == grouped:
                group = index[place]
                place += 1
            elif a in kept:
                at[a] = slice(index[place], index[place] + 1)
                place += 1
        part = x[tuple(at)]
        mask = np.zeros(part.shape, dtype=bool)
        along = [np.newaxis] * x.ndim
        along[grouped] = slice(None)
        mask[:] = (labels == group)[tuple(along)]
        # Positions count the elements of all axes that are reduced, the grouped one as a whole.
        positions = np.arange(part.size).reshape(part.shape)
        out.append(one(name, part[mask], positions[mask]))
    result = np.array(out).reshape(shape)
    if name in ("any", "all"):
        result = result.astype(bool)
    elif name in ("count", "argmin", "argmax", "nanargmin", "nanargmax"):
        result = result.astype(np.int64)
    elif x.dtype.kind == "f":
        result = result.astype(x.dtype)
    error = 0 if x.dtype.kind != "f" and name not in ("var", "stddev", "nanvar", "nanstddev") or \
        name in NEED_ELEMENTS or name in ("any", "all", "count") else (2e-7 if x.dtype == np.float32 else 1e-12)
    return {"aggregate": name, "of": str(x.dtype), "axes": sum(1 << a for a in axes), "axis": grouped,
            "labels": labels.tolist(), "groups": groups, "dtype": str(result.dtype), "shape": list(result.shape),
            "error": error, "bytes": result.tobytes().hex()}


def main():
    seed = int(sys.argv[1])
    rng = random.Random(seed)
    data = np.random.default_rng(seed)
    shape = (7, 12, 5)
    variables = {}
    for dtype in ("int16", "uint8", "int64", "float32", "float64"):
        if dtype.startswith("f"):
            x = data.normal(1, 0.1, shape).astype(dtype)
            x[data.random(shape) < 0.1] = np.nan
        else:
            x = data.integers(0, 9, shape).astype(dtype)
        variables[dtype] = x
    cases = []
    for name in AGGREGATES:
        for dtype, x in variables.items():
            grouped = rng.randrange(3)
            axes = sorted({grouped} | {a for a in range(3) if rng.random() < 0.3})
            extent = shape[grouped]
            if name in NEED_ELEMENTS:
                groups = rng.randint(1, 4)
                labels = np.array([rng.randint(-1, groups - 1) for _ in range(extent)])
                labels[rng.sample(range(extent), groups)] = range(groups)
            else:
                groups = rng.randint(1, 6)
                labels = np.array([rng.randint(-1, groups - 1) for _ in range(extent)])
            with np.errstate(all="ignore"):
                cases.append(case(rng, name, x, axes, grouped, labels, groups))
    print(json.dumps({"numpy": np.__version__, "seed": seed,
                      "variables": {k: {"dtype": k, "shape": list(shape), "bytes": v.tobytes().hex()}
                                    for k, v in variables.items()}}, indent=None)[:-1] + ',\n"cases": [')
    print(",\n".join(json.dumps(c) for c in cases) + "]}")


main()
