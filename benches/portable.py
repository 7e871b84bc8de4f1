"""The speed of the portable program beside one built for this processor: the same analyses of the demo, in turns.

Two programs come in; a table in Markdown goes to standard output: the median of each stage's milliseconds with the smallest and the
largest, and the ratio of the medians. The models are those of the demo; the reporter is named, because the demo's profile lets code write
the report. Standard library only; no figure makes the run fail.

    python3 benches/portable.py NATIVE PORTABLE [--rounds 9]
"""

import argparse
import json
import os
import statistics
import subprocess

STAGES = ("forecast", "sentiment", "report")


def analysis(program, reporter):
    """The milliseconds of each stage, its model's loading included."""
    command = [program, "analyze", "AAPL", "--demo", "--json", "--quiet", "--no-store", "--reporter", reporter]
    environment = os.environ | {"TRIPOD_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    timings = json.loads(done.stdout)["timings"]
    return {stage: timings[stage] for stage in STAGES}


def told(times):
    return f"{statistics.median(times):.0f} ({min(times):.0f}–{max(times):.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("native")
    parser.add_argument("portable")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    programs = (asked.native, asked.portable)
    path = subprocess.run([asked.native, "models", "path", "smollm2-135m-instruct"], capture_output=True, text=True, check=True)
    reporter = path.stdout.strip()
    for program in programs:
        analysis(program, reporter)
    runs = {program: [] for program in programs}
    for number in range(asked.rounds):
        # In turns, each first every other time.
        for program in programs if number % 2 else programs[::-1]:
            runs[program].append(analysis(program, reporter))
    print(f"| ms, median of {asked.rounds} | for this processor | portable | portable to native |\n|---|--:|--:|--:|")
    for stage in STAGES:
        native, portable = ([run[stage] for run in runs[program]] for program in programs)
        ratio = statistics.median(portable) / statistics.median(native)
        print(f"| {stage} | {told(native)} | {told(portable)} | {ratio:.2f} |")


main()
