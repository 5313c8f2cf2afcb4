#!/usr/bin/env bash
# The Debian packages are made, name what they need, install, work and leave nothing when they are removed. All within
# a folder of its own: the system's packages are not touched.
#
#   check.sh CPACK BUILD_DIR SCRATCH_DIR
set -euo pipefail
cpack=$1 build=$2 scratch=$3

for tool in dpkg dpkg-deb dpkg-shlibdeps; do
  command -v "$tool" >/dev/null || { echo "there is no $tool here"; exit 77; }
done
rm -rf "$scratch"
mkdir -p "$scratch/packages"
"$cpack" --config "$build/CPackConfig.cmake" -B "$scratch/packages" >"$scratch/cpack.log" || { cat "$scratch/cpack.log"; exit 1; }

command=$(echo "$scratch"/packages/chunkwise_*.deb)
development=$(echo "$scratch"/packages/libchunkwise-dev_*.deb)
library=$(compgen -G "$scratch/packages/libchunkwise[0-9]*.deb" || true)
[[ -f $command && -f $development ]] || { echo "packages are missing:"; ls "$scratch/packages"; exit 1; }

# What the command is linked with and what it loads is among what its package needs, and is here.
depends=$(dpkg-deb -f "$command" Depends)
for needed in libnetcdf libdeflate libcairo libthrift libsleef libgomp libc6; do
  [[ $depends == *"$needed"* ]] || { echo "chunkwise does not depend on $needed: $depends"; exit 1; }
done
while read -r package; do
  dpkg-query -W -f='${db:Status-Status}' "${package%% *}" 2>/dev/null | grep -q '^installed' ||
    { echo "chunkwise depends on $package, which is not installed here"; exit 1; }
done < <(tr ',' '\n' <<<"$depends" | grep -v '|' | sed 's/^ *//')
[[ $(dpkg-deb -f "$development" Depends) == *libnetcdf* ]] || { echo "libchunkwise-dev does not depend on libnetcdf"; exit 1; }
holds() { grep -qE "$2" <<<"$(dpkg-deb -c "$1")"; }
if holds "$command" '/include/|\.a$'; then echo "the command's package holds the library's files"; exit 1; fi
for file in usr/include/chunkwise/chunkwise.hpp lib/cmake/chunkwise/chunkwiseConfig.cmake libchunkwise_plot.a; do
  holds "$development" "$file" || { echo "libchunkwise-dev lacks $file"; exit 1; }
done

# The shared libraries: named after their SONAME, which the development files need in this very version.
if [[ -n $library ]]; then
  name=$(dpkg-deb -f "$library" Package) version=$(dpkg-deb -f "$library" Version)
  holds "$library" "/libchunkwise\.so\.${name#libchunkwise} -> " || { echo "$name lacks its library"; exit 1; }
  if holds "$library" '/include/|\.a$|\.so( |$)'; then echo "$name holds what programs are built with"; exit 1; fi
  for foreign in libcairo libthrift libsleef libnetcdf libdeflate; do
    [[ $(dpkg-deb -f "$library" Depends) == *"$foreign"* ]] || { echo "$name does not depend on $foreign"; exit 1; }
  done
  [[ $(dpkg-deb -f "$development" Depends) == *"$name (= $version)"* ]] || { echo "libchunkwise-dev takes any $name"; exit 1; }
  for file in pkgconfig/chunkwise.pc pkgconfig/chunkwise-thrift-static.pc libchunkwise_plot.so; do
    holds "$development" "$file" || { echo "libchunkwise-dev lacks $file"; exit 1; }
  done
fi

# A system of their own.
root=$scratch/root
mkdir -p "$root"/var/lib/dpkg/{info,updates,triggers}
touch "$root"/var/lib/dpkg/{status,available}
in_root() { dpkg --root="$root" --log="$scratch/dpkg.log" --force-not-root --force-depends --force-script-chrootless "$@" >"$scratch/dpkg.out" 2>&1 || { cat "$scratch/dpkg.out"; return 1; }; }
PATH=$PATH:/usr/sbin:/sbin in_root -i "$command" ${library:+"$library"} "$development"

"$root/usr/bin/chunkwise" --version
"$root/usr/bin/chunkwise" sample --days 1 --latitudes 5 --longitudes 8 "$scratch/data" 2>/dev/null
"$root/usr/bin/chunkwise" eval 'mean(t2m)' "$scratch/data/"*.nc
# The programs behind it are found.
"$root/usr/bin/chunkwise" plot 't2m[0]' "$scratch/data/"*.nc -o "$scratch/map.png" && [[ -s $scratch/map.png ]]
"$root/usr/bin/chunkwise" eval 't2m[0]' "$scratch/data/"*.nc -o "$scratch/compressed.nc"
"$root/usr/bin/chunkwise" info --isolated "$scratch/compressed.nc" >/dev/null
if answer=$("$root/usr/bin/chunkwise" cluster 127.0.0.1:1 2>&1); then echo "there is a cluster at port 1"; exit 1; fi
[[ $answer == *127.0.0.1:1* && $answer != *'cannot start'* ]] || { echo "chunkwise cluster: $answer"; exit 1; }
[[ -s $root/usr/share/man/man1/chunkwise.1 ]]
if command -v man >/dev/null; then
  page=$(MANWIDTH=100 man -l "$root/usr/share/man/man1/chunkwise.1" 2>/dev/null)
  [[ $page == *'chunkwise eval FORMULA'* ]] || { echo "the manual page is not one"; exit 1; }
fi
bash -c 'source "$1"; COMP_WORDS=(chunkwise plot x --cm); COMP_CWORD=3; _chunkwise; [[ ${COMPREPLY[*]} == --cmap ]]' \
  - "$root/usr/share/bash-completion/completions/chunkwise"

PATH=$PATH:/usr/sbin:/sbin in_root --purge chunkwise libchunkwise-dev ${library:+"$name"}
left=$(find "$root" -path "$root/var" -prune -o -type f -print)
[[ -z $left ]] || { echo "removing leaves: $left"; exit 1; }
