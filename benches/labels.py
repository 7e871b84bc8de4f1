"""How far the reporter's labels of headlines agree with the sentiment classifier's, and its expected changes with the prices.

    tripod dataset sentiment --demo --out labels.jsonl
    tripod analyze AAPL GOOG IBM MSFT --demo --stages sentiment --json --no-store > classified.json
    python3 benches/labels.py labels.jsonl classified.json

Joins the two by title. Prints the agreement, that of a labeller which always gives the classifier's most frequent label, Cohen's
kappa (Cohen 1960), and a table of both labels. Needs nothing but Python.
"""

import json
import sys
from collections import Counter

LABELS = ["positive", "negative", "neutral"]


def documents(text):
    """The JSON documents of a text, which stand one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


def main(labelled, classified):
    rows = [json.loads(line) for line in open(labelled, encoding="utf-8")]
    truth = {}
    for analysis in documents(open(classified, encoding="utf-8").read()):
        for headline in analysis["sentiment"]["headlines"]:
            truth[headline["title"]] = headline["label"]
    pairs = [(truth[row["title"]], row["label"]) for row in rows if row["title"] in truth]
    count = len(pairs)
    if not count:
        sys.exit("the two files share no headline")
    table = Counter(pairs)
    agreed = sum(table[label, label] for label in LABELS)
    ours = Counter(label for _, label in pairs)
    theirs = Counter(label for label, _ in pairs)
    by_chance = sum(ours[label] * theirs[label] for label in LABELS) / count**2
    most, most_count = theirs.most_common(1)[0]
    print(f"{count} headlines in both files")
    print(f"agreement {agreed} of {count} ({agreed / count:.0%})")
    print(f"always {most}: {most_count} of {count} ({most_count / count:.0%})")
    if by_chance < 1:
        print(f"Cohen's kappa {(agreed / count - by_chance) / (1 - by_chance):.2f}")
    print("\nclassifier \\ reporter " + "".join(f"{label:>10}" for label in LABELS))
    for label in LABELS:
        print(f"{label:>21} " + "".join(f"{table[label, other]:>10}" for other in LABELS))
    known = [row for row in rows if row["actual_next_day_change"] is not None]
    moved = [row for row in known if row["actual_next_day_change"] * row["next_day_change"] != 0]
    right = sum((row["actual_next_day_change"] > 0) == (row["next_day_change"] > 0) for row in moved)
    print(f"\nexpected and actual change of one sign: {right} of {len(moved)}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
