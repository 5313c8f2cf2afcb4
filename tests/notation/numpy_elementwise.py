#!/usr/bin/python3
"""Every elementwise function of the notation over every element type that NumPy has it of, with NumPy's values, as JSON.

    numpy_elementwise.py SEED > cases.json

Values are those at which functions break: zeros of both signs, infinities, NaN, subnormal numbers, the ends of each type,
halves, multiples of divisors, shifts beyond the width. With a value goes a bound in units of the last place; without one
it has to be equal to the bit. Where chunkwise and NumPy differ on purpose (docs/semantics.md), chunkwise's meaning is
written out: float32 where NumPy has float16, floor of integers as in NumPy since 2.1, `within` and `replace`, which NumPy
does not have. `zeros` marks results in which NumPy takes either zero of two equal ones.
"""
import random
import sys

import numpy as np

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, promote_weakly, write

promote_weakly()

INTEGERS = TYPES[1:9]
FLOATS = TYPES[9:]
SIZE = 40


def specials(dtype, rng):
    """SIZE values of a type, those first that are special."""
    if dtype == "bool":
        values = [False, True]
    elif dtype in FLOATS:
        info = np.finfo(dtype)
        values = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.0, -3.0, 0.3, -0.7, 7.25, -280.15, 360.0, 1e5,
                  np.nan, np.inf, -np.inf, float(info.max), float(info.min), float(info.tiny), -float(info.tiny) / 4,
                  float(info.eps), 2.0 ** 23 + 0.5, -2.0 ** 52 - 1]
    else:
        info = np.iinfo(dtype)
        values = [0, 1, 2, 3, 5, 7, 8, 15, 16, 31, 32, 63, 64, 100, info.max, info.max - 1]
        if dtype.startswith("i"):
            values += [-1, -2, -3, -7, -8, -100, info.min, info.min + 1]
    while len(values) < SIZE:
        if dtype == "bool":
            values.append(rng.random() < 0.5)
        elif dtype in FLOATS:
            values.append(rng.choice([rng.uniform(-10, 10), rng.gauss(0, 300), rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30)]))
        else:
            values.append(rng.randint(info.min, info.max))
    return np.array(values[:SIZE], dtype=dtype)


def widened(x):
    """float32 where NumPy would compute in float16."""
    x = np.asarray(x)
    return x.astype(np.float32) if x.dtype in (np.bool_, np.int8, np.uint8) else x


def whole(function):
    """A rounding function that leaves integers and bool as they are."""
    return lambda x: function(x) if x.dtype.kind == "f" else x


def rounded(x, decimals=0):
    """Integers beyond their type's range saturate, where NumPy's wrap."""
    if x.dtype.kind in "iu" and decimals < 0:
        power = 10.0 ** -decimals
        info = np.iinfo(x.dtype)
        value = np.rint(x / power) * power
        inside = (value >= float(info.min)) & (value < float(info.max))
        ends = np.where(value < 0, np.array(info.min, x.dtype), np.array(info.max, x.dtype))
        return np.where(inside, np.where(inside, value, 0).astype(x.dtype), ends)
    return np.round(x, decimals)


class Array(np.ndarray):
    """An array whose method round is ours."""

    def round(self, decimals=0):
        return rounded(np.asarray(self), decimals)


def within(x, y, tolerance):
    kind = np.result_type(x, y, tolerance)
    if kind.kind != "f":
        kind = np.dtype(np.float32 if kind.itemsize <= 2 else np.float64)
    x, y, tolerance = (np.asarray(v).astype(kind) for v in (x, y, tolerance))
    return (np.abs(x - y) <= tolerance) & np.isfinite(y) | (x == y)


def replace(x, value, other):
    kind = np.result_type(x, value, other)
    x, value, other = (np.asarray(v).astype(kind) for v in (x, value, other))
    same = x == value
    if kind.kind == "f":
        same |= np.isnan(x) & np.isnan(value)
    return np.where(same, other, x)


def isclose(x, y, rtol=1e-5, atol=1e-8, equal_nan=False):
    """NumPy 2's, in a floating type also of integers, whose difference may wrap in NumPy."""
    if isinstance(x, np.ndarray) and x.dtype.kind in "iu":
        x = x.astype(np.float64)
    if isinstance(y, np.ndarray):
        y = y if y.dtype.kind == "f" else y.astype(np.float64)
    near = np.less_equal(np.abs(x - y), atol + rtol * np.abs(y)) & np.isfinite(y) | (x == y)
    return near | np.isnan(x) & np.isnan(y) if equal_nan else near


def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def floating(function):
    """A function whose result is floating whatever its operands are."""
    def call(*x):
        if len(x) > 1 and not isinstance(x[1], np.ndarray) and x[0].dtype == np.bool_:
            x = (x[0].astype(np.int64), x[1])
        return function(*[widened(v) if isinstance(v, np.ndarray) else v for v in x])
    return call


NAMES = {name: getattr(np, name) for name in
         ["floor_divide", "remainder", "mod", "fmod", "square", "abs", "fabs", "sign", "isnan", "isfinite", "isinf", "signbit", "isposinf", "isneginf",
          "gcd", "lcm", "real", "imag", "conj", "isreal",
          "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_and", "bitwise_or", "bitwise_xor", "invert",
          "bitwise_not", "left_shift", "right_shift", "minimum", "maximum", "fmin", "fmax", "clip", "positive", "nan", "inf"]}
for name in ["rint", "copysign", "heaviside", "deg2rad", "rad2deg", "radians", "degrees", "exp", "exp2", "expm1", "log", "log2",
             "log10", "log1p", "cbrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "arcsinh",
             "arccosh", "arctanh", "hypot", "arctan2", "fabs", "nextafter",
             "logaddexp"]:
    NAMES[name] = floating(getattr(np, name))
for name in ["floor", "ceil", "trunc", "fix"]:
    NAMES[name] = whole(getattr(np, name))
def sinc(x):
    """NumPy 2's: float32 stays."""
    x = x if x.dtype.kind == "f" else x.astype(np.float64)
    y = x.dtype.type(np.pi) * np.where(x == 0, x.dtype.type(1e-20), x)
    return np.sin(y) / y


NAMES.update(sinc=sinc,
             angle=lambda x: np.arctan2(np.zeros_like(floating(np.positive)(x)), floating(np.positive)(x)) if x.dtype.kind == "f" else
             np.angle(x.astype(np.float64)).astype(floating(np.sqrt)(x).dtype), notnull=lambda x: ~np.isnan(x), isnull=np.isnan,
             float_power=lambda x, y: np.power(np.asarray(x, np.float64), np.asarray(y, np.float64)),
             fillna=lambda x, v: np.where(np.isnan(x), v, x).astype(np.result_type(x, v)))
NAMES.update(within=within, replace=replace, isclose=isclose, nan_to_num=nan_to_num, np=np, round=rounded, around=rounded,
             reciprocal=lambda x: np.where(x == 0, 0, np.reciprocal(np.where(x == 0, 1, x))).astype(np.result_type(x, np.int8)
                                                                                                    if x.dtype == bool else x.dtype)
             if x.dtype.kind != "f" else np.reciprocal(x))

ONE = ["floor", "ceil", "trunc", "fix", "rint", "round", "around", "square", "reciprocal", "sign", "abs", "isnan", "isfinite",
       "isinf", "signbit", "logical_not", "invert", "bitwise_not", "positive", "nan_to_num", "deg2rad", "rad2deg", "radians",
       "degrees", "isposinf", "isneginf", "real", "imag", "conj", "isreal", "notnull", "isnull", "angle"]
NEAR_ONE = ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt", "sin", "cos", "tan", "arcsin", "arccos", "arctan",
            "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh"]
NEAR_ONE += ["sinc"]
TWO = ["floor_divide", "remainder", "mod", "fmod", "copysign", "heaviside", "logical_and", "logical_or", "logical_xor",
       "bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "fmin", "fmax", "minimum", "maximum", "isclose", "gcd", "lcm",
       "nextafter", "fillna"]
NEAR_TWO = ["hypot", "arctan2", "float_power"]
EITHER_ZERO = ("fmin", "fmax", "minimum", "maximum", "clip", "replace")


def main():
    seed = int(sys.argv[1])
    rng = random.Random(seed)
    arrays = {}
    for dtype in TYPES:
        short = dtype[0] + dtype.lstrip("abcdefghijklmnopqrstuvwxyz")
        values = specials(dtype, rng)
        arrays[short] = values
        # Each special value meets others: pairs at random, with divisors and shifts that are small among them.
        order = list(range(SIZE))
        rng.shuffle(order)
        other = values[order]
        if dtype in INTEGERS:
            other[::3] = [rng.randint(0, 9) for _ in other[::3]]
        arrays[short.replace(dtype[0], {"b": "c", "i": "j", "u": "v", "f": "g"}[dtype[0]])] = other
    texts = []
    for name in ONE + NEAR_ONE:
        no_bool = name in ("conj", "angle")  # int8 and float16 there
        texts += [f"{name}({x})" for x in arrays if x[0] in "biuf" and not (no_bool and x == "b")]
    twins = {"b": "c", "i": "j", "u": "v", "f": "g"}
    pairs = [(x, x.replace(x[0], twins[x[0]])) for x in arrays if x[0] in "biuf"]
    for name in TWO + NEAR_TWO:
        texts += [f"{name}({x}, {y})" for x, y in pairs]
        texts += [f"{name}({x}, {y})" for x, y in [("i8", "v8"), ("f32", "j16"), ("f32", "g64"), ("b", "j8"), ("u32", "j32")]]
        texts += [f"{name}({x}, 3)" for x in ("i8", "u16", "i64", "f32", "f64", "b")]
    for x, y in pairs:
        texts += [f"{x} // {y}", f"{x} % {y}", f"{x} & {y}", f"{x} | {y}", f"{x} ^ {y}", f"~{x}", f"{x} << {y}", f"{x} >> {y}",
                  f"{x} >> 2", f"{x} % 7", f"{x} // 2.5", f"-7 % {x}", f"{x} | 1", f"{x} + {y} << 1", f"{x} & 3 == {y}"]
        texts += [f"round({x}, 2)", f"round({x}, decimals=-1)", f"{x}.round(1)", f"{x}.clip(1, 3)", f"clip({x}, 0, {y})",
                  f"clip({x}, None, 2)", f"{x}.clip(min=1)", f"maximum(maximum({x}, {y}), 1)", f"within({x}, {y}, 2)",
                  f"replace({x}, 1, {y})", f"replace({x}, nan, 2)", f"isclose({x}, 1)", f"isclose({x}, {y}, 0.5, 1, True)",
                  f"isclose({x}, {x} + 1, atol=1, rtol=0)", f"nan_to_num({x}, nan=3, posinf=7, neginf=-7)"]
    cases = []
    for text in dict.fromkeys(texts):
        try:
            value = np.asarray(eval(text, dict(NAMES), {name: a.view(Array) for name, a in arrays.items()} if ".round" in text else dict(arrays)))
        except (TypeError, OverflowError, ValueError):
            continue  # NumPy does not have it of this type
        if str(value.dtype) not in TYPES:
            continue
        case = {"text": text, **encoded(value)}
        name = text.split("(")[0].split(".")[-1]
        if name in NEAR_ONE + NEAR_TWO:
            case["ulps"] = 6.0
        if any(zero in text for zero in EITHER_ZERO):
            case["zeros"] = True
        cases.append(case)
    write(seed, arrays, cases)


main()
