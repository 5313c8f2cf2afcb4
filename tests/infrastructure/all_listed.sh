#!/usr/bin/env bash
# Every source stands in the nearest CMakeLists.txt above it, and every public header in the one at the top; so nothing
# is forgotten in a build, a test run or an installation. (bench/compile_time is compiled by its own script.)
#
#   all_listed.sh ROOT
set -euo pipefail
cd "$1"

unlisted=0
declare -A lists
# check FILE FOLDER: the file stands in FOLDER/CMakeLists.txt, by its path from there
check() {
  local file=$1 list=$2/CMakeLists.txt name=${1#"$2"/}
  [[ -v lists[$list] ]] || lists[$list]=$'\n'$(<"$list")$'\n'
  [[ ${lists[$list]} =~ [[:space:]\(]"$name"[[:space:]\)] ]] && return
  echo "$file is not in $list"
  unlisted=$((unlisted + 1))
}

while read -r header; do check "$header" .; done < <(find include -name '*.hpp')
while read -r source; do
  folder=${source%/*}
  until [[ -f $folder/CMakeLists.txt ]]; do folder=${folder%/*}; done
  check "$source" "$folder"
done < <(find runtime backends tests examples bench -name '*.cpp' -not -path 'bench/compile_time/*')

[[ $unlisted -eq 0 ]]
