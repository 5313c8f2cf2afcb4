#!/usr/bin/env bash
# Objects that are compiled for an instruction set hold no fused multiply-add, and no function that the linker could
# put in the place of another file's: weak functions among them would run on CPUs that lack the instructions.
#
#   kernel_objects.sh OBJDUMP NM OBJECT...
set -euo pipefail
objdump=$1 nm=$2
shift 2
for object in "$@"; do
  if found=$("$objdump" -d --no-show-raw-insn "$object" | grep -E '\<(vfn?m(add|sub)|fn?m(add|sub|la|ls))'); then
    printf '%s: fused multiply-add:\n%s\n' "$object" "$(head -5 <<<"$found")"
    exit 1
  fi
  if found=$("$nm" -C --defined-only "$object" | grep -E ' [WVu] '); then
    printf '%s: weak symbols:\n%s\n' "$object" "$found"
    exit 1
  fi
done
