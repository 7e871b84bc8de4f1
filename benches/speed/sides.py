"""The two sides of the comparison as programs: what to run comes in, the JSON line it printed goes out.

Ours is built here, with the flags that cargo has from the environment and `.cargo/config.toml`; the peer is the Python
environment that `scripts/bench.sh` makes. Both must compute with the same instructions, or there is no comparison. Installs
nothing and measures nothing itself.
"""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = pathlib.Path(__file__).with_name("peer.py")
MAKES_PEER = "scripts/bench.sh"


class SideError(Exception):
    """A side that cannot run; the text says what to do."""


def cache():
    """The cache directory, as `tripod` itself finds it."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("TRIPOD_CACHE") or pathlib.Path(base) / "tripod")


class Sides:
    """Our programs and the peer's Python."""

    def __init__(self, python=None):
        self.python = pathlib.Path(python or cache() / "bench" / "bin" / "python")
        if not self.python.exists():
            raise SideError(f"there is no peer at {self.python}: make it with {MAKES_PEER}")
        self.bench_program = self.python.with_name("llama-bench")
        if not self.bench_program.exists():
            raise SideError(f"there is no llama-bench at {self.bench_program}: make it with {MAKES_PEER}")
        built = build(["build", "--release", "--bin", "tripod", "--bench", "speed"])
        self.tripod, self.bench = built["tripod"], built["speed"]

    def ours(self, *arguments):
        """Runs one of our scenarios."""
        return answer([self.bench, *map(str, arguments)])

    def peer(self, *arguments):
        """Runs one of the peer's scenarios."""
        return answer([str(self.python), str(PEER), *map(str, arguments)])

    def llama_bench(self, path, prompt, decode, repetitions, threads):
        """llama.cpp's own measure of a model: tokens a second of its prompts and of its decoding, a list each."""
        counts = {"-p": prompt, "-n": decode, "-r": repetitions, "-t": threads}
        command = [str(self.bench_program), "-m", path, "-o", "json"]
        command += [str(part) for pair in counts.items() for part in pair]
        tests = json.loads(output(command))
        return {"prefill" if test["n_prompt"] else "decode": test["samples_ts"] for test in tests}

    def files(self, model):
        """Where a model's files are. A missing model is an error that names the command that fetches it."""
        return self.ours("files", model)

    def check(self):
        """What both compute with; an error where they differ."""
        ours, peer = self.ours("info"), self.peer("info")
        mine, theirs = instructions(ours["flags"]), instructions(peer["flags"])
        if mine != theirs:
            raise SideError(
                "the two sides use different instructions of the processor:"
                f"\n  only ours: {' '.join(sorted(mine - theirs)) or '-'}"
                f"\n  only the peer: {' '.join(sorted(theirs - mine)) or '-'}"
                "\nBuild ours with RUSTFLAGS='-C target-cpu=native', and the peer for this processor:"
                f" remove {self.python.parents[1]} and run {MAKES_PEER}"
            )
        return ours, peer


def instructions(flags):
    """`CPU : AVX = 1 | OPENMP = 1 | …` as a set of names; how threads are made is none of them."""
    parts = [part.split("=") for part in flags.replace(":", "|").split("|") if "=" in part]
    return {name.strip() for name, value in parts if value.strip() == "1"} - {"OPENMP"}


def build(arguments):
    """Builds with cargo; the executables by the names of their targets."""
    command = ["cargo", *arguments, "--locked", "--quiet", "--message-format=json-render-diagnostics"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SideError(f"`{' '.join(command)}` failed")
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {
        message["target"]["name"]: message["executable"] for message in messages if message.get("executable") is not None
    }


def answer(command):
    """Runs a program that prints one JSON line."""
    return json.loads(output(command).strip().splitlines()[-1])


def output(command):
    """Runs a program; what it printed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        reason = done.stderr.strip()[-2000:] or f"exit code {done.returncode}"
        raise SideError(f"{' '.join(command[1:])}: {reason}")
    return done.stdout
