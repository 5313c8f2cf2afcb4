#!/usr/bin/env bash
# Nobody but the kinds themselves asks a node of which kind it is: others ask what any node answers
# (runtime/graph/ask.hpp), or say for every kind what to do with it (by_kind).
#
#   kinds.sh SOURCE_DIR
set -euo pipefail
cd "$1"

status=0
while IFS= read -r line; do
  echo "$line"
  status=1
done < <(grep -rnE 'as<[A-Za-z]*Node>\(|(get_if|holds_alternative)<[A-Za-z]*Node>' runtime backends include \
  --include='*.hpp' --include='*.cpp' | grep -vE '^runtime/graph/kinds/|:[[:space:]]*///' || true)
if [[ $status -ne 0 ]]; then
  echo "These lines ask for a kind of node. runtime/graph/ask.hpp has the questions; by_kind tells all kinds apart."
fi
exit $status
