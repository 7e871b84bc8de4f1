#!/usr/bin/env bash
# Installs what the browser suites of tests/web need into "$TRIPOD_CACHE/browser": a Python environment (python/), axe
# (axe.min.js) and a link to Chromium (chromium). Chromium comes from PATH, else from the distribution's package. Does nothing
# when all of it is installed; exits with 3 and a message when Chromium is not available.
#
#   TRIPOD_CACHE=directory scripts/browser.sh
set -euo pipefail
cd "$(dirname "$0")/.."

browser="${TRIPOD_CACHE:?}/browser"
python="$browser/python"
mkdir -p "$browser"

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    # Ubuntu's chromium-browser may be a script that only refers to a snap.
    if command -v "$name" >/dev/null 2>&1 && "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

install_chromium() {
  command -v apt-get >/dev/null 2>&1 || return 1
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || return 1
    sudo=(sudo -n)
  fi
  echo "installing Chromium (the distribution's package)"
  export DEBIAN_FRONTEND=noninteractive
  local log="$browser/apt.log"
  { "${sudo[@]}" apt-get update -qq && "${sudo[@]}" apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1
}

if ! chromium=$(find_chromium); then
  if ! install_chromium || ! chromium=$(find_chromium); then
    echo "skipped: Chromium is missing and could not be installed, so the browser suites do not run" >&2
    exit 3
  fi
fi
ln -sfn "$chromium" "$browser/chromium"

scripts/environment.sh "$python" tests/web/requirements.txt "the browser suites' Python packages"

if ! cmp -s tests/web/package-lock.json "$browser/installed.json"; then
  echo "fetching axe (tests/web/package.json)"
  cp tests/web/package.json tests/web/package-lock.json "$browser"
  scripts/npm.sh ci --prefix "$browser" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
  cp "$browser/node_modules/axe-core/axe.min.js" "$browser/axe.min.js"
  cp tests/web/package-lock.json "$browser/installed.json"
fi
