#!/usr/bin/env bash
# The Debian packages on a Debian that has nothing else: apt installs them with what they need, the command works, a
# program is built with the development files and runs without them, and removing leaves nothing. Needs root,
# debootstrap and the package source of this machine; where one is missing the test is skipped and says so.
#
#   bare_debian.sh CPACK BUILD_DIR SCRATCH_DIR PROJECT
set -euo pipefail
cpack=$1 build=$2 scratch=$3 project=$4

skip() { echo "skipped: $*"; exit 77; }
[[ $EUID -eq 0 ]] || skip "only root can make a system of its own"
for tool in debootstrap unshare chroot dpkg-deb; do command -v "$tool" >/dev/null || skip "there is no $tool here"; done
# Mounts of its own, which end with it.
if [[ -z ${CHUNKWISE_OWN_MOUNTS:-} ]]; then
  unshare --mount true 2>/dev/null || skip "this machine allows no mounts of one's own"
  CHUNKWISE_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi

sources=/etc/apt/sources.list.d/debian.sources
if [[ -f $sources ]]; then
  mirror=$(sed -n 's/^URIs: *//p' $sources | head -1) suite=$(sed -n 's/^Suites: *//p' $sources | head -1 | cut -d' ' -f1)
elif [[ -f /etc/apt/sources.list ]]; then
  sources=/etc/apt/sources.list
  read -r mirror suite < <(sed -n 's/^deb \(\[[^]]*\] *\)\?\([^ ]*\) \([^ ]*\).*/\2 \3/p' $sources | head -1)
else
  skip "apt has no source here"
fi

rm -rf "$scratch"
mkdir -p "$scratch/packages"
"$cpack" --config "$build/CPackConfig.cmake" -B "$scratch/packages" >"$scratch/cpack.log" || { cat "$scratch/cpack.log"; exit 1; }

root=$scratch/root
debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$mirror" >"$scratch/debootstrap.log" 2>&1 ||
  { tail -5 "$scratch/debootstrap.log"; exit 1; }
rm -f "$root/etc/apt/sources.list"
cp -a "$sources" "$root/etc/apt/$(realpath --relative-to=/etc/apt "$sources")"
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp "$scratch"/packages/*.deb "$project/small.cpp" "$root/tmp/"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"

inside() { chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive bash -euc "$1"; }
quietly() { inside "$1" >"$scratch/log" 2>&1 || { tail -20 "$scratch/log"; exit 1; }; }
quietly 'apt-get update -q'

# The command alone.
quietly 'apt-get install -y -q --no-install-recommends /tmp/chunkwise_*.deb'
inside 'cd /tmp
  chunkwise --version
  chunkwise sample --days 2 --latitudes 5 --longitudes 8 data 2>/dev/null
  chunkwise eval "mean(t2m)" data/*.nc
  chunkwise plot "t2m[0]" data/*.nc -o map.png && [[ -s map.png ]]
  chunkwise eval "t2m - mean(t2m, 0)" data/*.nc -o anomaly.nc && chunkwise info anomaly.nc >/dev/null
  [[ -s /usr/share/doc/chunkwise/copyright && -s /usr/share/bash-completion/completions/chunkwise ]]
  dpkg -L chunkwise | grep -q man/man1/chunkwise.1'

# A program of somebody else, built with the development files, and run without them.
quietly 'apt-get install -y -q --no-install-recommends g++ /tmp/libchunkwise*.deb'
inside 'cd /tmp
  parts="netcdf sample plot thrift"
  for kind in "" -static; do
    g++ -std=c++20 -O1 small.cpp -o small$kind $(pkg-config --cflags --libs $(printf "chunkwise-%s$kind " $parts))
  done'
quietly 'apt-get purge -y -q libchunkwise-dev'
inside '/tmp/small /tmp/small.nc; /tmp/small-static /tmp/small.nc
  ldd /tmp/small | grep -q "libchunkwise_netcdf.so.* => /"'

quietly 'apt-get purge -y -q "chunkwise" "libchunkwise[0-9]*"'
left=$(find "$root/usr" "$root/etc" -iname '*chunkwise*')
[[ -z $left ]] || { echo "removing leaves: $left"; exit 1; }
if inside '/tmp/small /tmp/small.nc' 2>/dev/null; then echo "a shared library is still there"; exit 1; fi
umount "$root/dev" "$root/proc" && rm -rf --one-file-system "$root"
