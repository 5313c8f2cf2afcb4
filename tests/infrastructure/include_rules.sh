#!/usr/bin/env bash
# The include rule: what each part of the tree may include, and where foreign headers may appear. Prints each line that
# breaks it. Includes point down only: backends -> runtime -> graph | expr -> kernel -> op -> core; expr and graph do
# not see each other.
#
#   include_rules.sh ROOT
set -euo pipefail
cd "$1"

# Which part a file belongs to: the first pattern that fits.
#   part      files
parts='
    core      include/chunkwise/core/*
    io        include/chunkwise/io/source.hpp include/chunkwise/io/sink.hpp include/chunkwise/io/memory.hpp
    io        include/chunkwise/io/netcdf.hpp include/chunkwise/io/netcdf_edit.hpp include/chunkwise/io/npy.hpp include/chunkwise/io/text.hpp
    io        include/chunkwise/io/inspect.hpp include/chunkwise/io/cf_time.hpp include/chunkwise/io/calendar.hpp
    io        include/chunkwise/io/source_kinds.hpp
    plot      include/chunkwise/plot.hpp include/chunkwise/plot/* runtime/plot/*
    sample    include/chunkwise/sample.hpp include/chunkwise/sample/* runtime/sample/*
    op        include/chunkwise/op/*
    kernel    include/chunkwise/kernel/*
    graph     include/chunkwise/graph/*
    expr      include/chunkwise/expr/*
    backend   include/chunkwise/backend.hpp include/chunkwise/explain.hpp
    lower     include/chunkwise/lower.hpp
    explore   include/chunkwise/explore.hpp runtime/explore/*
    front     include/chunkwise/*
    format    runtime/dataset/format/*
    dataset   runtime/dataset/*
    netcdf    runtime/netcdf/*
    cli       runtime/cli/*
    nodes     runtime/graph/*
    optimize  runtime/optimize/*
    plan      runtime/plan/*
    executor  runtime/executor/*
    runtime   runtime/*
    local     backends/local/*
    cluster   backends/cluster/*
    mpi       backends/mpi/*
    wire      backends/thrift/wire/*
    transfer  backends/thrift/transfer/*
    serving   backends/thrift/coordinator/* backends/thrift/worker/*
    client    backends/thrift/client/*
    backends  backends/*
    tests     tests/*
    bench     bench/*
    examples  examples/*
'

# What a part may include beside itself.
#   part      parts
allowed='
    core      -
    io        core
    op        core
    kernel    core op
    graph     core op kernel io
    expr      core op kernel
    backend   core op kernel io graph
    lower     core op kernel io graph expr
    front     core op kernel io graph expr lower backend
    format    core io runtime nodes optimize plan executor
    netcdf    core io graph backend runtime format nodes optimize plan executor
    dataset   core io graph front runtime format nodes optimize plan executor
    runtime   core op kernel io graph expr lower backend front nodes optimize plan executor
    nodes     core op kernel io graph expr lower backend front runtime
    optimize  core op kernel io graph expr lower backend front runtime nodes
    plan      core op kernel io graph expr lower backend front runtime nodes optimize
    executor  core op kernel io graph expr lower backend front runtime nodes optimize plan
    plot      core io runtime format nodes optimize plan executor
    sample    core runtime netcdf
    explore   core op io graph lower backend front runtime nodes optimize plan executor
    cli       core op io graph backend front plot sample explore runtime nodes optimize plan executor
    local     core op kernel io graph expr lower backend front runtime nodes optimize plan executor
    cluster   core op kernel io graph backend runtime nodes optimize plan executor
    wire      core op kernel io graph backend runtime cluster nodes optimize plan executor
    transfer  core op kernel io graph backend runtime cluster wire nodes optimize plan executor
    serving   core op kernel io graph expr lower backend front runtime format dataset cluster wire transfer nodes optimize plan executor
    mpi       core op kernel io graph backend front runtime format dataset local cluster nodes optimize plan executor
    client    core op kernel io graph expr lower backend front runtime local cluster wire transfer nodes optimize plan executor
    backends  core op kernel io graph expr lower backend front runtime format dataset local cluster mpi wire transfer serving client nodes optimize plan executor
    tests     core op kernel io graph expr lower backend front runtime format dataset netcdf plot sample explore cli backends local cluster mpi wire transfer serving client nodes optimize plan executor
    bench     core op kernel io graph expr lower backend front runtime sample backends local cluster wire nodes optimize plan executor
    examples  core op kernel io graph expr lower backend front plot sample explore
'

# Foreign headers and pragmas that have their place, and the files that are it. Spaces of a line do not count.
#   lines that begin with      may stand in
foreign='
    #include<boost/            include/chunkwise/op/* include/chunkwise/kernel/* include/chunkwise/expr/*
    #include<boost/            include/chunkwise/lower.hpp tests/*
    #include<boost/container/  runtime/executor/*
    #include<omp.h>            runtime/executor/team_openmp.cpp
    #pragmaomp                 runtime/executor/team_openmp.cpp
    #include<sleef.h>          runtime/* bench/bare_language.cpp
    #include<tao/              runtime/notation/*
    #include<H5                runtime/netcdf/*
    #include<netcdf            runtime/netcdf/* runtime/sample/* tests/netcdf/* bench/workloads_bare.cpp
    #include<cairo             runtime/plot/* tests/plot/*
    #include<nlohmann/         runtime/io/* runtime/cli/* tests/*
    #include<CLI/              runtime/cli/* examples/weather/*
    #include<httplib.h>        runtime/explore/* tests/explore/*
    #include<mpi.h>            backends/mpi/messenger.cpp tests/mpi/*
    #include<thrift/           backends/thrift/wire/* tests/thrift/*
    #include<chunkwise_wire/   backends/thrift/wire/*
    #include<openssl/          backends/thrift/wire/*
'

set -f  # the patterns of the tables are for `fits`, not for the shell to expand
broken=0
complain() {
  echo "$1"
  broken=$((broken + 1))
}

# fits FILE PATTERN...: true where a pattern describes the file
fits() {
  local file=$1 pattern
  # shellcheck disable=SC2254  # a pattern is meant as one
  for pattern in "${@:2}"; do case $file in $pattern) return 0 ;; esac; done
  return 1
}

# find_part FILE: sets part, empty where it belongs to none
declare -A known
find_part() {
  if [[ ! -v known[$1] ]]; then
    known[$1]=
    local name patterns
    while read -r name patterns; do
      # shellcheck disable=SC2086
      if [[ -n $name ]] && fits "$1" $patterns; then known[$1]=$name; break; fi
    done <<<"$parts"
  fi
  part=${known[$1]}
}

declare -A may
while read -r part others; do [[ -z $part ]] || may[$part]=" $part $others "; done <<<"$allowed"

# check_own FILE LINE TARGET: one #include "TARGET", or <TARGET> of the public headers
check_own() {
  local file=$1 line=$2 target=$3 path from to
  case $target in
    chunkwise/*) path=include/$target ;;
    runtime/* | backends/* | tests/*) path=$target ;;
    *) path=$(realpath -m --relative-to=. "${file%/*}/$target") ;;
  esac
  find_part "$file" && from=$part
  find_part "$path" && to=$part
  if [[ -z $from ]]; then
    complain "$file: belongs to no part; tests/infrastructure/include_rules.sh has the list"
  elif [[ ! -f $path ]]; then
    complain "$file:$line: there is no \"$target\" in this project"
  elif [[ -z $to || ${may[$from]} != *" $to "* ]]; then
    complain "$file:$line: $from may not include \"$target\", which is ${to:-nowhere}"
  fi
}

# check_foreign FILE LINE TEXT: any other #include, or a #pragma
check_foreign() {
  local beginning homes here=unknown
  while read -r beginning homes; do
    [[ -n $beginning && ${3//[[:space:]]/} == "$beginning"* ]] || continue
    here=false
    # shellcheck disable=SC2086
    if fits "$1" $homes; then return; fi
  done <<<"$foreign"
  if [[ $here == false ]]; then complain "$1:$2: has no place here: $3"; fi
}

mapfile -t folders < <(for f in include runtime backends tests examples bench; do [[ ! -d $f ]] || echo "$f"; done)
own='^#include("|<chunkwise/)([^">]*)[">]$'
while IFS=: read -r file line text; do
  stripped=${text%%//*}
  stripped=${stripped//[[:space:]]/}
  if [[ $stripped =~ $own ]]; then check_own "$file" "$line" "${stripped:9:-1}"
  else check_foreign "$file" "$line" "$text"; fi
done < <(grep -rnE --include=*.hpp --include=*.cpp --include=*.inc '^[[:space:]]*#[[:space:]]*(include|pragma)' "${folders[@]}")

[[ $broken -eq 0 ]]
