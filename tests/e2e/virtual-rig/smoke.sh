#!/bin/bash
# What tools/virtual-rig promises, seen from outside: smoke.sh VIRTUAL-RIG SERIAL-PROBE
# Re-executes itself as the COMMAND of a shelf (the parts called in_*).
set -u
rig=$1 probe=$2 part=${3:-all} scratch=${4:-}
by_id=/dev/serial/by-id
relay=$by_id/usb-1a86_USB_Serial-if00-port0
uart() { echo "$by_id/usb-FTDI_FT232R_USB_UART_RIG0000$1-if00-port0"; }

fail() { echo "FAILED: $*" >&2; exit 1; }
# within SECONDS COMMAND...: it succeeds in that time
within() {
  local until=$((SECONDS + $1)); shift
  until "$@"; do [ $SECONDS -lt $until ] || return 1; sleep 0.05; done
}
# gone PID: it has ended, waited for or not (its status can vanish while it is read)
gone() { ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }
qemu_of() { "$rig" ctl status | sed -n "s/^rig $1 .*qemu=\([0-9]*\) .*/\1/p"; }
power_is() { [ "$("$rig" ctl power "$1")" = "$2" ]; }
switch() { "$probe" relay $relay "$1" "$2" || fail "relay $1 $2"; within 2 power_is "$1" "$2" || fail "rig $1 is not $2"; }

in_ports() {
  "$probe" list | sort > "$scratch/list"
  diff - "$scratch/list" <<END || fail "the ports differ"
/dev/ttyUSB0 1a86:7523 USB Serial -
/dev/ttyUSB1 0403:6001 FT232R USB UART RIG00001
/dev/ttyUSB2 0403:6001 FT232R USB UART RIG00002
END
  [ "$("$probe" query $relay | tr -d '\r')" = "CH1: OFF
CH2: OFF" ] || fail "query"
  [ "$("$probe" lines "$(uart 1)")" = "no peer" ] || fail "modem lines of a machine that is off"
  "$probe" bad-relay $relay 1; sleep 0.1; power_is 1 off || fail "a bad checksum was obeyed"
  ip -br address show rig0 | grep -q '10.77.0.1/24.*fd77::1/64' || fail "network"
  "$probe" exclusive "$(uart 1)" 2 > "$scratch/held" & local holder=$!
  within 5 grep -qs held "$scratch/held" || fail "exclusive"
  [ "$("$probe" exclusive "$(uart 1)" 0)" = busy ] || fail "a locked port was given twice"
  kill -9 $holder; wait $holder 2> /dev/null
  within 2 "$probe" exclusive "$(uart 1)" 0 > /dev/null || fail "the lock outlived its holder"
}

in_boot() {
  "$probe" wait "$(uart 1)" 60 "Configuring (net0 52:54:00:77:00:11)" > "$scratch/uart1" 2> "$scratch/times1" & local one=$!
  "$probe" wait "$(uart 2)" 150 "Start PXE over IPv4" > "$scratch/uart2" 2> "$scratch/times2" & local two=$!
  sleep 0.3
  switch 1 on; switch 2 on
  wait $one || fail "no BIOS text: $(cat -v "$scratch/uart1")"
  grep -q 'SeaBIOS (version' "$scratch/uart1" || fail "the first line was lost"
  [ "$("$probe" lines "$(uart 1)")" = "powered" ] || fail "modem lines"
  wait $two || fail "no UEFI text: $(cat -v "$scratch/uart2")"
  echo "bios: $(cat "$scratch/times1")"; echo "uefi: $(cat "$scratch/times2")"

  # Off is immediate, and repeating it is harmless.
  local pid; pid=$(qemu_of 1)
  "$probe" relay $relay 1 off
  for _ in 1 2 3 4; do gone "$pid" && break; sleep 0.05; done
  gone "$pid" || fail "QEMU lives 0.2 s after off"
  switch 1 off; switch 1 on; pid=$(qemu_of 1); switch 1 on
  [ "$(qemu_of 1)" = "$pid" ] || fail "on when on restarted the machine"
  switch 1 off; switch 2 off
}

in_faults() {
  # The adapter is pulled while a program reads, and comes back under another number with the same by-id link.
  "$probe" wait "$(uart 1)" 30 never > "$scratch/unplug" 2>&1 & local reader=$!
  sleep 0.3
  "$rig" ctl fault 1 uart-unplug > /dev/null || fail "uart-unplug"
  wait $reader; [ $? = 3 ] || fail "the reader did not notice: $(cat "$scratch/unplug")"
  [ ! -e "$(uart 1)" ] && [ ! -e /dev/ttyUSB1 ] || fail "the node is still there"
  "$rig" ctl fault 1 uart-plug 5 > /dev/null || fail "uart-plug"
  [ "$(realpath "$(uart 1)")" = /dev/ttyUSB5 ] || fail "came back as $(realpath "$(uart 1)")"
  "$probe" wait "$(uart 1)" 20 SeaBIOS > "$scratch/plugged" 2> /dev/null & reader=$!
  sleep 0.3; switch 1 on; wait $reader || fail "no text after plugging in again"
  switch 1 off

  "$rig" ctl fault 1 relay-stuck-off count=1 > /dev/null; "$probe" relay $relay 1 on; sleep 0.2
  power_is 1 off || fail "relay-stuck-off"
  "$probe" query $relay | grep -q 'CH1: ON' || fail "the board must believe it is on"
  switch 1 on
  "$rig" ctl fault 1 relay-stuck-on > /dev/null; "$probe" relay $relay 1 off; sleep 0.2
  power_is 1 on || fail "relay-stuck-on"
  "$rig" ctl clear 1 > /dev/null; within 2 power_is 1 off || fail "the freed contact did not open"
  "$rig" ctl fault 1 relay-mute > /dev/null; "$probe" relay $relay 1 on; sleep 0.2
  power_is 1 off || fail "relay-mute obeyed"
  "$probe" query $relay && fail "relay-mute answered"
  "$rig" ctl clear 1 > /dev/null

  "$rig" ctl fault 1 uart-garbage 200 count=1 > /dev/null
  "$probe" wait "$(uart 1)" 20 SeaBIOS > "$scratch/garbage" 2> /dev/null & reader=$!
  sleep 0.3; switch 1 on; wait $reader || fail "no text after garbage"
  [ "$(stat -c %s "$scratch/garbage")" -gt 215 ] || fail "no garbage"
  switch 1 off
  "$rig" ctl fault 1 uart-silent count=1 > /dev/null
  "$probe" wait "$(uart 1)" 4 "" > "$scratch/silent" 2> /dev/null & reader=$!
  sleep 0.3; switch 1 on; wait $reader; [ ! -s "$scratch/silent" ] || fail "uart-silent spoke"
  switch 1 off
}

# What COMMAND starts and does not wait for: one that still needs the shelf when it is asked to end, and one that will not.
stay_behind() {
  (trap 'kill $waits; "$probe" query $relay > "$scratch/asked"; exit' TERM; sleep 60 & waits=$!; touch "$scratch/behind"; wait) &
  [ "$1" = ends ] || setsid sh -c "trap '' TERM; sleep 60" &
  within 5 test -e "$scratch/behind"
}

in_life() { stay_behind "$1"; "$probe" relay $relay 1 on; within 5 power_is 1 on; qemu_of 1 > "$scratch/qemu"; echo "$RIG_DIR" > "$scratch/dir"
  echo "$UMOCKDEV_DIR" > "$scratch/testbed"; readlink /proc/self/ns/net > "$scratch/netns"; touch "$scratch/up"; [ "$1" = ends ] || exec sleep 60; }

# Nothing of the shelf that in_life described is left.
nothing_left() {
  gone "$(cat "$scratch/qemu")" && [ ! -e "$(cat "$scratch/dir")" ] && [ ! -e "$(dirname "$(cat "$scratch/testbed")")" ] &&
    ! readlink /proc/[0-9]*/ns/net 2> /dev/null | grep -qFx "$(cat "$scratch/netns")"
}

# The shelf was still there for what COMMAND left behind.
was_there() { grep -q '^CH1: ON' "$scratch/asked"; }

ends_cleanly() { # NAME SIGNAL: how it ends; WHOM: the process that the user started, or the one it forked
  rm -f "$scratch"/{up,qemu,dir,testbed,netns,behind,asked}
  "$rig" --rig bios -- "$0" "$rig" "$probe" life "$scratch" & local guard=$!
  within 20 test -e "$scratch/up" || fail "$1: no shelf"
  local victim=$guard
  [ "$3" = guard ] || victim=$(cat "/proc/$guard/task/$guard/children")
  kill "-$2" $victim
  within 13 nothing_left || fail "$1: something is left: $(cat "$scratch"/{qemu,dir,testbed,netns})"
  wait $guard 2> /dev/null
  [ "$2" = KILL ] || was_there || fail "$1: the shelf ended before what COMMAND had left behind"
  echo "$1: nothing is left"
}

case $part in
  ports | boot | faults) "in_$part"; exit 0 ;;
  life) in_life stays ;;
  life-ends) in_life ends; exit 7 ;;
esac

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
shelf() { "$rig" "$@" || fail "$*"; }
shelf --rig bios --rig uefi -- "$0" "$rig" "$probe" ports "$scratch"
shelf --rig bios --rig uefi -- "$0" "$rig" "$probe" boot "$scratch"
shelf --rig bios -- "$0" "$rig" "$probe" faults "$scratch"
"$rig" --rig bios -- "$0" "$rig" "$probe" life-ends "$scratch"
[ $? = 7 ] || fail "COMMAND's exit status was not passed on"
nothing_left || fail "something is left after a normal end"
was_there || fail "the shelf ended before what COMMAND had left behind"
ends_cleanly SIGTERM TERM guard
ends_cleanly SIGINT INT guard
ends_cleanly SIGHUP HUP guard
ends_cleanly "kill -9 of the guard" KILL guard
ends_cleanly "kill -9 of the holder" KILL holder
"$rig" --rig bios -- /no/such/program 2> /dev/null; [ $? = 127 ] || fail "status of a missing program"
echo "all as promised"
