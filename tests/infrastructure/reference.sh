#!/usr/bin/env bash
# The reference is written without a warning, and has a page for each public header.
#
#   reference.sh CMAKE BUILD ROOT
set -euo pipefail
"$1" --build "$2" --target reference
pages=$(realpath "$2/reference/html")
cd "$3/include"
missing=0
for header in $(find chunkwise -name '*.hpp'); do
  grep -qsF "<title>chunkwise: $header File Reference</title>" "$pages"/*_8hpp.html ||
    { echo "the reference has no page for $header"; missing=1; }
done
exit $missing
