#!/usr/bin/env bash
# Random formulas, and every elementwise function of random elements, evaluated by the NumPy that is installed and by the
# notation. Another seed gives others.
#
#   numpy_live.sh PYTHON TEST_PROGRAM [COUNT [SEED]]
set -euo pipefail
python=$1 program=$2 count=${3:-500} seed=${4:-2}

echo "$count formulas from the seed $seed"
cases=$(mktemp)
trap 'rm -f "$cases"' EXIT
"$python" "$(dirname "$0")/numpy_cases.py" "$seed" "$count" >"$cases"
CHUNKWISE_NUMPY_CASES=$cases "$program" --gtest_filter='NotationAgainstNumpy.RandomFormulasHave*'
"$python" "$(dirname "$0")/numpy_elementwise.py" "$seed" >"$cases"
CHUNKWISE_NUMPY_CASES=$cases "$program" --gtest_filter='NotationAgainstNumpy.EveryElementwise*'
"$python" "$(dirname "$0")/numpy_page.py" "$seed" >"$cases"
CHUNKWISE_NUMPY_CASES=$cases "$program" --gtest_filter='NotationAgainstNumpy.ThePageForNumpyUsers*'
if "$python" -c 'import scipy' 2>"$cases"; then
  "$python" "$(dirname "$0")/numpy_options.py" "$seed" >"$cases"
  CHUNKWISE_NUMPY_CASES=$cases "$program" --gtest_filter='NotationAgainstNumpy.OptionsOf*'
fi
