#!/usr/bin/python3
"""Random formulas in NumPy's notation with the values that NumPy gives them, as JSON.

    numpy_cases.py SEED COUNT > cases.json
    numpy_cases.py SEED COUNT lines > lines.json      # formulas with a function of lines only
    numpy_cases.py SEED COUNT shapes > shapes.json    # formulas with a function of shape or a list of indices only

NumPy runs with the promotion of NumPy 2 (weak numbers, NEP 50): by itself from version 2 on, and in 1.24 and 1.25 by a
switch. A formula grows from variables by random steps, each of which is evaluated at once; the whole text is evaluated
once more and must give the same, so the text's brackets and NumPy's precedence are held against the steps that were
meant. Steps on whose value NumPy and chunkwise differ on purpose (docs/notation.md) are not taken: float16, powers of
integers, casts that C leaves undefined, the sign of the zero that the minimum of -0 and 0 has.

With each value goes a bound of how far another order of summation, or a function rounded otherwise, may be from it: an
array of absolute errors that follows the formula's steps. It is 0 for what IEEE 754 defines: those values have to be
equal to the bit. The file is long because each function of the notation has its step here.
"""
import math
import random
import re
import sys

import numpy as np

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, promote_weakly, write

promote_weakly()

FLOATING = (np.float32, np.float64)


def where(condition, a, b):
    """np.where with weak numbers, which NumPy 1 does not have there."""
    dtype = np.result_type(a, b)
    for x in (a, b):
        if type(x) is int and dtype.kind in "iu" and not np.iinfo(dtype).min <= x <= np.iinfo(dtype).max:
            raise OverflowError(f"{x} does not fit into {dtype}")
    return np.where(condition, np.asarray(a).astype(dtype), np.asarray(b).astype(dtype))


def count(x, axis=None, keepdims=False):
    """chunkwise's count, which NumPy does not have."""
    return np.sum(~np.isnan(x), axis=axis, keepdims=keepdims)


def argsort(x, axis=-1):
    """NumPy's argsort that keeps equal elements in their order, as chunkwise's does."""
    return np.argsort(x, axis=axis, kind="stable")


NAMES = {name: getattr(np, name) for name in
         ["sqrt", "exp", "log", "abs", "absolute", "isnan", "minimum", "maximum", "logical_and", "logical_or",
          "logical_not", "sum", "mean", "var", "std", "min", "max", "amin", "amax", "nansum", "nanmean", "nanvar",
          "nanstd", "nanmin", "nanmax", "prod", "nanprod", "any", "all", "argmin", "argmax", "nanargmin", "nanargmax",
          "cumsum", "cumprod", "nancumsum", "nancumprod", "sort", "median", "nanmedian", "add", "subtract", "multiply", "divide", "power", "equal", "less",
          "greater_equal", "concatenate", "newaxis", "pi", "nan", "inf", "transpose", "swapaxes", "moveaxis", "squeeze",
          "expand_dims", "broadcast_to", "flip", "roll", "repeat", "tile", "take", "diagonal", "stack", "pad", "reshape",
          "ravel"] + TYPES[1:]}
NAMES.update(where=where, count=count, argsort=argsort, np=np, bool=np.bool_)

# How tightly the outermost operator of a text binds, as in Python.
COMPARISON, OR, AND, SUM, PRODUCT, UNARY, POWER, ATOM = range(8)


class Term:
    """A text, what it is, and how far another right answer may be from it (None: equal to the bit)."""

    def __init__(self, text, value, error=None, binds=ATOM):
        self.text, self.value, self.error, self.binds = text, value, error, binds

    def within(self, least, rng):
        """The text as an operand of what binds so tightly; sometimes with brackets that it does not need."""
        return f"({self.text})" if self.binds < least or rng.random() < 0.05 else self.text

    @property
    def dtype(self):
        return self.value.dtype


class Refused(Exception):
    """A step on which nobody has to agree."""


def variables(rng):
    """Arrays of all types that broadcast with each other."""
    shapes = [(3, 4, 5), (4, 5), (5,), (3, 1, 5), (1, 4, 1), (3, 4, 1), ()]
    made = {}

    def make(name, dtype, shape):
        size = math.prod(shape)
        if dtype == "bool":
            values = [rng.random() < 0.5 for _ in range(size)]
        elif dtype.startswith("float"):
            values = [rng.choice([rng.uniform(-4, 4), rng.gauss(280, 20), float(rng.randint(-9, 9) or 1)])
                      for _ in range(size)]
        else:
            low = 0 if dtype.startswith("u") else -100
            values = [rng.randint(low, 100) for _ in range(size)]
        made[name] = np.array(values, dtype=dtype).reshape(shape)

    for dtype in TYPES:
        make(dtype[0] + dtype.lstrip("abcdefghijklmnopqrstuvwxyz"), dtype, shapes[0])
    for number, shape in enumerate(shapes[1:]):
        make(f"x{number}", rng.choice(["float32", "float64", "int16", "uint8"]), shape)
    make("r8", "float32", (2, 1, 2, 1, 3, 1, 1, 2))
    missing = np.array(made["f64"])
    missing[rng.randrange(3), :2, rng.randrange(5)] = math.nan
    missing[0, 3, 0] = math.inf
    made["missing"] = missing
    made["missing32"] = missing.astype(np.float32)
    return made


def magnitude(x):
    return np.abs(np.asarray(x, dtype=np.float64))


def epsilon(dtype):
    return float(np.finfo(dtype).eps) if dtype in FLOATING else 0.0


def known(term):
    """The error of a term as an array of zeros where it has none."""
    return np.zeros(term.value.shape) if term.error is None else term.error


def rounded(value, error):
    """The error of a result that was rounded once more."""
    return error + epsilon(value.dtype) * magnitude(value)


def exact(*terms):
    if any(t.error is not None for t in terms if isinstance(t, Term)):
        raise Refused("a small difference could become a large one")


def number(rng, term):
    """A Python number as an operand beside the term."""
    kind = term.dtype.kind
    if kind == "f" or rng.random() < 0.3:
        choices = ["2.0", "0.5", "1e-3", ".25", "3", "-2", "7.", "1_000", "pi", "0x10", "(1/3)", "(-2**2)", "(2**-1)"]
    elif kind == "b":
        choices = ["True", "False", "1", "2.5"]
    elif kind == "u":
        choices = ["3", "7", "100", "2.5", "(7//2)", "(-7 % 5)"]
    else:
        choices = ["3", "-7", "100", "0.5", "-1", "(-7//2)", "(2**3 % 5 - 1)"]
    text = rng.choice(choices)
    binds = UNARY if text.startswith("-") else ATOM
    return Term(text, eval(text, dict(NAMES)), binds=binds)


def as_array(x):
    return x if isinstance(x, (np.ndarray, np.generic)) else np.float64(x)


def binary(rng, terms):
    a = rng.choice(terms)
    b = rng.choice(terms) if rng.random() < 0.6 else number(rng, a)
    if not isinstance(b.value, (np.ndarray, np.generic)) and rng.random() < 0.3:
        a, b = b, a
    sign = rng.choice(["+", "-", "*", "/", "+", "-", "*", "/", "**", "<", "<=", "==", "!=", ">", ">=", "&", "|"])
    types = [np.asarray(t.value).dtype for t in (a, b)]
    if sign in "&|":
        exact(a, b)
        if any(t != np.bool_ for t in types):
            raise Refused("bits")
    if sign in ("<", "<=", "==", "!=", ">", ">="):
        exact(a, b)
    if sign == "-" and all(t == np.bool_ for t in types):
        raise Refused("bool")
    if sign == "**":
        exact(a, b)
        if np.result_type(a.value, b.value) not in FLOATING:
            raise Refused("a power of integers")
    binds = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER, "&": AND, "|": OR}.get(sign, COMPARISON)
    # Comparisons do not chain, and ** groups from the right, with a sign on its right as part of the exponent.
    left = {COMPARISON: OR, POWER: ATOM}.get(binds, binds)
    right = {COMPARISON: OR, POWER: UNARY}.get(binds, binds + 1)
    space = rng.choice(["", " "])
    text = f"{a.within(left, rng)}{space}{sign}{space}{b.within(right, rng)}"
    x, y = a.value, b.value
    value = eval(f"x {sign} y", {"x": x, "y": y})
    error = None
    if sign == "**" and value.dtype != np.result_type(x, y):
        raise Refused("NumPy 1 takes bool ** 2.0 for the square of int8")
    if sign == "**" and type(y) is float and y == 0.5 and np.any(np.signbit(np.float64(x)) & ~(np.float64(x) < 0)
                                                                 | np.isneginf(np.float64(x))):
        raise Refused("NumPy takes x ** 0.5 for the root, which differs from the power at -0 and -inf")
    x, y = magnitude(x), magnitude(y)
    if sign == "**":
        error = 8 * epsilon(value.dtype) * magnitude(value)
    elif a.error is not None or b.error is not None:
        ex = known(a) if isinstance(a.value, (np.ndarray, np.generic)) else 0.0
        ey = known(b) if isinstance(b.value, (np.ndarray, np.generic)) else 0.0
        if sign in "+-":
            error = ex + ey
        elif sign == "*":
            error = x * ey + y * ex + ex * ey
        else:
            if not np.all(y > 4 * ey):
                raise Refused("a divisor near zero")
            error = (ex + magnitude(value) * ey) / (y - ey)
        error = rounded(value, error)
    return Term(text, value, error, binds)


def unary(rng, terms):
    a = rng.choice(terms)
    sign = "~" if a.dtype == np.bool_ else rng.choice(["-", "+"])
    return Term(sign + rng.choice(["", " "]) + a.within(UNARY, rng), eval(f"{sign}x", {"x": a.value}), a.error, UNARY)


def function(rng, terms):
    a = rng.choice(terms)
    name = rng.choice(["sqrt", "exp", "log", "abs", "absolute", "isnan", "minimum", "maximum", "where", "logical_and",
                       "logical_or", "logical_not", "add", "divide", "less"])
    dotted = rng.choice(["", "", "np."]) if name != "where" else ""
    if name in ("sqrt", "exp", "log", "isnan", "logical_not"):
        exact(a)
        value = NAMES[name](a.value)
        error = 4 * epsilon(value.dtype) * magnitude(value) if name in ("exp", "log") else None
        return Term(f"{dotted}{name}({a.text})", value, error)
    if name in ("abs", "absolute"):
        return Term(f"{dotted}{name}({a.text})", NAMES[name](a.value), a.error)
    b = rng.choice(terms) if rng.random() < 0.6 else number(rng, a)
    exact(a, b)
    if name == "where":
        c = rng.choice(terms)
        exact(c)
        if rng.random() < 0.5:
            a, b = b, a
        return Term(f"where({c.text}, {a.text}, {b.text})", where(c.value, a.value, b.value))
    if name in ("minimum", "maximum"):
        x, y = np.broadcast_arrays(a.value, b.value)
        if np.any((x == 0) & (y == 0) & (np.signbit(np.float64(x)) != np.signbit(np.float64(y)))):
            raise Refused("which zero")
    return Term(f"{dotted}{name}({a.text}, {b.text})", NAMES[name](a.value, b.value))


def conversion(rng, terms):
    a = rng.choice(terms)
    target = np.dtype(rng.choice(TYPES))
    error = None
    if a.error is not None:
        if target.kind != "f":
            raise Refused("a small difference could become a large one")
    elif a.dtype.kind == "f" and target.kind in "iu":
        low = 0 if target.kind == "u" else -100
        if not np.all(np.isfinite(a.value)) or np.any(a.value <= low - 1) or np.any(a.value >= 128):
            raise Refused("C leaves it undefined")
    value = a.value.astype(target)
    if a.error is not None:
        error = rounded(value, a.error)
    spelled = rng.choice([f"{a.within(ATOM, rng)}.astype({target})", f"{a.within(ATOM, rng)}.astype('{target}')",
                          f"{target}({a.text})", f"{a.within(ATOM, rng)}.astype(dtype=np.{target})"])
    if spelled.startswith("float64(") and value.size == 1:
        raise Refused("NumPy's float64, which is Python's float, makes a number of an array of one")
    return Term(spelled.replace("np.bool)", "np.bool_)"), value, error)


def reduction(rng, terms):
    a = rng.choice([t for t in terms if t.value.size])
    name = rng.choice(["sum", "mean", "var", "std", "min", "max", "amin", "amax", "count", "nansum", "nanmean",
                       "nanvar", "nanstd", "nanmin", "nanmax", "mean", "std", "prod", "nanprod", "any", "all",
                       "argmin", "argmax", "nanargmin", "nanargmax"])
    rank = a.value.ndim
    axes = rng.choice([None] + [tuple(rng.sample(range(rank), n)) for n in range(1, rank + 1)])
    options, keywords = [], {}
    is_place = "arg" in name
    if is_place and axes is not None:
        axes = axes[:1]  # all that NumPy takes
    if axes is not None:
        axis = tuple(i - rank if rng.random() < 0.3 else i for i in axes)
        axis = axis[0] if len(axis) == 1 and (is_place or rng.random() < 0.8) else axis
        keywords["axis"] = axis
        spelled = str(axis)
        options.append(rng.choice(["", "axis="]) + spelled)
    if rng.random() < 0.3:
        keywords["keepdims"] = rng.random() < 0.7
        options.append(f"keepdims={keywords['keepdims']}")
    n = a.value.size if axes is None else math.prod(a.value.shape[i] for i in axes)
    if name.endswith(("var", "std")) and n > 2 and rng.random() < 0.3:
        keywords["ddof"] = 1
        options.append("ddof=1")
    is_count = name == "count"
    if is_count or is_place or name in ("any", "all", "prod") or name.startswith("nan"):
        exact(a)
    if name.startswith("nanarg") and np.any(np.all(np.isnan(a.value), axis=keywords.get("axis"))):
        raise Refused("NumPy has no position among nothing but NaN")
    value = NAMES[name](a.value, **keywords)
    is_nan = name.startswith("nan")
    x = np.asarray(a.value)
    if name.endswith("prod") and value.dtype.kind == "f":
        sizes = np.abs(value[value != 0] if value.ndim else np.atleast_1d(value))
        if not np.all(np.isfinite(sizes)) or np.any((sizes < 1e-30) & (sizes > 0)):
            raise Refused("products that leave the range do so at another place in another order")
    if name[-3:] in ("min", "max") and not is_place:
        if np.any((x == 0) & np.signbit(np.float64(x))) and np.any((x == 0) & ~np.signbit(np.float64(x))):
            raise Refused("which zero")
        if is_nan and not np.all(np.isfinite(value)):
            raise Refused("NumPy warns of it")
    shape = {k: v for k, v in keywords.items() if k != "ddof"}
    clean = np.where(np.isfinite(magnitude(x)), magnitude(x), 0.0) if is_nan else magnitude(x)
    if name.endswith(("sum", "mean", "var", "std")) and x.dtype.kind == "f" and np.any(clean[np.isfinite(clean)] > 1e15):
        raise Refused("sums that overflow do so at another place in another order")
    error = None
    if is_count:
        pass
    elif name.endswith("prod") and value.dtype.kind == "f":
        error = 2 * n * epsilon(value.dtype) * np.abs(value)
    elif name.endswith("sum") and value.dtype.kind == "f":
        error = n * epsilon(value.dtype) * np.sum(clean, **shape) + np.sum(known(a), **shape)
    elif name.endswith("mean"):
        error = n * epsilon(value.dtype) * np.max(clean, **shape) + np.mean(known(a), **shape)
    elif name.endswith(("var", "std")):
        if is_nan and not np.all(np.isfinite(value)):
            raise Refused("NumPy warns of it")
        largest = np.max(clean, **shape)
        error = 2 * n * epsilon(value.dtype) * largest**2 + 4 * largest * np.max(known(a), **shape)
        if name.endswith("std"):
            variance = np.asarray(value, dtype=np.float64) ** 2
            error = np.sqrt(variance + error) - np.sqrt(np.maximum(variance - error, 0)) + epsilon(value.dtype) * value
    elif a.error is not None:
        error = np.broadcast_to(np.max(a.error), value.shape) * 1.0
    method = name in ("sum", "mean", "var", "std", "min", "max", "prod", "any", "all", "argmin", "argmax") and rng.random() < 0.5
    if method:
        text = f"{a.within(ATOM, rng)}.{name}({', '.join(options)})"
    else:
        text = f"{rng.choice(['', 'np.']) if not is_count else ''}{name}({', '.join([a.text] + options)})"
    return Term(text, value, None if error is None else np.asarray(error, dtype=np.float64))


LINES = ["cumsum", "cumprod", "nancumsum", "nancumprod", "sort", "argsort", "median", "nanmedian"]


def line(rng, terms):
    a = rng.choice([t for t in terms if t.value.ndim and t.value.size])
    exact(a)
    name = rng.choice(LINES)
    rank = a.value.ndim
    axis = rng.randrange(-rank, rank)
    x = np.float64(a.value)
    if name in ("sort", "median", "nanmedian") and np.any((x == 0) & np.signbit(x)) and np.any((x == 0) & ~np.signbit(x)):
        raise Refused("which zero")
    options, keywords = [rng.choice(["", "axis="]) + str(axis)], {"axis": axis}
    if name in ("sort", "argsort") and rng.random() < 0.3:
        options, keywords = [], {}
    if name.endswith("median") and rng.random() < 0.3:
        keywords["keepdims"] = True
        options.append("keepdims=True")
    value = NAMES[name](a.value, **keywords)
    if name in ("cumsum", "cumprod") and rng.random() < 0.4:
        return Term(f"{a.within(ATOM, rng)}.{name}({', '.join(options)})", value)
    dotted = rng.choice(["", "np."]) if name != "argsort" else ""
    return Term(f"{dotted}{name}({', '.join([a.text] + options)})", value)


def subscript(rng, terms):
    a = rng.choice(terms)
    rank = a.value.ndim
    parts = []
    left = rank
    for axis in range(rank):
        if rng.random() < 0.2:
            break
        extent = a.value.shape[axis]
        left -= 1
        kind = rng.random()
        if kind < 0.35 and extent:
            parts.append(str(rng.randrange(-extent, extent)))
        elif kind < 0.6:
            parts.append(":")
        else:
            bounds = [rng.choice(["", str(rng.randrange(-extent - 2, extent + 3))]) for _ in range(2)]
            step = rng.choice(["", "", ":", ":2", ":-1", ":-2", ":1"])
            parts.append(":".join(bounds) + step)
    if left == 0 and rng.random() < 0.2:
        parts.insert(rng.randrange(len(parts) + 1), "...")
    elif left and rng.random() < 0.5:
        parts.append("...")
    if rank < 5 and rng.random() < 0.3:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(["None", "newaxis", "np.newaxis"]))
    if not parts:
        parts = ["..."]
    index = ", ".join(parts)
    select = eval(f"np.s_[{index}]", {"np": np, "newaxis": None})
    error = None if a.error is None else np.asarray(np.broadcast_to(a.error, a.value.shape)[select])
    return Term(f"{a.within(ATOM, rng)}[{index}]", a.value[select], error)


def joined(rng, terms):
    a = rng.choice([t for t in terms if t.value.ndim])
    exact(a)
    others = [t for t in terms if t.value.ndim == a.value.ndim and t.error is None]
    b = rng.choice(others)
    axis = rng.choice([i for i in range(a.value.ndim)])
    opening, closing = rng.choice(["()", "[]"])
    value = np.concatenate((a.value, b.value), axis=axis)
    along = rng.choice([f", {axis}", f", axis={axis}"])
    return Term(f"concatenate({opening}{a.text}, {b.text}{closing}{along})", value)


SHAPES = ["transpose", "swapaxes", "moveaxis", "squeeze", "expand_dims", "broadcast_to", "flip", "roll", "repeat",
          "tile", "take", "diagonal", "stack", "pad", "reshape", "ravel", "flatten"]


def applied(rng, name, a, options, methods=True):
    """A function of the array's with these options, as a call or as a method."""
    text = ", ".join(options)
    if methods and rng.random() < 0.4:
        return f"{a.within(ATOM, rng)}.{name}({text})"
    return f"{rng.choice(['', 'np.'])}{name}({', '.join([a.text] + options)})"


def any_axis(rng, rank):
    return rng.randrange(-rank, rank)


def shape(rng, terms):
    a = rng.choice(terms)
    exact(a)
    x, rank = np.asarray(a.value), a.value.ndim
    name = rng.choice(SHAPES)
    methods = True
    if name == "transpose":
        if rng.random() < 0.3:
            return Term(f"{a.within(ATOM, rng)}.T", x.T)
        order = [i - rank if rng.random() < 0.2 else i for i in rng.sample(range(rank), rank)]
        given = rng.random() < 0.8 and rank > 1
        text = applied(rng, name, a, [rng.choice(["", "axes="]) + str(tuple(order))] if given else [], rank > 1 and not given)
    elif name == "swapaxes":
        text = applied(rng, name, a, [str(any_axis(rng, rank)), str(any_axis(rng, rank))])
    elif name == "moveaxis":
        count = rng.randint(1, rank)
        source, place = (str(tuple(rng.sample(range(rank), count))) for _ in range(2))
        text = applied(rng, name, a, [source, place], False)
    elif name == "squeeze":
        ones = [i for i in range(rank) if x.shape[i] == 1]
        options = [rng.choice(["", "axis="]) + str(rng.choice(ones))] if ones and rng.random() < 0.5 else []
        text = applied(rng, name, a, options)
    elif name == "expand_dims":
        count = rng.randint(1, 2)
        axes = tuple(rng.sample(range(rank + count), count))
        text = applied(rng, name, a, [str(axes[0]) if count == 1 else str(axes)], False)
    elif name == "broadcast_to":
        wanted = [rng.randint(1, 4) if n == 1 else n for n in x.shape]
        wanted = [rng.randint(1, 3) for _ in range(rng.randint(0, 2))] + wanted
        text = applied(rng, name, a, [str(tuple(wanted))], False)
    elif name == "flip":
        axes = rng.choice([None] + [tuple(rng.sample(range(rank), n)) for n in range(1, rank + 1)])
        options = [] if axes is None else [rng.choice(["", "axis="]) + str(axes[0] if len(axes) == 1 else axes)]
        text = applied(rng, name, a, options, False)
    elif name == "roll":
        shift, axis = rng.randint(-9, 9), any_axis(rng, rank)
        options = [str(shift)] if rng.random() < 0.2 else [str(shift), rng.choice(["", "axis="]) + str(axis)]
        if rank > 1 and rng.random() < 0.2:
            options = [str((shift, 1)), f"axis={tuple(rng.sample(range(rank), 2))}"]
        text = applied(rng, name, a, options, False)
    elif name == "repeat":
        axis = any_axis(rng, rank)
        counts = str(rng.randint(0, 3))
        if rng.random() < 0.4:
            counts = str([rng.randint(0, 2) for _ in range(x.shape[axis])])
        options = [str(rng.randint(0, 3))] if rng.random() < 0.2 else [counts, rng.choice(["", "axis="]) + str(axis)]
        text = applied(rng, name, a, options)
    elif name == "tile":
        counts = tuple(rng.randint(0 if rng.random() < 0.1 else 1, 3) for _ in range(rng.randint(1, rank + 1)))
        text = applied(rng, name, a, [str(counts[0] if len(counts) == 1 else counts)], False)
    elif name == "take":
        axis = any_axis(rng, rank)
        extent = x.shape[axis]
        indices = [rng.randrange(-extent, extent) for _ in range(rng.randint(1, 6))]
        options = [str(indices if rng.random() < 0.8 else indices[0])]
        if rng.random() < 0.8:
            options.append(rng.choice(["", "axis="]) + str(axis))
        text = applied(rng, name, a, options)
    elif name == "diagonal":
        first, second = rng.sample(range(rank), 2)
        options = [str(rng.randint(-3, 3))] if rng.random() < 0.7 else []
        if options and rng.random() < 0.7:
            options += [f"axis1={first}", f"axis2={second}"]
        text = applied(rng, name, a, options)
    elif name == "stack":
        b = rng.choice([t for t in terms if t.value.shape == a.value.shape and t.error is None])
        opening, closing = rng.choice(["()", "[]"])
        axis = rng.randint(-rank - 1, rank)
        text = f"stack({opening}{a.text}, {b.text}{closing}{rng.choice([', ', ', axis='])}{axis})"
    elif name == "pad":
        mode = rng.choice(["constant", "constant", "edge", "reflect", "symmetric", "wrap"])
        least = min(x.shape) - (mode == "reflect")
        pairs = [(rng.randint(0, min(3, least)), rng.randint(0, min(3, least))) for _ in range(rank)]
        width = rng.choice([str(tuple(pairs)), str(pairs[0]), str(pairs[0][0]), str((pairs[0],))])
        if rank == 1 and width == str(tuple(pairs)):
            width = str((pairs[0],))
        options = [width]
        if mode != "constant":
            options.append(f"mode='{mode}'")
        elif rng.random() < 0.6:
            options.append("constant_values=" + {"f": rng.choice(["nan", "1.5", "-3"]), "b": "True"}.get(x.dtype.kind, "7"))
        text = applied(rng, name, a, options, False)
    elif name == "reshape":
        left, wanted = x.size, []
        while left > 1 and len(wanted) < 4:
            wanted.append(rng.choice([n for n in range(1, left + 1) if left % n == 0]))
            left //= wanted[-1]
        wanted.append(left)
        rng.shuffle(wanted)
        if x.size and rng.random() < 0.4:
            wanted[rng.randrange(len(wanted))] = -1
        options = [str(tuple(wanted))] if rng.random() < 0.6 else [", ".join(map(str, wanted))]
        text = f"{a.within(ATOM, rng)}.reshape({options[0]})"
        if options[0].startswith("(") and rng.random() < 0.5:
            text = f"{rng.choice(['', 'np.'])}reshape({a.text}, {options[0]})"
    elif name == "ravel":
        text = applied(rng, name, a, [])
    else:
        text = f"{a.within(ATOM, rng)}.flatten()"
    value = eval(text, dict(NAMES), TEXTS)
    return Term(text, value)


def listed(rng, terms):
    """Lists of indices among slices, integers and new axes."""
    a = rng.choice([t for t in terms if t.value.ndim and t.value.size])
    exact(a)
    parts = []
    count = rng.randint(1, 5)
    for axis in range(a.value.ndim):
        extent = a.value.shape[axis]
        indices = [rng.randrange(-extent, extent) for _ in range(count)]
        parts.append(rng.choice([str(indices), str(indices), str(indices[:1]), str(indices[0]), ":", "::-1", "1:"]))
        if rng.random() < 0.1:
            parts.append("None")
    if rng.random() < 0.3:
        parts.pop()
    if not any(part.startswith("[") for part in parts):
        raise Refused("no list")
    index = ", ".join(parts)
    return Term(f"{a.within(ATOM, rng)}[{index}]", a.value[eval(f"np.s_[{index}]", {"np": np})])


STEPS = [binary] * 8 + [unary, function, function, conversion, reduction, reduction, line, subscript, subscript, joined,
                        shape, shape, listed]
# The variables, for steps that evaluate their own text.
TEXTS = {}


def grow(rng, arrays):
    """A formula of one to eight steps."""
    terms = [Term(name, arrays[name]) for name in rng.sample(sorted(arrays), 3)]
    wanted = rng.randint(1, 8)
    last = None
    for _ in range(200):
        if not wanted:
            break
        try:
            made = rng.choice(STEPS)(rng, terms)
        except (Refused, ValueError, TypeError, IndexError, OverflowError):
            continue
        if not isinstance(made.value, (np.ndarray, np.generic)):
            continue
        value = np.asarray(made.value)
        if str(value.dtype) not in TYPES or value.size > 120 or value.ndim > 8 or len(made.text) > 400:
            continue
        if made.error is not None:
            made.error = np.broadcast_to(made.error, value.shape)
            finite = np.isfinite(magnitude(value))
            # A bound that says nothing, or a value that another order of summation could make infinite.
            if not np.all(np.isfinite(made.error[finite])):
                continue
            if np.any(made.error[finite] > 1e-2 * (1 + magnitude(value)[finite])):
                continue
            if not np.all(finite) and np.any(magnitude(value)[finite] > 1e30):
                continue
            made.error = np.where(finite, made.error, 0.0)
        # Steps build on each other more often than on variables.
        terms += [made, made]
        last = made
        wanted -= 1
    return last


def cases_of(rng, arrays, number, kind):
    """So many different formulas, of one kind where that is named."""
    texts = set()
    wanted = re.compile({("lines",): r"\b(%s)\(" % "|".join(LINES),
                         ("shapes",): r"\b(%s)\(|\.T\b|\[\[|, \[" % "|".join(SHAPES)}.get(tuple(kind), ""))
    while len(texts) < number:
        made = grow(rng, arrays)
        if made is None or made.text in texts or not wanted.search(made.text):
            continue
        value = np.asarray(made.value)
        try:
            whole = np.asarray(eval(made.text, dict(NAMES), dict(arrays)))
        except OverflowError:
            continue  # numbers beside NumPy's scalars have to fit also where those beside arrays of one need not
        if whole.dtype != value.dtype or whole.shape != value.shape or not np.array_equal(
                whole, value, equal_nan=value.dtype.kind == "f"):
            sys.exit(f"the text does not say what was meant: {made.text}")
        case = {"text": made.text, **encoded(value)}
        if made.error is not None:
            case["error"] = float(f"{np.max(made.error, initial=0.0):.3g}") * 1.01
        yield case
        texts.add(made.text)


def main():
    seed, number = int(sys.argv[1]), int(sys.argv[2])
    rng = random.Random(seed)
    arrays = variables(rng)
    TEXTS.update(arrays)
    write(seed, arrays, cases_of(rng, arrays, number, sys.argv[3:]))


main()
