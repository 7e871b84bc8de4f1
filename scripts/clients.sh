#!/usr/bin/env bash
# Installs the clients that tests/clients runs against a server into "$TRIPOD_CACHE/clients": a Python environment (python/),
# the JavaScript package (javascript/node_modules) and a link to the Node that runs it (node). Does nothing when all of it is
# installed.
#
#   TRIPOD_CACHE=directory scripts/clients.sh
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
cd "$scripts/../tests/clients"

clients="${TRIPOD_CACHE:?}/clients"
python="$clients/python"
javascript="$clients/javascript"

pip() { "$python/bin/python" -m pip --disable-pip-version-check "$@"; }

if ! cmp -s requirements.txt "$python/requirements.txt"; then
  echo "installing the Python clients (tests/clients/requirements.txt)"
  python3 -m venv "$python"
  pip install --quiet -r requirements.txt
  cp requirements.txt "$python/requirements.txt"
fi

if ! "$clients/node" --version >/dev/null 2>&1 || ! cmp -s package-lock.json "$javascript/installed.json"; then
  echo "installing the JavaScript client (tests/clients/package.json)"
  mkdir -p "$javascript"
  cp package.json package-lock.json "$javascript"
  "$scripts/npm.sh" ci --prefix "$javascript" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
  ln -sfn "$("$scripts/npm.sh" --node)" "$clients/node"
  cp package-lock.json "$javascript/installed.json"
fi
