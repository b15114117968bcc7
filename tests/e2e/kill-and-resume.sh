#!/bin/bash
# The main job, with rigbisect killed by SIGKILL at three moments and resumed: the planted culprit is found, nothing that was
# recorded is lost, and the machines are off at the end.
. "$(dirname "$0")/lib.sh"
prepare_tree

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-kill" --rig bios --rig bios -- "$0" inside
  exit
fi
own_lab lab-kill builds

events() { "$RIGBISECT" status --all | awk 'NR==1 {print $2}'; }

command=("$RIGBISECT" run recipes/demo.yaml --board boards/virtual-pc.yaml --board boards/virtual-pc-2.yaml)
recorded=0
for life in 45 60 75; do
  "${command[@]}" >>"$SCRATCH/log" 2>&1 &
  pid=$!
  for ((i = 0; i < life; i++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  now=$(events)
  echo "killed after $life s, $now events recorded"
  [ "$now" -ge "$recorded" ] || fail "events were lost: $now after $recorded"
  recorded=$now
  command=("$RIGBISECT" resume)
done
"$RIGBISECT" resume || fail "resume ended with status $?"
found=$("$RIGBISECT" status --format json | python3 -c 'import json,sys; print(json.load(sys.stdin)["result"]["commits"][0])')
[ "$found" = "$(truth culprit)" ] || fail "found $found, planted $(truth culprit)"
[ "$(events)" -ge "$recorded" ] || fail "events were lost"
for board in boards/virtual-pc.yaml boards/virtual-pc-2.yaml; do expect 0 off "$RIGBISECT" board power status "$board"; done
"$VIRTUAL_RIG" ctl status | tee "$SCRATCH/rigs"
! grep -q 'power=on' "$SCRATCH/rigs" || fail "a machine is still on"

echo '-- the log replays in git'
"$RIGBISECT" log --git >"$SCRATCH/replay"
git clone -q --shared --no-checkout "$TREE" "$SCRATCH/clone"
(cd "$SCRATCH/clone" && git bisect replay "$SCRATCH/replay" >/dev/null 2>&1 && git bisect log) >"$SCRATCH/replayed"
grep -q "^# first bad commit: \[$(truth culprit)\]" "$SCRATCH/replayed" || fail "git bisect replay did not accept the log"
finish
