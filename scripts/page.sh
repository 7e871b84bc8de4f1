#!/usr/bin/env bash
# Downloads a part of the page that is not in this repository: Lightweight Charts, at the version and hash pinned in
# src/serve/page, to "$TRIPOD_CACHE/page/lightweight-charts.js". Does nothing when it exists.
#
#   TRIPOD_CACHE=directory scripts/page.sh
set -euo pipefail
cd "$(dirname "$0")/.."

page="${TRIPOD_CACHE:?}/page"
lock=src/serve/page/package-lock.json
[ -s "$page/lightweight-charts.js" ] && cmp -s "$lock" "$page/installed.json" && exit 0

echo "fetching Lightweight Charts, 0.2 MiB (src/serve/page/package.json)"
mkdir -p "$page"
cp src/serve/page/package.json "$lock" "$page"
scripts/npm.sh ci --prefix "$page" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
cp "$page/node_modules/lightweight-charts/dist/lightweight-charts.standalone.production.mjs" "$page/lightweight-charts.js"
cp "$lock" "$page/installed.json"
