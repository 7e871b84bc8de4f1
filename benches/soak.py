"""A thousand analyses of the demo through one server, and the memory of both its processes after every hundredth.

A release binary comes in, a small language model (benches/tiny.py) for forecast and report, and how many analyses; a table
goes out. Exit code 1 when the memory after the last is more than 5 % above that after the hundredth. Standard library only.

    python3 benches/soak.py path/to/tripod path/to/tiny.gguf [COUNT]
"""

import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TICKERS = ["AAPL", "GOOG", "IBM", "MSFT"]


def anonymous(pid):
    """Anonymous memory of a process, bytes."""
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"no RssAnon for process {pid}")


def child_of(pid):
    """The one child process of a process."""
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        found = children.read().split()
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as children:
            found += children.read().split()
    return int(sorted(set(found))[0])


def analyse(base, number):
    """One analysis; the seed makes every question another one."""
    body = {
        "ticker": TICKERS[number % len(TICKERS)],
        "horizon_days": 1,
        "context_days": 10,
        # Noise is seldom a possible price; of so many paths some are.
        "samples": 64,
        "seed": number,
    }
    request = urllib.request.Request(f"{base}/v1/analyze", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=600) as answer:
        analysis = json.load(answer)
    return [error["stage"] for error in analysis["errors"]]


def main():
    tripod, tiny = sys.argv[1:3]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    store = tempfile.TemporaryDirectory()
    server = subprocess.Popen(
        [tripod, "serve", "--demo", "--addr", "127.0.0.1:0", "--store", f"{store.name}/analyses.sqlite"]
        + ["--forecaster", tiny, "--reporter", tiny],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TRIPOD_LOG": "warn"},
    )
    base = server.stderr.readline().strip().removeprefix("listening on ")
    threading.Thread(target=server.stderr.read, daemon=True).start()
    marks = {}
    failures = []
    unfinished = collections.Counter()
    begun = time.time()
    lock = threading.Lock()

    def run(number):
        try:
            found = analyse(base, number)
            with lock:
                unfinished.update(found)
        except Exception as error:  # one failed analysis is counted, not the end
            failures.append(f"{number}: {error}")

    # Measured at rest, a second after the last of a hundred: with an arena open the engine holds what its stage needs.
    for last in range(100, count + 1, 100):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(run, range(last - 99, last + 1)))
        time.sleep(1)
        marks[last] = (anonymous(server.pid), anonymous(child_of(server.pid)))
        front, engine = (size / 1048576 for size in marks[last])
        print(f"after {last:5}: front {front:6.1f} MiB, engine {engine:6.1f} MiB, {time.time() - begun:6.0f} s", flush=True)
    server.terminate()
    server.wait(60)
    first, last = marks[100], marks[max(marks)]
    growth = [(after - before) / before * 100 for before, after in zip(first, last)]
    print(f"growth since the hundredth: front {growth[0]:+.1f} %, engine {growth[1]:+.1f} %; {len(failures)} failures")
    without = ", ".join(f"{stage} in {times}" for stage, times in sorted(unfinished.items()))
    print(f"of the random model's answers these were of no use, and told so: {without or 'none'}")
    for failure in failures[:5]:
        print(failure)
    sys.exit(1 if failures or max(growth) > 5 else 0)


if __name__ == "__main__":
    main()
