#!/usr/bin/env bash
# Random formulas, evaluated by the NumPy that is installed and by the notation. Another seed gives other formulas.
#
#   numpy_live.sh PYTHON TEST_PROGRAM [COUNT [SEED]]
set -euo pipefail
python=$1 program=$2 count=${3:-500} seed=${4:-2}

echo "$count formulas from the seed $seed"
cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
"$python" "$(dirname "$0")/numpy_cases.py" "$seed" "$count" >"$cases"
CHUNKWISE_NUMPY_CASES=$cases "$program" --gtest_filter='NotationAgainstNumpy.*'
