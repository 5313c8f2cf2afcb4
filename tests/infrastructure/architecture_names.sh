#!/usr/bin/env bash
# Every file, folder and identifier that docs/architecture.md names in backquotes is in the tree, and a name that the
# page gives a file, `name` (`file`) or (`name`, `file`), is in that file. Names in comments do not count.
set -euo pipefail
cd "$(dirname "$0")/../.."

names=$(sed '/^```/,/^```/d' docs/architecture.md | grep -oE '`[^`]+`' | tr -d '`' | sort -u)
files=$(git ls-files 2>/dev/null || find . -type f | sed 's|^\./||')

# words FILE...: the identifiers of files, without those in comments, which begin with // if the language is like C, else
# with #
words() {
  local file like_c=() others=()
  for file; do
    case $file in
      *.hpp | *.cpp | *.h | *.c | *.thrift | *.ts | *.mjs | *.css) like_c+=("$file") ;;
      *) others+=("$file") ;;
    esac
  done
  {
    ((${#like_c[@]} == 0)) || sed -E 's,//.*,,; s,/\*.*\*/,,g; s,^ *\*.*,,' "${like_c[@]}"
    ((${#others[@]} == 0)) || sed -E 's,(^|[[:space:]])#.*,,' "${others[@]}"
  } | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u
}
mapfile -t sources < <(find include runtime backends bench/*.cpp tests/infrastructure CMakeLists.txt -type f)
all_words=$(words "${sources[@]}")

missing=0
while IFS= read -r name; do
  case $name in
    *' '* | *'"'* | *'='* | -* | .*) continue ;;  # a formula, a command, an option, an ending
    */*) # a path, with or without the folders above it, its ending or a star
      pattern=${name%/}
      pattern=${pattern//./\\.}
      pattern=${pattern//\*/[^/]*}
      grep -qE "(^|/)$pattern(\.[a-z]+|/.*)?\$" <<<"$files" || { echo "docs/architecture.md: no file or folder $name"; missing=1; } ;;
    *.hpp | *.cpp | *.sh)
      grep -qE "(^|/)${name//./\\.}\$" <<<"$files" || { echo "docs/architecture.md: no file $name"; missing=1; } ;;
    *)
      for word in $(grep -oE '[A-Za-z_][A-Za-z0-9_]*' <<<"${name%%(*}"); do
        grep -qxF "$word" <<<"$all_words" || grep -qE "(^|/)$word(\.[a-z]+)?(/|\$)" <<<"$files" ||
          { echo "docs/architecture.md: nothing is called $word ($name)"; missing=1; }
      done ;;
  esac
done <<<"$names"

while IFS=$'\t' read -r name file; do
  found=$(grep -E "(^|/)${file//./\\.}\$" <<<"$files" || true)
  [[ -n $found ]] || continue  # told above
  mapfile -t among <<<"$found"
  present=$(words "${among[@]}")
  for word in $(grep -oE '[A-Za-z_][A-Za-z0-9_]*' <<<"${name%%(*}"); do
    grep -qxF "$word" <<<"$present" || { echo "docs/architecture.md: $file has no $word ($name)"; missing=1; }
  done
done < <(tr '\n' ' ' <docs/architecture.md |
  grep -oE '(`[^` ]+` \(|\(`[^` ]+`, )`[^` ]+\.(hpp|cpp|ts|sh)`' | tr -d '(,' | sed -E 's/^`([^`]+)` `([^`]+)`/\1\t\2/')

((missing == 0)) && echo "ok: all names of docs/architecture.md are in the tree"
exit "$missing"
