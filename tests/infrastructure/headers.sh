#!/usr/bin/env bash
# Public headers compile in this order, each twice over, without a warning. One header: it compiles by itself.
#
#   headers.sh COMPILER INCLUDE_DIR HEADER...
set -euo pipefail
compiler=$1 include=$2
shift 2

printf '#include "%s"\n' "$@" "$@" |
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Werror -I "$include" -x c++ -
