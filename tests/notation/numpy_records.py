"""What the scripts that record NumPy's values share: its promotion of numbers, and how arrays are written."""
import json
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")

TYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]


def promote_weakly():
    """Has numbers beside arrays adapt to them, as from NumPy 2 on."""
    if int(np.__version__.split(".")[0]) < 2:
        np._set_promotion_state("weak")


def encoded(array):
    array = np.asarray(array)
    return {"dtype": str(array.dtype), "shape": list(array.shape),
            "bytes": np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes().hex()}


def write(seed, arrays, cases):
    """Prints the variables, and the cases as they are made."""
    print('{"numpy": %s, "seed": %d,' % (json.dumps(np.__version__), seed))
    print('"variables": {')
    print(",\n".join(f"{json.dumps(name)}: {json.dumps(encoded(a))}" for name, a in arrays.items()))
    print('},\n"cases": [')
    for i, case in enumerate(cases):
        print((",\n" if i else "") + json.dumps(case), end="")
    print("\n]}")
