#!/usr/bin/env bash
# Makes the bundled forecaster again, from nothing: fetches the public prices, trains, fits the calibration on 2008 and 2009, and
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
export TRIPOD_MANIFESTS="$folder"

[ -d "$prices/training" ] || scripts/prices.sh "$prices"

"$tripod" train --from-scratch --format returns-v4 \
  --csv "$prices/training" --mix real=0.25,simulated=0.75 --split-day 2008-01-01 --test-tickers 0 \
  --simulate 1000000 --context 60..190 --horizon 10..50 --window 320 \
  --steps 2500 --warmup 100 --validate-every 250 --seed 1 \
  --licence "MIT OR Apache-2.0" --name "$name" --out "$folder" --resume

# measure FROM UNTIL OPTION…: all groups over some years.
measure() {
  local from=$1 until=$2
  shift 2
  "$tripod" models pull --force "$name"
  "$tripod" backtest --universe "$prices/all.txt" --csv "$prices/all" --forecaster "$name" \
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
measure 2008-01-01 2009-12-31 --calibrate "$folder/calibration.toml"
put calibration "$folder/calibration.toml"
measure 2010-01-01 2022-12-31 --card "$folder/card.toml"
put measured "$folder/card.toml"
