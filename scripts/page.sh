#!/usr/bin/env bash
# Downloads a part of the page that is not in this repository: Plotly's basic bundle, at the version and hash pinned in
# src/serve/page, to "$TRIPOD_CACHE/page/plotly.js". Does nothing when it exists.
#
#   TRIPOD_CACHE=directory scripts/page.sh
set -euo pipefail
cd "$(dirname "$0")/.."

page="${TRIPOD_CACHE:?}/page"
lock=src/serve/page/package-lock.json
[ -s "$page/plotly.js" ] && cmp -s "$lock" "$page/installed.json" && exit 0

echo "fetching Plotly, 1 MiB (src/serve/page/package.json)"
mkdir -p "$page"
cp src/serve/page/package.json "$lock" "$page"
scripts/npm.sh ci --prefix "$page" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
cp "$page/node_modules/plotly.js-basic-dist-min/plotly-basic.min.js" "$page/plotly.js"
cp "$lock" "$page/installed.json"
