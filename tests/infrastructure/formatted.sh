#!/usr/bin/env bash
# Every C++ file is as clang-format leaves it.
#
#   formatted.sh CLANG_FORMAT ROOT
set -euo pipefail
cd "$2"
find include runtime backends tests examples bench \( -name '*.hpp' -o -name '*.cpp' \) -print0 |
  xargs -0 "$1" --dry-run -Werror
