#!/usr/bin/env bash
# One command from nothing to a result, and back, on a real Slurm: controller, four nodes and munge on this machine, as
# root, on ports and sockets of their own. Exits with 77, and a sentence, where that cannot be brought up.
#
#   slurm.sh CHUNKWISE SCRATCH
set -euo pipefail
chunkwise=$1 scratch=$2

skip() { echo "skipped: $1"; exit 77; }
for tool in sbatch squeue scancel scontrol sinfo slurmctld slurmd munged; do
  PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null ||
    skip "there is no $tool; apt-get install slurm-wlm slurmctld slurmd slurm-client munge"
done
[[ $(id -u) == 0 ]] || skip "Slurm's daemons are started by root alone"
PATH=$PATH:/usr/sbin

rm -rf "$scratch"
mkdir -p "$scratch"/{ctld,spool-n1,spool-n2,spool-n3,spool-n4,munge,home}
scratch=$(cd "$scratch" && pwd)
# munged wants folders that nobody but its user and root can write to.
munge=$(mktemp -d /var/tmp/chunkwise-munge-XXXXXX)
started=()
end() {
  local pid file
  for file in "$scratch"/*.pid "$munge"/*.pid; do
    [[ -s $file ]] && kill "$(<"$file")" 2>/dev/null || true
  done
  for pid in "${started[@]:-}"; do [[ -n $pid ]] && kill -9 "$pid" 2>/dev/null || true; done
  sleep 1
  rm -rf "$munge"
}
trap end EXIT

dd if=/dev/urandom of="$munge/key" bs=1024 count=1 status=none
chmod 400 "$munge/key"
chmod 755 "$munge"
chown -R munge:munge "$munge"
runuser -u munge -- munged --key-file="$munge/key" --socket="$munge/socket" --pid-file="$munge/munged.pid" \
  --log-file="$munge/log" --seed-file="$munge/seed" || skip "munged does not start here"

# free_port: a port that nobody listens at.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}
{
  cat <<C
ClusterName=chunkwise
SlurmctldHost=localhost(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$munge/socket
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$(free_port)
StateSaveLocation=$scratch/ctld
SlurmdSpoolDir=$scratch/spool-%n
SlurmctldPidFile=$scratch/ctld.pid
SlurmdPidFile=$scratch/slurmd-%n.pid
SlurmctldLogFile=$scratch/ctld.log
SlurmdLogFile=$scratch/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
DefMemPerCPU=200
ReturnToService=0
KillWait=5
MinJobAge=30
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
C
  for node in 1 2 3 4; do
    echo "NodeName=n$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=$(free_port) CPUs=2 RealMemory=1000 State=UNKNOWN"
  done
} >"$scratch/slurm.conf"
export SLURM_CONF=$scratch/slurm.conf
slurmctld -c
for node in n1 n2 n3 n4; do slurmd -N "$node"; done
for _ in $(seq 300); do
  [[ $(sinfo -h -t idle -o %D 2>/dev/null) == 4 ]] && break
  sleep 0.1
done
[[ $(sinfo -h -t idle -o %D) == 4 ]] || skip "Slurm does not come up here: $(tail -3 "$scratch/ctld.log")"

export HOME=$scratch/home
unset XDG_CACHE_HOME CHUNKWISE_BACKEND
failures=0
fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
queue() { squeue -h -r -o '%F_%K %T'; }
await_empty_queue() {
  for _ in $(seq "$1"); do [[ -z $(queue) ]] && return; sleep 1; done
  fail "jobs are left after $1 s: $(queue)"
}

echo "== from nothing to a result"
begin=$(date +%s.%N)
result=$(timeout 120 "$chunkwise" cluster start --slurm -n 4 --wait-for 4 --threads 1 -- \
  "$chunkwise" eval 'arange(1000000).mean()') || fail "exit code $?"
echo "   $(echo "$(date +%s.%N) - $begin" | bc 2>/dev/null || true) s"
[[ $result == 499999.5 ]] || fail "the mean is $result"
await_empty_queue 20

echo "== what a worker takes is what its job has"
shown=$(timeout 120 "$chunkwise" cluster start --slurm -n 1 --threads 2 --memory 300MB -- \
  sh -c "'$chunkwise' cluster; scontrol show job" ) || fail "exit code $?"
grep -q '2 threads, .* of 300 MB used' <<<"$shown" || fail "not 2 threads and 300 MB: $shown"
grep -q 'NumCPUs=2' <<<"$shown" || fail "the job has not 2 CPUs: $shown"
shown=$(timeout 120 "$chunkwise" cluster start --slurm -n 1 -- "$chunkwise" cluster) || fail "exit code $?"
# 200 MB for its one CPU.
grep -q '1 thread, .* of 157 MB used' <<<"$shown" || fail "not three quarters of 200 MB: $shown"
await_empty_queue 20

echo "== a job that is cancelled is replaced"
timeout 180 "$chunkwise" cluster start --slurm -n 2 --wait-for 2 --threads 1 -- bash -c '
  scancel "$(squeue -h -r -o %F_%K | head -1)"
  for _ in $(seq 600); do
    [[ $("$0" cluster | head -1) == 2\ * && $(squeue -h -r -o %F | sort -u | wc -l) == 2 ]] && exit 0
    sleep 0.2
  done
  "$0" cluster; squeue; exit 1' "$chunkwise" || fail "no worker came in place of the cancelled one"
await_empty_queue 20

echo "== a node that is taken away"
timeout 240 "$chunkwise" cluster start --slurm -n 2 --wait-for 2 --threads 1 --scheduler-option=--no-requeue -- bash -c '
  node=$(squeue -h -r -o %N | head -1)
  scontrol update nodename="$node" state=down reason=test
  for _ in $(seq 900); do
    [[ $("$0" cluster | head -1) == 2\ * && -z $(squeue -h -r -w "$node" -o %F) ]] && code=0 && break
    sleep 0.2
  done
  scontrol update nodename="$node" state=resume
  [[ ${code:-1} == 0 ]] && [[ $("$0" eval "arange(1000).sum()") == 499500 ]]' "$chunkwise" ||
  fail "no worker came in place of the one on the lost node"
await_empty_queue 30

echo "== the command is killed"
timeout 300 "$chunkwise" cluster start --slurm -n 2 --wait-for 2 --threads 1 >"$scratch/out" 2>"$scratch/err" &
started+=($!)
for _ in $(seq 300); do [[ -s $scratch/out ]] && break; sleep 0.1; done
kill -9 "$(pgrep -P "${started[0]}")"
await_empty_queue 60

echo "== a partition that is not there"
if "$chunkwise" cluster start --slurm --scheduler-option=--partition=long -- true 2>"$scratch/err"; then
  fail "it was accepted"
fi
grep -q 'invalid partition' "$scratch/err" || fail "the error says: $(<"$scratch/err")"

echo "== a backend that starts its own"
[[ $(timeout 120 "$chunkwise" eval 'arange(1000).sum()' --backend 'slurm://?workers=2&threads=1') == 499500 ]] ||
  fail "another sum"
await_empty_queue 20

((failures == 0)) && echo "ok: one command on Slurm"
((failures == 0))
