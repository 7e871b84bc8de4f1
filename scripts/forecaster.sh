#!/usr/bin/env bash
# Makes the bundled forecaster again, from nothing: fetches the public prices, trains, fits a calibration on 2008 and 2009, and
# measures the years after. models/tripod-forecaster/README.md has the figures and the time that it takes.
#
#   TRIPOD_CACHE=directory scripts/forecaster.sh path/to/tripod FOLDER      (a tripod built with --features train)
set -euo pipefail
cd "$(dirname "$0")/.."

tripod=$1
folder=$2
prices="${TRIPOD_CACHE:?}/prices"
name=tripod-forecaster
manifest="$folder/$name.toml"

[ -d "$prices/training" ] || scripts/prices.sh "$prices"

"$tripod" train --from-scratch --format returns-v4 \
  --csv "$prices/training" --mix real=0.25,simulated=0.75 --split-day 2008-01-01 --test-tickers 0 \
  --simulate 1000000 --context 60..190 --horizon 10..50 --window 320 \
  --steps 10000 --warmup 150 --validate-every 500 --seed 2 \
  --licence "MIT OR Apache-2.0" --name "$name" --out "$folder" --resume

# tickers FIRST GROUP…: the groups, and a sixth of the other stocks, from the FIRST on.
tickers() {
  local first=$1
  shift
  for group in "$@"; do
    cat "$prices/$group.txt"
  done
  echo "[stocks500]"
  sed 1d "$prices/stocks500.txt" | awk -v first="$first" 'NR % 6 == first'
}

# measure TICKERS FROM UNTIL OPTION…: a backtest over some years.
measure() {
  local universe=$1 from=$2 until=$3
  shift 3
  "$tripod" backtest --universe "$universe" --csv "$prices/all" --forecaster "$folder/$name.gguf" \
    --horizon 30 --from "$from" --until "$until" --summary --quiet "$@"
}

# put TABLE FILE: replaces a table of the manifest by that of a file.
put() {
  python3 - "$manifest" "$1" "$2" <<'PYTHON'
import pathlib, re, sys

manifest, table, part = pathlib.Path(sys.argv[1]), re.escape(sys.argv[2]), pathlib.Path(sys.argv[3]).read_text()
text = re.sub(rf"^\[+{table}\]+\n(?:(?!\[).*\n)*", "", manifest.read_text(), flags=re.M)
manifest.write_text(text.replace("[[files]]", part.strip() + "\n\n[[files]]", 1))
PYTHON
}

sed -i 's/^paths = .*/paths = 256/' "$manifest"
tickers 1 stocks20 >"$folder/validation.txt"
tickers 4 stocks20 indices >"$folder/test.txt"
measure "$folder/validation.txt" 2008-01-01 2009-12-31 --calibrate "$folder/calibration.toml"
# Written beside the model and not applied: the card says why.
measure "$folder/test.txt" 2010-01-01 2022-12-31 --card "$folder/card.toml"
put measured "$folder/card.toml"
