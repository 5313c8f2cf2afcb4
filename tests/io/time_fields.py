#!/usr/bin/env python3
"""Records what cftime and xarray say of times in each calendar: their fields, and the bins of resample.

    tests/io/time_fields.py > tests/io/time_fields.json

Needs cftime, numpy, pandas and xarray.
"""
import json
import random
import warnings

import cftime
import numpy as np
import xarray as xr

warnings.simplefilter("ignore")
random.seed(3)

CALENDARS = ["standard", "proleptic_gregorian", "julian", "noleap", "all_leap", "360_day"]
UNITS = ["days since 1850-01-01", "hours since 1900-01-01 06:00:00", "seconds since 2000-02-28 23:59:59",
         "minutes since 0001-01-01"]
FREQUENCIES = ["1D", "5D", "6H", "7H", "30min", "MS", "2MS", "M", "QS", "QS-DEC", "QS-FEB", "Q", "YS", "YS-JUL", "10YS"]


def fields(calendar, units, number):
    date = cftime.num2date(number, units, calendar)
    world = calendar in CALENDARS[:3]
    return [date.year, date.month, date.day, date.hour, date.minute, date.second, date.dayofyr,
            date.dayofwk if world else -1]


def bins(calendar, units, numbers, frequency):
    times = cftime.num2date(numbers, units, calendar, only_use_cftime_datetimes=True)
    array = xr.DataArray(np.arange(len(numbers)), dims="time", coords={"time": xr.CFTimeIndex(times)})
    counts = array.resample(time=frequency.replace("YS", "AS")).count()
    begins = cftime.date2num(counts.time.values, units, calendar)
    return [[float(b) for b in begins], [0 if np.isnan(c) else int(c) for c in counts.values]]


cases = {"fields": [], "bins": []}
for calendar in CALENDARS:
    for units in UNITS:
        for _ in range(12):
            scale = {"d": 1, "h": 24, "s": 86400, "m": 1440}[units[0]]
            number = random.randrange(-400 * 365, 400 * 365) * scale + random.randrange(scale)
            if units.startswith("days"):
                number += random.randrange(24) / 24
            if units.startswith("minutes"):
                number = abs(number) + 1000 * 365 * scale
            cases["fields"].append([calendar, units, number, fields(calendar, units, number)])
    for frequency in FREQUENCIES:
        units = "hours since 1999-10-05 03:00:00"
        step = {"30min": 1, "6H": 5, "7H": 5}.get(frequency, 200)
        numbers = [float(step * i) for i in range(20)]
        begins, counts = bins(calendar, units, numbers, frequency)
        cases["bins"].append([calendar, units, numbers, frequency, begins, counts])
print(json.dumps(cases, separators=(",", ":")).replace("],[\"", "],\n[\""))
