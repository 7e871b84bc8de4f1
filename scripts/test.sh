#!/usr/bin/env bash
# The whole test suite: installs what is missing, then runs checks and tests. Prints the name and duration of each step and the
# output of its commands. Stops at the first step that fails.
#
#   TRIPOD_CACHE=directory CARGO_TARGET_DIR=directory scripts/test.sh          everything
#   TRIPOD_CACHE=directory CARGO_TARGET_DIR=directory scripts/test.sh --long   everything, including the long runs
set -uo pipefail
cd "$(dirname "$0")/.."

tripod="${CARGO_TARGET_DIR:?}/debug/tripod"
is_long=$([ "${1:-}" = --long ] && echo 1 || echo 0)
# How often tests/serve/chaos.rs kills the engine of a working server. Without --long, the test uses its default.
[ "$is_long" = 1 ] && export TRIPOD_TEST_KILLS=400

# All integration test crates except the one that needs a browser.
doors=()
for file in tests/*/main.rs; do
  door=$(basename "$(dirname "$file")")
  [ "$door" = web ] || doors+=("$door")
done

count=$((13 + ${#doors[@]} + 4 * is_long))
number=0

# step NAME COMMAND…: runs a command as a step. Exit code 3 means skipped, with the reason on standard error; step then returns
# 3.
step() {
  local name=$1 begun=$SECONDS status
  shift
  number=$((number + 1))
  echo "[$number/$count] $name"
  "$@"
  status=$?
  local took="$((SECONDS - begun)) s"
  case $status in
    0) echo "[$number/$count] $name: ready, $took" ;;
    3) echo "[$number/$count] $name: skipped, see above, $took" ;;
    *) echo "[$number/$count] $name: failed after $took, exit code $status" >&2; exit 1 ;;
  esac
  return "$status"
}

no_browser() {
  echo "skipped: the browser suites (tests/web) need Chromium, and scripts/browser.sh could not provide it" >&2
  return 3
}

step "tools for the build" scripts/setup.sh
step "chart library of the page" scripts/page.sh
step "format" cargo fmt --check
# 974 and 1,071 s on two cores.
[ -x "$tripod" ] || echo "first build: about $((34 / $(nproc) + 1)) minutes on $(nproc) free cores; interrupted, it goes on where it was"
# One build for the program and all tests: dependencies built for tests have other features than those of the program alone, and
# would be compiled twice.
step "build of the program and the tests" cargo test --locked --features train --no-run
step "models" scripts/models.sh "$tripod"
step "clients" scripts/clients.sh
step "browser" scripts/browser.sh
has_browser=$?
step "lints" cargo clippy --locked --features train --all-targets -- -D warnings
step "lints without training" cargo clippy --locked -- -D warnings
step "rules of the source tree" cargo test --locked --features train --test architecture
step "unit tests" cargo test --locked --features train --lib --bins --examples
step "documentation tests" cargo test --locked --features train --doc
for door in "${doors[@]}"; do
  step "tests of $door" cargo test --locked --features train --test "$door"
done
if [ "$has_browser" -eq 0 ]; then
  step "tests of web" cargo test --locked --features train --test web
else
  step "tests of web" no_browser
fi
if [ "$is_long" = 1 ]; then
  step "packaging" scripts/packaging.sh
  step "distribution" scripts/dist.sh
  step "installations" scripts/try_dist.sh
  step "fuzzer, a minute for each parser" scripts/fuzz.sh 60
fi
echo "all $count steps, $SECONDS s"
