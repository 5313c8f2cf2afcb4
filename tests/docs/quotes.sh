#!/usr/bin/env bash
# The code in the documentation is the code that was compiled. A block behind the line
#
#   <!-- quote examples/foo.cpp name -->
#
# must hold the lines between "// [name]" and "// [/name]" of that file, without their common indentation and without
# the marks of other quotes. Prints each block that differs, and how.
#
#   quotes.sh ROOT            checks README.md and docs/*.md
#   quotes.sh ROOT --update   rewrites the blocks from the files
set -euo pipefail
cd "$1"
update=false
[[ ${2:-} != --update ]] || update=true

problems=0
complain() {
  echo "$1"
  problems=$((problems + 1))
}

# snippet FILE NAME: the lines between the marks; fails where the marks are not there once, in this order
snippet() {
  awk -v begin="// [$2]" -v end="// [/$2]" '
    { mark = $0; sub(/^ */, "", mark) }
    mark == begin && !begun { begun = inside = 1; indent = length($0) - length(mark); next }
    mark == end && inside { inside = 0; ended = 1; next }
    mark == begin || mark == end { twice = 1 }
    inside && mark !~ /^\/\/ \[\/?[a-z_]+\]$/ {
      if ($0 !~ /^ *$/ && substr($0, 1, indent) !~ /^ *$/) indent = 0
      print substr($0, indent + 1)
    }
    END { exit !(ended && !inside && !twice) }' "$1"
}

# check PAGE: compares every quote of a page, and writes what the page should be to $expected
check() {
  local page=$1 line number=0 file name text block state=text
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    if [[ $state == block ]]; then
      if [[ $line != '```' ]]; then block+=$line$'\n'; continue; fi
      if [[ $block != "$text" ]]; then
        $update || complain "$page:$number: the quote '$name' differs from $file:"
        $update || diff -U2 --label "$page" --label "$file" <(printf %s "$block") <(printf %s "$text") || true
      fi
      printf %s "$text" >>"$expected"
      state=text
    elif [[ $state == quote ]]; then
      [[ $line == '```'?* ]] || { complain "$page:$number: behind a quote line stands no block"; return; }
      block='' state=block
    elif [[ $line == '<!-- quote '* ]]; then
      read -r _ _ file name _ <<<"$line"
      if [[ ! -f $file ]] || ! text=$(snippet "$file" "$name" && echo .); then
        complain "$page:$number: $file has no lines between // [$name] and // [/$name], or has them twice"
        return
      fi
      text=${text%.} state=quote
    fi
    printf '%s\n' "$line" >>"$expected"
  done <"$page"
  [[ $state == text ]] || complain "$page: its last quote has no end"
}

expected=$(mktemp)
trap 'rm -f "$expected"' EXIT
quotes=0
for page in README.md docs/*.md; do
  : >"$expected"
  before=$problems
  check "$page"
  quotes=$((quotes + $(grep -c '^<!-- quote ' "$page" || true)))
  if $update && [[ $problems -eq $before ]] && ! cmp -s "$expected" "$page"; then cp "$expected" "$page"; fi
done
[[ $quotes -gt 0 ]] || complain "No page quotes anything; is $PWD the project?"
[[ $problems -eq 0 ]]
