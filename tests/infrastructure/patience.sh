#!/usr/bin/env bash
# Whoever runs the tests says how long one may take: `ctest --timeout 60`, or tests/run. A test's own TIMEOUT would hold
# in place of that.
#
#   patience.sh ROOT
set -euo pipefail
cd "$1"

own=$(grep -rnE --include=CMakeLists.txt --include='*.cmake' '\bTIMEOUT\b' CMakeLists.txt cmake tests examples bench || true)
[[ -z $own ]] || { echo "a time-out of its own overrides that of who runs the tests:"; echo "$own"; exit 1; }
