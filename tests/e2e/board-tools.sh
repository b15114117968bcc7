#!/bin/bash
# The board commands on the virtual shelf: what `board probe` finds of good and bad wiring, that the power is off afterwards,
# that two labs do not work on one wire, and that `board suggest` finds what is plugged in.
. "$(dirname "$0")/lib.sh"
prepare_tree

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-boards" --rig bios --rig bios -- "$0" inside
  exit
fi

ctl() { "$VIRTUAL_RIG" ctl "$@"; }
# A kernel that comes up, and no other: a lab's newest may be one that hangs.
own_lab lab-boards
"$RIGBISECT" test recipes/demo.yaml v6.1 --board boards/virtual-pc.yaml --runs 1
image=$(ls -t "$RIGBISECT_LAB"/kernels/images/*/meta | head -n 1)
mkdir -p "$SCRATCH/lab/kernels/images" && cp -r "$(dirname "$image")" "$SCRATCH/lab/kernels/images/"
export RIGBISECT_LAB=$SCRATCH/lab

board() { # FILE SED-EXPRESSION...: a virtual PC with short deadlines, changed
  local from=$1 name=$2
  shift 2
  sed -E -e '/^timings:/,/^[a-z_]*:/{/^timings:/d;/^  /d}' "$@" "boards/$from.yaml" >"$SCRATCH/$name.yaml"
  printf 'timings:\n  off: 100ms\n  power: 3s\n  firmware: 25s   # a guess\n  loader: 20s\n  kernel: 40s\n' >>"$SCRATCH/$name.yaml"
}
all_off() { [ "$(ctl status | grep -c 'power=off')" = 2 ] || fail "not every machine is off: $(ctl status)"; }
probe() { # STATUS PATTERN ARGUMENTS...
  local status=$1 pattern=$2
  shift 2
  expect "$status" "$pattern" "$RIGBISECT" board probe "$@"
  all_off
}

board virtual-pc one
board virtual-pc-2 two
probe 0 'kernel +ok +our init said hello: this console, outlet and boot medium are of one machine' --write "$SCRATCH/one.yaml" "$SCRATCH/two.yaml"
[ "$(grep -c ' running  *ok  *[0-9]* of [0-9]* lines' "$SCRATCH/out")" = 2 ] || fail "not both boards ran: $(cat "$SCRATCH/out")"
grep -qE '^  firmware: [0-9ms]+ +# a guess$' "$SCRATCH/one.yaml" || fail "timings were not written: $(cat "$SCRATCH/one.yaml")"
expect 0 'all there' "$RIGBISECT" board check "$SCRATCH/one.yaml" "$SCRATCH/two.yaml"
probe 0 'firmware +ok +the console said .SeaBIOS' --firmware-only "$SCRATCH/one.yaml"

echo '-- two who watch what another process reads'
watchers=()
for each in 1 2; do
  "$RIGBISECT" board console --watch "$SCRATCH/one.yaml" </dev/null >"$SCRATCH/watched-$each" 2>&1 &
  watchers+=($!)
done
probe 0 'firmware +ok' --firmware-only "$SCRATCH/one.yaml"
kill "${watchers[@]}"
wait "${watchers[@]}" || true
for each in 1 2; do
  grep -q 'nobody has the console of board virtual-pc open now; waiting for it' "$SCRATCH/watched-$each" &&
    grep -q SeaBIOS "$SCRATCH/watched-$each" || fail "watcher $each saw: $(cat "$SCRATCH/watched-$each")"
done

echo '-- swapped consoles, swapped outlets, another MAC address'
board virtual-pc one -e 's/RIG00001/RIG00002/'
board virtual-pc-2 two -e 's/RIG00002/RIG00001/'
probe 3 'talks on the console of virtual-pc-2: exchange the .console:. of virtual-pc and virtual-pc-2' "$SCRATCH/one.yaml" "$SCRATCH/two.yaml"
board virtual-pc one -e 's/channel: 1/channel: 2/' -e 's/firmware: .*/firmware: 8s/'
board virtual-pc-2 two -e 's/channel: 2/channel: 1/'
sed -i 's/firmware: .*/firmware: 6s/; s/loader: .*/loader: 2s/' "$SCRATCH/one.yaml" "$SCRATCH/two.yaml"
probe 3 'the console of virtual-pc-2 spoke while only virtual-pc was on: .*their outlets' "$SCRATCH/one.yaml" "$SCRATCH/two.yaml"
board virtual-pc one -e 's/00:77:00:11/00:77:00:19/'
sed -i 's/firmware: .*/firmware: 5s/; s/loader: .*/loader: 1s/' "$SCRATCH/one.yaml"
probe 3 'no DHCP request from 52:54:00:77:00:19' "$SCRATCH/one.yaml"

echo '-- a relay that does not let go'
board virtual-pc one
ctl fault 1 relay-stuck-on >/dev/null
expect 3 'FAILED .*it still drives CTS, DSR or DCD.* relay stuck' "$RIGBISECT" board probe "$SCRATCH/one.yaml"
ctl clear 1 >/dev/null
all_off

echo '-- two labs and one wire'
coproc "$RIGBISECT" --lab "$SCRATCH/other" board probe --firmware-only "$SCRATCH/two.yaml"
other=$COPROC_PID
board virtual-pc-2 twin -e 's/^board: .*/board: twin/'
read -r -t 20 line <&"${COPROC[0]}" || true # its first line: it has the board
expect 3 'board twin: the .* is in use by process [0-9]+ .*board probe' "$RIGBISECT" board power off "$SCRATCH/twin.yaml"
wait "$other" || true
expect 0 'switched off' "$RIGBISECT" board power off "$SCRATCH/twin.yaml"

echo "-- a site's own servers: dnsmasq serves what is staged"
mkdir "$SCRATCH/srv" && chmod 755 "$SCRATCH" "$SCRATCH/srv"
printf '#!ipxe\nchain tftp://10.77.0.1/rigbisect/${net0/mac:hexhyp}.ipxe || echo nothing for this machine\n' >"$SCRATCH/srv/site.ipxe"
/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=rig0 --bind-interfaces --no-ping --user=root \
  --dhcp-range=10.77.0.100,10.77.0.150 --dhcp-range=fd77::,ra-only --enable-ra --dhcp-leasefile="$SCRATCH/leases" \
  --enable-tftp --tftp-root="$SCRATCH/srv" --dhcp-boot=site.ipxe 2>"$SCRATCH/dnsmasq.log" &
site=$!
board virtual-pc one -e "s#^boot:.*#boot: {driver: stage, root: $SCRATCH/srv, mac: '52:54:00:77:00:11', url: 'tftp://10.77.0.1'}#"
probe 0 'kernel +ok +our init said hello' "$SCRATCH/one.yaml"
echo "-- the prompt of the network card's iPXE"
sed -i 's/^chain.*/echo nobody stopped this machine/' "$SCRATCH/srv/site.ipxe"
board virtual-pc one -e "s#^boot:.*#boot: {driver: prompt, loader: ipxe, root: $SCRATCH/srv, from: 'tftp://10.77.0.1'}#"
probe 0 'kernel +ok +our init said hello' "$SCRATCH/one.yaml"
[ -z "$(find "$SCRATCH/srv/rigbisect" -type f)" ] || fail "staged files were left: $(find "$SCRATCH/srv/rigbisect")"
kill "$site" && wait "$site" || true

echo '-- what is plugged in'
expect 0 '^  port: /dev/serial/by-id/usb-FTDI_FT232R_USB_UART_RIG00001-if00-port0$' "$RIGBISECT" board suggest
grep -q '^  driver: lcus ' "$SCRATCH/out" || fail "the relay board was not suggested: $(cat "$SCRATCH/out")"
grep -q '^# Network interfaces: .*rig0' "$SCRATCH/out" || fail "the network was not suggested: $(cat "$SCRATCH/out")"
finish
