#!/usr/bin/env bash
# Installs what the benchmarks need in addition to Rust into "$TRIPOD_CACHE/bench": a Python environment with llama.cpp compiled
# for this machine and, from its source package, two tokenizers (vocabularies/) and llama-bench. Does nothing when all of it is
# installed.
#
#   TRIPOD_CACHE=directory scripts/bench.sh
set -euo pipefail
cd "$(dirname "$0")/.."

environment="${TRIPOD_CACHE:?}/bench"
requirements=benches/requirements.txt
vocabularies=(ggml-vocab-deepseek-llm.gguf ggml-vocab-llama-bpe.gguf)

cmp -s "$requirements" "$environment/requirements.txt" && [ -x "$environment/bin/llama-bench" ] && exit 0

pip() { "$environment/bin/python" -m pip --disable-pip-version-check "$@"; }

echo "installing what the benchmarks need ($requirements); compiling llama.cpp takes minutes"
python3 -m venv "$environment"
source=$(mktemp -d "$environment/source.XXXXXX")
trap 'rm -rf "$source"' EXIT

# One package is installed from source. It is downloaded first, so that the tokenizers and the compiled library come from the
# same file.
package=$(sed -n 's/^\(llama_cpp_python\)\[.*\]==/\1==/p' "$requirements")
pip download --quiet --no-deps --no-binary "${package%%==*}" --dest "$source" "$package"
archive=$(basename "$source"/llama_cpp_python-*.tar.gz)
mkdir -p "$environment/vocabularies"
for vocabulary in "${vocabularies[@]}"; do
  member="${archive%.tar.gz}/vendor/llama.cpp/models/$vocabulary"
  tar -xzf "$source/$archive" --strip-components=4 -C "$environment/vocabularies" "$member"
done
pip install --quiet --find-links "$source" -r "$requirements"

# Use this CPU's instructions and ggml's own threads instead of OpenMP, as both compared programs do.
tar -xzf "$source/$archive" -C "$source"
options=(-DCMAKE_BUILD_TYPE=Release -DGGML_NATIVE=ON -DGGML_OPENMP=OFF -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF
  -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_BUILD_TOOLS=ON)
cmake -S "$source/${archive%.tar.gz}/vendor/llama.cpp" -B "$source/build" "${options[@]}" >"$source/log"
cmake --build "$source/build" --target llama-bench -j 2 >>"$source/log" || { tail -30 "$source/log" >&2; exit 1; }
mv "$source/build/bin/llama-bench" "$environment/bin/"
cp "$requirements" "$environment/requirements.txt"
