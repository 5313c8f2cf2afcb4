#!/usr/bin/env bash
# Runs a fuzzer that is up to date: one that was not built again since what it is made of changed tells nothing of the
# code that is there, and fails instead. A folder of inputs that is not there fails as well.
#
#   run_fuzzer.sh CMAKE BUILD_DIR TARGET PROGRAM ARGUMENT...
set -euo pipefail
cmake=$1 build=$2 target=$3 program=$4
shift 4

[[ -x $program ]] || { echo "there is no $program; build it: $cmake --build $build --target $target"; exit 1; }
# Only Ninja tells what it would do in so many words.
if [[ -f $build/build.ninja ]]; then
  plan=$("$cmake" --build "$build" --target "$target" -- -n 2>&1)
  if [[ $plan != *"no work to do"* ]]; then
    echo "$program is older than what it is made of; build it: $cmake --build $build --target $target"
    echo "$plan" | head -20
    exit 1
  fi
fi
for folder in "$@"; do
  if [[ $folder == /* && ! -d $folder ]]; then echo "there is no folder $folder"; exit 1; fi
done
exec "$program" "$@"
