"""Gathering many tickers from a slow service, many at a time and one by one.

Local servers answer every request after a while: two with bars, as Yahoo has two hosts, and one with news. `tripod analyze` gathers
the tickers from them, with its usual settings and with `--gather 1`; of the stages only the classifier runs, which takes a few
milliseconds. Prints both times and their ratio. No figure is typed in.

    benches/gather.py TRIPOD [--tickers 500] [--alone 50] [--latency 0.15]
"""

import argparse
import json
import subprocess
import tempfile
import threading
import time
from datetime import date, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def bars():
    """Sixty calendar days of bars up to yesterday, in the chart service's form."""
    days = [date.today() - timedelta(days=back) for back in range(60, 0, -1)]
    days = [day for day in days if day.weekday() < 5]
    stamps = [int(datetime(day.year, day.month, day.day, 14, 30, tzinfo=timezone.utc).timestamp()) for day in days]
    closes = [100 + number % 7 for number in range(len(days))]
    meta = {"currency": "USD", "exchangeName": "NYQ", "exchangeTimezoneName": "America/New_York", "dataGranularity": "1d"}
    indicators = {"quote": [{"close": closes}], "adjclose": [{"adjclose": closes}]}
    return {"chart": {"error": None, "result": [{"meta": meta, "timestamp": stamps, "indicators": indicators}]}}


def news():
    """One story of an hour ago, in the news stream's form."""
    hour = (datetime.now(timezone.utc) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = {"title": "An order is announced", "pubDate": hour, "provider": {"displayName": "Illustration"}}
    return {"data": {"tickerStream": {"stream": [{"content": content}]}}}


class Slow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        time.sleep(self.server.latency)
        self.server.requests += 1
        self.send_response(200)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def serve(body, latency):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.body, server.latency, server.requests = json.dumps(body).encode(), latency, 0
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def gather(tripod, count, latency, more):
    """Seconds for so many tickers, and the requests that they took."""
    servers = [serve(bars(), latency), serve(bars(), latency), serve(news(), latency)]
    (_, one), (_, two), (_, stories) = servers
    with tempfile.TemporaryDirectory() as folder:
        universe = Path(folder) / "universe.txt"
        universe.write_text("".join(f"T{number:03}\n" for number in range(count)))
        arguments = ["analyze", "--universe", universe, "--stages", "sentiment", "--json", "--no-store", "--quiet", *more]
        addresses = ["--yahoo-url", f"{one},{two}", "--yahoo-stream-url", stories, "--yahoo-news-url", stories]
        # Bars are kept in a folder of this run's own, so the classifier and its library are named by their files.
        path = lambda name: subprocess.run([tripod, "models", "path", name], capture_output=True, text=True).stdout.strip()
        own = ["--cache", folder, "--onnxruntime", path("onnxruntime"), "--sentiment", path("sentiment-headlines-minilm")]
        begun = time.perf_counter()
        done = subprocess.run([tripod, *arguments, *addresses, *own], capture_output=True, text=True)
        took = time.perf_counter() - begun
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == count, done.stderr
    for server, _ in servers:
        server.shutdown()
    return took, sum(server.requests for server, _ in servers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tripod")
    parser.add_argument("--tickers", type=int, default=500)
    parser.add_argument("--alone", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.15)
    options = parser.parse_args()
    alone, requests = gather(options.tripod, options.alone, options.latency, ["--gather", "1"])
    together, all_requests = gather(options.tripod, options.tickers, options.latency, [])
    print(f"{options.latency * 1000:.0f} ms a request")
    print(f"one by one: {options.alone} tickers, {requests} requests, {alone:.1f} s, {alone / options.alone * 1000:.0f} ms a ticker")
    print(f"as usual: {options.tickers} tickers, {all_requests} requests, {together:.1f} s, {together / options.tickers * 1000:.0f} ms a ticker")
    print(f"ratio: {together / options.tickers / (alone / options.alone):.3f}")


main()
