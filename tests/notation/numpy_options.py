#!/usr/bin/python3
"""Options of reductions, and functions that are made of others, over element types, with the values of NumPy, as JSON.

    numpy_options.py SEED > cases.json

What chunkwise defines otherwise (docs/semantics.md) is written out: sums of float32 in float64, min_count, which is
pandas', interpolate_na, which is xarray's, and the skewness of what is not NaN, which is SciPy's. A floating result may
be `error` away where another order of additions, or a function rounded otherwise, counts.
"""
import random
import sys

import numpy as np
from scipy import stats

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, promote_weakly, write

promote_weakly()

REDUCTIONS = ["sum", "prod", "mean", "var", "std", "nansum", "nanprod", "nanmean", "nanvar", "nanstd"]


def reduction(name):
    function = getattr(np, name)
    skips = name.startswith("nan")

    def of(x, axis=None, keepdims=False, min_count=None, skipna=None, **options):
        chosen = options.get("where", True)
        there = np.broadcast_to(chosen, x.shape) & ~np.isnan(x)
        with_nan = function if skipna is None else getattr(np, ("nan" if skipna else "") + name.removeprefix("nan"))
        value = np.asarray(with_nan(x, axis=axis, keepdims=keepdims, **options))
        if min_count is not None:
            value = np.where(np.sum(there, axis=axis, keepdims=keepdims) >= min_count, value,
                             np.nan).astype(value.dtype if value.dtype.kind == "f" else np.float64)
        return value
    return of


def count(x, axis=None, keepdims=False, where=True):
    return np.asarray(np.sum(np.broadcast_to(where, x.shape) & ~np.isnan(x), axis=axis, keepdims=keepdims))


def extreme(name):
    function = getattr(np, name)
    return lambda x, axis=None, keepdims=False, **options: np.asarray(function(x, axis=axis, keepdims=keepdims, **options))


def cumulative(function, start):
    def of(x, axis=None, dtype=None, include_initial=False):
        axis = 0 if axis is None else axis
        value = function(x, axis=axis, dtype=dtype)
        if not include_initial:
            return value
        first = np.full_like(np.take(value, [0], axis), start)
        return np.concatenate((first, value), axis)
    return of


def along(function):
    """A NumPy function of two vectors along an axis of the first."""
    def of(x, kernel, mode, axis=-1):
        return np.apply_along_axis(lambda line: function(line, kernel, mode), axis, x)
    return of


def interpolate_na(x, dim):
    def of(line):
        missing = np.isnan(line)
        if missing.all():
            return line
        places = np.arange(line.size, dtype=np.float64)
        filled = np.interp(places, places[~missing], line[~missing].astype(np.float64), left=np.nan, right=np.nan)
        return np.where(missing, filled, line).astype(line.dtype)
    return np.apply_along_axis(of, dim, x) if x.dtype.kind == "f" else x


def moment(function):
    def of(x, axis=None, keepdims=False):
        x = x if x.dtype.kind == "f" else x.astype(np.float64)
        value = np.ma.filled(np.ma.asarray(function(x.astype(np.float64), axis=axis, nan_policy="omit")), np.nan)
        value = np.asarray(value, dtype=x.dtype)
        return value if not keepdims else np.expand_dims(value, axis)
    return of


def unwrap(x, discont=None, axis=-1, period=2 * np.pi):
    return np.unwrap(x if x.dtype.kind == "f" else x.astype(np.float64), discont, axis, period=float(period))


NAMES = {"np": np, "nan": np.nan, "inf": np.inf, "float32": np.float32, "float64": np.float64, "int64": np.int64, "int8": np.int8,
         "uint8": np.uint8, "count": count, "interp": np.interp, "unwrap": unwrap, "cross": np.cross, "diff": np.diff,
         "convolve": along(np.convolve), "correlate": along(np.correlate), "interpolate_na": interpolate_na,
         "nanskew": moment(stats.skew), "nankurtosis": moment(stats.kurtosis),
         "cumulative_sum": cumulative(np.cumsum, 0), "cumulative_prod": cumulative(np.cumprod, 1),
         "sliding_window_view": np.lib.stride_tricks.sliding_window_view, "cumsum": np.cumsum, "cumprod": np.cumprod, "nancumsum": np.nancumsum,
         "nancummax": lambda x, axis: np.fmax.accumulate(x, axis), "nancummin": lambda x, axis: np.fmin.accumulate(x, axis)}
NAMES.update({name: reduction(name) for name in REDUCTIONS})
NAMES.update({name: extreme(name) for name in ["min", "max", "nanmin", "nanmax", "any", "all"]})
EXACT = ("min", "max", "any", "all", "count", "diff", "nancummax", "nancummin", "interp(")


def made(rng, dtype, shape):
    size = int(np.prod(shape))
    if dtype == "bool":
        values = [rng.random() < 0.5 for _ in range(size)]
    elif dtype.startswith("float"):
        values = [rng.choice([rng.uniform(-4, 4), rng.gauss(3, 2), float(rng.randint(-3, 3))]) for _ in range(size)]
    else:
        low = 0 if dtype.startswith("u") else -9
        values = [rng.randint(low, 9) for _ in range(size)]
    return np.array(values, dtype=dtype).reshape(shape)


def main():
    seed = int(sys.argv[1])
    rng = random.Random(seed)
    arrays, texts = {}, []
    arrays["mask"] = made(rng, "bool", (3, 4, 5))
    arrays["row"] = np.array([True, False, True, True, False])
    arrays["never"] = np.zeros((4, 5), dtype=bool)
    names = []
    for dtype in TYPES:
        t = dtype[0] + dtype.lstrip("abcdefghijklmnopqrstuvwxyz")
        arrays["x" + t] = made(rng, dtype, (3, 4, 5))
        arrays["k" + t] = made(rng, dtype, (3,))
        arrays["k2" + t] = made(rng, dtype, (2,))
        names.append("x" + t)
    for x in ("xf32", "xf64"):
        arrays["n" + x] = np.array(arrays[x])
        arrays["n" + x].reshape(-1)[::7] = np.nan
        arrays["n" + x][:, 1, 2] = np.nan
        arrays["n" + x][1, :, 4] = np.nan
        names.append("n" + x)
    for x in names:
        kernel, kernel2 = "k" + x.removeprefix("n")[1:], "k2" + x.removeprefix("n")[1:]
        floating = arrays[x].dtype.kind == "f"
        for f in REDUCTIONS:
            texts += [f"{f}({x}, where=mask)", f"{f}({x}, 0, where=row)", f"{f}({x}, axis=(0, 2), where=mask, keepdims=True)",
                      f"{f}({x}, 1, dtype=float64)", f"{f}({x}, dtype=float32, axis=0)"]
            if "var" in f or "std" in f:
                texts += [f"{f}({x}, 2, ddof=1)"]
            if "sum" in f or "prod" in f:
                texts += [f"{f}({x}, 0, initial=3)", f"{f}({x}, where=mask, initial=2)", f"{f}({x}, 1, where=never)",
                          f"{f}({x}, 0, min_count=3)", f"{f}({x}, 2, where=mask, min_count=2)",
                          f"{f}({x}, 0, skipna=True, min_count=2)"]
                texts += ([f"{f}({x}, 0, initial=0.5)"] if floating else
                          [f"{f}({x}, dtype=int8, axis=2)", f"{f}({x}, 1, dtype=uint8, initial=1)"])
        for f in ("min", "max", "nanmin", "nanmax"):
            if x != "xb":
                texts += [f"{f}({x}, 0, initial=3)", f"{f}({x}, where=mask, initial=5)", f"{f}({x}, 1, where=never, initial=1)",
                          f"{f}({x}[:, :0], 1, initial=4)", f"{f}({x}, (0, 1), where=row, initial=2, keepdims=True)"]
        for f in ("any", "all", "count"):
            texts += [f"{f}({x}, 0, where=mask)", f"{f}({x}, where=row)", f"{f}({x}, 1, where=never)"]
        for mode in ("full", "same", "valid"):
            texts += [f"convolve({x}, {kernel}, '{mode}', axis=0)", f"convolve({x}, {kernel2}, '{mode}')",
                      f"correlate({x}, {kernel}, '{mode}', axis=2)", f"correlate({x}, {kernel2}, '{mode}', axis=1)"]
        texts += [f"convolve({x}, kf32, 'full', axis=1)", f"cross({x}[:, :3], {x}[::-1, :3], axis=1)", f"cross({x}, {x} * 2, 0)"]
        texts += [f"diff({x}, axis=1, prepend=0)", f"diff({x}, append=1, axis=0)", f"diff({x}, n=2, axis=2, prepend={x}[:, :, :2])",
                  f"diff({x}, prepend={x}[..., :1], append=xi16[..., :1])"]
        texts += [f"cumulative_sum({x}, axis=1)", f"cumulative_sum({x}, axis=0, include_initial=True)",
                  f"cumulative_prod({x}, axis=2, include_initial=True)", f"cumulative_sum({x}, axis=2, dtype=float64)",
                  f"cumprod({x}, axis=0, dtype=float64)", f"nancumsum({x}, 2, dtype=float64)"]
        texts += [f"nancummax({x}, 0)", f"nancummin({x}, axis=2)", f"interpolate_na({x}, 1)", f"interpolate_na({x}, 2)",
                  f"unwrap({x} * 1.75, axis=1)", f"unwrap({x}, period=5)", f"unwrap({x}, discont=4, axis=0, period=6)",
                  f"interp({x}, [-1, 0.5, 2, 3], [3, 1, 4, 1])", *([f"interp({x}, [1], [7], left=-1, right=9)"] if not x.startswith("nx") else []),
                  f"interp({x}, [0, 1, 2], [inf, 1, nan], right=0)", f"interp({x}, [3, 1, 7], [1, 2, 3], period=4)",
                  f"interp({x}, [0, 1, 1, 2], [0, 1, 5, 6], left=nan)"]
        if not floating:
            texts += [f"cumsum({x}, 1, dtype=int8)"]
        else:
            texts += [f"nanskew({x})", f"nanskew({x}, 0)", f"nankurtosis({x}, 1, keepdims=True)", f"nankurtosis({x}, 2)"]
        texts += [f"sliding_window_view({x}, 2, axis=1)", f"max(sliding_window_view({x}, (2, 3), axis=(0, 2)), (3, 4))"]
    cases = []
    for text in dict.fromkeys(texts):
        try:
            value = np.asarray(eval(text, dict(NAMES), dict(arrays)))
        except (TypeError, ValueError, OverflowError):
            continue  # NumPy does not have it of this type
        if str(value.dtype) not in TYPES:
            continue
        case = {"text": text, **encoded(value)}
        if value.dtype.kind == "f" and not text.startswith(EXACT):
            largest = max([1.0, *(abs(float(v)) for v in value.reshape(-1) if np.isfinite(v))])
            case["error"] = (2e-5 if "f32" in text or "float32" in text else 1e-12) * largest
        cases.append(case)
    write(seed, arrays, cases)


main()
