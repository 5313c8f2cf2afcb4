#!/usr/bin/env bash
# mpirun.sh MPIRUN RANKS PROGRAM [ARGUMENT...]: starts ranks of a program on this machine, also as root and on fewer CPUs
# than ranks.
set -euo pipefail
mpirun=$1 ranks=$2
shift 2
options=()
if [[ $(basename "$(readlink -f "$mpirun")") != *hydra* && $mpirun == *openmpi* ]]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  options=(--oversubscribe --bind-to none)
fi
exec "$mpirun" "${options[@]}" -n "$ranks" "$@"
