#!/usr/bin/env bash
# Installs what `make dist` made, each package into an empty folder, and runs it there: with an empty home and an empty environment,
# and with a PATH that has Python and the package alone, so without compiler, cargo and the source. The first fetches the demo's
# models. Stops at the first failure.
#
#   TRIPOD_CACHE=directory scripts/try_dist.sh
set -euo pipefail
cd "$(dirname "$0")/.."

room=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$room"' EXIT
mkdir "$room/home" "$room/python"
# The interpreter itself: what the path has may be a script of a version manager, which needs more than Python.
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$room/python/python3"

fail() { echo "error: $*" >&2; exit 1; }

# What reaches the package registries from here: pip's settings, proxies and certificates.
mapfile -t network < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_BUNDLE=|(HTTPS?|NO|https?|no)_(PROXY|proxy)=)' || true)

# run COMMAND…: becomes the command, which sees nothing but the program's folder and Python's. To be called in a subshell.
run() {
  cd "$room/home"
  exec env -i HOME="$room/home" PATH="$programs:$room/python" TRIPOD_PYTHON="$python" TRIPOD_THREADS=1 "${network[@]}" "$@"
}

# try NAME FOLDER: the program in FOLDER, from its version to a served analysis.
try() {
  local name=$1 programs=$2 begun=$SECONDS port=$((20000 + RANDOM % 20000)) said
  ! (run cc --version) >/dev/null 2>&1 && ! (run cargo --version) >/dev/null 2>&1 || fail "a compiler is in PATH"
  (run tripod --version)
  (run tripod models pull)
  (run tripod doctor) >"$room/doctor" || { cat "$room/doctor" >&2; fail "$name: doctor found something missing"; }
  grep -E "processor|engine process|its confinement" "$room/doctor"
  grep -q "chosen for this processor" "$room/doctor" || fail "$name: no code for this processor was loaded"
  grep -q "attempts from inside it were refused" "$room/doctor" || fail "$name: the engine is not confined"
  said=$(run tripod analyze AAPL --demo --json --quiet)
  python3 -c 'import json, sys
analysis = json.load(sys.stdin)
assert analysis["forecast"]["median"] and analysis["sentiment"]["headlines"] and analysis["report"]["markdown"], analysis["warnings"]' <<<"$said"
  # llama.cpp runs in the confined engine, with a model that is not decoded by our own code.
  (run tripod serve --addr "127.0.0.1:$port") >"$room/log" 2>&1 &
  server=$!
  python3 - "$port" <<'PYTHON' || { tail "$room/log" >&2; fail "$name: the server does not answer"; }
import json, sys, time, urllib.request

address = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(100):
    try:
        urllib.request.urlopen(address + "/health", timeout=5)
        break
    except OSError:
        time.sleep(0.2)
body = {"model": "tripod-reporter", "max_tokens": 8, "messages": [{"role": "user", "content": "Say hello."}]}
request = urllib.request.Request(address + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
answer = json.load(urllib.request.urlopen(request, timeout=300))
assert answer["choices"][0]["message"]["content"], answer
PYTHON
  kill "$server"
  wait "$server" || fail "$name: the server did not stop cleanly"
  server=""
  echo "$name: installed and run, $((SECONDS - begun)) s"
}

mkdir "$room/archive"
tar -xzf dist/tripod-*.tar.gz -C "$room/archive" --strip-components 1
python=python3 try archive "$room/archive/bin"

python3 -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index dist/*.whl
python="" try wheel "$room/venv/bin"

if ls dist/*.deb >/dev/null 2>&1; then
  dpkg-deb --extract dist/*.deb "$room/debian"
  python=python3 try "Debian package" "$room/debian/usr/bin"
fi
