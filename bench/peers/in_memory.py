#!/usr/bin/env python3
"""The study's operations with NumPy or Dask, x in memory as float64: prints "operation<TAB>seconds" a repetition.

  in_memory.py numpy|dask FOLDER REPETITIONS
"""
import glob
import sys
import time

import netCDF4
import numpy as np


def read(path):
    with netCDF4.Dataset(path) as file:
        return np.ma.filled(file["t2m"][:].astype("f8"), np.nan)


def clock(operation, repetitions, f):
    for _ in range(repetitions):
        begin = time.perf_counter()
        f()
        print(f"{operation}\t{time.perf_counter() - begin:.9f}")


def main(peer, folder, repetitions):
    parts = [read(path) for path in sorted(glob.glob(folder + "/*.nc"))]
    if peer == "numpy":
        x = np.concatenate(parts)
        parts.clear()
        get = lambda value: value
    elif peer == "dask":
        import dask
        import dask.array as da

        dask.config.set(scheduler="threads")
        x = da.concatenate([da.from_array(part, chunks=part.shape) for part in parts])
        get = lambda value: value.compute()
    else:
        sys.exit(__doc__)
    latitude = x.shape[1] // 7
    clock("element", repetitions * 20, lambda: get(x[0, 0, 0]))
    clock("slice", repetitions, lambda: get(x[0]).copy())
    clock("mean", repetitions, lambda: get(x.mean()))
    clock("mean across chunks", repetitions, lambda: get(x[:, latitude, :].mean()))
    clock("mean along time", repetitions, lambda: get(x.mean(axis=0)))
    clock("std along time", repetitions, lambda: get(x.std(axis=0)))
    clock("z-score", repetitions, lambda: get((x - x.mean(axis=0)) / x.std(axis=0)))


if len(sys.argv) != 4:
    sys.exit(__doc__)
main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
