#!/usr/bin/env bash
# Kernels of a file built without chunkwise's flags hold no fused multiply-add, on an -march that has it neither;
# the AVX2 kernels are vectorised, and the compiler warns of nothing.
#
#   no_fma.sh COMPILER INCLUDE_DIR
set -euo pipefail
compiler=$1 include=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
object=$(mktemp --suffix=.o)
trap 'rm -f "$object"' EXIT

flag_sets=("-O2" "-O3")
if [[ $(uname -m) == x86_64 ]]; then
  flag_sets+=("-O3 -march=haswell" "-O2 -march=skylake-avx512")
  # clang's -ffp-contract=fast overrules the source (docs/semantics.md); g++'s is overruled by the kernels' own attribute.
  if ! "$compiler" --version | grep -qi clang; then flag_sets+=("-O3 -march=haswell -ffp-contract=fast"); fi
fi

for flags in "${flag_sets[@]}"; do
  read -ra options <<<"$flags"
  "$compiler" -std=c++20 -Wall -Wextra -Werror "${options[@]}" -I "$include" -c "$here/no_fma.cpp" -o "$object"
  # The instructions of the functions named run_baseline, call_baseline, run_avx2 and call_avx2, each line with its
  # function's name before it.
  kernels=$(objdump -d --no-show-raw-insn -C "$object" |
    awk '/^[0-9a-f]+ <.*>:$/ { name = match($0, /(run|call)_(baseline|avx2)/) ? substr($0, RSTART, RLENGTH) : "" }
         name { print name, $0 }')
  for name in run_baseline call_baseline run_avx2 call_avx2; do
    if ! grep -q "^$name" <<<"$kernels"; then
      echo "$compiler $flags: there is no function $name to look at"
      exit 1
    fi
  done
  if found=$(grep -E '\<(vfn?m(add|sub)|fn?m(add|sub|la|ls))' <<<"$kernels"); then
    printf '%s %s: fused multiply-add in a kernel:\n%s\n' "$compiler" "$flags" "$(head -5 <<<"$found")"
    exit 1
  fi
  for name in run_avx2 call_avx2; do
    if [[ $(uname -m) == x86_64 ]] && ! grep -qE "^$name.*\<v(mul|add)pd .*%ymm" <<<"$kernels"; then
      echo "$compiler $flags: the AVX2 kernels $name are not vectorised"
      exit 1
    fi
  done
done
