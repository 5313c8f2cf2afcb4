#!/usr/bin/env bash
# Every source stands in the nearest CMakeLists.txt above it, or in a sources.cmake that is nearer, and every public header in the one at the top; so nothing
# is forgotten in a build, a test run or an installation. (bench/compile_time is compiled by its own script.)
#
#   all_listed.sh ROOT
set -euo pipefail
cd "$1"

unlisted=0
declare -A lists
# check FILE FOLDER: the file stands in FOLDER/CMakeLists.txt, or FOLDER/sources.cmake, by its path from there
check() {
  local file=$1 list=$2/CMakeLists.txt name=${1#"$2"/}
  [[ -f $list ]] || list=$2/sources.cmake
  [[ -v lists[$list] ]] || lists[$list]=$'\n'$(sed 's#${CMAKE_CURRENT_LIST_DIR}/##' "$list")$'\n'
  [[ ${lists[$list]} =~ [[:space:]\(]"$name"[[:space:]\)] ]] && return
  echo "$file is not in $list"
  unlisted=$((unlisted + 1))
}

while read -r header; do check "$header" .; done < <(find include -name '*.hpp')
while read -r source; do
  folder=${source%/*}
  until [[ -f $folder/CMakeLists.txt || -f $folder/sources.cmake ]]; do folder=${folder%/*}; done
  check "$source" "$folder"
done < <(find runtime backends tests examples bench -name '*.cpp' -not -path 'bench/compile_time/*')

[[ $unlisted -eq 0 ]]
