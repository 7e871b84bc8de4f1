#!/usr/bin/env bash
# Makes the models of true shape with random weights that the benchmarks measure (benches/shapes), about 5 GB in the cache
# and 7 GB more meanwhile, and checks every hash. Does nothing when all is there.
#
#   TRIPOD_CACHE=directory scripts/shapes.sh path/to/tripod
set -euo pipefail
cd "$(dirname "$0")/.."

tripod=$1

ids=()
missing=()
for manifest in models/shape-*.toml; do
  id=$(basename "$manifest" .toml)
  ids+=("$id")
  # A pull succeeds where an earlier run made the file and was stopped before it pulled.
  "$tripod" models path "$id" >/dev/null 2>&1 || "$tripod" models pull "$id" >/dev/null 2>&1 || missing+=("$id")
done

if [ ${#missing[@]} -gt 0 ]; then
  scripts/bench.sh
  "${TRIPOD_CACHE:?}/bench/bin/python" benches/shapes/shapes.py "$TRIPOD_CACHE" "${missing[@]}"
  # Forced: what is made anew may differ from what was here before.
  "$tripod" models pull --force "${missing[@]}"
fi
"$tripod" models pull onnxruntime "${ids[@]}"
