#!/usr/bin/python3
"""Areas, means and regridded fields with the values that CDO gives them, as JSON. It needs cdo, xarray and scipy.

    regrid_cases.py SEED > regrid_cases.json

Fields have their coordinates with them, and null in place of missing values. Grids are rectilinear, Gaussian, rotated
(a rectangle of a turned sphere, two-dimensional latitudes and longitudes with corners) or regional.
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import xarray as xr

SEED = int(sys.argv[1])
RANDOM = np.random.default_rng(SEED)
POLE = (40.0, -170.0)  # latitude and longitude of the rotated north pole


def cdo(*arguments):
    subprocess.run(["cdo", "-s", "-O", *arguments], check=True, stderr=subprocess.DEVNULL)


def numbers(array):
    return [None if np.isnan(x) else float(x) for x in np.asarray(array, dtype=float).ravel()]


def rectilinear(latitudes, longitudes, missing=0.0):
    values = RANDOM.normal(280, 10, (len(latitudes), len(longitudes)))
    values[RANDOM.random(values.shape) < missing] = np.nan
    return xr.Dataset(
        {"t": (("lat", "lon"), values)},
        {"lat": ("lat", latitudes, {"units": "degrees_north"}), "lon": ("lon", longitudes, {"units": "degrees_east"})})


def turned(rlat, rlon):
    """Latitudes and longitudes of places of the rotated sphere."""
    rlat, rlon, lat, lon = (np.radians(x) for x in (rlat, rlon, POLE[0], POLE[1]))
    x, y, z = np.cos(rlat) * np.cos(rlon), np.cos(rlat) * np.sin(rlon), np.sin(rlat)
    a = np.cos(lat) * z - np.sin(lat) * x
    return (np.degrees(np.arcsin(np.cos(lat) * x + np.sin(lat) * z)),
            np.degrees(np.arctan2(np.sin(lon) * a - np.cos(lon) * y, np.cos(lon) * a + np.sin(lon) * y)))


def rotated():
    rlat, rlon = np.linspace(-20, 20, 9), np.linspace(-25, 25, 11)
    lat, lon = turned(rlat[:, None], rlon[None, :])
    step = 2.5
    corners = [(-step, -step), (-step, step), (step, step), (step, -step)]
    ends = [turned(rlat[:, None] + up, rlon[None, :] + right) for up, right in corners]
    cells = ("y", "x")
    return xr.Dataset(
        {"t": (cells, RANDOM.normal(280, 10, lat.shape), {"coordinates": "lat lon"}),
         "lat": (cells, lat, {"units": "degrees_north", "bounds": "lat_bnds"}),
         "lon": (cells, lon, {"units": "degrees_east", "bounds": "lon_bnds"}),
         "lat_bnds": (("y", "x", "nv"), np.stack([e[0] for e in ends], -1)),
         "lon_bnds": (("y", "x", "nv"), np.stack([e[1] for e in ends], -1))})


def gaussian(half):
    latitudes = np.degrees(np.arcsin(np.polynomial.legendre.leggauss(2 * half)[0]))[::-1]
    return rectilinear(latitudes, np.arange(4 * half) * 360 / (4 * half))


FIELDS = {
    "global": rectilinear(np.linspace(82.5, -82.5, 12), np.arange(20) * 18.0),
    "with_poles": rectilinear(np.linspace(-90, 90, 9), np.arange(16) * 22.5),
    "missing": rectilinear(np.linspace(-75, 75, 6), np.arange(12) * 30.0, 0.3),
    "regional": rectilinear(np.linspace(30, 60, 7), np.linspace(-21, 24, 10), 0.1),
    "gaussian": gaussian(4),
    "rotated": rotated(),
}
REGRIDS = [("global", "r16x9"), ("global", "n4"), ("with_poles", "r20x12"), ("missing", "r9x4"), ("missing", "r24x11"),
           ("regional", "r72x36"), ("gaussian", "r10x6"), ("rotated", "r72x36")]


def main():
    record = {"cdo": subprocess.run(["cdo", "--version"], capture_output=True, text=True).stdout.splitlines()[0],
              "seed": SEED, "fields": {}, "areas": {}, "means": {}, "regrids": []}
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.nc")

        def result(*arguments):
            cdo(*arguments, out)
            with xr.open_dataset(out, engine="scipy") as made:
                name = [name for name in made.data_vars if "bnds" not in name and made[name].dims][-1]
                return numbers(made[name].values)

        for name, field in FIELDS.items():
            path = os.path.join(folder, name + ".nc")
            encoding = {v: {"_FillValue": None} for v in field.variables}
            encoding["t"] = {"_FillValue": -9e33}
            field.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)
            own = {"shape": list(field["t"].shape), "t": numbers(field["t"])}
            for each in ("lat", "lon", "lat_bnds", "lon_bnds"):
                if each in field.variables:
                    own[each] = numbers(field[each])
            record["fields"][name] = own
            record["areas"][name] = result("gridarea", path)
            record["means"][name] = {"field_mean": result("fldmean", path), "field_std": result("fldstd", path)}
            if name != "rotated":
                record["means"][name].update(zonal_mean=result("zonmean", path), meridional_mean=result("mermean", path))
        for name, target in REGRIDS:
            path = os.path.join(folder, name + ".nc")
            for method, operator in (("nearest", "remapnn"), ("bilinear", "remapbil"), ("conservative", "remapcon")):
                if name == "with_poles" and method == "nearest":
                    continue  # all cells of a pole are equally near
                record["regrids"].append({"field": name, "target": target, "method": method,
                                          "t": result(f"{operator},{target}", path)})
    json.dump(record, sys.stdout)
    print()


if __name__ == "__main__":
    main()
