#!/usr/bin/env bash
# Every public name has a docstring: prints those that have none (documented.awk says what counts), and fails if there
# are any.
#
#   documented.sh DOXYGEN DOXYFILE
set -euo pipefail
doxygen=$1 doxyfile=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Later lines of a Doxyfile overrule earlier ones.
{
  cat "$doxyfile"
  echo "OUTPUT_DIRECTORY = $scratch"
  echo "EXTRACT_ALL = NO"
  echo "WARN_IF_UNDOCUMENTED = YES"
  echo "WARN_AS_ERROR = NO"
  echo "GENERATE_HTML = NO"
  echo "GENERATE_XML = YES"
} >"$scratch/Doxyfile"
"$doxygen" "$scratch/Doxyfile" >/dev/null 2>"$scratch/warnings" || { cat "$scratch/warnings"; exit 1; }
# Whole headers are always documented: without a warning at all, doxygen was not asked.
if ! grep -q 'is not documented' "$scratch/warnings"; then
  echo "doxygen tells of no undocumented name, not even of a destructor:"
  head -5 "$scratch/warnings"
  exit 1
fi
if ! awk -f "$here/documented.awk" "$scratch/warnings" >"$scratch/missing"; then
  sed "s,^$PWD/,," "$scratch/missing"
  echo "$(wc -l <"$scratch/missing") public names have no docstring."
  exit 1
fi
