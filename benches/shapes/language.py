"""Language models of real shapes with random weights, as 16-bit GGUF files.

In: a shape, the tokenizer for it, a seed. Out: a GGUF with every key and tensor that llama.cpp wants of a real model of this
shape, in F16, norms in F32. It draws and writes a few rows at a time and never holds a whole tensor.
"""

import dataclasses
import math

import gguf
import numpy as np

# Weights with this deviation keep activations and logits as small as a freshly initialised model's.
DEVIATION = 0.02
BLOCK = 1 << 24


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A tensor to be drawn: its name, its shape as numpy counts it, and its numbers where they are not random."""

    name: str
    shape: tuple
    values: np.ndarray | None = None

    @property
    def size(self):
        return math.prod(self.shape)


@dataclasses.dataclass(frozen=True)
class Shape:
    """What makes a GGUF: the architecture's name, its keys below that name, its tensors, its number of parameters."""

    name: str
    architecture: str
    keys: dict
    tensors: list
    parameters: int


def tiny_deepseek():
    """TinyDeepSeek-0.5B: multi-head latent attention, a dense feed-forward in every layer, untied embeddings.

    llama.cpp takes 26 layers of `deepseek2` for a lite model without a low rank for queries. The keys of experts must be
    there although there is none. The context length of the real checkpoint is not known here; DeepSeek's base models are
    trained at 4,096.
    """
    layers, width, heads, rank, nope, rope, value, wide, vocabulary = 26, 1024, 4, 256, 32, 32, 32, 3072, 129280
    keys = {
        "vocab_size": vocabulary,
        "context_length": 4096,
        "embedding_length": width,
        "block_count": layers,
        "feed_forward_length": wide,
        "attention.head_count": heads,
        "attention.head_count_kv": 1,
        "attention.layer_norm_rms_epsilon": 1e-6,
        "attention.kv_lora_rank": rank,
        "attention.key_length": rank + rope,
        "attention.value_length": rank,
        "attention.key_length_mla": nope + rope,
        "attention.value_length_mla": value,
        "rope.dimension_count": rope,
        "rope.freq_base": 10000.0,
        "leading_dense_block_count": layers,
        "expert_feed_forward_length": 0,
        "expert_shared_count": 0,
    }
    tensors = [Tensor("token_embd.weight", (vocabulary, width)), Tensor("output.weight", (vocabulary, width))]
    tensors.append(ones("output_norm.weight", width))
    for layer in range(layers):
        block = f"blk.{layer}"
        tensors += [
            ones(f"{block}.attn_norm.weight", width),
            Tensor(f"{block}.attn_q.weight", (heads * (nope + rope), width)),
            Tensor(f"{block}.attn_kv_a_mqa.weight", (rank + rope, width)),
            ones(f"{block}.attn_kv_a_norm.weight", rank),
            Tensor(f"{block}.attn_k_b.weight", (heads, rank, nope)),
            Tensor(f"{block}.attn_v_b.weight", (heads, value, rank)),
            Tensor(f"{block}.attn_output.weight", (width, heads * value)),
            *feed_forward(block, width, wide),
        ]
    return Shape("TinyDeepSeek-0.5B", "deepseek2", keys, tensors, 529_788_416)


def llama_3b():
    """Llama-3.2-3B: grouped queries, tied embeddings, rotary positions stretched as Llama 3 does it."""
    layers, width, heads, kv_heads, head, wide, vocabulary = 28, 3072, 24, 8, 128, 8192, 128256
    keys = {
        "vocab_size": vocabulary,
        "context_length": 131072,
        "embedding_length": width,
        "block_count": layers,
        "feed_forward_length": wide,
        "attention.head_count": heads,
        "attention.head_count_kv": kv_heads,
        "attention.key_length": head,
        "attention.value_length": head,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "rope.dimension_count": head,
        "rope.freq_base": 500000.0,
    }
    frequencies = rope_factors(head, base=500000.0, factor=32.0, low=1.0, high=4.0, trained=8192)
    tensors = [
        Tensor("rope_freqs.weight", (head // 2,), frequencies),
        Tensor("token_embd.weight", (vocabulary, width)),
        ones("output_norm.weight", width),
    ]
    for layer in range(layers):
        block = f"blk.{layer}"
        tensors += [
            ones(f"{block}.attn_norm.weight", width),
            Tensor(f"{block}.attn_q.weight", (heads * head, width)),
            Tensor(f"{block}.attn_k.weight", (kv_heads * head, width)),
            Tensor(f"{block}.attn_v.weight", (kv_heads * head, width)),
            Tensor(f"{block}.attn_output.weight", (width, heads * head)),
            *feed_forward(block, width, wide),
        ]
    # The checkpoint's own count; the table of rotary factors comes with the conversion.
    return Shape("Llama-3.2-3B", "llama", keys, tensors, 3_212_749_824)


def feed_forward(block, width, wide):
    return [
        ones(f"{block}.ffn_norm.weight", width),
        Tensor(f"{block}.ffn_gate.weight", (wide, width)),
        Tensor(f"{block}.ffn_up.weight", (wide, width)),
        Tensor(f"{block}.ffn_down.weight", (width, wide)),
    ]


def ones(name, width):
    return Tensor(name, (width,), np.ones(width, dtype=np.float32))


def rope_factors(head, base, factor, low, high, trained):
    """What each rotary frequency is divided by: 1 for short waves, `factor` for long ones, a blend between (Llama 3.1)."""
    waves = 2 * math.pi * base ** (np.arange(0, head, 2, dtype=np.float64) / head)
    blend = np.clip((trained / waves - low) / (high - low), 0.0, 1.0)
    return (1.0 / ((1.0 - blend) / factor + blend)).astype(np.float32)


def write(path, shape, tokenizer, seed):
    """Write the shape as a 16-bit GGUF."""
    writer = gguf.GGUFWriter(path, shape.architecture)
    writer.add_name(f"{shape.name} shape, random weights")
    writer.add_description("Random weights in a real model's shape, for measuring memory and speed. Its output is noise.")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    for key, value in shape.keys.items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{shape.architecture}.{key}", value)
    tokenizer(writer)
    for tensor in shape.tensors:
        kind = np.dtype(np.float16 if tensor.values is None else np.float32)
        writer.add_tensor_info(tensor.name, tensor.shape, kind, tensor.size * kind.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    [file] = writer.fout
    random = np.random.default_rng(seed)
    writer.write_padding(file, file.tell())
    for tensor in shape.tensors:
        begin = file.tell()
        for block in blocks(tensor, random):
            file.write(block.tobytes())
        writer.write_padding(file, file.tell() - begin)
    writer.close()


def blocks(tensor, random):
    """A tensor's numbers in order, a bounded piece at a time."""
    if tensor.values is not None:
        yield tensor.values
        return
    for begin in range(0, tensor.size, BLOCK):
        count = min(BLOCK, tensor.size - begin)
        yield (random.standard_normal(count, dtype=np.float32) * np.float32(DEVIATION)).astype(np.float16)
