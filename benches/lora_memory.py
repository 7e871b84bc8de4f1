"""The memory of LoRA on a checkpoint of TinyDeepSeek's shape: 529.8 million parameters, random, in bf16.

Makes the checkpoint once (1 GB in the directory), trains a step of one sequence of 512 tokens by the command line as a user would,
and prints the peak of the process's resident memory as the kernel counted it. Exit code 1 if it is 4 GiB or more.

    benches/lora_memory.py TRIPOD DIRECTORY [further arguments of `tripod train`]
"""

import json
import os
import random
import shutil
import struct
import sys
import time
from pathlib import Path

LIMIT = 4 << 30
TOKENS = 512
CONFIG = {
    "architectures": ["DeepseekV3ForCausalLM"],
    "model_type": "deepseek_v3",
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 26,
    "first_k_dense_replace": 26,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "q_lora_rank": None,
    "kv_lora_rank": 256,
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 32,
    "v_head_dim": 32,
    "vocab_size": 129280,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10000.0,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "torch_dtype": "bfloat16",
}


def shapes():
    """Names and shapes of the tensors."""
    width, ffn, heads = CONFIG["hidden_size"], CONFIG["intermediate_size"], CONFIG["num_attention_heads"]
    rank, plain, rotated, value = (
        CONFIG[key] for key in ("kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    )
    yield "model.embed_tokens.weight", (CONFIG["vocab_size"], width)
    for layer in range(CONFIG["num_hidden_layers"]):
        name = f"model.layers.{layer}."
        yield name + "input_layernorm.weight", (width,)
        yield name + "self_attn.q_proj.weight", (heads * (plain + rotated), width)
        yield name + "self_attn.kv_a_proj_with_mqa.weight", (rank + rotated, width)
        yield name + "self_attn.kv_a_layernorm.weight", (rank,)
        yield name + "self_attn.kv_b_proj.weight", (heads * (plain + value), rank)
        yield name + "self_attn.o_proj.weight", (width, heads * value)
        yield name + "post_attention_layernorm.weight", (width,)
        yield name + "mlp.gate_proj.weight", (ffn, width)
        yield name + "mlp.up_proj.weight", (ffn, width)
        yield name + "mlp.down_proj.weight", (width, ffn)
    yield "model.norm.weight", (width,)
    yield "lm_head.weight", (CONFIG["vocab_size"], width)


def bf16(values):
    """The upper halves of 32-bit floats."""
    return b"".join(struct.pack("<f", value)[2:] for value in values)


def make(directory):
    """Writes the checkpoint: a window of the same random numbers for each tensor, at another place."""
    directory.mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    numbers = bf16(draw.gauss(0.0, 0.02) for _ in range(1 << 17))
    ones = bf16([1.0] * 4096)
    header, end = {}, 0
    for name, shape in shapes():
        size = 2 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    part = directory / "model.safetensors.part"
    with part.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, entry in header.items():
            left = entry["data_offsets"][1] - entry["data_offsets"][0]
            if len(entry["shape"]) == 1:
                file.write(ones[:left])
                continue
            place = 2 * draw.randrange(1 << 16)
            while left > 0:
                piece = numbers[place : place + left]
                file.write(piece)
                left -= len(piece)
                place = 2 * draw.randrange(1 << 10)
    words = {"<begin>": 0, "<end>": 1, "<unknown>": 2}
    words.update({f"w{index}": index for index in range(3, CONFIG["vocab_size"])})
    special = [
        {"id": index, "content": word, "special": True}
        | dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        for word, index in list(words.items())[:3]
    ]
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": words, "unk_token": "<unknown>"},
    }
    (directory / "tokenizer.json").write_text(json.dumps(tokenizer))
    settings = {"bos_token": "<begin>", "eos_token": "<end>", "add_bos_token": True}
    (directory / "tokenizer_config.json").write_text(json.dumps(settings))
    (directory / "config.json").write_text(json.dumps(CONFIG, indent=1))
    part.rename(directory / "model.safetensors")


def examples(path):
    """Sixteen prompts that fill the sequence together with their completions."""
    draw = random.Random(2)
    lines = []
    for number in range(16):
        words = [f"w{draw.randrange(3, CONFIG['vocab_size'])}" for _ in range(TOKENS - 2)]
        record = {
            "prompt": " ".join(words[:-60]),
            "completion": " " + " ".join(words[-60:]),
            "ticker": f"R{number}",
            "from": "2001-01-02",
            "split_day": "2001-12-31",
            "horizon": 30,
            "context": 180,
        }
        lines.append(json.dumps(record))
    path.write_text("\n".join(lines) + "\n")


def main():
    tripod, directory, *further = sys.argv[1:]
    checkpoint = Path(directory) / "tinydeepseek-random"
    if not (checkpoint / "model.safetensors").exists():
        print("making the random checkpoint (1 GB) …", flush=True)
        make(checkpoint)
    data, out = Path(directory) / "tinydeepseek-random.jsonl", Path(directory) / "tinydeepseek-random.run"
    shutil.rmtree(out, ignore_errors=True)
    examples(data)
    command = [tripod, "train", "--lora", str(checkpoint), "--data", str(data), "--out", str(out),]
    command += ["--batch", "1", "--micro-batch", "1", "--steps", "2", "--max-steps", "1", "--warmup", "0"]
    command += ["--validate-every", "0", "--threads", "1", "--format", "stats-v2", *further]
    start = time.monotonic()
    child = os.posix_spawnp(tripod, command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    if status != 0:
        return f"the command failed: {' '.join(command)}"
    peak = usage.ru_maxrss * 1024
    print(f"a step of {TOKENS} tokens, with loading {seconds:.0f} s, peak {peak / (1 << 30):.2f} GiB")
    return 0 if peak < LIMIT else "the peak is not below 4 GiB"


if __name__ == "__main__":
    sys.exit(main())
