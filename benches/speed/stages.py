"""Where the time of a whole analysis goes: `tripod analyze --json` is run, its ledger rows come in, a table of loading, prompts,
decoding, sampling and the rest goes out. Ours only; the goal is stated beside what was found, not enforced.
"""

import json
import subprocess
import time

from .sides import SideError
from .table import Table, median, number

HORIZONS = (1, 7, 30)
GOAL_PERCENT = 2.0
MINUTE_MS = 60_000
PARTS = ("load", "prefill", "decode", "sample", "other")


def measure(sides, models, options):
    """Analyses of a few horizons."""
    tables = []
    for kind in models.analyses:
        table = Table(
            f"A whole analysis, {kind.title}: ms (share of the wall time)",
            ["horizon, stage", "loading", "prompts", "decoding", "sampling", "other", "whole"],
        )
        goal = Table(
            f"What is not the models' computing, {kind.title} (goal: at most {GOAL_PERCENT:.0f} %)",
            ["horizon", "wall, ms", "the program's own, ms", "not computing, loading left out", "not computing, with loading"],
        )
        for horizon in kind.horizons:
            runs = repeated(sides.tripod, kind.flags, horizon, options)
            run = middle(runs)
            for stage, parts in run["stages"].items():
                shares = [share(parts[part], run["wall"]) for part in PARTS]
                whole = share(sum(parts.values()), run["wall"])
                table.add([f"{horizon}, {stage}", *shares, whole], {"horizon": horizon, "stage": stage, **parts})
            goal.add([str(horizon), *judged(run)], {"horizon": horizon, "runs": runs})
        tables += [table, goal]
    note = (
        "Computing is llama.cpp's decode calls (prompts and decoding) and ONNX Runtime's runs. The run with the median wall"
        " time is shown. The program's own time is the process's wall time less its stages: start, gathering, printing.\n"
    )
    return tables, note


def repeated(tripod, flags, horizon, options):
    """An analysis once a round, but no more once they have taken a minute: the shares hardly differ from run to run."""
    runs = []
    while len(runs) < options.rounds and sum(run["wall"] for run in runs) < MINUTE_MS:
        runs.append(analysis(tripod, flags, horizon, options.threads))
    return runs


def analysis(tripod, flags, horizon, threads):
    """One analysis in a process of its own."""
    command = [tripod, "analyze", "AAPL", "--demo", "--json", "--quiet", "--horizon", str(horizon)]
    begun = time.perf_counter()
    done = subprocess.run([*command, "--threads", str(threads), *flags], capture_output=True, text=True)
    wall = (time.perf_counter() - begun) * 1e3
    if not done.stdout:
        raise SideError(f"`{' '.join(command)}` failed: {done.stderr.strip()[-500:]}")
    rows = json.loads(done.stdout)["arenas"]
    return {"wall": wall, "stages": {row["stage"]: parts_of(row) for row in rows}}


def parts_of(row):
    """A ledger row's time in parts, ms."""
    if "prefill_ms" not in row:
        raise SideError("the ledger of this build does not part a stage's time: build the tree that this script is in")
    parts = {"load": row["load_ms"]} | {part: row[f"{part}_ms"] for part in ("prefill", "decode", "sample")}
    return parts | {"other": row["run_ms"] - parts["prefill"] - parts["decode"] - parts["sample"]}


def middle(runs):
    """The run with the median wall time."""
    wanted = median(sorted(run["wall"] for run in runs)[: len(runs) // 2 * 2 + 1])
    return min(runs, key=lambda run: abs(run["wall"] - wanted))


def judged(run):
    """Wall time, the program's own, and the shares that are not computing."""
    def total(*parts):
        return sum(stage[part] for stage in run["stages"].values() for part in parts)

    computing, loading = total("prefill", "decode"), total("load")
    own = run["wall"] - total(*PARTS)
    without = 100 * (run["wall"] - loading - computing) / (run["wall"] - loading)
    with_loading = 100 * (run["wall"] - computing) / run["wall"]
    mark = "met" if without <= GOAL_PERCENT else "missed"
    return [number(run["wall"]), number(own), f"**{without:.2f} %** ({mark})", f"{with_loading:.2f} %"]


def share(part, whole):
    return f"{number(part)} ({100 * part / whole:.1f} %)"
