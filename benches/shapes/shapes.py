"""Models of true shape with random weights, for measuring: `python shapes.py CACHE [ID…]`.

In: Tripod's cache, where scripts/bench.sh has put two tokenizers, and ids of manifests (all of them without any). Out: for
each id its weights in the model's folder of the cache, as the partial file that `tripod models pull` hashes and gives its
name. Random weights of one seed: the same numbers every time. It downloads nothing, and leaves nothing else behind.
"""

import argparse
import fcntl
import os
import shutil
import signal
import sys
from pathlib import Path

import bert
import language
import quantise
import vocabulary

SEED = 20130301

LANGUAGE_MODELS = {
    "shape-tinydeepseek-0.5b-q8_0": ("tinydeepseek", "Q8_0"),
    "shape-tinydeepseek-0.5b-q4_k_m": ("tinydeepseek", "Q4_K_M"),
    "shape-llama-3.2-3b-q4_k_m": ("llama-3b", "Q4_K_M"),
    "shape-llama-3.2-3b-q2_k": ("llama-3b", "Q2_K"),
}
CLASSIFIERS = {"shape-finbert-fp32": "fp32", "shape-finbert": "int8"}


def main():
    options = arguments()
    bench = options.cache / "bench"
    # A stop by signal ends like an error does, so that what is under way is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    with open(bench / "shapes.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        workshop = bench / "shapes.under-way"
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir()
        try:
            Builder(options.cache, workshop).build(options.ids)
        finally:
            shutil.rmtree(workshop)


def arguments():
    known = [*LANGUAGE_MODELS, *CLASSIFIERS]
    parser = argparse.ArgumentParser(description="Make models of true shape with random weights.")
    parser.add_argument("cache", type=Path, help="Tripod's cache directory")
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"which: {', '.join(known)}; all without any")
    options = parser.parse_args()
    unknown = [id for id in options.ids if id not in known]
    if unknown:
        parser.error(f"{', '.join(unknown)}: no such shape; there are {', '.join(known)}")
    options.ids = options.ids or known
    return options


class Builder:
    """Makes files in a folder of its own and moves each to its place when it is whole."""

    def __init__(self, cache, workshop):
        self.cache = cache
        self.workshop = workshop
        self.vocabularies = cache / "bench" / "vocabularies"

    def build(self, ids):
        for shape in ("tinydeepseek", "llama-3b"):
            wanted = {id: kind for id, (of, kind) in LANGUAGE_MODELS.items() if of == shape and id in ids}
            if wanted:
                self.language_models(shape, wanted)
        wanted = {id: kind for id, kind in CLASSIFIERS.items() if id in ids}
        if wanted:
            self.classifiers(wanted)

    def language_models(self, name, wanted):
        print(f"{name}: drawing the weights", flush=True)
        if name == "tinydeepseek":
            shape, tokenizer = language.tiny_deepseek(), vocabulary.deepseek(self.tokens("deepseek-llm"))
        else:
            shape, tokenizer = language.llama_3b(), vocabulary.llama(self.tokens("llama-bpe"))
        whole = self.workshop / "whole.gguf"
        language.write(whole, shape, tokenizer, SEED)
        for id, kind in wanted.items():
            print(f"{name}: quantising to {kind}", flush=True)
            quantised = self.workshop / f"{id}.gguf"
            quantise.quantise(whole, quantised, kind)
            self.deliver(id, quantised, "model.gguf")
        whole.unlink()

    def classifiers(self, wanted):
        print("finbert: drawing the weights", flush=True)
        whole = self.workshop / "whole.onnx"
        bert.write(whole, SEED)
        for id, kind in wanted.items():
            if kind == "int8":
                print("finbert: quantising to int8", flush=True)
                quantised = self.workshop / f"{id}.onnx"
                bert.quantise(whole, quantised)
                self.deliver(id, quantised, "model.onnx")
        for id, kind in wanted.items():
            if kind == "fp32":
                self.deliver(id, whole, "model.onnx")

    def tokens(self, name):
        return self.vocabularies / f"ggml-vocab-{name}.gguf"

    def deliver(self, id, path, name):
        folder = self.cache / "models" / id
        folder.mkdir(parents=True, exist_ok=True)
        os.replace(path, folder / f"{name}.part")


if __name__ == "__main__":
    main()
