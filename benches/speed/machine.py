"""What the figures were measured on: the machine, the sources and the two sides' libraries, as Markdown and as plain data."""

import os
import pathlib
import platform
import subprocess

from .sides import ROOT

# What the kernels of ggml and ONNX Runtime choose by.
FLAGS = ["avx2", "f16c", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm", "sve"]


def describe(ours, peer):
    """The machine and both sides; the arguments are their `info` answers."""
    name, flags = processor()
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "flags": [flag for flag in FLAGS if flag in flags],
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "load_average": os.getloadavg()[0],
        "commit": said(["git", "rev-parse", "--short", "HEAD"]) + ("" if clean() else " and changes"),
        "rustc": said(["rustc", "--version"]),
        "ours": ours,
        "peer": peer,
    }


def processor():
    """Name and flags of the processor, as the kernel tells them."""
    found = {}
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            pairs = [line.split(":", 1) for line in file if ":" in line]
        for key, value in pairs:
            found.setdefault(key.strip().lower(), value.strip())
    flags = found.get("flags") or found.get("features") or ""
    return found.get("model name") or platform.processor() or platform.machine(), flags.split()


class Others:
    """How much of the machine's cores other programs use from now on, and how much the host takes away, percent."""

    COUNTERS = pathlib.Path("/proc/stat")

    def __init__(self):
        self.begun = self.now()

    def now(self):
        """Seconds since the start of the machine: of all cores, at work, stolen by the host, at work for this program."""
        if not self.COUNTERS.exists():
            return None
        ticks = [int(field) for field in self.COUNTERS.read_text().split("\n", 1)[0].split()[1:9]]
        user, nice, system, idle, waiting, interrupts, soft, stolen = (tick / os.sysconf("SC_CLK_TCK") for tick in ticks)
        work = user + nice + system + interrupts + soft
        # Children count once they have ended.
        return work + idle + waiting + stolen, work, stolen, sum(os.times()[:4])

    def percent(self):
        """Both figures, or `None` where the system does not tell."""
        if self.begun is None:
            return None
        whole, work, stolen, own = (after - before for before, after in zip(self.begun, self.now()))
        return {"others": 100 * max(0.0, work - own) / whole, "stolen": 100 * stolen / whole} if whole > 0 else None


def clean():
    return said(["git", "status", "--porcelain"]) == ""


def said(command):
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip()


def markdown(machine):
    ours, peer = machine["ours"], machine["peer"]
    versions = ", ".join(f"{name} {version}" for name, version in peer["versions"].items())
    return "\n".join(
        [
            f"* {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']};"
            f" {' '.join(machine['flags'])}; load average at the start {machine['load_average']:.1f}",
            f"* ours: commit {machine['commit']}, {machine['rustc']}, ggml {ours['ggml']}, {ours['onnxruntime']}",
            f"* the peer: {versions}, ggml {peer['ggml']}",
            f"* both llama.cpp: {ours['flags'].strip()}",
            "",
        ]
    )
