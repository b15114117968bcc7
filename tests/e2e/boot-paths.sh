#!/bin/bash
# A kernel comes up and the reproducer runs by every way of booting: PXE on BIOS, PXE on UEFI, and from a flashed disk.
. "$(dirname "$0")/lib.sh"
prepare_tree

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-boots" --rig bios --rig uefi --rig disk -- "$0" inside
  exit
fi

sed -e 's/^board: .*/board: e2e-uefi/' -e 's/RIG00001/RIG00002/; s/channel: 1/channel: 2/; s/77:00:11/77:00:12/' boards/virtual-pc-uefi.yaml >"$SCRATCH/uefi.yaml"
sed -e 's/^board: .*/board: e2e-disk/' -e "s/RIG0000[0-9]/RIG00003/; s/channel: [0-9]/channel: 3/; s|device: [^,}]*|device: $RIG_DISK_3|" boards/virtual-pc-disk.yaml >"$SCRATCH/disk.yaml"
for board in boards/virtual-pc.yaml "$SCRATCH/uefi.yaml" "$SCRATCH/disk.yaml"; do
  expect 0 '^good: 0 of 1 runs crashed' "$RIGBISECT" test recipes/demo.yaml v6.1 --board "$board" --runs 1
  expect 0 'off' "$RIGBISECT" board power status "$board"
done
finish
