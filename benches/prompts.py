"""The rate and the memory of the prompt factory, beside a plain Python generator of the same prompts, in one run.

Tripod's binary comes in; a Markdown table goes to standard output. Tripod writes a large file of each compression from the
bundled prices. Then both write the same prompts: Tripod draws them, and the Python generator gets the windows of Tripod's file,
makes every prompt anew from the prices, and must arrive at the same bytes. Standard library only.

    python3 benches/prompts.py TRIPOD [--count 4000000] [--beside 200000] [--folder DIR]
"""

import argparse
import csv
import gzip
import json
import math
import os
import pathlib
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
ENDINGS = ("jsonl", "jsonl.zst", "jsonl.gz")

PROMPT = """TASK: Continue the series of daily closing prices.
STOCK: {ticker}
STATISTICS: mean={mean:.2f}, std_dev={std_dev:.2f}, trend={trend}
CONTEXT_DAYS: {context}
DATA: [{prices}]
Predict the next {horizon} closing prices.
PREDICTION:"""


def run(tripod, out, count, workers=None):
    """Runs the factory; seconds, peak memory in bytes, and the size of the file."""
    command = [tripod, "dataset", "timeseries", "--demo", "--count", str(count), "--format", "seed-v1", "--out", str(out)]
    command += ["--fresh", "--quiet"] + (["--workers", str(workers)] if workers else [])
    begun = time.perf_counter()
    process = os.posix_spawn(tripod, command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        raise SystemExit(f"`{' '.join(command)}` failed with {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - begun, usage.ru_maxrss * 1024, out.stat().st_size


def prices():
    """Day and close of every bar of the bundled prices, by ticker."""
    series = {}
    with gzip.open(ROOT / "demo" / "prices.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            series.setdefault(row["ticker"], ([], []))
            series[row["ticker"]][0].append(row["date"])
            series[row["ticker"]][1].append(float(row["close"]))
    return series


def windows(file):
    """The windows of a file: ticker, first day, context, horizon."""
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield record["ticker"], record["from"], record["context"], record["horizon"]


def plain(series, drawn, out):
    """The generator that one would write in Python."""
    with open(out, "w", encoding="utf-8") as file:
        for ticker, start, context, horizon in drawn:
            days, closes = series[ticker]
            shown = closes[start : start + context]
            future = closes[start + context : start + context + horizon]
            mean = sum(shown) / context
            std_dev = math.sqrt(sum((price - mean) ** 2 for price in shown) / (context - 1))
            change = shown[-1] / shown[0] - 1
            record = {
                "prompt": PROMPT.format(
                    ticker=ticker,
                    mean=mean,
                    std_dev=std_dev,
                    trend="upward" if change > 0.05 else "downward" if change < -0.05 else "stable",
                    context=context,
                    prices=", ".join(f"{price:.2f}" for price in shown),
                    horizon=horizon,
                ),
                "completion": f" [{', '.join(f'{price:.2f}' for price in future)}]",
                "ticker": ticker,
                "from": days[start],
                "split_day": days[start + context - 1],
                "horizon": horizon,
                "context": context,
            }
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description="The rate of the prompt factory")
    parser.add_argument("tripod")
    parser.add_argument("--count", type=int, default=4_000_000, help="prompts of each large file")
    parser.add_argument("--beside", type=int, default=200_000, help="prompts that the Python generator makes, too")
    parser.add_argument("--folder", help="where the files are written for the time of the run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        print("| file | prompts | seconds | prompts/s | peak memory, MB | size, MB |\n|---|--:|--:|--:|--:|--:|")
        for ending in ENDINGS:
            out = folder / f"prompts.{ending}"
            seconds, memory, size = run(options.tripod, out, options.count)
            row = (f".{ending}", f"{options.count:,}", f"{seconds:.1f}", f"{options.count / seconds:,.0f}")
            print("| " + " | ".join((*row, f"{memory / 1e6:.0f}", f"{size / 1e6:,.0f}")) + " |", flush=True)
            out.unlink()
        ours, theirs = folder / "ours.jsonl", folder / "theirs.jsonl"
        took, _, _ = run(options.tripod, ours, options.beside, workers=1)
        series = prices()
        places = {ticker: {day: at for at, day in enumerate(days)} for ticker, (days, _) in series.items()}
        drawn = [(ticker, places[ticker][day], context, horizon) for ticker, day, context, horizon in windows(ours)]
        begun = time.perf_counter()
        plain(series, drawn, theirs)
        plainly = time.perf_counter() - begun
        with open(ours, "rb") as one, open(theirs, "rb") as other:
            different = sum(line != also for line, also in zip(one, other, strict=True))
        print(
            f"\n{options.beside:,} prompts on one thread: Tripod {options.beside / took:,.0f} prompts/s, the Python generator"
            f" {options.beside / plainly:,.0f} prompts/s, a ratio of {plainly / took:.1f}; {different} lines differ."
        )


if __name__ == "__main__":
    main()
