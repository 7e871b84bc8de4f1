#!/usr/bin/env bash
# A walk through the API with curl. Start `tripod serve --demo` first.
#
#   TRIPOD_URL=http://127.0.0.1:8069 TRIPOD_API_KEY=… examples/curl.sh
set -euo pipefail

url="${TRIPOD_URL:-http://127.0.0.1:8069}"
key=(); [ -z "${TRIPOD_API_KEY:-}" ] || key=(-H "Authorization: Bearer $TRIPOD_API_KEY")
ask() { curl -sS --fail-with-body "${key[@]}" -H 'Content-Type: application/json' "$@"; echo; }
say() { printf '\n# %s\n' "$*"; }

say "Is it up, and are the models there?"
ask "$url/ready"

say "What do these headlines say? Stage 2 alone."
ask "$url/v1/sentiment" -d '{"headlines": [{"title": "Shares jump on record profit"}, {"title": "Regulator opens a case"}]}'

say "Where do your own prices go? Stage 1 alone."
ask "$url/v1/forecast" -d '{"prices": [
  {"date": "2024-01-02", "close": 101.2}, {"date": "2024-01-03", "close": 102.0}, {"date": "2024-01-04", "close": 101.7},
  {"date": "2024-01-05", "close": 102.4}, {"date": "2024-01-08", "close": 103.1}], "horizon_days": 2, "samples": 3}' | cut -c1-600

say "A whole analysis as it happens: the names of its events, and the beginning of each."
ask -N "$url/v1/analyze" -d '{"ticker": "AAPL", "horizon_days": 3, "samples": 4, "stream": true}' | grep '^data: ' | cut -c7-160 | uniq -w 24

say "The list of what was analysed."
ask "$url/v1/analyses?limit=2"

say "Was it right before? The last two days kept back, beside simple baselines."
ask "$url/v1/backtest" -d '{"ticker": "AAPL", "horizon_days": 2, "samples": 3}' | cut -c1-600

say "A wrong question names the field that is wrong."
ask "$url/v1/analyze" -d '{"ticker": "AAPL", "horizon_days": 100}' || true
