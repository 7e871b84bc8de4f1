#!/usr/bin/env bash
# Installs the clients that tests/clients runs against a server into "$TRIPOD_CACHE/clients": a Python environment for each list of
# pins (python/, frameworks/, frameworks-earlier/), the JavaScript packages (javascript/node_modules) and a link to the Node that runs
# them (node). Does nothing when all of it is installed.
#
#   TRIPOD_CACHE=directory scripts/clients.sh
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
cd "$scripts/../tests/clients"

clients="${TRIPOD_CACHE:?}/clients"
javascript="$clients/javascript"

"$scripts/environment.sh" "$clients/python" requirements.txt "Python clients"
"$scripts/environment.sh" "$clients/frameworks" frameworks.txt "clients of frameworks"
"$scripts/environment.sh" "$clients/frameworks-earlier" frameworks-earlier.txt "clients of frameworks, earlier versions"

if ! "$clients/node" --version >/dev/null 2>&1 || ! cmp -s package-lock.json "$javascript/installed.json"; then
  echo "installing the JavaScript clients (tests/clients/package.json)"
  mkdir -p "$javascript"
  cp package.json package-lock.json "$javascript"
  "$scripts/npm.sh" ci --prefix "$javascript" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
  ln -sfn "$("$scripts/npm.sh" --node)" "$clients/node"
  cp package-lock.json "$javascript/installed.json"
fi
