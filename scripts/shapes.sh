#!/usr/bin/env bash
# Creates the models that the benchmarks measure (benches/shapes): real architectures and sizes, random weights. They take 5 GB
# in the cache, and 7 GB more while they are created. Checks every hash. Does nothing when all models exist.
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
  # A pull succeeds when an earlier run created the file but was interrupted before pulling it.
  "$tripod" models path "$id" >/dev/null 2>&1 || "$tripod" models pull "$id" >/dev/null 2>&1 || missing+=("$id")
done

if [ ${#missing[@]} -gt 0 ]; then
  scripts/bench.sh
  "${TRIPOD_CACHE:?}/bench/bin/python" benches/shapes/shapes.py "$TRIPOD_CACHE" "${missing[@]}"
  # Force the pull, because newly created files may differ from earlier ones.
  "$tripod" models pull --force "${missing[@]}"
fi
"$tripod" models pull onnxruntime "${ids[@]}"
