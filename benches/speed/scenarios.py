"""What is measured through the engine's own doors: prompts and decoding, loading, classifying, numbers of threads. The two sides
come in, tables go out. Ours and the peer's processes take turns, so that a machine that gets slower meets both alike.
"""

import contextlib
import json
import subprocess
import sys
import tempfile

from .sides import ROOT, SideError
from .table import Comparison, Table, flat, median, number, spread

# Temperatures of our decoding: the engine's usual sampler, and the most probable token always.
TEMPERATURES = (0.8, 0.0)
HEADLINES = 20


def turns(rounds, *sides):
    """Ours, the peer, ours, the peer, …: the answers of each."""
    answers = [[side() for side in sides] for _ in range(rounds)]
    return [list(of_side) for of_side in zip(*answers)]


def rates(samples):
    """Tokens a second."""
    return [sample["tokens"] / sample["ms"] * 1e3 for sample in samples]


def language(sides, models, options):
    """Prompts and decoding, tokens a second; more is better."""
    table = Comparison("Prompts and decoding, tokens a second (more is better)", "model")
    itself = Comparison("The same beside llama-bench, tokens a second (more is better)", "model", "llama-bench")
    for model in models.language:
        counts = ["--prompt", model.prompt, "--decode", model.decode]
        common = [*counts, "--repetitions", options.repetitions, "--threads", options.threads]
        path = sides.files(model.id)["weights"]
        temperatures = ",".join(map(str, TEMPERATURES))
        ours, peer, benched = turns(
            options.rounds,
            lambda: sides.ours("language", model.id, *common, "--temperatures", temperatures),
            lambda: sides.peer("language", path, *common),
            lambda: sides.llama_bench(path, model.prompt, model.decode, options.repetitions, options.threads),
        )
        name = f"{model.id}, prompt of {model.prompt}"
        read = [rates(one["prefill"]) for one in ours]
        table.add(name, read, [rates(one["prefill"]) for one in peer])
        itself.add(name, read, [one["prefill"] for one in benched])
        decoded = [rates(one["decode"]) for one in peer]
        for temperature in TEMPERATURES:
            mine = [rates([s for s in one["decode"] if s["temperature"] == temperature]) for one in ours]
            name = f"{model.id}, {model.decode} decoded, ours at temperature {temperature}"
            table.add(name, mine, decoded)
            itself.add(name, mine, [one["decode"] for one in benched])
    note = (
        "Ours runs through the engine's door and includes tokenising the prompt, sampling and detokenising;"
        " the peer calls llama.cpp as llama-bench does and samples nothing. llama-bench is of the peer's llama.cpp.\n"
    )
    return [table, itself], note


def twins(sides, models, options):
    """A file as it came beside its twin in 8-bit blocks; ours only."""
    table = Comparison("Faster twins, tokens a second (more is better)", "model", "as it came", "its twin")
    for model in models.language:
        common = ["language", model.id, "--prompt", model.prompt, "--decode", model.decode]
        common += ["--repetitions", options.repetitions, "--threads", options.threads]
        opened = [*common[:2], "--prompt", 8, "--decode", 1, "--repetitions", 1]
        if weights(sides.ours(*opened, "--twin")) == weights(sides.ours(*opened)):
            continue
        twin, plain = turns(options.rounds, lambda: sides.ours(*common, "--twin"), lambda: sides.ours(*common))
        for part, name in (("prefill", f"prompt of {model.prompt}"), ("decode", f"{model.decode} decoded")):
            table.add(f"{model.id}, {name}", *([rates(one[part]) for one in side] for side in (twin, plain)))
    return [table], ""


def weights(answer):
    return answer["ledger"]["weights_bytes"]


def load(sides, models, options):
    """Loading, milliseconds; less is better."""
    table = Comparison("Loading a model whose file the system has in memory, ms (less is better)", "model, in a process")
    for model in [*models.language, *models.classifiers]:
        files = sides.files(model.id)
        common = ["--repetitions", 1 + options.repetitions, "--threads", options.threads]
        extra = ["--tokenizer", files["tokenizer"], "--max-tokens", files["max_tokens"]] if files["tokenizer"] else []
        ours, peer = turns(
            options.rounds,
            lambda: sides.ours("load", model.id, *common),
            lambda: sides.peer("load", files["weights"], *extra, *common),
        )
        for name, samples in (("the first time", slice(0, 1)), ("again", slice(1, None))):
            both = ([one["load_ms"][samples] for one in side] for side in (ours, peer))
            table.add(f"{model.id}, {name}", *both)
    note = (
        "Ours is `load_ms` of the arena: vocabulary, weights, context of 2,048 cells; for a classifier the library (the first"
        " time), session, tokenizer and the check that they belong together. The peer is the constructor of `Llama`, or of"
        " `InferenceSession` and `Tokenizer`. Again: after the model was closed, in the same process; the peer's allocator"
        " then still holds the memory, ours has given it back.\n"
    )
    return [table], note


WIDTHS = (1, 4, 8, 16, 32)


def wide(sides, models, options):
    """Several sequences decoded together after short prompts, tokens a second; ours only, one round: it takes long."""
    table = Table(
        "Sequences decoded together after short prompts, tokens a second of all (more is better)",
        ["model", *(f"{count} together" if count > 1 else "1" for count in WIDTHS)],
    )
    for model in models.language:
        common = ["wide", model.id, "--sequences", ",".join(map(str, WIDTHS)), "--threads", options.threads]
        samples = rates(sides.ours(*common))
        table.add([model.id, *map(number, samples)], samples)
    return [table], ""


def ahead(sides, models, options):
    """A model whose file is not in memory, opened behind another, which the engine knew beforehand or not; ours only."""
    loads = Comparison(
        "Loading a model whose file is not in memory behind another, ms (less is better)", "model", "not read ahead", "read ahead"
    )
    prompts = Comparison(
        "What the one before computes meanwhile, a prompt of 1,024, ms (less is better)", "model", "not read ahead", "read ahead"
    )
    for model in models.language[1:]:
        common = ["ahead", models.language[0].id, model.id, "--threads", options.threads]
        read, unread = turns(options.rounds, lambda: sides.ours(*common, "--announced"), lambda: sides.ours(*common))
        loads.add(model.id, *([[one["load_ms"]] for one in side] for side in (read, unread)))
        prompts.add(f"{models.language[0].id}, before {model.id}", *([[one["prompt_ms"]] for one in side] for side in (read, unread)))
    return [loads, prompts] if loads.rows else [], ""


def classify(sides, models, options):
    """Twenty headlines, milliseconds; less is better."""
    table = Comparison(f"Classifying {HEADLINES} headlines, ms (less is better)", "model")
    differences = []
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(headlines(), file)
        file.flush()
        for model in models.classifiers:
            files = sides.files(model.id)
            repetitions = max(options.repetitions, 5)
            common = ["--texts", file.name, "--repetitions", repetitions, "--threads", options.threads]
            tokens = ["--tokenizer", files["tokenizer"], "--max-tokens", files["max_tokens"]]
            ours, peer = turns(
                options.rounds,
                lambda: sides.ours("classify", model.id, *common),
                lambda: sides.peer("classify", files["weights"], *tokens, *common),
            )
            table.add(model.id, [one["ms"] for one in ours], [one["ms"] for one in peer])
            pairs = zip(flat(ours[0]["probabilities"]), flat(peer[0]["probabilities"]))
            difference = max(abs(mine - theirs) for mine, theirs in pairs)
            differences.append(f"{model.id} {difference:.1e}")
    note = f"Largest difference between a probability of ours and the peer's: {', '.join(differences)}.\n"
    return [table], note


def headlines():
    """The first headlines of the demo."""
    with open(ROOT / "demo" / "headlines.json", encoding="utf-8") as file:
        titles = [entry["title"] for entry in json.load(file)]
    if len(titles) < HEADLINES:
        raise SideError(f"demo/headlines.json has fewer than {HEADLINES} headlines")
    return titles[:HEADLINES]


def threads(sides, models, options):
    """How many compute threads, alone and beside a busy program; ours only."""
    model = models.language[0]
    table = Table(
        f"Compute threads, decoding with {model.id}, ours, tokens a second", ["threads", "alone", "beside one busy loop"]
    )
    for count in (1, 2):
        # Few tokens: threads that wait for a busy core can take seconds for one.
        command = ["language", model.id, "--prompt", 16, "--decode", 32, "--repetitions", 1, "--threads", count]
        alone, beside = [], []
        for _ in range(options.rounds):
            alone += rates(sides.ours(*command)["decode"])
            with busy_loop():
                beside += rates(sides.ours(*command)["decode"])
        row = [f"{number(median(samples))} ({spread(samples)})" for samples in (alone, beside)]
        table.add([str(count), *row], {"threads": count, "alone": alone, "beside": beside})
    return [table], ""


@contextlib.contextmanager
def busy_loop():
    """A program that wants a whole core meanwhile."""
    program = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        program.kill()
        program.wait()
