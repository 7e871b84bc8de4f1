#!/usr/bin/env python3
"""Writes src/news/english.txt, the list of common English words that headlines are compared with.

A GGUF file whose vocabulary is ordered by frequency comes in (SmolLM2's, which `tripod models pull` fetches); lines of words go out:

    python3 scripts/english.py ~/.cache/tripod/models/smollm2-135m-instruct/*.gguf > src/news/english.txt
"""

import struct
import sys

# A word is common when its token is among so many first ones ...
MOST_FREQUENT = 20_000
# ... and its rank is below so many times the rank of the same word with a capital letter.
CAPITALS = 1.3
# Words that the rule misses.
FURTHER = {"visa"}

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}


def vocabulary(path):
    """The tokens in the order of their ids."""
    with open(path, "rb") as file:

        def number(form):
            return struct.unpack("<" + form, file.read(struct.calcsize(form)))[0]

        def value(kind):
            if kind == 8:
                return file.read(number("Q")).decode("utf-8", "replace")
            if kind == 9:
                inner, count = number("I"), number("Q")
                return [value(inner) for _ in range(count)]
            return file.read(SIZES[kind])

        if file.read(4) != b"GGUF":
            sys.exit(f"{path} is no GGUF file")
        number("I"), number("Q")
        for _ in range(number("Q")):
            key, entry = value(8), value(number("I"))
            if key == "tokenizer.ggml.tokens":
                return entry
    sys.exit(f"{path} holds no vocabulary")


def main():
    rank = {token: place for place, token in enumerate(vocabulary(sys.argv[1]))}
    words = set(FURTHER)
    for token, place in rank.items():
        # A token that begins a word begins with this mark.
        word = token[1:] if token.startswith("Ġ") else ""
        if not (3 <= len(word) <= 14 and word.isascii() and word.isalpha() and word.islower()):
            continue
        capital = rank.get("Ġ" + word.capitalize())
        if place < MOST_FREQUENT and (capital is None or place < CAPITALS * capital):
            words.add(word)
    line = ""
    for word in sorted(words):
        if len(line) + len(word) + 1 > 128:
            print(line)
            line = ""
        line = f"{line} {word}".strip()
    print(line)


main()
