#!/usr/bin/env python3
"""Runs the lines of pages that set another tool's commands beside ours.

    translations.py CHUNKWISE PAGE [PAGE...]

Each row of a page's tables is `theirs` | `ours`. Ours is run always and has to succeed. Theirs is run where the tool is
installed, and where both write out.nc the values of the variables are compared: as many, in the same order, within
1e-9 of each other, missing in the same places.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile


def rows(page):
    for number, line in enumerate(open(page, encoding="utf-8"), 1):
        cells = re.findall(r"`([^`]*)`", line) if line.startswith("|") else []
        if len(cells) >= 2:
            yield number, cells[0].replace("\\|", "|"), cells[1].replace("\\|", "|")


def run(line, folder, environment):
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)


def prepare(folder, environment):
    made = run("chunkwise sample --record-time --days 70 --latitudes 19 --longitudes 36 data && "
               "chunkwise cat data/*.nc -o in.nc && "
               "chunkwise eval 't2m[0].regrid(\"r12x7\", \"nearest\")' in.nc -o coarse.nc", folder, environment)
    if made.returncode != 0:
        sys.exit("cannot make the files: " + made.stderr)


def values(path):
    """Returns the data variables as float64, without axes of one element."""
    import numpy
    import xarray
    coordinates = {"lon", "lat", "time", "latitude", "longitude", "time_bnds", "lat_bnds", "lon_bnds"}
    with xarray.open_dataset(path, decode_times=False) as dataset:
        return [numpy.squeeze(dataset[name].values.astype("float64")) for name in dataset.data_vars
                if name not in coordinates and not name.endswith(("_bnds", "_bounds"))]


def difference(theirs, ours):
    import numpy
    first, second = values(theirs), values(ours)
    if len(first) != len(second):
        return f"{len(first)} variables and {len(second)}"
    for a, b in zip(first, second):
        if a.shape != b.shape:
            return f"shapes {a.shape} and {b.shape}"
        if not numpy.allclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True):
            return f"values differ by up to {numpy.nanmax(numpy.abs(a - b))}"
    return None


def main():
    program, pages = os.path.abspath(sys.argv[1]), sys.argv[2:]
    try:
        import xarray  # noqa: F401
        can_compare = True
    except ImportError:
        can_compare = False
    wrong = ran = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "bin"))
        os.symlink(program, os.path.join(folder, "bin", "chunkwise"))
        environment = dict(os.environ, PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"])
        prepare(folder, environment)
        out, kept = os.path.join(folder, "out.nc"), os.path.join(folder, "theirs.nc")
        for page in pages:
            for number, theirs, ours in rows(page):
                def complain(what, place=f"{page}:{number}", lines=(theirs, ours)):
                    print(f"{place}: {what}\n  {lines[0]}\n  {lines[1]}")

                for path in (out, kept):
                    if os.path.exists(path):
                        os.remove(path)
                is_python = page.endswith("from_xarray.md")
                has_tool = can_compare if is_python else shutil.which(theirs.split()[0]) is not None
                if has_tool:
                    line = theirs
                    if is_python:
                        line = (f"{sys.executable} - <<'END'\nimport numpy as np, xarray as xr\n"
                                f"ds = xr.open_dataset('in.nc'); t2m = ds.t2m\n"
                                f"result = {theirs}\n"
                                f"if isinstance(result, xr.DataArray): result = result.to_dataset(name='result')\n"
                                f"result.to_netcdf('out.nc')\nEND")
                    done = run(line, folder, environment)
                    if done.returncode != 0:
                        complain("theirs fails: " + done.stderr.strip()[-300:])
                        wrong += 1
                        continue
                    if os.path.exists(out):
                        os.rename(out, kept)
                line = f"chunkwise eval '{ours}' in.nc -o out.nc" if is_python else ours
                done = run(line, folder, environment)
                ran += 1
                if done.returncode != 0:
                    complain(f"ours fails with {done.returncode}: {done.stderr.strip()[-400:]}")
                    wrong += 1
                    continue
                if not (os.path.exists(out) and os.path.exists(kept) and can_compare):
                    continue
                found = difference(kept, out)
                compared += 1
                if found:
                    complain(found)
                    wrong += 1
    print(f"{ran} lines, of which {compared} were compared; {wrong} are wrong")
    return 1 if wrong or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
