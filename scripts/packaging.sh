#!/usr/bin/env bash
# Checks what packaging/ holds, without running it: the Dockerfile (hadolint), the compose file (its schema), and the service
# (systemd-analyze, where systemd is installed).
#
#   TRIPOD_CACHE=directory scripts/packaging.sh
set -euo pipefail
cd "$(dirname "$0")/.."

tools="${TRIPOD_CACHE:?}/packaging"
scripts/environment.sh "$tools" packaging/requirements.txt "maturin and the linters of packaging"
"$tools/bin/hadolint" packaging/Dockerfile
echo "packaging/Dockerfile: no finding of hadolint"
"$tools/bin/check-jsonschema" --builtin-schema vendor.compose-spec packaging/compose.yml

if command -v systemd-analyze >/dev/null 2>&1; then
  unit=$(mktemp -d)
  trap 'rm -rf "$unit"' EXIT
  # It also looks whether the program is there.
  sed 's,/usr/bin/tripod,/bin/true,; /^Documentation/d' packaging/tripod.service >"$unit/tripod.service"
  systemd-analyze verify "$unit/tripod.service"
  systemd-analyze security --offline=true --threshold=20 "$unit/tripod.service" | tail -n 1
fi
