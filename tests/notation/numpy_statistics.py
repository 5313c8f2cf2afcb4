#!/usr/bin/python3
"""Statistics of several reductions, products of matrices and triangles over every element type, with the values of NumPy
and SciPy, as JSON.

    numpy_statistics.py SEED > cases.json

Integers, ranges and counts are equal to the bit; floating sums of products may be `error` away. Skewness and kurtosis
are SciPy's; covariance and correlation, which NumPy has of rows of one array, are written out as xarray's.
"""
import random
import sys

import numpy as np
from scipy import stats

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, write



def moment(function):
    def of(x, axis=None, keepdims=False):
        x = np.asarray(x)
        x = x if x.dtype.kind == "f" else x.astype(np.float64)
        value = np.asarray(function(x, axis=axis), dtype=x.dtype)
        if not keepdims:
            return value
        return value.reshape((1,) * x.ndim) if axis is None else np.expand_dims(value, axis)
    return of


def pairs(x, y, dim):
    x, y = (v if v.dtype.kind == "f" else v.astype(np.float64) for v in (x, y))
    missing = np.isnan(x) | np.isnan(y)
    a, b = (np.where(missing, v.dtype.type(np.nan), v) for v in (x, y))
    product = (a - np.nanmean(a, dim, keepdims=True)) * (b - np.nanmean(b, dim, keepdims=True))
    return a, b, np.nansum(product, dim), np.sum(~missing, dim), product.dtype


def cov(x, y, dim=None, ddof=1):
    _, _, total, number, dtype = pairs(x, y, dim)
    return np.where(number > ddof, total / (number - ddof), np.nan).astype(dtype)


def corr(x, y, dim=None):
    a, b, total, number, dtype = pairs(x, y, dim)
    return np.asarray(total / number / (np.nanstd(a, dim) * np.nanstd(b, dim))).astype(dtype)


NAMES = {"np": np, "ptp": np.ptp, "count_nonzero": np.count_nonzero, "matmul": np.matmul, "dot": np.dot,
         "tensordot": np.tensordot,
         "outer": np.outer, "tril": np.tril, "triu": np.triu, "skew": moment(stats.skew),
         "kurtosis": moment(stats.kurtosis), "cov": cov, "corr": corr,
         "nanptp": lambda x, axis=None, keepdims=False: np.nanmax(x, axis, keepdims=keepdims) - np.nanmin(x, axis, keepdims=keepdims),
         "vecdot": lambda x, y, axis=-1: np.matmul(np.moveaxis(x, axis, -1)[..., None, :], np.moveaxis(y, axis, -1)[..., None])[..., 0, 0],
         "matrix_transpose": lambda x: np.swapaxes(x, -1, -2)}
NEAR = ["skew", "kurtosis", "cov", "corr"]
PRODUCTS = ["matmul", "vecdot", "dot", "tensordot"]


def made(rng, dtype, shape):
    size = int(np.prod(shape))
    if dtype == "bool":
        values = [rng.random() < 0.4 for _ in range(size)]
    elif dtype.startswith("float"):
        values = [rng.choice([rng.uniform(-4, 4), rng.gauss(3, 2), float(rng.randint(-3, 3))]) for _ in range(size)]
    else:
        low = 0 if dtype.startswith("u") else -100
        values = [rng.choice([rng.randint(low, 100), 0]) for _ in range(size)]
    return np.array(values, dtype=dtype).reshape(shape)


def main():
    seed = int(sys.argv[1])
    rng = random.Random(seed)
    arrays, texts = {}, []
    for dtype in TYPES:
        t = dtype[0] + dtype.lstrip("abcdefghijklmnopqrstuvwxyz")
        for name, shape in [("x", (3, 4, 5)), ("y", (3, 4, 5)), ("m", (5, 2)), ("v", (5,)), ("w", (4,))]:
            arrays[name + t] = made(rng, dtype, shape)
        x, y, m, v, w = (name + t for name in "xymvw")
        for f in ("ptp", "nanptp", "count_nonzero", "skew", "kurtosis"):
            texts += [f"{f}({x})", f"{f}({x}, 0)", f"{f}({x}, axis=(0, 2))", f"{f}({x}, 1, keepdims=True)"]
        for f in ("cov", "corr"):
            texts += [f"{f}({x}, {y})", f"{f}({x}, {y}, 0)", f"{f}({x}, {y}, dim=(1, 2))"]
        texts += [f"cov({x}, {y}, 0, 0)", f"cov({x}, xf32, 0)", f"cov({x}, {y}, 0, ddof=3)"]
        texts += [f"matmul({x}, {m})", f"matmul({x}, {v})", f"matmul({w}, {x})", f"matmul({v}, {v})", f"{m}.dot({v}[:2])",
                  f"dot({x}, {m})", f"dot({x}, {v})", f"matmul({x}, mf32)", f"matmul({x}, mi16)", f"vecdot({x}, {y})",
                  f"vecdot({x}, {y}, 0)", f"vecdot({x}, {y}, axis=1)", f"outer({v}, {w})", f"outer({v}, wf32)",
                  f"matmul({x}, matrix_transpose({y}))", f"tensordot({x}, {m}, 1)", f"tensordot({x}, {y}, axes=3)",
                  f"tensordot({x}, {y}, axes=((0, 2), (0, 2)))", f"tensordot({x}, mf32, axes=(2, 0))"]
        for f in ("tril", "triu"):
            texts += [f"{f}({x})", f"{f}({m}, 1)", f"{f}({x}, k=-2)"]
    for missing in ("xf32", "xf64"):
        twin = "n" + missing
        arrays[twin] = np.array(arrays[missing])
        arrays[twin].reshape(-1)[::7] = np.nan
        arrays[twin][:, 1, 2] = np.nan
        for f in ("ptp", "nanptp", "count_nonzero", "skew", "kurtosis"):
            texts += [f"{f}({twin})", f"{f}({twin}, 0)", f"{f}({twin}, 2)"]
        other = "y" + missing[1:]
        texts += [f"cov({twin}, {other}, 0)", f"corr({other}, {twin}, 1)", f"cov({twin}, {twin})", f"tril({twin})"]
    cases = []
    for text in dict.fromkeys(texts):
        name = text.split("(")[0].split(".")[-1]
        try:
            value = np.asarray(eval(text, dict(NAMES), dict(arrays)))
        except TypeError:
            continue  # NumPy does not have it of this type
        if str(value.dtype) not in TYPES:
            continue
        case = {"text": text, **encoded(value)}
        if value.dtype.kind == "f" and name in NEAR + PRODUCTS:
            largest = max([1.0, *(abs(float(v)) for v in value.reshape(-1) if np.isfinite(v))])
            case["error"] = (1e-4 if "f32" in text else 1e-11) * largest
        cases.append(case)
    write(seed, arrays, cases)


main()
