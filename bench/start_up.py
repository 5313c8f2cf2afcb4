#!/usr/bin/env python3
"""How long a small formula takes from a shell, all of the process: `chunkwise eval` on a small classic file, beside
`ncdump -h` of the same file where it is installed, and a program that does nothing.

  bench/start_up.py [BUILD_DIR [RUNS]]      build/release, 15 runs of each in turn
"""
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def milliseconds(line):
    begin = time.perf_counter()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begin) * 1e3


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    build = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root / "build/release"
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    command = build / "runtime/cli/chunkwise"
    with tempfile.TemporaryDirectory() as folder:
        sample = [command, "sample", "--days", "1", "--latitudes", "19", "--longitudes", "36", folder]
        subprocess.run(sample, check=True, stderr=subprocess.DEVNULL)
        file = next(pathlib.Path(folder).glob("*.nc"))
        lines = {
            "true": ["true"],
            "ncdump -h": ["ncdump", "-h", file],
            "chunkwise --version": [command, "--version"],
            "chunkwise info": [command, "info", file],
            "chunkwise eval 'mean(t2m)'": [command, "eval", "mean(t2m)", file],
        }
        lines = {name: line for name, line in lines.items() if shutil.which(line[0])}
        # In turn, so that other work of the machine meets all of them alike.
        rounds = [{name: milliseconds(line) for name, line in lines.items()} for _ in range(runs)]
    print(f"| whole process, median of {runs} runs | ms |\n|---|---|")
    for name in lines:
        print(f"| `{name}` | {statistics.median(times[name] for times in rounds):.1f} |")


if __name__ == "__main__":
    main()
