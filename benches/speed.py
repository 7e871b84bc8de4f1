"""The speed of Tripod beside its peers, in one run: llama.cpp through llama-cpp-python, called as llama-bench calls it and
through its OpenAI server, and ONNX Runtime from Python.

Models out of the cache come in; Markdown tables go to standard output, and every sample, as JSON, to a file. Both sides get
the same files and the same number of threads, and compute with the same instructions of the processor, which is checked. They
run in turns, each time as new processes, warmed up; a figure is the median of its samples with the smallest and the largest.
No figure is typed in, nothing is installed or fetched, and no figure makes the run fail. Standard library only.

    python3 benches/speed.py [--scenarios NAME,…] [--models ID,…] [--threads 1] [--rounds 3] [--repetitions 2] [--out FILE]
"""

import argparse
import dataclasses
import json
import pathlib
import sys
import time

from speed import machine, scenarios, servers, stages
from speed.sides import SideError, Sides, cache

SCENARIOS = {
    "language": scenarios.language,
    "twins": scenarios.twins,
    "wide": scenarios.wide,
    "load": scenarios.load,
    "ahead": scenarios.ahead,
    "classify": scenarios.classify,
    "http": servers.measure,
    "analysis": stages.measure,
    "threads": scenarios.threads,
}


@dataclasses.dataclass(frozen=True)
class Analysis:
    """The models of whole analyses, as flags, and the horizons."""

    title: str
    flags: list
    horizons: tuple


@dataclasses.dataclass(frozen=True)
class Model:
    """A model and how much of it is measured: fewer tokens where each costs more."""

    id: str
    prompt: int = 0
    decode: int = 0

    @property
    def is_language(self):
        return self.decode > 0


OTHERS = "Of all cores' time meanwhile, other programs used {others:.0f} % and the machine's host {stolen:.0f} %."

# The demo's models come first; those of the true shapes are measured where they were made.
DEMO = [Model("smollm2-135m-instruct", 512, 128), Model("sentiment-headlines-minilm")]
SHAPES = [
    Model("shape-tinydeepseek-0.5b-q8_0", 512, 128),
    Model("shape-tinydeepseek-0.5b-q4_k_m", 512, 128),
    Model("shape-llama-3.2-3b-q4_k_m", 128, 32),
    Model("shape-finbert"),
    Model("shape-finbert-fp32"),
]
# What the profile `seed-shape` is made of.
SHAPES_PROFILE = ["shape-tinydeepseek-0.5b-q8_0", "shape-finbert", "shape-llama-3.2-3b-q4_k_m"]


class Models:
    """The chosen models that are there."""

    def __init__(self, sides, wanted):
        known = {model.id: model for model in DEMO + SHAPES}
        for name in wanted or []:
            if name not in known:
                raise SideError(f"`{name}` is none of {', '.join(known)}")
        chosen = [known[name] for name in wanted] if wanted else DEMO
        for model in chosen:
            sides.files(model.id)
        if not wanted:
            chosen = chosen + [model for model in SHAPES if is_there(sides, model)]
        self.language = [model for model in chosen if model.is_language]
        self.classifiers = [model for model in chosen if not model.is_language]
        self.served = [model.id for model in self.language[:1]]
        self.analyses = [Analysis("the demo's models", [], stages.HORIZONS)]
        if {model.id for model in chosen} >= set(SHAPES_PROFILE):
            flags = ["--profile", "seed-shape", "--samples", "4"]
            self.analyses.append(Analysis("models of the true shapes, four paths", flags, (7,)))


def is_there(sides, model):
    try:
        sides.files(model.id)
    except SideError as error:
        print(f"left out: {error}", file=sys.stderr)
        return False
    return True


def names(text):
    return text.split(",")


def arguments():
    parser = argparse.ArgumentParser(description="The speed of Tripod beside its peers")
    parser.add_argument("--scenarios", type=names, default=list(SCENARIOS), help=f"of {', '.join(SCENARIOS)}")
    parser.add_argument("--models", type=names, help="ids; default: the demo's, and those of the true shapes that are there")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="turns of both sides")
    parser.add_argument("--repetitions", type=int, default=2, help="samples of each side in a turn")
    parser.add_argument("--peer-python", help="the peer's Python; default: bench/bin/python in the cache directory")
    parser.add_argument("--out", type=pathlib.Path, default=cache() / "bench" / "speed.json", help="where the samples go")
    options = parser.parse_args()
    for name in options.scenarios:
        if name not in SCENARIOS:
            parser.error(f"`{name}` is none of {', '.join(SCENARIOS)}")
    return options


def main():
    options = arguments()
    begun = time.time()
    sides = Sides(options.peer_python)
    found = machine.describe(*sides.check())
    models = Models(sides, options.models)
    print(f"## Speed\n\n{machine.markdown(found)}", flush=True)
    raw = {"machine": found, "options": {key: str(value) for key, value in vars(options).items()}, "tables": []}
    for name in options.scenarios:
        others, started = machine.Others(), time.time()
        tables, note = SCENARIOS[name](sides, models, options)
        used = others.percent()
        for table in tables:
            print(table.markdown(), flush=True)
            raw["tables"].append({"scenario": name, "title": table.title, "rows": table.raw, "others": used})
        took = f"{name}: {time.time() - started:.0f} s."
        print(f"{note}{took} {OTHERS.format(**used) if used else ''}\n", flush=True)
        # Written after each scenario: a run that is broken off keeps what it has.
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(raw, indent=1))
    print(f"{time.time() - begun:.0f} s; every sample: {options.out}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except SideError as error:
        sys.exit(f"error: {error}")
