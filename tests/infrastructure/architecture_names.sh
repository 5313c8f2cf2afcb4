#!/usr/bin/env bash
# Every file, folder and identifier that docs/architecture.md names in backquotes is in the tree.
set -euo pipefail
cd "$(dirname "$0")/../.."

names=$(sed '/^```/,/^```/d' docs/architecture.md | grep -oE '`[^`]+`' | tr -d '`' | sort -u)
files=$(git ls-files 2>/dev/null || find . -type f | sed 's|^\./||')
words=$(grep -rhoE '[A-Za-z_][A-Za-z0-9_]*' include runtime backends bench/*.cpp tests/infrastructure CMakeLists.txt | sort -u)

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
        grep -qxF "$word" <<<"$words" || grep -qE "(^|/)$word(\.[a-z]+)?(/|\$)" <<<"$files" ||
          { echo "docs/architecture.md: nothing is called $word ($name)"; missing=1; }
      done ;;
  esac
done <<<"$names"
((missing == 0)) && echo "ok: all names of docs/architecture.md are in the tree"
exit "$missing"
