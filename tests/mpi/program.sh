#!/usr/bin/env bash
# program.sh MPIRUN PROGRAM: what becomes of a program (mpi_program.cpp) outside mpirun, when a rank dies, when MPI is
# started by the program itself, and while it is idle.
set -uo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
mpirun=$1 program=$2
out=$(mktemp)
trap 'rm -f "$out"' EXIT
broken=0

# expect WHAT CODE TEXT COMMAND...: CODE is a number, or "failure" for any but 0 and that of a time-out
expect() {
  local what=$1 code=$2 text=$3
  shift 3
  timeout 90 "$@" >"$out" 2>&1 </dev/null
  local found=$?
  if [[ $code == failure ]]; then
    ((found != 0 && found != 124)) || { echo "$what: exit code $found"; cat "$out"; broken=1; }
  elif ((found != code)); then
    echo "$what: exit code $found instead of $code"; cat "$out"; broken=1
  fi
  [[ -z $text ]] || grep -qiE -- "$text" "$out" || { echo "$what: '$text' is missing in:"; cat "$out"; broken=1; }
}
run=("$folder/mpirun.sh" "$mpirun")

expect "outside mpirun" 1 "mpirun -n" env -u OMPI_COMM_WORLD_SIZE -u PMI_SIZE -u PMIX_RANK -u PMI_RANK "$program" sum
expect "three ranks" 0 "^sum 5000050000$" "${run[@]}" 3 "$program" sum
expect "one rank" 0 "^sum 5000050000$" "${run[@]}" 1 "$program" sum
expect "the exit code of rank 0" 7 "" "${run[@]}" 2 "$program" exit
expect "a rank is killed" failure "signal[^0-9]*9|killed" "${run[@]}" 3 "$program" killed
expect "rank 0 dies of an exception" failure "not caught" "${run[@]}" 3 "$program" throws
expect "MPI started by the program" 0 "^sum 5000050000$" "${run[@]}" 2 "$program" own
expect "MPI started without threads" failure "MPI_THREAD_MULTIPLE" "${run[@]}" 2 "$program" own-single
expect "arrays spread over ranks" 0 "^spread 3$" "${run[@]}" 4 "$program" spread
expect "idle" 0 "^idle$" "${run[@]}" 2 "$program" idle
exit $broken
