#!/usr/bin/env bash
# The include rule finds what breaks it: a small tree with one fault of each kind.
set -euo pipefail
rules=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/include_rules.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"
mkdir -p include/chunkwise/{core,op,expr,graph} runtime/plan

echo '#include "chunkwise/core/shape.hpp"' >include/chunkwise/op/add.hpp
touch include/chunkwise/core/shape.hpp include/chunkwise/graph/node.hpp include/chunkwise/expr/array.hpp
if ! "$rules" .; then
  echo "a tree without fault is found faulty"
  exit 1
fi

# expect TEXT FILE LINE...: with these lines in the file, the rule complains with the text
expect() {
  printf '%s\n' "${@:3}" >"$2"
  local said
  if said=$("$rules" .); then
    echo "not found in $2: ${*:3}"
    exit 1
  elif [[ $said != *"$1"* ]]; then
    printf 'should say "%s", says:\n%s\n' "$1" "$said"
    exit 1
  fi
  rm "$2"
}
expect 'core may not include' include/chunkwise/core/bad.hpp '#include "chunkwise/op/add.hpp"'
expect 'graph may not include' include/chunkwise/graph/bad.hpp '' '#  include "chunkwise/expr/array.hpp"'
expect 'op may not include' include/chunkwise/op/bad.hpp '#include <chunkwise/expr/array.hpp>  // why'
expect 'expr may not include' include/chunkwise/expr/bad.hpp '#include "../graph/node.hpp"'
expect 'there is no' runtime/plan/bad.cpp '#include "plan.hpp"'
mkdir -p backends/cluster backends/thrift/{wire,coordinator,client}
touch backends/thrift/wire/socket.hpp backends/thrift/client/session.hpp
mkdir -p runtime/{dataset/format,netcdf}
mkdir -p runtime/{graph,executor}
touch runtime/executor/team.hpp
expect 'plan may not include' runtime/plan/bad.cpp '#include "runtime/executor/team.hpp"'
expect 'nodes may not include' runtime/graph/bad.cpp '#include "runtime/executor/team.hpp"'
touch runtime/dataset/series.hpp runtime/netcdf/types.hpp
expect 'dataset may not include' runtime/dataset/bad.cpp '#include "runtime/netcdf/types.hpp"'
expect 'netcdf may not include' runtime/netcdf/bad.cpp '#include "runtime/dataset/series.hpp"'
expect 'format may not include' runtime/dataset/format/bad.cpp '#include "runtime/dataset/series.hpp"'
expect 'cluster may not include' backends/cluster/bad.cpp '#include "backends/thrift/wire/socket.hpp"'
expect 'has no place here' backends/cluster/bad.cpp '#include <chunkwise_wire/Worker.h>'
expect 'serving may not include' backends/thrift/coordinator/bad.cpp '#include "backends/thrift/client/session.hpp"'
expect 'has no place here' runtime/plan/bad.cpp '#include <boost/hana.hpp>'
expect 'has no place here' runtime/plan/bad.cpp '#include <netcdf.h>'
expect 'has no place here' runtime/plan/bad.cpp '  #pragma omp parallel for'
