#!/usr/bin/env bash
# Makes a Python environment with what a list pins, and shows what it downloads. Does nothing when the environment has that list
# already; an interrupted one is made again, with pip's cache.
#
#   scripts/environment.sh FOLDER LIST WHAT
set -euo pipefail

folder=$1 list=$2 what=$3
# The copy of the list says that the environment is whole.
cmp -s "$list" "$folder/requirements.txt" && exit 0

echo "installing $what ($list)"
python3 -m venv "$folder"
log="$folder/pip.log"
if ! "$folder/bin/python" -m pip install --disable-pip-version-check --progress-bar off -r "$list" 2>&1 |
  tee "$log" | sed -unE 's/^ *(Downloading|Using cached) /  &/p' | sed -u 's/^ */  /'; then
  tail -n 20 "$log" >&2
  echo "error: pip could not install what $list names" >&2
  exit 1
fi
cp "$list" "$folder/requirements.txt"
