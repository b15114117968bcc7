#!/bin/bash
# Whole campaigns, to the planted culprit, with power and console of other makes, chosen by board file alone: IPMI with serial
# over LAN, and SNMP with RFC 2217. The peers are real servers of somebody else's, ipmi_sim, snmpd and ser2net, in front of
# the virtual rig's relay and UART. The ends are close around the culprit: it is the devices that are on trial, not the search.
. "$(dirname "$0")/lib.sh"
prepare_tree

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-peers" --rig bios -- "$0" inside
  exit
fi
own_lab lab-peers builds

uart=/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_RIG00001-if00-port0
place=$PWD
peers=()
trap 'kill "${peers[@]}" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
start() { # LOG PROGRAM ARGS...
  local log=$SCRATCH/$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  peers+=($!)
}
ip link set lo up

# What all peers switch with: the relay board, through the driver that the demo uses. A board of its own, with nothing in
# common with the boards under test but what their peers stand for.
sed -e 's/^board: .*/board: relay/' -e 's|^console: .*|console: {driver: command, run: [cat]}|' -e 's/77:00:11/77:00:99/' \
  boards/virtual-pc.yaml >"$SCRATCH/relay.yaml"
cat >"$SCRATCH/switch" <<S
#!/bin/sh
cd "$place" && RIGBISECT_LAB="$SCRATCH/lab" exec "$RIGBISECT" board power "\$1" "$SCRATCH/relay.yaml"
S
cat >"$SCRATCH/is-on" <<S
#!/bin/sh
"$SCRATCH/switch" status | grep -q 'power (lcus): on'
S
chmod +x "$SCRATCH/switch" "$SCRATCH/is-on"
printf 'secret-1\n' >"$SCRATCH/password"
chmod 600 "$SCRATCH/password"

# A BMC. ipmi_sim calls: chassis MC get|set [power|reset|boot [VALUE]]...
cat >"$SCRATCH/chassis" <<S
#!/bin/sh
shift; verb=\$1; shift
while [ \$# -gt 0 ]; do
  case \$verb-\$1 in
  get-power) if "$SCRATCH/is-on"; then echo power:1; else echo power:0; fi; shift ;;
  get-*) echo "\$1:0"; shift ;;
  set-power) if [ "\$2" = 1 ]; then "$SCRATCH/switch" on; else "$SCRATCH/switch" off; fi >/dev/null || exit 1; shift 2 ;;
  *) shift 2 ;;
  esac
done
S
chmod +x "$SCRATCH/chassis"
mkdir "$SCRATCH/bmc"
anyone='none md2 md5 straight'
cat >"$SCRATCH/lan.conf" <<S
name "board"
set_working_mc 0x20
startlan 1
 addr 127.0.0.1 9001
 priv_limit admin
 allowed_auths_callback $anyone
 allowed_auths_user $anyone
 allowed_auths_operator $anyone
 allowed_auths_admin $anyone
 guid a123456789abcdefa123456789abcdee
endlan
chassis_control "$SCRATCH/chassis 0x20"
sol "$uart" 115200
user 1 true "" "" user 10 $anyone
user 2 true "rig" "secret-1" admin 10 $anyone
S
printf 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02\nsel_enable 0x20 1000 0x0a\nmc_enable 0x20\n' >"$SCRATCH/sim.emu"

# A PDU: what snmpd says and does as an APC AP7900 (PowerNet-MIB, rPDUOutletControlOutletCommand, rPDUOutletStatusOutletState).
cat >"$SCRATCH/pdu" <<S
#!/bin/sh
command=.1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.1
state=.1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.1
while read -r verb; do
  case \$verb in
  PING) echo PONG ;;
  get)
    read -r oid
    if [ "\$oid" = "\$state" ] || [ "\$oid" = "\$command" ]; then
      value=2; "$SCRATCH/is-on" && value=1
      printf '%s\ninteger\n%s\n' "\$oid" "\$value"
    else
      echo NONE
    fi ;;
  set)
    read -r oid; read -r type value
    case \$oid=\$value in
    "\$command"=1) "$SCRATCH/switch" on >/dev/null && echo DONE || echo not-writable ;;
    "\$command"=2) "$SCRATCH/switch" off >/dev/null && echo DONE || echo not-writable ;;
    *) echo wrong-value ;;
    esac ;;
  '') ;;
  *) read -r oid; echo NONE ;;
  esac
done
S
chmod +x "$SCRATCH/pdu"
cat >"$SCRATCH/snmpd.conf" <<S
rwcommunity secret-1 127.0.0.1
sysObjectID .1.3.6.1.4.1.318.1.3.4.5
pass_persist .1.3.6.1.4.1.318 $SCRATCH/pdu
[snmp] persistentDir $SCRATCH
S
cat >"$SCRATCH/ser2net.yaml" <<S
connection: &board
  accepter: telnet(rfc2217),tcp,127.0.0.1,2001
  connector: serialdev,$uart,9600n81,local
S

board() { # NAME POWER CONSOLE: the demo's board with these instead
  sed -e "s/^board: .*/board: $1/" -e "s|^power: .*|power: $2|" -e "s|^console: .*|console: $3|" boards/virtual-pc.yaml >"$SCRATCH/$1.yaml"
}
secret="{file: $SCRATCH/password}"
bmc="host: 127.0.0.1, port: 9001, user: rig, password: $secret, cipher: \"3\", privilege: administrator"
board e2e-ipmi "{driver: ipmi, $bmc}" "{driver: sol, $bmc}"
board e2e-snmp "{driver: snmp, host: 127.0.0.1, port: 9161, outlet: 1, version: 2c, community: $secret}" \
  "{driver: rfc2217, host: 127.0.0.1, port: 2001, baud: 115200}"

# The demo's recipe with both ends named; planner bayes needs no `runs`.
culprit=$(truth culprit)
bad=$(git -C "$TREE" rev-list --first-parent "$culprit..$(truth bad)" | tail -n 3 | head -n 1) # three commits later
sed -e "s#demo/\(kernel\|reproducer\)#$place/recipes/demo/\1#; s#^tree: .*#tree: $TREE#" -e "s/^bad: .*/bad: $bad/" \
  -e "s/^mode: .*/good: $culprit~2/; s/^runs: .*/reproduce_runs: 2/" recipes/demo.yaml >"$SCRATCH/recipe.yaml"

bisect_with() { # BOARD
  expect 0 "^first bad commit: $culprit" "$RIGBISECT" run "$SCRATCH/recipe.yaml" --board "$SCRATCH/$1.yaml"
  "$RIGBISECT" status --format json >"$SCRATCH/status"
  found=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["result"]["commits"])' "$SCRATCH/status")
  [ "$found" = "['$culprit']" ] || fail "with $1: found $found, planted $culprit"
  expect 0 'off' "$RIGBISECT" board power status "$SCRATCH/$1.yaml"
  expect 0 'off' "$SCRATCH/switch" status # the relay itself says so too
}

start ipmi_sim.log ipmi_sim -c "$SCRATCH/lan.conf" -f "$SCRATCH/sim.emu" -s "$SCRATCH/bmc" -n
wait_for 'power \(ipmi\): off' "$RIGBISECT" board power status "$SCRATCH/e2e-ipmi.yaml"
bisect_with e2e-ipmi
kill "${peers[0]}" # one reader of the UART at a time
wait "${peers[0]}" || true

start snmpd.log snmpd -f -C -c "$SCRATCH/snmpd.conf" -Lo udp:127.0.0.1:9161
start ser2net.log ser2net -n -d -c "$SCRATCH/ser2net.yaml"
wait_for 'power \(snmp\): off' "$RIGBISECT" board power status "$SCRATCH/e2e-snmp.yaml"
bisect_with e2e-snmp
# A break reaches the UART through ser2net.
printf '\034\035' | expect 0 'break sent' "$RIGBISECT" board console "$SCRATCH/e2e-snmp.yaml"
grep -q 'the host sends a break' "$RIG_DIR/virtual-rig.log" || fail "the break did not reach the board"
[ "$failures" = 0 ] || tail -n 20 "$SCRATCH"/*.log >&2
finish
