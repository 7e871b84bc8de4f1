"""What prompt-lookup decoding (Saxena 2023) could gain for the report: drafts are looked up where the last tokens stood before, in
the headlines and in the text so far, and the model checks a whole draft in one step.

The reports of the demo's tickers come in, with what llama-bench says a step of several tokens costs; a table goes out of the
tokens that a step would come to and the speed that follows. A draft's token counts as right when the report goes on with it,
as it would under the same sampling. A bound: the looking up itself costs nothing here. Run `make bench` once before.

    python3 benches/lookup.py [--models ID,…]
"""

import argparse
import json
import subprocess
import sys

from speed.sides import SideError, Sides
from speed.table import Table, number

TICKERS = ("AAPL", "GOOG", "IBM", "MSFT")
DRAFTS = (2, 4)
KEY = 3
PEER = """
import json, sys, llama_cpp
model = llama_cpp.Llama(sys.argv[1], vocab_only=True, verbose=False)
print(json.dumps([model.tokenize(text.encode(), add_bos=False) for text in json.load(sys.stdin)]))
"""


def main():
    parser = argparse.ArgumentParser(description="What prompt-lookup decoding could gain")
    parser.add_argument("--models", default="smollm2-135m-instruct,shape-llama-3.2-3b-q4_k_m", help="whose steps are timed")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    sides = Sides()
    texts = [reported(sides.tripod, ticker) for ticker in TICKERS]
    read = tokenised(sides, [text for pair in texts for text in pair])
    pairs = list(zip(read[::2], read[1::2]))
    table = Table(
        "Prompt lookup: what it could gain in the demo's reports",
        ["steps of, draft", "tokens a step", "drafted a step", "cost of a step with a draft", "speed"],
    )
    for model in options.models.split(","):
        costs = step_costs(sides, model, options.threads)
        for longest in DRAFTS:
            counts = [steps(prompt, text, longest) for prompt, text in pairs]
            plain, drafted, tokens, written = (sum(one[part] for one in counts) for part in range(4))
            cost = costs[longest + 1]
            speed = written / (plain + drafted * cost)
            row = [f"{model}, {longest}", number(written / (plain + drafted)), number(tokens / (plain + drafted)), number(cost)]
            table.add([*row, f"**{speed:.2f}**"], {})
    print(table.markdown())


def reported(tripod, ticker):
    """What the model reads of the headlines, and its report."""
    command = [tripod, "analyze", ticker, "--demo", "--json", "--quiet", "--no-store", "--horizon", "1", "--context", "20"]
    done = subprocess.run([*command, "--samples", "1", "--threads", "1"], capture_output=True, text=True)
    if not done.stdout:
        raise SideError(f"`{' '.join(map(str, command))}` failed: {done.stderr.strip()[-500:]}")
    analysis = json.loads(done.stdout)
    titles = [headline["title"] for headline in analysis["sentiment"]["headlines"]]
    return "\n".join([*titles, analysis["sentiment"]["summary"] or ""]), analysis["report"]["markdown"]


def tokenised(sides, texts):
    """The texts as tokens of the demo's reporter."""
    path = sides.files("smollm2-135m-instruct")["weights"]
    done = subprocess.run(
        [str(sides.python), "-c", PEER, path], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def step_costs(sides, model, threads):
    """What a step of so many tokens costs, in steps of one."""
    path = sides.files(model)["weights"]
    rates = {size: max(sides.llama_bench(path, size, 0, 5, threads)["prefill"]) for size in (1, *(n + 1 for n in DRAFTS))}
    return {size: size / rate * rates[1] for size, rate in rates.items()}


def steps(prompt, text, longest):
    """Steps without a draft, steps with one, tokens drafted, tokens written."""
    seen, at = list(prompt), 0
    plain = drafted = tokens = 0
    while at < len(text):
        draft = looked_up(seen, longest)
        right = 0
        while right < len(draft) and at + right < len(text) and draft[right] == text[at + right]:
            right += 1
        plain, drafted, tokens = plain + (not draft), drafted + bool(draft), tokens + len(draft)
        taken = min(right + 1, len(text) - at)
        seen += text[at : at + taken]
        at += taken
    return plain, drafted, tokens, len(text)


def looked_up(seen, longest):
    """What followed the last tokens where they stood before."""
    key = seen[-KEY:]
    for at in range(len(seen) - KEY - 1, -1, -1):
        if seen[at : at + KEY] == key:
            return seen[at + KEY : at + KEY + longest]
    return []


if __name__ == "__main__":
    try:
        main()
    except SideError as error:
        sys.exit(f"error: {error}")
