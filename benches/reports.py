"""Sixty reports, checked: four tickers, five days, three kinds of news, by each of three reporters.

The reporters are the demo's, whose report is written by rules; the profile `standard`'s, if it is in the cache; and the demo's model
writing itself (named by its file, so that no manifest keeps it from it). Each report is made by `tripod analyze` and its published
text is checked once more by `tripod check`. A table goes to standard output. No figure is typed in.

    benches/reports.py TRIPOD [--write docs/reports.md] [--only demo|standard|model] [--reports 60]
"""

import argparse
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

TICKERS = {"AAPL": "Apple", "GOOG": "Google", "IBM": "IBM", "MSFT": "Microsoft"}
DAYS = ["2008-10-10", "2009-08-14", "2010-05-21", "2011-11-25", "2013-02-15"]
# Our own sentences, for illustration.
NEWS = {
    "good": [
        "{} wins a large order from a public agency",
        "{} raises its outlook for the year",
        "Customers rate {} first in a survey",
        "{} opens a second site and hires",
        "Brokers turn more hopeful on {}",
    ],
    "bad": [
        "{} warns that demand is weakening",
        "{} recalls a product after complaints",
        "Regulator opens an inquiry into {}",
        "{} loses a court case over a patent",
        "Two directors leave {} at short notice",
    ],
    "mixed": [
        "{} publishes the agenda of its annual meeting",
        "{} cuts prices in two markets",
        "{} names a new head of design",
        "Sales of {} rise while margins shrink",
        "{} moves an office to another town",
    ],
}


def headlines(company, kind, day):
    return [{"title": title.format(company), "source": "Illustration", "published_at": f"{day}T09:00:00Z"} for title in NEWS[kind]]


def run(arguments):
    """Standard output of the program, and its exit code."""
    done = subprocess.run(arguments, capture_output=True, text=True)
    return done.stdout, done.returncode, done.stderr


def prices(folder):
    """The demo's prices, a file a ticker."""
    lines = gzip.open(Path(__file__).parent.parent / "demo" / "prices.csv.gz", "rt").read().splitlines()
    head = lines[0].split(",", 1)[1]
    for ticker in TICKERS:
        days = [line.split(",", 1)[1] for line in lines[1:] if line.startswith(f"{ticker},")]
        (folder / f"{ticker}.csv").write_text("\n".join([head, *days]) + "\n")


def report(tripod, models, ticker, day, kind, folder):
    """One report: the analysis, the claims of its published text and the seconds of its stage."""
    news = folder / "news.json"
    news.write_text(json.dumps(headlines(TICKERS[ticker], kind, day)))
    arguments = [tripod, "analyze", ticker, "--csv", str(folder / "prices"), "--as-of", day, "--headlines", str(news), "--no-store", "--json", "--quiet", *models]
    out, code, complaint = run(arguments)
    if code:
        sys.exit(f"{' '.join(arguments)}: {complaint}")
    analysis = json.loads(out)
    facts, text = folder / "analysis.json", folder / "report.md"
    facts.write_text(out)
    text.write_text(analysis["report"]["markdown"])
    checked, _, complaint = run([tripod, "check", str(text), "--facts", str(facts), "--json"])
    if not checked:
        sys.exit(f"tripod check: {complaint}")
    return analysis, json.loads(checked)["claims"], analysis["timings"].get("report", 0.0) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tripod")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--only", choices=["demo", "standard", "model"])
    parser.add_argument("--reports", type=int, default=60)
    options = parser.parse_args()
    tripod = options.tripod
    path = lambda name: run([tripod, "models", "path", name])[0].strip()
    reporters = {"demo": [], "standard": ["--profile", "standard"], "model": ["--reporter", path("smollm2-135m-instruct")]}
    if not path("qwen2.5-coder-1.5b-instruct"):
        print("the profile `standard` is not in the cache (make demo PROFILE=standard); it is left out")
        del reporters["standard"]
    cases = [(ticker, day, kind) for ticker in TICKERS for day in DAYS for kind in NEWS][: options.reports]
    rows = [
        "| reporter | reports | sentences struck | claims of the published texts | supported | contradicted | unsupported | calls | seconds a report |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(rows))
    # Five of each reporter to read, of all kinds of news.
    picked = {step * len(cases) // 5 + step for step in range(5)}
    shown, left = [], 0
    for name, models in reporters.items():
        if options.only not in (None, name):
            continue
        verdicts, calls, struck, seconds = Counter(), Counter(), 0, []
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "prices").mkdir()
            prices(Path(folder) / "prices")
            for number, case in enumerate(cases):
                analysis, claims, took = report(tripod, models, *case, Path(folder))
                verdicts.update(claim["verdict"] for claim in claims)
                for claim in claims:
                    if claim["verdict"] != "supported":
                        print(f"{name} {' '.join(case)}: {claim}", file=sys.stderr)
                calls[analysis["report"]["stance"]["call"]] += 1
                struck += analysis["report"]["grounding"]["struck"]
                seconds.append(took)
                if number in picked and name != "model":
                    shown.append((name, case, analysis))
        left += verdicts["contradicted"] + verdicts["unsupported"]
        listed = ", ".join(f"{count} {call}" for call, count in sorted(calls.items()))
        rows.append(
            f"| {name} | {len(cases)} | {struck} | {sum(verdicts.values())} | {verdicts['supported']} | {verdicts['contradicted']} "
            f"| {verdicts['unsupported']} | {listed} | {statistics.median(seconds):.1f} |"
        )
        print(rows[-1], flush=True)
    if options.write:
        write(options.write, rows, shown[:10])
    sys.exit(1 if left else 0)


def write(path, rows, shown):
    """Some of the reports, to read."""
    text = [
        "# Ten reports",
        "",
        "As the reporters of the profiles `demo` and `standard` wrote them in `make bench-reports`. The headlines are sentences of",
        "this project, for illustration; the prices are the demo's. Of all reports of that run, of four tickers, five days and three",
        "kinds of news, every claim of the published text was checked once more by `tripod check`; `model` is the demo's model where it",
        "has to write itself:",
        "",
        *rows,
    ]
    for name, (ticker, day, kind), analysis in shown:
        grounding = analysis["report"]["grounding"]
        text += ["", f"## {ticker}, {day}, {kind} news, `{name}`", ""]
        text += [f"{len(grounding['claims'])} claims, {grounding['struck']} sentences struck.", ""]
        text += [line.replace("## ", "### ", 1) if line.startswith("## ") else line for line in analysis["report"]["markdown"].strip().splitlines()]
    path.write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    main()
