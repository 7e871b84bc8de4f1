"""The mean of several trained deltas: `python average.py ONE.SAFETENSORS TWO.SAFETENSORS … --output adapter.safetensors`.

In: deltas as `train.py` writes them. Out: one delta whose merged weights are the mean of theirs. Products B·A do not
average factor by factor, so the ranks are laid side by side and each B is divided by the number of deltas. Runs from
the same encoder that differ in data or seed have different mistakes, and their mean makes fewer than either.
"""

import argparse

import numpy as np

import encoder


def main():
    parser = argparse.ArgumentParser(description="Average trained deltas of the headline classifier.")
    parser.add_argument("deltas", nargs="+")
    parser.add_argument("--output", default="adapter.safetensors")
    options = parser.parse_args()
    loaded = [encoder.read_safetensors(path) for path in options.deltas]
    ranks = "+".join(metadata["rank"] for _, metadata in loaded)
    settings = dict(loaded[0][1], rank=ranks)
    encoder.write_safetensors(options.output, mean([tensors for tensors, _ in loaded]), settings)


def mean(deltas):
    """Tensors by name: A stacked along the rank, B alike and divided by the count, the head averaged."""
    averaged = {}
    for name in deltas[0]:
        parts = [delta[name].astype(np.float32) for delta in deltas]
        if name.endswith(".lora_a"):
            averaged[name] = np.concatenate(parts).astype(np.float16)
        elif name.endswith(".lora_b"):
            averaged[name] = (np.concatenate(parts, axis=1) / len(parts)).astype(np.float16)
        else:
            averaged[name] = sum(parts[1:], parts[0]) / np.float32(len(parts))
    return averaged


if __name__ == "__main__":
    main()
