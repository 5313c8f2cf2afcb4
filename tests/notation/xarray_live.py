#!/usr/bin/env python3
"""Gives each line of xarray_lines.txt to chunkwise and to the xarray that is installed, and compares values, dimensions
and coordinates.

    xarray_live.py CHUNKWISE [LINES [FILES...]]
"""
import glob
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import xarray as xr

warnings.simplefilter("ignore")


def differences(ours, theirs):
    if ours.dims != theirs.dims or ours.shape != theirs.shape:
        return [f"{ours.dims} {ours.shape} and {theirs.dims} {theirs.shape}"]
    found = []
    if not np.allclose(ours.values.astype(float), theirs.values.astype(float), rtol=2e-5, atol=1e-4, equal_nan=True):
        found.append(f"values differ by up to {np.nanmax(abs(ours.values - theirs.values))}")
    for name in theirs.dims:
        if name not in theirs.coords or theirs[name].dtype.kind in "UO":
            continue
        if name not in ours.coords:
            found.append(f"{name} has no coordinate")
            continue
        a, b = ours[name].values, theirs[name].values
        same = (a.astype("M8[s]") == b.astype("M8[s]")).all() if b.dtype.kind == "M" else np.allclose(a, b)
        if not same:
            found.append(f"coordinates of {name}: {a[:3]} and {b[:3]}")
    return found


def main(program, lines=os.path.join(os.path.dirname(__file__), "xarray_lines.txt"), *files):
    with tempfile.TemporaryDirectory() as folder:
        if not files:
            subprocess.run([program, "sample", folder + "/in", "--days", "4", "--latitudes", "19", "--longitudes", "36"],
                           check=True, stdout=subprocess.DEVNULL)
            files = sorted(glob.glob(folder + "/in/*.nc"))
        data = xr.open_mfdataset(files, combine="by_coords").load()
        names = {"np": np, "xr": xr, **{name: data[name] for name in data.data_vars}}
        bad = count = 0
        for line in open(lines):
            line = line.strip()
            if not line or line[0] == "#":
                continue
            count += 1
            theirs = eval(line, dict(names)).compute()
            run = subprocess.run([program, "eval", line, *files, "-o", folder + "/out.nc", "--force"],
                                 capture_output=True, text=True)
            if run.returncode:
                found = [run.stderr]
            else:
                with xr.open_dataset(folder + "/out.nc") as result:
                    # A coordinate alone is a file's coordinate variable.
                    name = (list(result.data_vars) or list(result.coords))[0]
                    found = differences(result[name].load(), theirs)
            if found:
                bad += 1
                print(line, *found, sep="\n    ")
        print(f"{count} lines, {bad} differ")
        return bad > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
