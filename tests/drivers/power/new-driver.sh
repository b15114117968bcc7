#!/bin/bash
# tools/new-driver begins a driver that compiles, is in the table, and passes its test: tried on a copy of the sources.
# Arguments: the source directory, the compiler, the driver library, the rooms below it and their libraries.
set -euo pipefail
source=$1 compiler=$2
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
fail() {
  echo "new-driver: $*" >&2
  exit 1
}

(cd "$source" && cp -r --parents drivers src/base src/device src/os tests/drivers tests/fakes tests/main.cpp tools/new-driver "$copy")
cp -r "$copy" "$copy.before"
trap 'rm -rf "$copy" "$copy.before"' EXIT
"$copy/tools/new-driver" power acme-pdu
changed=$(diff -rq "$copy.before" "$copy" | grep -c '^Files' || true)
[ "$changed" -le 4 ] || fail "it touched $changed files; a driver may touch 4"
added=$(diff -rq "$copy.before" "$copy" | grep -c '^Only' || true)
[ "$added" = 2 ] || fail "it wrote $added files instead of 2"
grep -q '^    power/acme_pdu.cpp$' "$copy/drivers/CMakeLists.txt" || fail "it is not in drivers/CMakeLists.txt"
! "$copy/tools/new-driver" power acme-pdu 2>/dev/null || fail "it overwrote a driver"
! "$copy/tools/new-driver" power 'Acme PDU' 2>/dev/null || fail "it took a bad name"

cd "$copy"
flags=(-std=c++20 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I. -Isrc "-DRIGBISECT_SOURCE_DIR=\"$copy\"")
for file in drivers/power/acme_pdu.cpp drivers/registry.cpp tests/drivers/power/test_acme_pdu.cpp tests/main.cpp; do
  "$compiler" "${flags[@]}" -c "$file" -o "$(basename "$file").o" || fail "$file does not compile"
done
"$compiler" acme_pdu.cpp.o test_acme_pdu.cpp.o main.cpp.o "${@:3}" -pthread -o test-acme || fail "it does not link"
./test-acme
