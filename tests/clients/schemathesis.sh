#!/usr/bin/env bash
# Schemathesis against a started server: requests made up from /openapi.json, right ones and wrong ones. Fails on any 5xx
# and on any answer whose status, content type or body is not what the document says.
#
#   TRIPOD_CACHE=directory tests/clients/schemathesis.sh BASE_URL [API_KEY]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
base=${1:?usage: schemathesis.sh BASE_URL [API_KEY]}

# It writes its notes where it stands.
workplace=$(mktemp -d)
trap 'rm -rf "$workplace"' EXIT
cd "$workplace"

export NO_PROXY='*' SCHEMATHESIS_HOOKS="$here/schemathesis_hooks.py"
"${TRIPOD_CACHE:?}/clients/python/bin/schemathesis" --no-color run "$base/openapi.json" \
  --header "Authorization: Bearer ${2:-none}" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --phases examples,coverage,fuzzing --max-examples 10 --max-failures 20 \
  --workers 4 --generation-deterministic --request-timeout 180
