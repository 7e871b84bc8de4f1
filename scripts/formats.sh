#!/usr/bin/env bash
# Which prompt format is best? Trains a model for each from scratch, with the same sizes, examples and steps, forecasts the same
# past windows with each, and prints one table, with paired tests. docs/forecasting.md has the figures. A run that was interrupted
# goes on where it stopped.
#
#   TRIPOD_CACHE=directory scripts/formats.sh path/to/tripod FOLDER [STEPS [STRIDE]]      (a tripod built with --features train)
#
# Goes out, in FOLDER: format-NAME/ with the model and its log; format-NAME.jsonl with the windows of each ticker, and
# format-NAME.json with the figures over all.
set -euo pipefail
cd "$(dirname "$0")/.."

tripod=$1
folder=$2
steps=${3:-600}
stride=${4:-63}
prices="${TRIPOD_CACHE:?}/prices"
formats=(seed-v1 stats-v2 scaled-v3 returns-v4)

[ -d "$prices/training" ] || scripts/prices.sh "$prices"

# backtest NAME OPTION…: windows of five days of twenty stocks, from years that no model has seen.
backtest() {
  local name=$1
  shift
  "$tripod" backtest --universe "$prices/stocks20.txt" --csv "$prices/all" --forecaster "$folder/$name/$name.gguf" \
    --context 60 --horizon 5 --samples 64 --from 2010-01-01 --until 2022-12-31 --stride "$stride" --json --quiet "$@"
}

for format in "${formats[@]}"; do
  name="format-$format"
  mkdir -p "$folder/$name"
  if ! [ -e "$folder/$name/$name.gguf" ]; then
    "$tripod" train --from-scratch --format "$format" --width 64 --layers 3 --heads 2 --ffn 176 --window 4096 \
      --csv "$prices/training" --mix real=0.25,simulated=0.75 --split-day 2008-01-01 --test-tickers 0 \
      --simulate 1000000 --context 60 --horizon 5 \
      --steps "$steps" --batch 16 --warmup 60 --validate-every 100 --validation-examples 64 --seed 1 \
      --name "$name" --out "$folder/$name" --resume --quiet
  fi
  # It fails when any window has no forecast; the table counts those.
  backtest "$name" >"$folder/$name.jsonl" || [ -s "$folder/$name.jsonl" ]
  backtest "$name" --summary >"$folder/$name.json" || [ -s "$folder/$name.json" ]
done

python3 scripts/formats.py "$folder" "${formats[@]}"
