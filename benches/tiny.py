"""A language model small enough for a thousand reports: `python tiny.py DEMO_MODEL.gguf OUTPUT.gguf`.

In: the demo's language model, for its tokenizer and chat template. Out: a GGUF with two layers, 64 wide, of random weights of
one seed, which llama.cpp loads and runs as it does any other. What it writes is noise, with a few words and full stops more
often than chance would have them, so that its reports end; the memory that every step takes and gives back goes through the
same code. Needs the Python packages gguf and numpy.
"""

import os
import sys

import gguf
import numpy as np

# Tokens that come often; the sign before a word is the tokenizer's for a blank.
FREQUENT = [".", "Ġthe", "Ġand", "Ġof", "Ġto", "Ġin", "The"]
LAYERS, WIDTH, HEADS, WIDE, CONTEXT = 2, 64, 2, 128, 8192


def main():
    source, output = sys.argv[1:]
    reader = gguf.GGUFReader(source)
    partial = f"{output}.part"
    writer = gguf.GGUFWriter(partial, "llama")
    for name, field in reader.fields.items():
        if name.startswith("tokenizer."):
            kind = field.types[0]
            writer.add_key_value(name, field.contents(), kind, field.types[-1] if len(field.types) > 1 else None)
    vocabulary = len(reader.fields["tokenizer.ggml.tokens"].data)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDE)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocabulary)
    random = np.random.default_rng(20130301)

    def tensor(name, *shape):
        writer.add_tensor(f"{name}.weight", random.normal(0.0, 0.05, shape).astype(np.float16))

    def norm(name):
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, dtype=np.float32))

    # The first number of every hidden state is large and much the same, so what a row of the output has there is added to its
    # token's logit.
    embedding = random.normal(0.0, 0.05, (vocabulary, WIDTH))
    embedding[:, 0] = 1.0
    writer.add_tensor("token_embd.weight", embedding.astype(np.float16))
    output_rows = random.normal(0.0, 0.05, (vocabulary, WIDTH))
    output_rows[:, 0] = 0.0
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    output_rows[[tokens.index(token) for token in FREQUENT], 0] = 0.4
    writer.add_tensor("output.weight", output_rows.astype(np.float16))
    norm("output_norm")
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm")
        norm(f"{block}.ffn_norm")
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"{block}.{part}", WIDTH, WIDTH)
        tensor(f"{block}.ffn_gate", WIDE, WIDTH)
        tensor(f"{block}.ffn_up", WIDE, WIDTH)
        tensor(f"{block}.ffn_down", WIDTH, WIDE)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, output)


if __name__ == "__main__":
    main()
