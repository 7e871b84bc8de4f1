"""The speed of training beside JAX, in one run: the same small llama, the same batches of random tokens, one thread each.

Both train with AdamW, a limit on the gradient's norm, targets that are spread over neighbouring words, and a moving average of
the weights. They run in turns, each time as a new process on one core, warmed up; a figure is the median of its steps with the
smallest and the largest. Tables go to standard output. No figure is typed in.

    $TRIPOD_CACHE/bench-training/bin/python benches/training.py [--rounds 3] [--steps 20]
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time

BATCH, LENGTH, VOCABULARY = 16, 212, 531
WIDTH, LAYERS, HEADS, FFN = 96, 3, 3, 256
GRADED = (291, VOCABULARY)
WARMUP = 3


def jax_side(steps):
    """Trains in this process and returns what the Rust side prints."""
    import jax
    import jax.numpy as jnp
    import numpy
    import optax

    head = WIDTH // HEADS
    random = numpy.random.default_rng(1)

    def matrix(rows, columns, deviation):
        return jnp.asarray(random.normal(0, deviation, (rows, columns)), jnp.float32)

    inner = WIDTH**-0.5
    parameters = {
        "embedding": matrix(VOCABULARY, WIDTH, 0.02),
        "layers": [
            {
                "attention_norm": jnp.ones(WIDTH),
                "q": matrix(WIDTH, WIDTH, inner),
                "k": matrix(WIDTH, WIDTH, inner),
                "v": matrix(WIDTH, WIDTH, inner),
                "o": matrix(WIDTH, WIDTH, inner),
                "ffn_norm": jnp.ones(WIDTH),
                "gate": matrix(WIDTH, FFN, inner),
                "up": matrix(WIDTH, FFN, inner),
                "down": matrix(FFN, WIDTH, FFN**-0.5),
            }
            for _ in range(LAYERS)
        ],
        "norm": jnp.ones(WIDTH),
        "head": matrix(WIDTH, VOCABULARY, 0.02),
    }
    position = jnp.arange(LENGTH)[:, None] / 10_000.0 ** (jnp.arange(head // 2) * 2 / head)
    cos, sin = (jnp.tile(function(position), 2)[None, :, None] for function in (jnp.cos, jnp.sin))
    mask = jnp.where(jnp.tril(jnp.ones((LENGTH, LENGTH), bool)), 0.0, -1e9)
    words = jnp.arange(VOCABULARY)
    graded = (words >= GRADED[0]) & (words < GRADED[1])
    near = jnp.exp(-0.5 * ((words[:, None] - words) / 1.5) ** 2) * (jnp.abs(words[:, None] - words) <= 5)
    near = jnp.where(graded[:, None] & graded, near, jnp.eye(VOCABULARY))
    spread = near / near.sum(1, keepdims=True)

    def norm(x, weight):
        return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + 1e-5) * weight

    def rotate(x):
        first, second = jnp.split(x, 2, -1)
        return x * cos + jnp.concatenate([-second, first], -1) * sin

    def loss(parameters, inputs, targets):
        x = parameters["embedding"][inputs]
        for layer in parameters["layers"]:
            y = norm(x, layer["attention_norm"])
            q, k, v = ((y @ layer[name]).reshape(BATCH, LENGTH, HEADS, head) for name in "qkv")
            scores = jnp.einsum("bqhd,bkhd->bhqk", rotate(q) * head**-0.5, rotate(k)) + mask
            y = jnp.einsum("bhqk,bkhd->bqhd", jax.nn.softmax(scores), v).reshape(BATCH, LENGTH, WIDTH)
            x = x + y @ layer["o"]
            y = norm(x, layer["ffn_norm"])
            x = x + (jax.nn.silu(y @ layer["gate"]) * (y @ layer["up"])) @ layer["down"]
        logits = norm(x, parameters["norm"]) @ parameters["head"]
        return -jnp.mean((spread[targets] * jax.nn.log_softmax(logits)).sum(-1))

    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(2.5e-3, b2=0.95, weight_decay=0.1))

    @jax.jit
    def step(parameters, average, state, inputs, targets):
        value, gradient = jax.value_and_grad(loss)(parameters, inputs, targets)
        moves, state = optimiser.update(gradient, state, parameters)
        parameters = optax.apply_updates(parameters, moves)
        average = jax.tree.map(lambda average, new: average + 0.005 * (new - average), average, parameters)
        return parameters, average, state, value

    state, average = optimiser.init(parameters), parameters
    seconds = []
    for number in range(WARMUP + steps):
        batch = jnp.asarray(random.integers(0, VOCABULARY, (BATCH, LENGTH + 1)))
        begun = time.perf_counter()
        parameters, average, state, value = step(parameters, average, state, batch[:, :-1], batch[:, 1:])
        value.block_until_ready()
        if number >= WARMUP:
            seconds.append(time.perf_counter() - begun)
    return {
        "parameters": sum(leaf.size for leaf in jax.tree.leaves(parameters)),
        "tokens": BATCH * LENGTH,
        "seconds": seconds,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }


def measure(command):
    """Runs a side as a process of its own on the first core, and returns what it prints."""
    core = {min(os.sched_getaffinity(0))}
    environment = os.environ | {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        command,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, core),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def cargo(*arguments):
    return ["cargo", "bench", "--locked", "--quiet", "--features", "train", "--bench", "training", *arguments]


def row(name, samples):
    rates = [sample["tokens"] / seconds for sample in samples for seconds in sample["seconds"]]
    memory = max(sample["memory"] for sample in samples) / 2**20
    print(f"| {name} | {statistics.median(rates):,.0f} | {min(rates):,.0f}–{max(rates):,.0f} | {memory:,.0f} MiB |")
    return statistics.median(rates)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--jax", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.jax:
        print(json.dumps(jax_side(arguments.steps)))
        return
    subprocess.run(cargo("--no-run"), check=True)
    steps = ["--steps", str(arguments.steps)]
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        ours.append(measure(cargo("--", *steps)))
        theirs.append(measure([sys.executable, __file__, "--jax", *steps]))
    import jax

    print(f"{platform.processor() or platform.machine()}, one thread each; {ours[0]['parameters']:,} parameters,", end=" ")
    print(f"batches of {BATCH} × {LENGTH} tokens; JAX {jax.__version__}.\n")
    print("| trainer | tokens a second | single steps | memory |\n|---|---|---|---|")
    ratio = row("`tripod train`", ours) / row("JAX", theirs)
    print(f"\n`tripod train` / JAX: {ratio:.2f}.")


if __name__ == "__main__":
    main()
