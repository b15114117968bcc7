# Shared by the end-to-end scripts: paths, the demo tree, and what a check says. Sourced with bash from the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

BUILD=${RIGBISECT_BUILD:-$PWD/build/release}
RIGBISECT=$BUILD/src/cli/rigbisect
VIRTUAL_RIG=$BUILD/tools/virtual-rig/virtual-rig
PLACE=$PWD/build/demo # the demo's tree and lab, so that kernels are built once
TREE=$PLACE/linux
export RIGBISECT_LAB=$PLACE/lab
SCRATCH=$(mktemp -d)
trap 'rm -rf "$SCRATCH"' EXIT
failures=0

truth() { python3 -c 'import json,sys; t=json.load(open(sys.argv[1])); v=t[sys.argv[2]]; print(v if isinstance(v,str) else "\n".join(v))' "$TREE.truth.json" "$1"; }

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# expect STATUS PATTERN COMMAND...: the command ends with STATUS and says PATTERN (an extended regular expression).
expect() {
  local status=$1 pattern=$2 code=0
  shift 2
  "$@" >"$SCRATCH/out" 2>&1 || code=$?
  if [ "$code" != "$status" ]; then
    fail "exit status $code instead of $status: $*"
    sed 's/^/    /' "$SCRATCH/out" >&2
  elif ! grep -qE -- "$pattern" "$SCRATCH/out"; then
    fail "no line says '$pattern': $*"
    sed 's/^/    /' "$SCRATCH/out" >&2
  else
    echo "ok: $* (status $code)"
  fi
}

# wait_for PATTERN COMMAND...: until the command says PATTERN; up to 20 s.
wait_for() {
  local pattern=$1 tries
  shift
  for ((tries = 0; tries < 100; tries++)); do
    "$@" >"$SCRATCH/out" 2>&1 || true
    ! grep -qE -- "$pattern" "$SCRATCH/out" || return 0
    sleep 0.2
  done
  fail "no '$pattern' from: $*"
  sed 's/^/    /' "$SCRATCH/out" >&2
}

finish() {
  [ "$failures" = 0 ] || exit 1
  echo "all as expected"
}

# own_lab NAME [builds]: a lab with results of its own, where kernels that the demo built serve, too. A script that builds
# kernels says so and goes on in the demo's build directory; no other may hold that, or the one that builds begins anew.
own_lab() {
  export RIGBISECT_LAB=$PLACE/$1
  mkdir -p "$RIGBISECT_LAB"
  for part in kernels "${@:2}"; do
    [ -e "$RIGBISECT_LAB/$part" ] || { mkdir -p "$PLACE/lab/$part" && ln -s "../lab/$part" "$RIGBISECT_LAB/"; }
  done
}

prepare_tree() { [ -f "$TREE.truth.json" ] || tools/make-demo-tree "$TREE"; }
