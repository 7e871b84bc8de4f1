"""The headlines and their parts: `python data.py` prints the class balance of each part.

In: `headlines.tsv` (written by hand) and the generated headlines. Out: lists of `(label, title)` by part. Generated
headlines only ever join the training part, and whatever resembles the other parts too closely leaves it.
"""

from collections import Counter
from pathlib import Path

import generate
from encoder import LABELS

HEADLINES = Path(__file__).with_name("headlines.tsv")
PARTS = ("train", "development", "held-out")
CLOSE = 0.5


def load():
    """The three parts by name: `train` (hand-written and generated), `development` and `held-out`."""
    parts = {part: [] for part in PARTS}
    for number, line in enumerate(HEADLINES.read_text(encoding="utf-8").splitlines()[1:], start=2):
        fields = line.split("\t")
        if len(fields) != 4 or fields[0] not in parts or fields[2] not in LABELS:
            raise ValueError(f"{HEADLINES.name}:{number}: expected part, topic, label and title between tabs")
        parts[fields[0]].append((fields[2], fields[3]))
    tested = [words(title) for part in PARTS[1:] for _, title in parts[part]]
    candidates = parts["train"] + generate.headlines()
    parts["train"] = [row for row in candidates if not any(close(words(row[1]), other) for other in tested)]
    return parts


def words(title):
    """The words of a title that begin with a small letter: what is said, without the names it is said of."""
    return frozenset(word.strip(".,:;?!'") for word in title.split() if word[0].islower())


def close(one, other):
    """Whether two titles share at least half of all their words."""
    return len(one & other) >= CLOSE * max(1, len(one | other))


def balance(rows):
    """Headlines per class and the share of the largest class: `(counts, majority)`."""
    counts = Counter(label for label, _ in rows)
    return {label: counts[label] for label in LABELS}, max(counts.values()) / len(rows)


if __name__ == "__main__":
    for part, rows in load().items():
        counts, majority = balance(rows)
        shown = ", ".join(f"{count} {label}" for label, count in counts.items())
        print(f"{part}: {len(rows)} headlines ({shown}); largest class {majority:.1%}")
