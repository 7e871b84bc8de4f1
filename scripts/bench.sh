#!/usr/bin/env bash
# Installs what the benchmarks need beside Rust into "$TRIPOD_CACHE/bench": a Python environment with llama.cpp compiled for
# this machine, and two tokenizers out of its source package (vocabularies/). Does nothing when all is there.
#
#   TRIPOD_CACHE=directory scripts/bench.sh
set -euo pipefail
cd "$(dirname "$0")/.."

environment="${TRIPOD_CACHE:?}/bench"
requirements=benches/requirements.txt
vocabularies=(ggml-vocab-deepseek-llm.gguf ggml-vocab-llama-bpe.gguf)

cmp -s "$requirements" "$environment/requirements.txt" && exit 0

pip() { "$environment/bin/python" -m pip --disable-pip-version-check "$@"; }

echo "installing what the benchmarks need ($requirements); compiling llama.cpp takes minutes"
python3 -m venv "$environment"
source=$(mktemp -d "$environment/source.XXXXXX")
trap 'rm -rf "$source"' EXIT

# One package comes as source: it is fetched first, so that its tokenizers and what is compiled are of the same file.
package=$(sed -n 's/^\(llama_cpp_python\)\[.*\]==/\1==/p' "$requirements")
pip download --quiet --no-deps --no-binary "${package%%==*}" --dest "$source" "$package"
archive=$(basename "$source"/llama_cpp_python-*.tar.gz)
mkdir -p "$environment/vocabularies"
for vocabulary in "${vocabularies[@]}"; do
  member="${archive%.tar.gz}/vendor/llama.cpp/models/$vocabulary"
  tar -xzf "$source/$archive" --strip-components=4 -C "$environment/vocabularies" "$member"
done
pip install --quiet --find-links "$source" -r "$requirements"
cp "$requirements" "$environment/requirements.txt"
