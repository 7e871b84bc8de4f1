"""Time to the first token and tokens a second over HTTP: `tripod serve` and llama-cpp-python's server, the same model file, the
same conversation. The two sides come in, a table goes out. Both servers are started anew for each round; between requests
they are idle, so they may stand side by side. Speaks the wire itself, with the standard library only.
"""

import contextlib
import http.client
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse

from .sides import SideError
from .table import Comparison

ANSWER_TOKENS = 64
START_SECONDS = 120
QUESTION = (
    "The share price of the company rose by two percent on Monday, fell by three percent on Tuesday and stayed where it was"
    " until Friday. Its volume was twice the usual on Tuesday, after the company had told its investors that a product"
    " would come later than planned. Analysts had expected the delay. The average of the last fifty days lies above the"
    " average of the last two hundred days. Explain in several sentences what an investor may learn from this week, what"
    " is known, and what is not."
)
KINDS = {
    "first": "the first request",
    "other": "another conversation",
    "again": "the same conversation again",
}


def messages(number):
    """A conversation of some 130 tokens; the number stands at its beginning, so that two have next to nothing in common."""
    return [
        {"role": "system", "content": f"{number} is the number of this case. Answer with care."},
        {"role": "user", "content": QUESTION},
    ]


def measure(sides, models, options):
    """Requests to both servers, in turns."""
    residencies = ["release", "warm"] if "--residency" in helped(sides.tripod) else [None]
    tables = []
    for model in models.served:
        path = sides.files(model)["weights"]
        for residency in residencies:
            samples = [rounds(sides, path, residency, options, number) for number in range(options.rounds)]
            kept = f", ours with residency `{residency}`" if residency else ""
            tables += compared(model, kept, samples)
    note = (
        f"One thread each; streams of up to {ANSWER_TOKENS} tokens after a prompt of {samples[0]['ours']['prompt_tokens']}."
        " The peer computes logits for the last token only (`--logits_all false`; its default is slower), keeps its model"
        " loaded, and evaluates only what differs from the conversation before.\n"
    )
    return tables, note


def compared(model, kept, samples):
    """Two tables out of the rounds' samples."""
    first = Comparison(f"HTTP: time to the first token, ms (less is better), {model}{kept}", "request")
    speed = Comparison(f"HTTP: tokens a second after the first (more is better), {model}{kept}", "request")
    for kind, name in KINDS.items():
        first.add(name, *([[one[side][kind]["first_ms"]] for one in samples] for side in ("ours", "peer")))
    speed.add("all", *([[one[side][kind]["rate"] for kind in KINDS] for one in samples] for side in ("ours", "peer")))
    return [first, speed]


def rounds(sides, path, residency, options, number):
    """One round: both servers, three requests each."""
    with ours(sides, path, residency, options) as mine, peer(sides, path, options) as theirs:
        found = {"ours": {}, "peer": {}}
        for kind, case in (("first", number * 2 + 1), ("other", number * 2 + 2), ("again", number * 2 + 2)):
            found["ours"][kind] = ask(mine, "tripod-reporter", case)
            found["peer"][kind] = ask(theirs, "peer", case)
        found["ours"]["prompt_tokens"] = found["ours"]["first"]["prompt_tokens"]
        return found


def helped(tripod):
    return subprocess.run([tripod, "serve", "--help"], capture_output=True, text=True).stdout


@contextlib.contextmanager
def ours(sides, path, residency, options):
    """`tripod serve` on a port of its own; its base address."""
    with tempfile.TemporaryDirectory() as store:
        command = [sides.tripod, "serve", "--demo", "--addr", "127.0.0.1:0", "--store", f"{store}/analyses.sqlite"]
        command += ["--threads", str(options.threads), "--reporter", path]
        command += ["--residency", residency] if residency else []
        environment = {**os.environ, "TRIPOD_LOG": "warn"}
        server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        try:
            line = server.stderr.readline().strip()
            if not line.startswith("listening on "):
                raise SideError(f"`tripod serve` did not start: {line} {server.stderr.read()}")
            # Nobody may wait for a reader of the log.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            yield line.removeprefix("listening on ")
        finally:
            server.terminate()
            server.wait(60)


@contextlib.contextmanager
def peer(sides, path, options):
    """llama-cpp-python's server on a port of its own; its base address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    threads = str(options.threads)
    command = [str(sides.python), "-m", "llama_cpp.server", "--model", path, "--model_alias", "peer", "--port", str(port)]
    command += ["--n_threads", threads, "--n_threads_batch", threads, "--n_ctx", "4096", "--logits_all", "false"]
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(command + ["--verbose", "false"], stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(server, port, log)
            yield base
        finally:
            server.terminate()
            server.wait(60)


def wait_for(server, port, log):
    """Returns when the port answers."""
    for _ in range(START_SECONDS * 20):
        if server.poll() is not None:
            log.seek(0)
            raise SideError(f"llama_cpp.server ended: {log.read()[-2000:]}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise SideError(f"llama_cpp.server did not answer within {START_SECONDS} s")


def ask(base, model, case):
    """One streamed answer: milliseconds to its first text, and tokens a second from there to its last."""
    body = {
        "model": model,
        "messages": messages(case),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": ANSWER_TOKENS,
        "temperature": 0.8,
        "top_p": 0.95,
        "seed": case,
    }
    address = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)
    begun = time.perf_counter()
    connection.request("POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise SideError(f"{base} answered {answer.status}: {answer.read(2000).decode(errors='replace')}")
    moments, usage = [], None
    for line in answer:
        if not line.startswith(b"data:") or line.strip() == b"data: [DONE]":
            continue
        frame = json.loads(line[5:])
        if "error" in frame:
            raise SideError(f"{base} failed in mid-stream: {frame['error']}")
        usage = frame.get("usage") or usage
        if any(choice["delta"].get("content") for choice in frame["choices"]):
            moments.append(time.perf_counter())
    connection.close()
    if len(moments) < 2:
        raise SideError(f"{base} answered with fewer than two pieces of text")
    # One piece of text is one token but where characters are longer than a token; the usage knows better.
    tokens = usage["completion_tokens"] if usage else len(moments)
    return {
        "first_ms": (moments[0] - begun) * 1e3,
        "rate": (tokens - 1) / (moments[-1] - moments[0]),
        "tokens": tokens,
        "prompt_tokens": usage["prompt_tokens"] if usage else None,
    }
