#!/usr/bin/env bash
# Schemathesis against a running server: generates valid and invalid requests from /openapi.json. Fails on any 5xx and on any
# answer whose status, content type or body does not match the document.
#
#   TRIPOD_CACHE=directory tests/clients/schemathesis.sh BASE_URL [API_KEY]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
base=${1:?usage: schemathesis.sh BASE_URL [API_KEY]}

# Schemathesis writes files into the current directory.
workplace=$(mktemp -d)
trap 'rm -rf "$workplace"' EXIT
cd "$workplace"

export NO_PROXY='*' SCHEMATHESIS_HOOKS="$here/schemathesis_hooks.py"
"${TRIPOD_CACHE:?}/clients/python/bin/schemathesis" --no-color run "$base/openapi.json" \
  --header "Authorization: Bearer ${2:-none}" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --phases examples,coverage,fuzzing --max-examples 10 --max-failures 20 \
  --workers 4 --generation-deterministic --request-timeout 180
