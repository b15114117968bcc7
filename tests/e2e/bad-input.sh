#!/bin/bash
# What users get wrong: each ends with one clear paragraph, the documented exit status, and nothing lost.
. "$(dirname "$0")/lib.sh"
prepare_tree
export RIGBISECT_LAB=$SCRATCH/lab

if [ "${1:-}" != inside ]; then
  "$VIRTUAL_RIG" --dir "$PLACE/rig-input" --rig bios -- "$0" inside
  exit
fi

board=boards/virtual-pc.yaml
recipe() { # SED-EXPRESSION: the demo's recipe, changed
  sed -E -e "s#demo/(kernel|reproducer)#$PWD/recipes/demo/\\1#; s#^tree: .*#tree: $TREE#" -e "$1" recipes/demo.yaml >"$SCRATCH/recipe.yaml"
  echo "$SCRATCH/recipe.yaml"
}
board() { # SED-EXPRESSION: the first virtual PC, changed
  sed -e "$1" "$board" >"$SCRATCH/board.yaml"
  echo "$SCRATCH/board.yaml"
}
printf 'name: [broken\n' >"$SCRATCH/broken.yaml"
printf 'int main(void) { return nonsense; }\n' >"$SCRATCH/broken.c"

expect 2 'broken.yaml:[0-9]+:[0-9]+' "$RIGBISECT" run "$SCRATCH/broken.yaml" --board "$board"
expect 2 'No such file' "$RIGBISECT" run nowhere.yaml --board "$board"
expect 2 'did you mean .lcus.' "$RIGBISECT" run "$(recipe '')" --board "$(board 's/driver: lcus/driver: lcsu/')"
expect 2 'did you mean .reproducer.' "$RIGBISECT" run "$(recipe 's/^reproducer:/reproduser:/')" --board "$board"
expect 2 'does not exist' "$RIGBISECT" run "$(recipe '')" --board "$(board 's/RIG00001/RIG00009/')"
expect 2 'bad: .*v6.1.77' "$RIGBISECT" run "$(recipe 's/^bad: .*/bad: v6.1.77/')" --board "$board"
expect 2 'other way round' "$RIGBISECT" run "$(recipe 's/^bad: .*/bad: v6.1\ngood: v6.1.3/')" --board "$board"
expect 2 'broken.c.*nonsense' "$RIGBISECT" run "$(recipe "s|source: .*|source: $SCRATCH/broken.c|")" --board "$board"
expect 2 'kernel.conf' "$RIGBISECT" run "$(recipe 's|fragments: .*|fragments: [nowhere/kernel.conf]|')" --board "$board"
expect 2 'tree' "$RIGBISECT" run "$(recipe "s|^tree: .*|tree: $SCRATCH|")" --board "$board"
expect 2 'did you mean' "$RIGBISECT" drivers lcsu
expect 2 'did you mean .resume.' "$RIGBISECT" resum
expect 2 'RECIPE' "$RIGBISECT" run --board "$board"
expect 2 'there is no campaign' "$RIGBISECT" resume nonesuch

echo '-- tty in use, board in use'
(
  flock -n 9
  expect 3 'in use|busy|another' "$RIGBISECT" run "$(recipe '')" --board "$board"
) 9</dev/serial/by-id/usb-FTDI_FT232R_USB_UART_RIG00001-if00-port0
mkdir -p "$RIGBISECT_LAB/boards"
holding='import fcntl, subprocess, sys; f = open(sys.argv[1], "w"); fcntl.lockf(f, fcntl.LOCK_EX); sys.exit(subprocess.call(sys.argv[2:]))'
expect 3 'board virtual-pc is in use' python3 -c "$holding" "$RIGBISECT_LAB/boards/virtual-pc.lock" \
  "$RIGBISECT" run "$(recipe '')" --board "$board"

echo '-- full disk'
mkdir "$SCRATCH/small"
mount -t tmpfs -o size=300k tmpfs "$SCRATCH/small"
expect 4 '[Nn]o space|disk' env RIGBISECT_LAB="$SCRATCH/small/lab" "$RIGBISECT" run "$(recipe '')" --board "$board"
umount "$SCRATCH/small"
expect 2 'there is no campaign yet' "$RIGBISECT" status
expect 0 '^CH|off' "$RIGBISECT" board power status "$board"
finish
