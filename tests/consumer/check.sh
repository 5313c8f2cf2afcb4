#!/usr/bin/env bash
# Installs the build, moves the installation to where it was not meant for, and builds and runs a project that uses it.
#
#   check.sh CMAKE BUILD_DIR PROJECT SCRATCH_DIR COMPILER GENERATOR
set -euo pipefail
cmake=$1 build=$2 project=$3 scratch=$4 compiler=$5 generator=$6

rm -rf "$scratch/first" "$scratch/prefix" "$scratch/build"
"$cmake" --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"
"$cmake" -S "$project" -B "$scratch/build" -G "$generator" -DCMAKE_PREFIX_PATH="$scratch/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release
"$cmake" --build "$scratch/build"
"$scratch/build/consumer" "$scratch/consumer.nc"
