#!/usr/bin/env bash
# A mistake that the compiler must explain. FILE holds the mistake and, behind #ifdef CHUNKWISE_GOOD_TWIN, the same
# line done right. The mistake must fail to compile with every text of the file's "// expect-error: text" lines in what
# the compiler says; the twin must compile, without a warning.
# "// args: ..." are further options for the mistake, where an option is the mistake.
#
#   check.sh COMPILER INCLUDE_DIR FILE
set -euo pipefail
compiler=$1 include=$2 file=$3

compile() { "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -I "$include" -I "$include/.." "$@" "$file" 2>&1; }

read -ra arguments < <(sed -n 's,^// args: *,,p' "$file") || true
mapfile -t expected < <(sed -n 's,^// expect-error: *,,p' "$file")
if [[ ${#expected[@]} -eq 0 ]]; then
  echo "$file has no '// expect-error: text' line"
  exit 1
fi

if ! output=$(compile -DCHUNKWISE_GOOD_TWIN -Werror); then
  printf 'The good twin does not compile:\n%s\n' "$output"
  exit 1
fi
if output=$(compile "${arguments[@]}"); then
  echo "The mistake compiles."
  exit 1
fi
for text in "${expected[@]}"; do
  if ! grep -qF -- "$text" <<<"$output"; then
    printf 'The compiler does not say "%s", but:\n%s\n' "$text" "$output"
    exit 1
  fi
done
