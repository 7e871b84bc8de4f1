"""The table of scripts/formats.sh: the backtests of several models over the same windows come in, their figures and the paired
tests go out.

    python3 scripts/formats.py FOLDER FORMAT…      reads FOLDER/format-FORMAT.jsonl and FOLDER/format-FORMAT.json

The test is that of `tripod backtest` over many tickers (src/backtest/dates.rs): Diebold–Mariano on the mean losses of each period
of the calendar, since stocks move together, corrected for small samples, and Holm's method over the pairs. Tripod's own p-value
against naive must come out for each model, else the script stops."""

import datetime
import itertools
import json
import math
import pathlib
import sys

HORIZON = 5
CONE = "volatility_cone"


def tail(statistic, freedom):
    """Chance that Student's t lies further from 0. With t = √ν·tan θ the density is that of cos^(ν−1) θ."""
    def area(low, high, steps=4000):
        at = [math.cos(low + (high - low) * step / steps) ** (freedom - 1) for step in range(steps + 1)]
        return (high - low) / steps / 3 * (at[0] + at[-1] + 4 * sum(at[1:-1:2]) + 2 * sum(at[2:-1:2]))

    angle = math.atan(abs(statistic) / math.sqrt(freedom))
    return area(angle, math.pi / 2) / area(0, math.pi / 2)


def diebold_mariano(differences):
    """Two-sided p-value of no difference; neighbouring periods share days (h = 2)."""
    count, h = len(differences), 2
    mean = sum(differences) / count
    centred = [one - mean for one in differences]
    covariance = [sum(a * b for a, b in zip(centred, centred[lag:])) / count for lag in range(h)]
    variance = covariance[0] + 2 * covariance[1]
    if variance <= 0:
        variance = covariance[0] + covariance[1]
    correction = math.sqrt((count + 1 - 2 * h + h * (h - 1) / count) / count)
    return tail(correction * mean / math.sqrt(variance / count), count - 1)


def holm(p_values):
    adjusted, before = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        before = adjusted[place] = min(1.0, max(before, p_values[place] * (len(p_values) - rank)))
    return adjusted


def p_value(windows, loss):
    """The test on a difference of losses, with the windows of a period as one."""
    length = math.ceil(HORIZON * 365.25 / 252)
    periods = {}
    for window in windows:
        period = datetime.date.fromisoformat(window["as_of"]).toordinal() // length
        periods.setdefault(period, []).append(loss(window))
    return diebold_mariano([sum(all) / len(all) for _, all in sorted(periods.items())])


def read(folder, name):
    """The windows of a model by ticker and day, and how many have no forecast."""
    windows, failed = {}, 0
    for line in (folder / f"format-{name}.jsonl").read_text().splitlines():
        backtest = json.loads(line)
        failed += backtest["failed"]
        for window in backtest["windows"]:
            score = next(score for score in window["horizons"] if score["days"] == HORIZON)
            windows[backtest["ticker"], window["as_of"]] = {**window, **score}
    return windows, failed


def against_naive(window):
    return window["error"] - window["naive_error"]


def shown(p):
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def ratio(windows, one, other):
    return sum(map(one, windows)) / sum(map(other, windows))


def check(folder, name, windows):
    """Tripod's figures over all tickers must be those of this script."""
    overall = json.loads((folder / f"format-{name}.json").read_text())["groups"][-1]["horizons"][-1]
    ours = p_value(windows, against_naive), ratio(windows, lambda w: w["error"], lambda w: w["naive_error"])
    theirs = overall["p_value"], overall["error_to_naive"]["value"]
    if any(abs(one - other) > 1e-6 for one, other in zip(ours, theirs)):
        sys.exit(f"error: {name}: p and error to naive are {ours}, and {theirs} by tripod backtest")


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    found = {name: read(folder, name) for name in names}
    for name in names:
        check(folder, name, found[name][0].values())
    common = sorted(set.intersection(*(set(windows) for windows, _ in found.values())))
    of = {name: [found[name][0][key] for key in common] for name in names}
    days = sorted({day for _, day in common})
    tickers = len({ticker for ticker, _ in common})
    print(f"{len(common)} windows of {HORIZON} trading days, {tickers} tickers, split on {len(days)} days from {days[0]} to {days[-1]}")
    print(f"\n{'format':<12}{'tokens':>8}{'error/naive':>13}{'p':>8}{'CRPS/cone':>11}{'p':>8}{'in 80 %':>9}"
          f"{'rejected':>10}{'unparsable':>12}{'failed':>8}")
    for name in names:
        windows = of[name]
        share = lambda key: 100 * sum(w[key] for w in windows) / sum(w["kept"] + w["rejected"] for w in windows)
        tokens = sum(w["prompt_tokens"] for w in windows) / len(windows)
        print(f"{name:<12}{tokens:>8.0f}"
              f"{ratio(windows, lambda w: w['error'], lambda w: w['naive_error']):>13.3f}{shown(p_value(windows, against_naive)):>8}"
              f"{ratio(windows, lambda w: w['crps']['model'], lambda w: w['crps'][CONE]):>11.3f}"
              f"{shown(p_value(windows, lambda w: w['crps']['model'] - w['crps'][CONE])):>8}"
              f"{100 * sum(w['covered'] for w in windows) / len(windows):>9.1f}"
              f"{share('rejected'):>8.2f} %{share('unparsable'):>10.2f} %{found[name][1]:>8}")

    pairs = list(itertools.combinations(names, 2))
    columns = []
    for loss in (lambda w: w["error"], lambda w: w["crps"]["model"]):
        both = [[{"as_of": a["as_of"], "difference": loss(a) - loss(b)} for a, b in zip(of[one], of[other])] for one, other in pairs]
        means = [100 * sum(w["difference"] for w in windows) / len(windows) for windows in both]
        p_values = [p_value(windows, lambda w: w["difference"]) for windows in both]
        columns.append(list(zip(means, p_values, holm(p_values))))
    print("\nDifferences in per cent of the last close; below 0 the first is better. p of Diebold–Mariano, and after Holm's correction")
    print(f"{'pair':<26}{'error':>9}{'p':>8}{'Holm':>8}{'CRPS':>9}{'p':>8}{'Holm':>8}")
    for (one, other), *of_losses in zip(pairs, *columns):
        figures = "".join(f"{mean:>+9.3f}{shown(p):>8}{shown(corrected):>8}" for mean, p, corrected in of_losses)
        print(f"{one + ' − ' + other:<26}{figures}")


main()
