#!/usr/bin/env bash
# Installs the build, moves the installation to where it was not meant for, and builds and runs programs that use it:
# found by CMake and by pkg-config, static and, if it has them, shared. Parts of two versions, and of two kinds, are
# refused.
#
#   check.sh CMAKE BUILD_DIR PROJECT SCRATCH_DIR COMPILER GENERATOR
set -euo pipefail
cmake=$1 build=$2 project=$3 scratch=$4 compiler=$5 generator=$6

rm -rf "$scratch/first" "$scratch/prefix" "$scratch/build" "$scratch/refused"
"$cmake" --install "$build" --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"
package=$(find "$scratch/prefix" -name chunkwiseConfig.cmake -printf '%h')
shared=OFF
if [[ -f $package/chunkwise_sharedTargets.cmake ]]; then shared=ON; fi

configure() {
  "$cmake" -S "$project" -B "$1" -G "$generator" -DCMAKE_PREFIX_PATH="$scratch/prefix" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release -DSHARED="$shared" "${@:2}"
}
# refused SENTENCE ARGUMENT...: configuring fails with that sentence.
refused() {
  rm -rf "$scratch/refused"
  if answer=$(configure "$scratch/refused" "${@:2}" 2>&1); then echo "not refused: $*"; exit 1; fi
  answer=$(tr -s '\n ' ' ' <<<"$answer")
  [[ $answer == *"$1"* ]] || { printf 'not "%s", but: %s\n' "$1" "$answer"; exit 1; }
}

configure "$scratch/build"
"$cmake" --build "$scratch/build"
"$scratch/build/consumer" "$scratch/consumer.nc"

# A part of another version.
cp "$package/chunkwise_plotTargets.cmake" "$scratch/kept"
sed -i 's/CHUNKWISE_VERSION "[0-9.]*"/CHUNKWISE_VERSION "99.0.1"/' "$package/chunkwise_plotTargets.cmake"
refused "chunkwise::plot is of version 99.0.1, and chunkwise of"
mv "$scratch/kept" "$package/chunkwise_plotTargets.cmake"

pkgconfig=$(find "$scratch/prefix" -name chunkwise.pc -printf '%h')
library=${pkgconfig%/pkgconfig}
export PKG_CONFIG_PATH=$pkgconfig
"$compiler" -std=c++20 -O1 -fvisibility=hidden $(pkg-config --cflags chunkwise-netcdf) -c "$project/small.cpp" -o "$scratch/small.o"
# linked SUFFIX: the program with those files of pkg-config, run with the libraries of the installation.
linked() {
  "$compiler" "$scratch/small.o" -o "$scratch/small" \
    $(pkg-config --libs "chunkwise-netcdf$1" "chunkwise-sample$1" "chunkwise-plot$1" "chunkwise-thrift$1")
  LD_LIBRARY_PATH=$library "$scratch/small" "$scratch/small.nc"
}
needs_library() { readelf -d "$scratch/small" | grep -q 'NEEDED.*libchunkwise'; }
linked -static
if needs_library; then echo "a static program needs a shared library"; exit 1; fi
cp "$pkgconfig/chunkwise.pc" "$scratch/kept"
sed -i 's/^Version:.*/Version: 99.0.1/' "$pkgconfig/chunkwise.pc"
if answer=$(pkg-config --libs chunkwise-plot 2>&1); then echo "pkg-config mixes versions"; exit 1; fi
[[ $answer == *99.0.1* ]] || { echo "pkg-config does not say what differs: $answer"; exit 1; }
mv "$scratch/kept" "$pkgconfig/chunkwise.pc"

[[ $shared == ON ]] || exit 0
"$scratch/build/small" "$scratch/small.nc"
linked ""
needs_library || { echo "a shared program needs no shared library"; exit 1; }
refused CHUNKWISE_LINKAGE -DMIXED=ON
# Of other libraries they export nothing: what these were compiled for is theirs.
for file in "$library"/libchunkwise*.so; do
  soname=$(readelf -d "$file" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
  [[ $soname =~ \.so\.[0-9]+\.[0-9]+$ ]] || { echo "$file has the SONAME '$soname'"; exit 1; }
  if found=$(nm -D --defined-only -C "$file" | grep -vE ' (chunkwise|CHUNKWISE_|(typeinfo|typeinfo name|vtable|VTT) for chunkwise)'); then
    printf '%s exports what is not its own:\n%s\n' "$file" "$(head -5 <<<"$found")"
    exit 1
  fi
done
