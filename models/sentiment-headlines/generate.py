"""Training headlines from hand-written templates: `python generate.py` prints them as `label<TAB>title`.

In: `templates.txt`, `slots.txt` and a seed. Out: headlines, the same for the same seed on every machine and Python
version. They are for training only: nothing here is ever used for the development or the held-out part.
"""

import random
import re
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates.txt")
SLOTS = Path(__file__).with_name("slots.txt")
SEED = 20261122

COMPANIES = """
Cisco|Oracle|Starbucks|Adobe|Visa|Nike|Caterpillar|Goldman Sachs|Target|AMD|Home Depot|Uber|Qualcomm|Spotify
Bank of America|Kraft Heinz|Coca-Cola|Dow Chemical|Roche|Toyota|Citigroup|eBay|Micron|PepsiCo|Delta|Siemens
General Motors|Palantir|UPS|Walgreens|Eli Lilly|Lockheed|Merck|Ericsson|Airbus|Samsung|Sony|Shell|Valero|Eaton
General Mills|Costco|Chevron|Deere|Honeywell|Salesforce|PayPal|Moderna|Nestle|Volkswagen|Unilever|HSBC|Vodafone
Marlow Chemicals|Finch Solar|Tarrant Software|Zephyr Air|Keystone Dairy|Redwood Semiconductors|Ellery Cosmetics
Morrow Logistics|Eaglehurst Mining|Tidewell Marine|Garnet Mobility|Cavendish Stores|Pinnacle Rail|Sundial Hotels
Wexley Insurance|Hollis Dental|Calder Utilities|Belmont Therapeutics|Sanwick Biotech|Norvik Fuel|Castle Peak
Hanley Aerospace|Fjord Farms|Alder Networks|Birchfield Bank|Copperline|Dunlin Games|Estera Health|Falkirk Oil
Greyson Media|Hawthorn REIT|Iverna|Juniper Creek Brewing|Kelso Railways|Lorimer Tools|Maplewood Foods|Nordale
Osprey Defense|Peregrine Labs|Quarry Hill Cement|Rosedale Retail|Stannard Steel|Tern Wireless|Umber Textiles
Veldt Agriculture|Wickham Paper|Xanthe Pharma|Yarrow Cruises|Zellweg
"""


def companies():
    """Company names of the generator, also used to swap names inside hand-written training headlines."""
    return [name for line in COMPANIES.strip().splitlines() for name in line.split("|")]


def slots():
    """The choices for each slot, by its name."""
    lines = [line for line in SLOTS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {name: choices.split("|") for name, choices in (line.split(": ", 1) for line in lines)}


def templates():
    """Triples of label, copies and template, in the order of the file."""
    found, label, copies = [], None, 0
    for line in TEMPLATES.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            label, copies = line[2:].split()
        elif line and not line.startswith("#"):
            found.append((label, int(copies), line))
    return found


def pick(source, choices):
    """One of the choices. Only `random()` is used: its stream is the one that Python promises to keep."""
    return choices[int(source.random() * len(choices))]


def fill(template, choices, source):
    """The template with every slot filled; the first letter is a capital."""
    names = companies()
    larger = 2 + int(source.random() * 900)
    fixed = {
        "co": pick(source, names),
        "co2": pick(source, names),
        "n": str(larger),
        "less": str(1 + int(source.random() * (larger - 1))),
        "pct": str(1 + int(source.random() * 39)) + pick(source, ["", "", f".{int(source.random() * 9) + 1}"]),
        "eps": f"{0.05 + source.random() * 4:.2f}",
    }
    title = re.sub(r"\{(\w+)\}", lambda slot: fixed.get(slot[1]) or pick(source, choices[slot[1]]), template)
    return title[0].upper() + title[1:]


def headlines(seed=SEED):
    """Each template filled as often as its class says: pairs of label and title without repeats."""
    source, choices = random.Random(seed), slots()
    made = [(label, fill(template, choices, source)) for label, copies, template in templates() for _ in range(copies)]
    return list(dict.fromkeys(made))


if __name__ == "__main__":
    for label, title in headlines():
        print(f"{label}\t{title}")
