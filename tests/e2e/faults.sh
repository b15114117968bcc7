#!/bin/bash
# Every fault that the virtual rig can play ends in the right outcome, with a message that names the cause, and none is
# taken for something the kernel did.
. "$(dirname "$0")/lib.sh"
prepare_tree

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-faults" --rig bios -- "$0" inside
  exit
fi

own_lab lab-faults

# Short deadlines: the faults are many. One board forgives a fault, the other none.
make_board() { # FILE RETRIES
  sed -e '/^timings:/,/^[a-z_]*:/{/^timings:/d;/^  /d}' boards/virtual-pc.yaml >"$1"
  cat >>"$1" <<Y
timings: {off: 100ms, power: 3s, firmware: 12s, loader: 12s, kernel: 25s, heartbeat: 8s, retries: $2, backoff: 100ms}
Y
}
make_board "$SCRATCH/patient.yaml" 1
make_board "$SCRATCH/strict.yaml" 0
grep -v '^off_proof:' "$SCRATCH/strict.yaml" >"$SCRATCH/no-lines.yaml"
ctl() { "$VIRTUAL_RIG" ctl "$@"; }
run_once() { "$RIGBISECT" test recipes/demo.yaml v6.1 --board "$board" --runs 1; }
board=$SCRATCH/patient.yaml

play() { # STATUS PATTERN FAULT...
  local status=$1 pattern=$2
  shift 2
  echo "-- $*"
  ctl fault 1 "$@" >/dev/null
  expect "$status" "$pattern" run_once
  ctl clear 1 >/dev/null
}

run_once # builds the kernel, if need be, before anything is played

# Once: the run is repeated from power-off and nobody notices but the log.
play 0 'bench fault.*no DHCP request' no-pxe count=1
play 0 'bench fault.*not one byte on the console.*' uart-silent count=1
play 0 'bench fault.*did not fetch' hang-after-loader count=1
play 0 '^good' uart-garbage
play 0 '^good' uart-loss 0.001
play 0 '^good' uart-unplug after=2s for=2s
# For good: the board is set aside with the evidence (131: the rig failed).
board=$SCRATCH/strict.yaml
play 131 'set aside: .*no DHCP request' no-pxe
play 131 'set aside: .*not one byte on the console' uart-silent
play 131 'set aside: .*not one byte on the console' relay-stuck-off
play 131 'set aside: ' relay-mute
play 131 'set aside: .*console went away' uart-unplug after=2s
play 130 'does not exist: is the adapter plugged in' uart-unplug
# The kernel's own: it was fetched, the console works, and it does not come up. That is a skip (125), not a rig fault.
play 125 'boot failed: ' boot-hang
# A relay that does not let go is found by the proof of off at the end of the run, before another one begins.
play 131 'set aside: .*power off: .*the machine has power: it still drives CTS, DSR or DCD .*relay stuck' relay-stuck-on
board=$SCRATCH/no-lines.yaml
play 131 'set aside: .*power off: .*the machine has power: its console went on talking .*relay stuck' relay-stuck-on
finish
