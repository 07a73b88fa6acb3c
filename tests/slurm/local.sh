#!/usr/bin/env bash
# local.sh - a private Slurm (1..N simulated nodes) on this one machine,
# without systemd and without touching /etc/slurm or /etc/munge.
#
#   local.sh start  [DIR]   start what is not running; wait until every node can take work
#   local.sh status [DIR]   daemons, nodes, queue; exit 0 only if all is up
#   local.sh stop   [DIR]   cancel the jobs, stop the daemons by their recorded pids
#   local.sh env    [DIR]   print the export line: eval "$(local.sh env DIR)"
#
# DIR defaults to $LOCAL_SLURM_DIR, else ./.local-slurm. State (job
# ids, queue, history) is kept in DIR between stop and start; remove DIR to
# forget it. Settings, read at start from the environment (those of the first
# start are not remembered, except the ports):
#   NODES=2  CPUS=<nproc/NODES>  PORT=17817 (NODES+1 ports from here)
#   CRED_EXPIRE=20   a requeued job waits CRED_EXPIRE+1 s (Slurm's default: 120)
#   SLURMD_TIMEOUT=30  seconds until a silent node is DOWN and its jobs requeue
# Debian: apt-get install -y --no-install-recommends slurm-wlm munge
set -u
cmd=${1:-}; DIR=${2:-${LOCAL_SLURM_DIR:-$PWD/.local-slurm}}
case $cmd in start|stop|status|env) ;; *) sed -n '2,20p' "$0"; exit 2;; esac
case $DIR in /*) ;; *) DIR=$PWD/$DIR;; esac
PATH=$PATH:/usr/sbin:/sbin; umask 022
NODES=${NODES:-2}; CRED_EXPIRE=${CRED_EXPIRE:-20}; SLURMD_TIMEOUT=${SLURMD_TIMEOUT:-30}
CPUS=${CPUS:-$(( $(nproc) / NODES ))}; [ "$CPUS" -ge 1 ] || CPUS=1
export SLURM_CONF=$DIR/slurm.conf
say(){ echo "local slurm: $*" >&2; }
die(){ say "$*"; exit 1; }

if [ "$cmd" = env ]; then echo "export SLURM_CONF='$SLURM_CONF'"; exit 0; fi

# A pid counts as ours only while it is neither gone nor a zombie (PID 1 of a
# container may never reap, and kill -0 succeeds on a zombie) and its command
# line names DIR (guards against a pid used again).
alive(){ # PIDFILE -> prints the pid
  local p; p=$(cat "$1" 2>/dev/null) && [ -n "$p" ] || return 1
  [ -r "/proc/$p/stat" ] || return 1
  case $(sed 's/.*) //' "/proc/$p/stat" 2>/dev/null) in Z*|X*|'') return 1;; esac
  tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -qF "$DIR/" || return 1
  echo "$p"
}
# Ends one daemon: TERM, up to 10 s, then KILL.
end(){ # PIDFILE
  local p i; p=$(alive "$1") || { rm -f "$1"; return 0; }
  kill -TERM "$p" 2>/dev/null
  for i in $(seq 100); do alive "$1" >/dev/null || break; sleep 0.1; done
  if alive "$1" >/dev/null; then kill -KILL "$p" 2>/dev/null; sleep 0.3; fi
  rm -f "$1"
}
nodes(){ ls "$DIR/spool" 2>/dev/null | sed 's/^node//' | sort -n | sed 's/^/node/'; }
# Job steps outlive slurmd by design; each holds a socket under DIR/spool.
stepd_pids(){ ss -xlpH 2>/dev/null | grep -F "$DIR/spool/" | grep slurmstepd | grep -oE 'pid=[0-9]+' | cut -d= -f2 | sort -un; }
q(){ timeout 15 "$@"; }

if [ "$cmd" = status ]; then
  rc=0
  for f in munge/munged.pid slurmctld.pid $(nodes | sed 's/.*/slurmd-&.pid/'); do
    if p=$(alive "$DIR/$f"); then echo "$(basename "$f" .pid): running, pid $p"; else echo "$(basename "$f" .pid): not running"; rc=1; fi
  done
  if alive "$DIR/slurmctld.pid" >/dev/null && alive "$DIR/munge/munged.pid" >/dev/null; then
    q sinfo -N -o '%N %T %C %E' || rc=1
    q squeue -o '%i %j %T %N %r' || rc=1
    q sinfo -h -N -o '%T' | grep -qE 'down|drain|unk|fail|\*' && rc=1
  fi
  exit $rc
fi

mkdir -p "$DIR" || die "cannot make $DIR"
[ -O "$DIR" ] || die "$DIR is not this user's"
chmod 755 "$DIR"
exec 9>"$DIR/.lock"; flock -w 90 9 || die "another start or stop is busy in $DIR"

if [ "$cmd" = stop ]; then
  # Cancel first: a slurmstepd left behind keeps its task running.
  if alive "$DIR/slurmctld.pid" >/dev/null && alive "$DIR/munge/munged.pid" >/dev/null; then
    ids=$(q squeue -h -a -o %A 2>/dev/null | sort -un)
    [ -z "$ids" ] || q scancel $ids 2>/dev/null
    for i in $(seq 60); do [ -z "$(q squeue -h -a -o %A 2>/dev/null)" ] && break; sleep 0.25; done
  fi
  for p in $(stepd_pids); do # controller dead, or a step that would not end
    for c in $(ps -o pid= --ppid "$p"); do kill -KILL -- "-$c" 2>/dev/null || kill -KILL "$c" 2>/dev/null; done
    kill -KILL "$p" 2>/dev/null
  done
  for n in $(nodes); do end "$DIR/slurmd-$n.pid"; done
  end "$DIR/slurmctld.pid"
  end "$DIR/munge/munged.pid"
  rm -f "$DIR/munge/munge.socket.2" "$DIR/munge/munge.socket.2.lock"
  say "stopped ($DIR kept)"; exit 0
fi

# ---- start ----
for b in munged munge slurmctld slurmd sinfo; do command -v $b >/dev/null || die "$b missing: apt-get install -y --no-install-recommends slurm-wlm munge"; done
[ ${#DIR} -le 70 ] || die "path too long for Unix sockets (at most 70 characters): $DIR"
mkdir -p "$DIR"/{munge,state,log,spool}
# The configuration is written only while nothing of it runs; after a crash of
# one daemon the others go on and only the dead one is started again.
up=0; alive "$DIR/slurmctld.pid" >/dev/null && up=1
live=$up; for n in $(nodes); do alive "$DIR/slurmd-$n.pid" >/dev/null && live=1; done
[ -z "$(stepd_pids)" ] || live=1
if [ $live = 0 ] || [ ! -s "$SLURM_CONF" ]; then
  end "$DIR/munge/munged.pid"
  free(){ local i; for i in $(seq 0 "$NODES"); do ss -ltnH "sport = :$(( $1 + i ))" | grep -q . && return 1; done; return 0; }
  base=${PORT:-$(cat "$DIR/port" 2>/dev/null || echo 17817)}
  for t in $(seq 40); do free "$base" && break; base=$((base+20)); done
  free "$base" || die "no free ports near $base"
  echo "$base" >"$DIR/port"
  rm -rf "$DIR/spool"; mkdir -p "$DIR/spool"
  for i in $(seq 1 "$NODES"); do mkdir -p "$DIR/spool/node$i"; done
  [ -s "$DIR/munge/munge.key" ] || (umask 077; head -c 1024 /dev/urandom >"$DIR/munge/munge.key")
  me=$(id -un); mem=$(( $(awk '/MemTotal/{print $2}' /proc/meminfo) / 1024 / NODES ))
  { cat <<CONF
ClusterName=local
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$base
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$DIR/munge/munge.socket.2,cred_expire=$CRED_EXPIRE
StateSaveLocation=$DIR/state
SlurmdSpoolDir=$DIR/spool/%n
SlurmctldPidFile=$DIR/slurmctld.pid
SlurmdPidFile=$DIR/slurmd-%n.pid
SlurmctldLogFile=$DIR/log/slurmctld.log
SlurmdLogFile=$DIR/log/slurmd-%n.log
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$DIR/log/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=5,bf_interval=1
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
ReturnToService=2
SlurmdTimeout=$SLURMD_TIMEOUT
SlurmctldTimeout=30
KillWait=5
MinJobAge=3600
MaxArraySize=100001
MaxJobCount=200000
RequeueExit=75
CONF
    for i in $(seq 1 "$NODES"); do
      echo "NodeName=node$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((base+i)) CPUs=$CPUS RealMemory=$mem State=UNKNOWN"
    done
    echo "PartitionName=sweep Nodes=node[1-$NODES] Default=YES MaxTime=INFINITE State=UP"
  } >"$SLURM_CONF.new" && mv "$SLURM_CONF.new" "$SLURM_CONF"
fi
if ! alive "$DIR/munge/munged.pid" >/dev/null; then
  rm -f "$DIR/munge/munge.socket.2" "$DIR/munge/munge.socket.2.lock"
  munged --key-file="$DIR/munge/munge.key" --socket="$DIR/munge/munge.socket.2" \
    --pid-file="$DIR/munge/munged.pid" --log-file="$DIR/munge/munged.log" \
    --seed-file="$DIR/munge/munged.seed" --num-threads=4 9>&- </dev/null || die "munged: see $DIR/munge/munged.log"
fi
[ $up = 1 ] || slurmctld -f "$SLURM_CONF" 9>&- </dev/null >/dev/null 2>"$DIR/log/slurmctld.err" \
  || die "slurmctld: see $DIR/log/slurmctld.err and slurmctld.log"
for n in $(nodes); do
  alive "$DIR/slurmd-$n.pid" >/dev/null || slurmd -f "$SLURM_CONF" -N "$n" 9>&- </dev/null >/dev/null 2>"$DIR/log/slurmd-$n.err" \
    || die "slurmd $n: see $DIR/log/slurmd-$n.err and slurmd-$n.log"
done
want=$(nodes | wc -l)
# Jobs that a controller crash left held ("launch failed requeued held").
release(){ local j; for j in $(q scontrol show job -o 2>/dev/null | grep -F 'JobState=PENDING Reason=launch_failed_requeued_held' | grep -oE '^JobId=[0-9]+' | cut -d= -f2); do q scontrol release "$j" >/dev/null 2>&1; done; }
for i in $(seq 150); do
  states=$(q sinfo -h -N -o '%N %T' 2>/dev/null)
  [ "$(echo "$states" | grep -cE ' (idle|mixed|allocated|completing)$')" = "$want" ] && { release; say "up: $want node(s); export SLURM_CONF=$SLURM_CONF"; exit 0; }
  if [ $((i % 10)) = 0 ]; then # left DOWN or DRAINed by an earlier crash
    for n in $(echo "$states" | awk '/down|drain/{print $1}'); do q scontrol update NodeName="$n" State=RESUME 2>/dev/null; done
  fi
  sleep 0.2
done
say "nodes not ready: $(echo "$states" | paste -sd';')"; tail -n 5 "$DIR"/log/*.log >&2; exit 1
