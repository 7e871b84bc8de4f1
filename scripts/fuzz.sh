#!/usr/bin/env bash
# Runs the fuzzer over the parsers that strangers' bytes reach, each for so many seconds, with the stable compiler.
#
#   CARGO_TARGET_DIR=directory scripts/fuzz.sh SECONDS [NAME…]     all targets, or those that are named: folders of fuzz/corpus
#
# New inputs go to $CARGO_TARGET_DIR/fuzz/NAME; those of fuzz/corpus/NAME stay as they are. An input that breaks a parser is written to
# $CARGO_TARGET_DIR/fuzz/broken and ends the run: put it into fuzz/corpus/NAME, where the test suite replays it, and mend the parser.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?give the seconds for each target}
shift
work="${CARGO_TARGET_DIR:?}/fuzz"
names=("$@")
[ "${#names[@]}" -gt 0 ] || for folder in fuzz/corpus/*/; do names+=("$(basename "$folder")"); done

# Tested together, the packages have the features that their dependencies are built with for the test suite.
program=$(RUSTC_WORKSPACE_WRAPPER="$PWD/scripts/fuzz-rustc.sh" "${CARGO:-cargo}" test --locked --features train --no-run \
  -p tripod -p small-llama -p tripod-fuzz --bin parsers --message-format=json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')

for name in "${names[@]}"; do
  mkdir -p "$work/broken" "$work/$name"
  log="$work/$name.log"
  begun=$SECONDS
  status=0
  # An input may take at most 10 seconds; the process may hold 1 GiB of memory, and reserve 4 GiB.
  (
    ulimit -v $((4 << 20))
    TARGET=$name exec "$program" "$work/$name" "fuzz/corpus/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
      -artifact_prefix="$work/broken/$name-" -print_final_stats=1
  ) >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    echo "$name: an input broke the parser after $((SECONDS - begun)) s; the whole log is $log" >&2
    exit 1
  fi
  echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $((SECONDS - begun)) s, none broke it"
done
