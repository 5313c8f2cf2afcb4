#!/usr/bin/env python3
"""One operation from the files with xarray and Dask's threads: from_files.py element|mean|mean0|std0|z FOLDER [OUT]"""
import glob
import sys

import xarray as xr

OPERATIONS = {
    "element": lambda x: x[x.shape[0] // 2, 0, 0],
    "mean": lambda x: x.mean(),
    "mean0": lambda x: x.mean("time"),
    "std0": lambda x: x.std("time"),
    "z": lambda x: ((x - x.mean("time")) / x.std("time")).astype("f4"),
}
if len(sys.argv) < 3 or sys.argv[1] not in OPERATIONS:
    sys.exit(__doc__)
operation, folder = sys.argv[1:3]
files = sorted(glob.glob(folder + "/*.nc"))
data = xr.open_mfdataset(files, combine="nested", concat_dim="time", data_vars="minimal", coords="minimal",
                         compat="override")
result = OPERATIONS[operation](data.t2m.astype("f8"))
if operation == "z":
    result.to_dataset(name="z").to_netcdf(sys.argv[3], format="NETCDF3_64BIT")
else:
    print(float(result.values.ravel()[0]))
