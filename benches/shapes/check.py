"""Whether the shapes are what they say: `python check.py CACHE`.

In: Tripod's cache with the shapes pulled. Out: one line for each, with its parameters, its size, the published size where one
is known, and what llama.cpp or ONNX Runtime computed with it on one thread. Exit code 1 when something is not right. It
changes nothing.
"""

import argparse
import sys
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
import onnx
import onnxruntime
import tokenizers

import bert
import language
import quantise
import shapes

# Bytes of the files that people download, where they are known.
PUBLISHED = {
    "shape-llama-3.2-3b-q4_k_m": 2_019_377_696,
    "shape-finbert-fp32": 438_000_000,
    "shape-finbert": 110_000_000,
}
TOLERANCE = 0.02
PROMPT = "DATA: [430.47, 431.02, 429.88]\nPREDICTION:"
HEADLINES = ["Company raises full-year guidance after a record quarter", "Regulator opens an inquiry"]


def main():
    parser = argparse.ArgumentParser(description="Check the models of true shape.")
    parser.add_argument("cache", type=Path, help="Tripod's cache directory")
    models = parser.parse_args().cache / "models"
    quantise.quiet()
    known = {"tinydeepseek": language.tiny_deepseek(), "llama-3b": language.llama_3b()}
    right = True
    for id, (shape, _) in shapes.LANGUAGE_MODELS.items():
        right &= report(id, models / id / "model.gguf", known[shape].parameters, language_model)
    for id in shapes.CLASSIFIERS:
        right &= report(id, models / id / "model.onnx", bert.PARAMETERS, classifier)
    sys.exit(0 if right else 1)


def report(id, path, expected, try_out):
    """Print the line of one model; whether all is right."""
    parameters, computed, finite = try_out(path)
    size = path.stat().st_size
    published = PUBLISHED.get(id)
    off = size / published - 1 if published else 0.0
    right = parameters == expected and finite and abs(off) <= TOLERANCE
    against = f"{off:+.2%} of the published {published:,}" if published else "no published size known"
    print(f"{'ok   ' if right else 'WRONG'} {id}: {parameters:,} parameters, {size:,} B ({against}); {computed}", flush=True)
    return right


def language_model(path):
    """Parameters, what a model decoded, and whether its logits are finite."""
    tensors = gguf.GGUFReader(path).tensors
    # The table of rotary factors is no part of the checkpoint.
    parameters = sum(int(tensor.n_elements) for tensor in tensors if tensor.name != "rope_freqs.weight")
    model = llama_cpp.Llama(str(path), n_ctx=512, n_threads=1, n_threads_batch=1, logits_all=True, verbose=False)
    prompt = model.tokenize(PROMPT.encode())
    written = []
    for token in model.generate(prompt, temp=0.8):
        written.append(token)
        if len(written) == 8:
            break
    logits = np.array(model.scores[: model.n_tokens])
    kinds = sorted({tensor.tensor_type.name for tensor in tensors})
    computed = (
        f"{'/'.join(kinds)}; a prompt of {len(prompt)} tokens and {len(written)} decoded, "
        f"logits {logits.min():.1f} to {logits.max():.1f}"
    )
    model.close()
    return parameters, computed, bool(np.isfinite(logits).all())


def classifier(path):
    """Parameters, what a classifier made of two headlines, and whether that is finite."""
    constants = onnx.load(path).graph.initializer
    # Weights have two dimensions; biases and norms one; what quantisation adds are scales and zero points.
    added = ("_scale", "_zero_point")
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    weights = [one for one in constants if one.data_type in kinds and one.dims and not one.name.endswith(added)]
    parameters = sum(int(np.prod(one.dims)) for one in weights)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(path.with_name("tokenizer.json")))
    encoded = tokenizer.encode_batch(HEADLINES)
    rows = {
        "input_ids": [one.ids for one in encoded],
        "attention_mask": [one.attention_mask for one in encoded],
        "token_type_ids": [one.type_ids for one in encoded],
    }
    [logits] = session.run(None, {name: np.array(row, dtype=np.int64) for name, row in rows.items()})
    computed = f"logits {logits.shape} {logits.min():.2f} to {logits.max():.2f}"
    return parameters, computed, bool(np.isfinite(logits).all()) and logits.shape == (len(HEADLINES), bert.LABELS)


if __name__ == "__main__":
    main()
