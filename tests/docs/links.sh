#!/usr/bin/env bash
# Every relative link of README.md, CHANGELOG.md, CONTRIBUTING.md and docs/*.md leads to a file of this project, and to a
# heading that is there where it names one. Prints those that lead nowhere.
#
#   links.sh ROOT
set -euo pipefail
cd "$1"

# anchors PAGE: the names that headings have as link targets
anchors() {
  grep '^##* ' "$1" | sed -E 's/^#+ +//; s/`//g' | tr '[:upper:]' '[:lower:]' |
    sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

broken=0
for page in README.md CHANGELOG.md CONTRIBUTING.md docs/*.md; do
  while IFS= read -r link; do
    [[ $link != *://* ]] || continue
    target=${link%%#*} anchor=
    [[ $link != *'#'* ]] || anchor=${link#*#}
    file=$page
    [[ -z $target ]] || file=$(dirname "$page")/$target
    if [[ ! -e $file ]] || { [[ -n $anchor ]] && ! anchors "$file" | grep -qxF "$anchor"; }; then
      echo "$page: the link to $link leads nowhere"
      broken=$((broken + 1))
    fi
  done < <(sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//')
done
[[ $broken -eq 0 ]]
