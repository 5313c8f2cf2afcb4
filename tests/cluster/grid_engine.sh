#!/usr/bin/env bash
# One command from nothing to a result, and back, on a real Grid Engine: master and one execution host on this machine, as
# root, with files in a mount namespace of their own and on ports of their own. Exits with 77, and a sentence, where that
# cannot be brought up.
#
#   grid_engine.sh CHUNKWISE SCRATCH
set -euo pipefail
chunkwise=$1 scratch=$2

skip() { echo "skipped: $1"; exit 77; }
for tool in qsub qstat qdel qconf sge_qmaster sge_execd; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null ||
    skip "there is no $tool; apt-get install gridengine-master gridengine-exec gridengine-client"
done
[[ $(id -u) == 0 ]] || skip "Grid Engine's daemons are started by root alone"
if [[ -z ${CHUNKWISE_OWN_MOUNTS:-} ]]; then
  unshare -m true 2>/dev/null || skip "no mount namespace can be made here"
  CHUNKWISE_OWN_MOUNTS=1 exec unshare -m --propagation private "$0" "$@"
fi
PATH=$PATH:/usr/sbin

rm -rf "$scratch"
mkdir -p "$scratch"/home
scratch=$(cd "$scratch" && pwd)
# Its daemons run as another user, who has to reach their files.
files=$(mktemp -d /var/tmp/chunkwise-sge-XXXXXX)
chmod 755 "$files"
mkdir "$files"/{lib,spool}
cp -a /var/lib/gridengine/. "$files/lib"
cp -a /var/spool/gridengine/. "$files/spool" 2>/dev/null || true
mount --bind "$files/lib" /var/lib/gridengine
mount --bind "$files/spool" /var/spool/gridengine
chown sgeadmin "$files/spool"
end() {
  (qconf -ke all && sleep 1 && qconf -km && sleep 2) >/dev/null 2>&1 || true
  umount -l /var/lib/gridengine /var/spool/gridengine
  rm -rf "$files"
}
trap end EXIT

# free_port: a port that nobody listens at.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}
export SGE_ROOT=/var/lib/gridengine SGE_CELL=default SGE_QMASTER_PORT SGE_EXECD_PORT
SGE_QMASTER_PORT=$(free_port) SGE_EXECD_PORT=$(free_port)
as_admin() { runuser -u sgeadmin -- env SGE_ROOT=$SGE_ROOT SGE_CELL=$SGE_CELL SGE_QMASTER_PORT="$SGE_QMASTER_PORT" "$@"; }
{
  common=/var/lib/gridengine/default/common
  mkdir -p "$common"
  echo localhost >"$common/act_qmaster"
  echo "localhost $(hostname)" >"$common/host_aliases"
  chown sgeadmin "$common"/*
  runuser -u sgeadmin -- /usr/share/gridengine/scripts/init_cluster /var/lib/gridengine default \
    /var/spool/gridengine/spooldb sgeadmin
  sge_qmaster
  for _ in $(seq 100); do qconf -sh >/dev/null 2>&1 && break; sleep 0.1; done
  as_admin qconf -as localhost
  cd "$files/lib"
  printf '%s\n' 'hostname localhost' 'load_scaling NONE' 'complex_values NONE' 'user_lists NONE' 'xuser_lists NONE' \
    'projects NONE' 'xprojects NONE' 'usage_scaling NONE' 'report_variables NONE' >host
  printf '%s\n' 'group_name @allhosts' 'hostlist localhost' >group
  printf '%s\n' 'pe_name smp' 'slots 64' 'user_lists NONE' 'xuser_lists NONE' 'start_proc_args NONE' \
    'stop_proc_args NONE' 'allocation_rule $pe_slots' 'control_slaves TRUE' 'job_is_first_task TRUE' \
    'urgency_slots min' 'accounting_summary FALSE' 'qsort_args NONE' >pe
  qconf -sq | sed 's/^qname .*/qname main.q/;s/^hostlist .*/hostlist @allhosts/;s/^slots .*/slots 8/
    s/^pe_list .*/pe_list smp/;s/^load_thresholds .*/load_thresholds NONE/;s|^shell .*|shell /bin/sh|' >queue
  qconf -Ae host && qconf -Ahgrp group && qconf -Ap pe && qconf -Aq queue
  qconf -sconf | sed 's/^min_uid .*/min_uid 0/;s/^min_gid .*/min_gid 0/' >global && qconf -Mconf global
  qconf -ssconf | sed 's/^schedule_interval .*/schedule_interval 0:0:2/;s/^flush_submit_sec .*/flush_submit_sec 1/
    s/^flush_finish_sec .*/flush_finish_sec 1/' >schedule && qconf -Msconf schedule
  sge_execd
  cd "$scratch"
} >"$scratch/up.log" 2>&1 || skip "Grid Engine does not come up here: $(tail -3 "$scratch/up.log")"
for _ in $(seq 100); do [[ $(qstat -f 2>/dev/null | grep -c 'main.q@localhost.*[0-9]') == 1 ]] && break; sleep 0.1; done

export HOME=$scratch/home
unset XDG_CACHE_HOME CHUNKWISE_BACKEND
failures=0
fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
queue() { qstat -g d | tail -n +3; }
await_empty_queue() {
  for _ in $(seq "$1"); do [[ -z $(queue) ]] && return; sleep 1; done
  fail "jobs are left after $1 s: $(queue)"
}

echo "== from nothing to a result"
result=$(timeout 120 "$chunkwise" cluster start --sge -n 4 --wait-for 4 --threads 1 -- \
  "$chunkwise" eval 'arange(1000000).mean()') || fail "exit code $?"
[[ $result == 499999.5 ]] || fail "the mean is $result"
await_empty_queue 20

echo "== what a worker takes is what its job has"
shown=$(timeout 120 "$chunkwise" cluster start --sge -n 1 --scheduler-option='-pe smp 2' -- "$chunkwise" cluster) ||
  fail "exit code $?"
grep -q ': 2 threads, ' <<<"$shown" || fail "not 2 threads: $shown"
await_empty_queue 20

echo "== a job that is deleted is replaced"
timeout 180 "$chunkwise" cluster start --sge -n 2 --wait-for 2 --threads 1 -- bash -c '
  jobs() { qstat -g d | awk "NR > 2 {print \$1}" | sort -u; }
  qdel "$(jobs).1"
  for _ in $(seq 600); do
    [[ $("$0" cluster | head -1) == 2\ * && $(jobs | wc -l) == 2 ]] && exit 0
    sleep 0.2
  done
  "$0" cluster; qstat -g d; exit 1' "$chunkwise" || fail "no worker came in place of the deleted one"
await_empty_queue 20

echo "== a parallel environment that is not there"
if "$chunkwise" cluster start --sge --scheduler-option='-pe nowhere 2' -- true 2>"$scratch/err"; then
  fail "it was accepted"
fi
grep -q 'nowhere' "$scratch/err" || fail "the error says: $(<"$scratch/err")"

((failures == 0)) && echo "ok: one command on Grid Engine"
((failures == 0))
