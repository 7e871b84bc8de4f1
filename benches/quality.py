"""What other forms of a model cost in quality: perplexity on a text of ours, and how far the next token's probabilities move.

Runs in the benchmark's Python (`make bench` makes it) on llama.cpp itself. Models of random weights say nothing here. In: a GGUF and, with
--other, files of the same vocabulary, such as its twin. Out: a table with a row for the file, one for each other element type of its KV
cache, and one for each other file. KL is the mean divergence, in nats, of the row's probabilities from the file's.

    $TRIPOD_CACHE/bench/bin/python benches/quality.py MODEL.gguf [--other FILE.gguf …]
"""

import argparse
import pathlib

import llama_cpp
import numpy

TEXT = pathlib.Path(__file__).resolve().parents[1] / "docs" / "forecasting.md"
TOKENS = 1000
Q8_0, BF16 = 8, 30


@llama_cpp.llama_log_callback
def silent(_level, _text, _data):
    pass


def log_probabilities(path, **options):
    """The text's tokens, and the logarithms of all next tokens' probabilities after each: [tokens, vocabulary]."""
    options = {"n_ctx": TOKENS, "n_threads": 1, "logits_all": True, "verbose": False, **options}
    model = llama_cpp.Llama(path, **options)
    tokens = model.tokenize(TEXT.read_bytes(), special=False)[:TOKENS]
    model.eval(tokens)
    logits = numpy.array(model.scores[: len(tokens)], dtype=numpy.float64)
    model.close()
    logits -= logits.max(axis=1, keepdims=True)
    return tokens, logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))


def main():
    llama_cpp.llama_log_set(silent, None)
    parser = argparse.ArgumentParser(description="What other forms of a model cost in quality")
    parser.add_argument("model")
    parser.add_argument("--other", nargs="*", default=[])
    args = parser.parse_args()
    tokens, plain = log_probabilities(args.model, flash_attn=True)
    rows = [("as it came", plain)]
    # As we compute with them: through the cells of each sequence, or as one product.
    for name, kind, flash in [("q8_0", Q8_0, True), ("bf16", BF16, False)]:
        options = {"type_k": kind, "type_v": kind, "flash_attn": flash}
        rows.append((f"with its KV cache in {name}", log_probabilities(args.model, **options)[1]))
    rows += [(pathlib.Path(path).name, log_probabilities(path, flash_attn=True)[1]) for path in args.other]
    print(f"| {pathlib.Path(args.model).name} | perplexity | KL | same best token |\n|---|--:|--:|--:|")
    after = numpy.arange(len(tokens) - 1)
    for name, other in rows:
        perplexity = numpy.exp(-other[after, tokens[1:]].mean())
        divergence = (numpy.exp(plain) * (plain - other)).sum(axis=1).mean()
        same = (plain.argmax(axis=1) == other.argmax(axis=1)).mean()
        print(f"| {name} | {perplexity:.2f} | {divergence:.4f} | {100 * same:.1f} % |")


if __name__ == "__main__":
    main()
