#!/usr/bin/env bash
# The command starts fast because it is linked with little: each library that a program is linked with is loaded each
# time it starts. What only some lines need is loaded by them, or done by another program.
#
#   light_command.sh READELF PROGRAM
set -euo pipefail

heavy=0
while read -r library; do
  case $library in
    libc.so* | libm.so* | libgcc_s.so* | libstdc++.so* | ld-linux* | libsleef.so* | libgomp.so* | libomp.so*) ;;
    *) echo "$2 is linked with $library, which each start would load"; heavy=$((heavy + 1)) ;;
  esac
done < <("$1" -d "$2" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')

[[ $heavy -eq 0 ]]
