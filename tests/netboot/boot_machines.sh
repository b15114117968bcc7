#!/bin/bash
# boot_machines.sh NETBOOT-SERVE [KERNEL]: boots QEMU PCs with real firmware through the boot service, each until the
# kernel's first line: BIOS and UEFI, as the lab's DHCP server and beside a site's (dnsmasq). Everything happens in network
# namespaces that end with this script. Exit status 77: skipped, with the reason.
set -u
serve=$1
kernel=${2:-${RIGBISECT_TEST_KERNEL:-$(ls /boot/vmlinuz-* 2>/dev/null | tail -n 1)}}
mac=52:54:00:77:00:10
seconds=${RIGBISECT_BOOT_SECONDS:-120}
ovmf=/usr/share/OVMF

skip() { echo "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "needs root"
[ -r "${kernel:-/nonexistent}" ] || skip "no kernel to boot: set RIGBISECT_TEST_KERNEL to a bzImage"
for program in qemu-system-x86_64 dnsmasq ip unshare nsenter; do
  command -v $program >/dev/null || skip "$program is not installed"
done
[ -r $ovmf/OVMF_CODE.fd ] || skip "the package ovmf is not installed"
[ -r /usr/lib/ipxe/snponly.efi ] || skip "the package ipxe is not installed"
if [ "${RIGBISECT_IN_NAMESPACE:-}" != yes ]; then
  RIGBISECT_IN_NAMESPACE=yes exec unshare --net --pid --fork --kill-child --mount-proc -- "$0" "$serve" "$kernel"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
head -c 1000000 /dev/urandom >"$scratch/initramfs"  # the kernel starts before it looks at it

ip link set lo up
ip link add br0 type bridge
ip address add 10.77.0.1/24 dev br0
ip tuntap add dev tap0 mode tap
ip link set tap0 master br0 up
ip link set br0 up
unshare --net sleep infinity & site=$!
until [ "$(readlink /proc/$site/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add vsite type veth peer name site0 netns $site
ip link set vsite master br0 up
nsenter -t $site -n ip address add 10.77.0.2/24 dev site0
nsenter -t $site -n ip link set site0 up

milliseconds() { local now=${EPOCHREALTIME/[.,]/}; echo $((now / 1000)); }

# boot NAME FIRMWARE MODE: one machine from power-on to "Linux version".
boot() {
  local name=$1 firmware=$2 mode=$3 log=$scratch/$1 options=()
  case $firmware in
    bios) options=(-machine q35,graphics=off -device virtio-net-pci,netdev=n0,mac=$mac,bootindex=1) ;;
    uefi) cp $ovmf/OVMF_VARS.fd "$log.vars"  # romfile=: EDK2's own PXE, not an iPXE ROM
          options=(-machine q35 -device virtio-net-pci,netdev=n0,mac=$mac,bootindex=1,romfile=
                   -drive if=pflash,format=raw,unit=0,readonly=on,file=$ovmf/OVMF_CODE.fd
                   -drive if=pflash,format=raw,unit=1,file="$log.vars") ;;
  esac
  mkfifo "$log.stop"
  "$serve" br0 "$mode" $mac "$kernel" "$scratch/initramfs" "console=ttyS0,115200 -- $name" \
    <"$log.stop" >"$log.steps" 2>&1 & local server=$!
  exec 9>"$log.stop"
  until grep -q serving "$log.steps"; do kill -0 $server 2>/dev/null || { cat "$log.steps"; return 1; }; sleep 0.05; done

  local start; start=$(milliseconds)
  qemu-system-x86_64 -accel tcg -m 512 -display none -nodefaults -no-reboot -serial "file:$log.serial" \
    -netdev tap,id=n0,ifname=tap0,script=no,downscript=no "${options[@]}" & local machine=$!
  until grep -aq 'Linux version' "$log.serial" 2>/dev/null; do
    (($(milliseconds) - start < seconds * 1000)) && kill -0 $machine 2>/dev/null || break
    sleep 0.05
  done
  local took=$(($(milliseconds) - start))
  kill $machine; wait $machine 2>/dev/null
  exec 9>&-
  wait $server

  local step missing=""
  local expected="DISCOVER OFFER REQUEST script kernel initramfs"
  [ "$firmware" = uefi ] && expected+=" loader"
  for step in $expected; do grep -q " $step: " "$log.steps" || missing+=" $step"; done
  grep -aq 'Linux version' "$log.serial" || missing+=" 'Linux version'"
  if [ -z "$missing" ]; then echo "ok: $name, 'Linux version' after $took ms"; return 0; fi
  echo "FAILED: $name lacks$missing"; cat "$log.steps"; tail -c 2000 "$log.serial" | tr -cd '\n\40-\176'
  return 1
}

failed=0
boot bios-dhcp bios dhcp || failed=1
boot uefi-dhcp uefi dhcp || failed=1
nsenter -t $site -n dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --interface=site0 --bind-interfaces \
  --no-ping --dhcp-range=10.77.0.150,10.77.0.170,255.255.255.0,5m --dhcp-leasefile="$scratch/leases" \
  --pid-file --log-facility="$scratch/dnsmasq.log" &
boot bios-proxy bios proxy || failed=1
boot uefi-proxy uefi proxy || failed=1
exit $failed
