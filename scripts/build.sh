#!/usr/bin/env bash
# Builds the program in a profile of Cargo.toml and says how long the first build takes. An interrupted build goes on where it was:
# cargo keeps every finished crate, cmake and ccache every finished file of llama.cpp.
#
#   CARGO_TARGET_DIR=directory scripts/build.sh demo|release|dist [ARGUMENT OF CARGO…]
set -euo pipefail
cd "$(dirname "$0")/.."

profile=$1
shift

# Minutes of processor time that a first build takes (docs/performance.md, "Building"). The work divides among the cores, but for the
# last crates.
work=25
[ "$profile" = demo ] && work=16

if ! [ -x "${CARGO_TARGET_DIR:?}/$profile/tripod" ]; then
  cores=$(nproc)
  echo "first build: about $((work / cores + 1)) minutes or less on $cores free cores; interrupted, it goes on where it was"
fi
cargo build --profile "$profile" --locked "$@"
echo "built $CARGO_TARGET_DIR/$profile/tripod"
