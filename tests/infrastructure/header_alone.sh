#!/usr/bin/env bash
# A public header compiles by itself, twice over, without a warning.
#
#   header_alone.sh COMPILER INCLUDE_DIR HEADER
set -euo pipefail
compiler=$1 include=$2 header=$3

printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I "$include" -x c++ -
