#!/usr/bin/env python3
"""One operation from the files with xarray and Dask's threads: from_files.py mean|mean0|std0 FOLDER"""
import glob
import sys

import xarray as xr

if len(sys.argv) != 3 or sys.argv[1] not in ("mean", "mean0", "std0"):
    sys.exit(__doc__)
operation, folder = sys.argv[1:]
files = sorted(glob.glob(folder + "/*.nc"))
data = xr.open_mfdataset(files, combine="nested", concat_dim="time", data_vars="minimal", coords="minimal",
                         compat="override")
x = data.t2m.astype("f8")
result = {"mean": lambda: x.mean(), "mean0": lambda: x.mean("time"), "std0": lambda: x.std("time")}[operation]()
print(float(result.values.ravel()[0]))
