"""Samples in, Markdown out: medians, ratios and how far the rounds lie apart. Pure."""

import statistics


def median(samples):
    return statistics.median(samples)


def number(value):
    """Three digits that matter, as people read them."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def spread(samples):
    """The smallest and the largest."""
    return f"{number(min(samples))}–{number(max(samples))}"


class Comparison:
    """A table of ours against the peer. Samples are lists of rounds, each a list of samples."""

    def __init__(self, title, first, peer="peer", ours="ours"):
        self.title = title
        self.header = [first, ours, peer, f"{ours} / {peer}", "in single rounds", "samples"]
        self.rows = []
        self.raw = []

    def add(self, name, ours, peer):
        mine, theirs = flat(ours), flat(peer)
        rounds = [median(one) / median(other) for one, other in zip(ours, peer)]
        self.rows.append(
            [
                name,
                f"{number(median(mine))} ({spread(mine)})",
                f"{number(median(theirs))} ({spread(theirs)})",
                f"**{median(mine) / median(theirs):.3f}**",
                f"{min(rounds):.3f}–{max(rounds):.3f}",
                f"{len(mine)} / {len(theirs)}",
            ]
        )
        self.raw.append({"row": name, "ours": ours, "peer": peer})

    def markdown(self):
        return markdown(self.title, self.header, self.rows)


class Table:
    """Any other table; `raw` holds what its figures were made of."""

    def __init__(self, title, header):
        self.title = title
        self.header = header
        self.rows = []
        self.raw = []

    def add(self, row, raw):
        self.rows.append(row)
        self.raw.append(raw)

    def markdown(self):
        return markdown(self.title, self.header, self.rows)


def markdown(title, header, rows):
    lines = [header, ["---"] + ["--:"] * (len(header) - 1), *rows]
    return "\n".join([f"### {title}", ""] + [f"| {' | '.join(line)} |" for line in lines]) + "\n"


def flat(rounds):
    return [sample for one in rounds for sample in one]
