"""What `tripod analyze` shows for symbols of five kinds: a share of Tokyo, one of London in pence, a coin, a currency and a coin of far
less than a cent.

A local server answers as Yahoo's chart service does, with invented prices; every figure shown is Tripod's. The beginning of each output
goes to standard output, for docs/data.md.

    benches/symbols.py TRIPOD
"""

import json
import math
import random
import subprocess
import sys
import tempfile
import threading
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Symbol, name, currency as quoted, exchange's code and name, zone, hours from midnight UTC to the bar's stamp, level, days of the week.
KINDS = [
    ("7203.T", "Example Motors", "JPY", "JPX", "Tokyo", "Asia/Tokyo", 0, 2_850.0, 5),
    ("VOD.L", "Example Telecom plc", "GBp", "LSE", "LSE", "Europe/London", 8, 71.4, 5),
    ("BTC-USD", "Example Coin USD", "USD", "CCC", "CCC", "UTC", 0, 64_250.0, 7),
    ("EURUSD=X", "EUR/USD", "USD", "CCY", "CCY", "Europe/London", 0, 1.0845, 5),
    ("PEPE24478-USD", "Example Meme USD", "USD", "CCC", "CCC", "UTC", 0, 0.00001234, 7),
]


def chart(symbol):
    """Five hundred days of a random walk up to yesterday."""
    _, name, currency, code, exchange, zone, hour, level, weekdays = next(kind for kind in KINDS if kind[0] == symbol)
    days = [date.today() - timedelta(days=back) for back in range(500, 0, -1)]
    days = [day for day in days if day.weekday() < weekdays]
    walk, draw = 0.0, random.Random(symbol)
    closes = []
    for _ in days:
        walk += draw.gauss(0, 0.012 if weekdays == 5 else 0.03)
        closes.append(level * math.exp(walk))
    scale = level / closes[-1]
    closes = [close * scale for close in closes]
    stamps = [int(datetime(day.year, day.month, day.day, hour, tzinfo=timezone.utc).timestamp()) for day in days]
    meta = {"currency": currency, "symbol": symbol, "exchangeName": code, "fullExchangeName": exchange, "longName": name}
    meta |= {"exchangeTimezoneName": zone, "dataGranularity": "1d"}
    indicators = {"quote": [{"close": closes}], "adjclose": [{"adjclose": closes}]}
    return {"chart": {"error": None, "result": [{"meta": meta, "timestamp": stamps, "indicators": indicators}]}}


class Charts(BaseHTTPRequestHandler):
    def do_GET(self):
        symbol = self.path.split("?")[0].rsplit("/", 1)[-1].replace("%3D", "=")
        known = "/v8/finance/chart/" in self.path
        body = json.dumps(chart(symbol) if known else {}).encode()
        self.send_response(200 if known else 404)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    tripod = sys.argv[1]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Charts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    with tempfile.TemporaryDirectory() as folder:
        # The bundled forecaster, in a cache of this run's own.
        subprocess.run([tripod, "models", "pull", "tripod-forecaster", "--cache", folder], capture_output=True, check=True)
        for symbol, *_ in KINDS:
            arguments = ["analyze", symbol, "--stages", "forecast", "--horizon", "5", "--no-store", "--quiet", "--yahoo-url", url]
            done = subprocess.run([tripod, *arguments, "--cache", folder], capture_output=True, text=True)
            lines = [line for line in done.stdout.splitlines() if "━━" not in line]
            # The chart, and what stands below the table, are left out.
            start = next((at for at, line in enumerate(lines) if line.startswith("Forecast  ")), len(lines))
            table = next((at for at, line in enumerate(lines) if line.startswith("  Day ")), len(lines))
            end = next((at for at, line in enumerate(lines) if line.startswith("  Median ")), len(lines))
            print(f"$ tripod analyze {symbol} --horizon 5")
            print("\n".join(lines[: start + 1] + lines[table:end]).rstrip(), done.stderr, sep="\n")


main()
