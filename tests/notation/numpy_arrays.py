#!/usr/bin/python3
"""Arrays that are made, put together, taken apart, looked up and chosen from by masks, over every element type, with the
values of NumPy, as JSON.

    numpy_arrays.py SEED > numpy_arrays.json

All values are equal to the bit, but those of logspace, whose powers are rounded otherwise.
"""
import random
import sys

import numpy as np

sys.dont_write_bytecode = True  # the tree stays as it is
from numpy_records import TYPES, encoded, promote_weakly, write

promote_weakly()


def topk(x, k, axis=-1):
    """Dask's, with NumPy."""
    s = np.sort(x, axis=axis)
    n = s.shape[axis]
    return np.take(s, range(min(-k, n)) if k < 0 else range(n - 1, n - 1 - min(k, n), -1), axis=axis)


def argtopk(x, k, axis=-1):
    s = np.argsort(x, axis=axis, kind="stable")
    n = s.shape[axis]
    return np.take(s, range(min(-k, n)) if k < 0 else range(n - 1, n - 1 - min(k, n), -1), axis=axis)


def unstack(x, axis=0):
    return tuple(np.moveaxis(x, axis, 0))


def unique_counts(x):
    return np.unique(x, return_counts=True)


def unique_inverse(x):
    values, inverse = np.unique(x, return_inverse=True)
    return values, inverse.reshape(x.shape)


def unique_all(x):
    values, first, inverse, counts = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    return values, first, inverse.reshape(x.shape), counts


def take(x, indices, axis=None, mode="raise"):
    return np.take(x, indices, axis=axis, mode=mode)


def isin(x, numbers, invert=False):
    """By sorting: NumPy 1 fails by a table where numbers are weak."""
    return np.isin(x, np.asarray(numbers, dtype=np.float64), kind="sort", invert=invert)


def arange(*args, dtype=None):
    """Element i is start + i * step, rounded once; NumPy adds the difference of the first two."""
    given = np.arange(*args, dtype=dtype)
    if given.dtype.kind != "f":
        return given
    start, step = (args[0] if len(args) > 1 else 0.0), (args[2] if len(args) > 2 else 1.0)
    t = given.dtype.type
    return (np.arange(len(given), dtype=np.float64) * np.float64(t(step)) + np.float64(t(start))).astype(given.dtype)


NAMES = {name: getattr(np, name) for name in """linspace logspace zeros ones empty_like full zeros_like ones_like full_like
         eye indices array asarray vstack hstack dstack column_stack append delete insert atleast_1d atleast_2d atleast_3d
         rot90 fliplr flipud meshgrid split array_split hsplit vsplit dsplit histogram nonzero take_along_axis searchsorted
         digitize bincount compress extract flatnonzero argwhere sum mean argsort argmax argmin sort concatenate
         stack where abs median""".split()}
NAMES.update(np=np, slice=slice, pi=np.pi, nan=np.nan, topk=topk, argtopk=argtopk, unstack=unstack, take=take, arange=arange,
             isin=isin,
             unique_counts=unique_counts, unique_inverse=unique_inverse, unique_all=unique_all, unique=np.unique,
             unique_values=np.unique, empty_like=np.zeros_like)
NAMES.update({t: getattr(np, t) for t in TYPES[1:]})


def made(rng, dtype, shape):
    size = int(np.prod(shape))
    if dtype == "bool":
        values = [rng.random() < 0.4 for _ in range(size)]
    elif dtype.startswith("float"):
        values = [rng.choice([rng.uniform(-4, 4), float(rng.randint(-3, 3))]) for _ in range(size)]
    else:
        values = [rng.randint(0 if dtype.startswith("u") else -6, 6) for _ in range(size)]
    return np.array(values, dtype=dtype).reshape(shape)


PLAIN = """
arange(5); arange(2, 9); arange(2, 9, 3); arange(9, 2, -2); arange(0.5, 3); arange(0, 1, 0.1); arange(5, dtype=float32)
arange(3, 3); arange(0.1, 2, 0.3, dtype=float32); arange(0, 250, 7, dtype=np.uint8); arange(-5, 5, dtype='int8')
linspace(0, 1, 5); linspace(0, 1, num=5, endpoint=False); linspace(3, -2, 7); linspace(0, 10, 4, dtype=int64)
linspace(-3, 3, 4, dtype=np.int16); linspace(0, 1, 1); linspace(0, 1, 0); linspace(1, 1, 3); linspace(-0.1, 0.7, 13)
linspace(0.1, 0.9, 6, dtype=float32); linspace(5, 5, 1, endpoint=False); linspace(0, 1)
logspace(0, 2, 3); logspace(-1, 1, 5, base=2); logspace(0, 1, 4, endpoint=False)
zeros((2, 3)); zeros(4); ones((2, 2), dtype=np.int32); ones(3, 'bool'); full((2, 2), 7); full(3, 1.5); full((), 2)
full((2, 1), True); full((2, 2), 3, dtype=float32); full(2, nan); zeros((0, 3)); zeros(shape=(2, 2))
eye(3); eye(3, 4); eye(3, 4, 1); eye(4, 3, k=-2); eye(2, dtype=np.int8); eye(2, 3, 5); eye(0); eye(3, dtype=bool_)
indices((2, 3)); indices((4,)); indices((2, 3, 2)); indices((2, 0)); indices((2, 2), dtype=float32)
array([1, 2, 3]); array([[1, 2], [3, 4]]); array([1, 2.5]); array([True, False]); array(5); array([1, 2], dtype=np.int8)
array([[], []]); asarray([1.5, 2]); array([[[1]], [[2]]]); array([0.1, 0.2], dtype=float32)
meshgrid(arange(3), arange(4))[0]; meshgrid(arange(3), arange(4))[1]; meshgrid(arange(3), linspace(0, 1, 2), indexing='ij')[0]
meshgrid(arange(2), arange(3), arange(4))[0]; meshgrid(arange(2), arange(3), arange(4))[2]; meshgrid(arange(2))[0]
meshgrid(arange(2), arange(3), arange(4), indexing='ij')[1]
""".replace("bool_", "'bool'").replace("\n", ";").split(";")

OF_X = """
zeros_like({x}); ones_like({x}); empty_like({x}); full_like({x}, 1); full_like({x}, 2, dtype=float32); ones_like({x}, dtype=np.int64)
vstack(({x}, {x})); vstack(({v}, {v})); hstack(({x}, {x})); hstack(({v}, {v})); dstack(({x}, {x})); dstack(({m}, {m}))
dstack(({v}, {v})); column_stack(({v}, {v})); column_stack(({m}, {v}[:3])); vstack(({x}, xi16)); hstack(({v}, vf32))
append({x}, {x}); append({x}, {x}, 1); append({x}, {x}, axis=-1); append({v}, vf64); append({v}, [1, 2]) if 0 else {v}
delete({x}, 1); delete({x}, 1, 0); delete({x}, [0, -1], 2); delete({x}, slice(0, 4, 2), axis=1); delete({v}, 2)
delete({x}, [1, 1, 2], 1); delete({x}, [], 0) if 0 else {x}
insert({x}, 1, {x}[0], 0); insert({x}, [0, 2], {x}[:, :2], 1); insert({v}, 2, 1); insert({v}, [1, 3], {v}[:2]); insert({x}, -1, 0, axis=2)
insert({x}, 3, 1, 0); insert({x}, [0, 0, 3], {x}, 0); insert({m}, 1, {v}[:3], 1); insert({x}, [3, 1], 0, 2); insert({m}, 0, {m}, 0)
atleast_1d({s}); atleast_2d({s}); atleast_3d({s}); atleast_1d({v}); atleast_2d({v}); atleast_3d({v}); atleast_2d({m}); atleast_3d({m})
atleast_3d({x}); rot90({m}); rot90({m}, 2); rot90({m}, -1); rot90({m}, 4); rot90({x}, 1, (1, 2)); rot90({x}, 3, axes=(2, 0))
fliplr({x}); flipud({x}); flipud({v})
split({x}, 3)[1]; split({x}, 2, 1)[0]; split({x}, [1, 3], axis=2)[1]; split({x}, [1, 3], 2)[2]; split({x}, [2, 1], 1)[1]
split({x}, (-2,), 2)[0]; array_split({x}, 2)[0]; array_split({x}, 3, -1)[2]; array_split({v}, 4)[3]; array_split({v}, 9)[8]
hsplit({x}, 2)[1]; hsplit({v}, [2])[0]; vsplit({m}, 3)[-1]; dsplit({x}, 5)[4]
concatenate(({x}, {m}), axis=None); concatenate(({x}, {x}), 2)
take({x}, array([0, -1, 1])); take({x}, array([[0, 1], [2, 2]]), 1); take({x}, argsort({m}[:, 0]), 0); take({x}, argsort({v}), axis=2)
take({x}, argmax({v}[:4]), 1); take({x}, [0, 7, -9], 1, mode='wrap'); take({x}, [0, 7, -9], 2, mode='clip'); take({x}, array(2), 0)
take({x}, argsort({x}[0], 0), 1); take({x}, argsort({v}) + 3, 2, mode='wrap'); take({x}, argsort({v}) * 7 - 8, 1, mode='clip')
{x}[array([0, 2, 1])]; {x}[:, array([3, 0])]; {x}[argsort({m}[:, 0])]; {x}[..., argsort({v})]; {x}[:, argmax({v}[:4])]
{x}[1, :, argsort({v})]; {x}[1, argsort({v}[:4])]; {x}[0, 1, argsort({v})]; {x}[::-1, argsort({v}[:4]), 1:3]; {x}[None, argsort({m}[:, 0])]
{x}[argsort({x}[:2, 0, :3], 0)]; {x}[:, argsort({x}[:, 0], 0)]; {x}[:, None, :, argsort({v})]; {x}[[0, 1], [2, 3]]; {x}[array([0, 1]), array([2, 3])]
{x}[array([[0, 1], [2, 0]])]; {x}[[[0, 1], [2, 0]]] if 0 else {x}; {x}[1, None, argsort({v}[:4]), 0]; {x}[1, ..., array([0, 4])]
{x}[argsort({m}[:, 0]), argsort({m}[:, 1])]; {x}[argsort({m}[:, 0]), :, argsort({m}[:, 1])]; {x}[:, argsort({v}[:4]), argsort({v}[:4])]; {x}[argsort({m}[:, 0])[:, None], argsort({v}[:4])]
{x}[argsort({m}[:, 0]), [3, 0, 1]]; {x}[[0, 2, 1], argsort({m}[:, 0]), argsort({m}[:, 1])]; {x}[argsort({m}[:, 0]), 1, argsort({m}[:, 1])]; {x}[1, argsort({v}[:4]), ..., argsort({v}[:4])]
{x}[argmax({m}[:, 0]), argsort({v}[:4])]; {x}[argmax({m}[:, 0]), argmax({v}[:4])]; {x}[array([[0], [2]]), array([1, 3])]; {x}[array([[0], [2]]), :, array([1, 3])]; {x}[argsort({m}[:, 0]) - 3, argsort({m}[:, 1]) - 4, None]
{x}[argsort({m}[:, 0])[:2], [True, False, True, False]]; {x}[::2, argsort({v}[:4]), argsort({v}[:4]) - 4]; {x}[[[0, 1], [2, 0]], argsort({m}[:, 0])[:2]]
{x}[{v}[:3] > 0]; {x}[:, {v}[:4] > 0]; {x}[..., {v} > 0]; {x}[{x} > 0]; {x}[{x}[..., 0] > 0]; {x}[0, {v}[:4] > 0]; {x}[:, {x}[0] > 0]
{x}[0, :, {v} > 1]; {x}[[True, False, True]]; {x}[:, [True, False, True, True], 1]; {x}[{m} > 0] if 0 else {x}; {v}[{v} > 0]; {v}[{v} > 100]; {x}[{x} < -100]
{x}[array([True, False, True]), 1:3]; {x}[{v}[:3] > 0, ..., -1]; {x}[{v}[:3] > 0][:, 0] + 0 * 1
compress({v}[:3] > 0, {x}, 0); compress({v} > 0, {x}, axis=2); compress([True, False, True], {x}); compress({v}[:2] > 0, {x}, 1)
extract({x} > 1, {x}); flatnonzero({x}); argwhere({x}); argwhere({v} > 0); nonzero({x})[0]; nonzero({x})[2]; {x}.nonzero()[1]; nonzero({v} > 100)[0]
take_along_axis({x}, argsort({x}, 0), 0); take_along_axis({x}, argsort({x}, axis=2), axis=2); take_along_axis({x}, argmax({x}, 1, keepdims=True), 1)
take_along_axis({x}, argsort({x}, 1)[:, :2], 1); take_along_axis({x}, argsort({x}[:1], 2), 2); take_along_axis({v}, argsort({v}), 0); take_along_axis({x}, argsort({x}, -1), axis=-1)
searchsorted([-2, 0, 1, 3], {x}); searchsorted([-2, 0, 1, 3], {x}, side='right'); searchsorted(array([-1.5, 0.5, 0.5]), {v}); searchsorted([], {v})
searchsorted(sort({v}), {x}, 'left'); searchsorted(arange(-3, 3), {x}, side='right')
digitize({x}, [-1, 0, 2]); digitize({x}, [-1, 0, 2], right=True); digitize({x}, [2, 0, -1]); digitize({x}, array([2.0, 0.5]), True); digitize({v}, linspace(-3, 3, 5)); digitize({v}, [1])
isin({x}, [1, 3]); isin({x}, [0.5, 2], invert=True); isin({x}, []); isin({v}, arange(3)); isin({x}, [nan, 1.0])
histogram({x}, [-2, 0, 1, 4])[0]; histogram({x}, 5, (-3, 3))[0]; histogram({x}, 5, range=(-3, 3))[1]; histogram({x}, [-2, 0, 1, 4])[1]; histogram({v}, bins=4)[0]; histogram({v}, 4)[1]
histogram({x}, [-2, 0, 1, 4], density=True)[0]; histogram({v}, linspace(-4, 4, 9))[0]
histogram({x}, [-2, 0, 1, 4], weights=where({x} > 0, 1.5, 0.25))[0]; histogram({x}, 5, (-3, 3), weights=where({x} > 1, 1.5, 0.25))[0]; histogram({x}, [-2, 0, 1, 4], density=True, weights=where({x} > 0, 1.5, 0.25))[0]
bincount({w}, where({w} > 2, 1.5, 0.25)); bincount({w}, weights=where({w} > 2, 1.5, 0.25), minlength=9)
bincount({w}, minlength=8); bincount({w}); topk({x}, 2); topk({x}, -3, 0); topk({x}, 9, 1); argtopk({x}, 2, axis=1); argtopk({x}, -2, 2); topk({x}, 0)
unique({x}); unique_values({x}); unique_counts({x})[0]; unique_counts({x})[1]; unique_inverse({x})[1]; unique_all({x})[1]; unique_all({x})[2]; unique_all({x})[3]
unstack({x})[1]; unstack({x}, 1)[3]; unstack({x}, axis=-1)[0]; {x}.searchsorted({v}) if 0 else {x}
""".replace("\n", ";").split(";")


def main():
    seed = int(sys.argv[1])
    rng = random.Random(seed)
    arrays = {}
    texts = [t.strip() for t in PLAIN if t.strip()]
    for dtype in TYPES:
        t = dtype[0] + dtype.lstrip("abcdefghijklmnopqrstuvwxyz")
        names = {}
        for name, shape in [("x", (3, 4, 5)), ("m", (3, 2)), ("v", (5,)), ("s", ())]:
            arrays[name + t] = made(rng, dtype, shape)
            names[name] = name + t
        arrays["w" + t] = np.abs(made(rng, dtype, (20,)))
        names["w"] = "w" + t
        texts += [text.strip().format(**names) for text in OF_X if text.strip() and " if 0 " not in text]
    for missing in ("xf32", "xf64"):
        twin = "n" + missing
        arrays[twin] = np.array(arrays[missing])
        arrays[twin].reshape(-1)[::7] = np.nan
        texts += [text.format(x=twin) for text in [
            "searchsorted([-1, 0, 1], {x})", "searchsorted([-1, 0, nan], {x}, 'right')", "digitize({x}, [0, 1])",
            "isin({x}, [0, 1])", "histogram({x}, [-1, 0, 2])[0]", "topk({x}, 3, 0)", "argtopk({x}, 3, 2)", "unique({x})",
            "unique_counts({x})[1]", "{x}[{x} == {x}]", "nonzero({x})[1]", "take_along_axis({x}, argsort({x}, 0), 0)",
            "unique_all({x})[1]"]]
    cases = []
    for text in dict.fromkeys(texts):
        try:
            value = np.asarray(eval(text, dict(NAMES), dict(arrays)))
        except (TypeError, OverflowError):
            continue  # NumPy does not have it of this type, or of these numbers
        except Exception as error:
            raise Exception(text) from error
        if str(value.dtype) not in TYPES:
            continue
        case = {"text": text, **encoded(value)}
        if text.startswith("logspace"):
            case["ulps"] = 4
        cases.append(case)
    write(seed, arrays, cases)


main()
