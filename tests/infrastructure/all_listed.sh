#!/usr/bin/env bash
# Every source stands in the nearest CMakeLists.txt above it, and every public header in the one at the top; so nothing
# is forgotten in a build, a test run or an installation.
#
#   all_listed.sh ROOT
set -euo pipefail
cd "$1"

unlisted=0
# check FILE DIRECTORY: FILE stands in DIRECTORY/CMakeLists.txt, by its path from there or its name without ending
check() {
  local list=$2/CMakeLists.txt name=${1#"$2"/}
  [[ $2 != . ]] || name=$1
  if ! grep -qE "(^|[[:space:](/])${name//./\\.}($|[[:space:])])|[[:space:](]$(basename "${name%.*}")\)" "$list"; then
    echo "$1 is not in $list"
    unlisted=$((unlisted + 1))
  fi
}

while read -r header; do check "$header" .; done < <(find include -name '*.hpp')
while read -r source; do
  folder=$(dirname "$source")
  until [[ -f $folder/CMakeLists.txt ]]; do folder=$(dirname "$folder"); done
  check "$source" "$folder"
done < <(find runtime backends tests examples bench -name '*.cpp')

[[ $unlisted -eq 0 ]]
