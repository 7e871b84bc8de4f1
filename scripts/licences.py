"""The licences of everything that is linked into the distributed program, as one text on standard output: comes in, what cargo says
of the packages of a portable build, and the licence files in their sources.

    python3 scripts/licences.py > licences.txt
"""

import collections
import json
import pathlib
import subprocess

NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE")
METADATA = ["cargo", "metadata", "--format-version", "1", "--locked", "--features", "portable"]


def texts(folder):
    """The licence files of a package; llama.cpp's own lies one folder deeper."""
    places = [*folder.iterdir(), *(folder / "llama.cpp").glob("*")]
    return [path.read_text(errors="replace").strip() for path in sorted(places) if path.is_file() and path.name.upper().startswith(NAMES)]


def main():
    metadata = json.loads(subprocess.run(METADATA, check=True, capture_output=True).stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    linked, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        node = waiting.pop()
        if node not in linked:
            linked.add(node)
            normal = [dep for dep in nodes[node]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
            waiting += [dep["pkg"] for dep in normal]
    by_text = collections.defaultdict(list)
    for package in sorted(metadata["packages"], key=lambda package: package["name"]):
        if package["id"] in linked and package["source"]:
            name = f"{package['name']} {package['version']} ({package['license'] or 'see below'})"
            found = texts(pathlib.Path(package["manifest_path"]).parent) or ["No licence file; the terms are those that its name is followed by."]
            for text in found:
                by_text[text].append(name)
    for text, names in sorted(by_text.items(), key=lambda item: item[1][0]):
        print("=" * 100, *names, "", text, "", sep="\n")


main()
