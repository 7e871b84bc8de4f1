"""Measure the built classifier: `python evaluate.py FP32.ONNX INT8.ONNX TOKENIZER.JSON`.

In: both precisions as `build.py` writes them, and the encoder's tokenizer. Out: accuracy, F1 for each class, confusion
and the largest class on the held-out part (or `--part development`), and how often the precisions agree. With
`--fixtures FILE` it also writes token ids and int8 logits of a few headlines, for the tests of other runtimes.
"""

import argparse
import json

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import data
from encoder import LABELS

FIXTURES = (
    "Apple shares fall despite record profit",
    "Acme cuts loss as sales rise 12% in the third quarter",
    "IBM to report results on Thursday",
    "Microsoft raises its dividend",
    "Regulator fines Google over advertising business",
    "Shares of Acme unchanged after mixed results",
    "Zürich insurer's profit beats forecasts",
    "Acme wins",
    "Chipmaker's hydrochlorofluorocarbon-free semiconductors outperform",
    "ACME WARNS OF LOWER PROFIT!!!",
    "Apple (AAPL) Q4 EPS $1.64 vs. $1.60 expected; revenue up 6.1% y/y",
    "Drug trial fails, shares plunge 40%",
)


def main():
    options = arguments()
    tokenizer = Tokenizer.from_file(options.tokenizer)
    tokenizer.no_padding()
    tokenizer.enable_truncation(128)
    sessions = {"fp32": open_session(options.fp32), "int8": open_session(options.int8)}
    rows = data.load()[options.part]
    truth = np.array([LABELS.index(label) for label, _ in rows])
    counts, majority = data.balance(rows)
    print(f"{options.part} part: {len(rows)} headlines, {counts}")
    print(f"largest class: {majority:.1%}")
    found = {}
    for name, session in sessions.items():
        found[name] = np.array([logits(session, tokenizer, title)[1].argmax() for _, title in rows])
        report(name, truth, found[name])
    print(f"fp32 and int8 agree on {np.mean(found['fp32'] == found['int8']):.1%}")
    if options.errors:
        for guess, (label, title) in zip(found["int8"], rows):
            if LABELS[guess] != label:
                print(f"  {label} taken for {LABELS[guess]}: {title}")
    if options.fixtures:
        write_fixtures(options.fixtures, sessions["int8"], tokenizer)


def arguments():
    parser = argparse.ArgumentParser(description="Measure the headline sentiment classifier.")
    parser.add_argument("fp32")
    parser.add_argument("int8")
    parser.add_argument("tokenizer")
    parser.add_argument("--part", choices=data.PARTS, default="held-out")
    parser.add_argument("--errors", action="store_true", help="list the headlines that int8 gets wrong")
    parser.add_argument("--fixtures", metavar="FILE", help="write golden token ids and logits of the int8 model")
    return parser.parse_args()


def open_session(path):
    """One thread, so that the numbers do not depend on the machine's core count."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def logits(session, tokenizer, title):
    """Token ids and the three logits of one headline."""
    ids = tokenizer.encode(title).ids
    row = np.array([ids], dtype=np.int64)
    inputs = {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)}
    return ids, session.run(["logits"], inputs)[0][0]


def report(name, truth, found):
    """Print accuracy, F1 by class and the confusion matrix."""
    scores = []
    for place, label in enumerate(LABELS):
        right = np.sum((truth == place) & (found == place))
        scores.append(2.0 * right / max(1, np.sum(truth == place) + np.sum(found == place)))
    shown = ", ".join(f"{label} {score:.3f}" for label, score in zip(LABELS, scores))
    right = int(np.sum(truth == found))
    print(f"{name}: accuracy {right / len(truth):.1%} ({right} of {len(truth)})")
    print(f"  F1 {shown}; macro {np.mean(scores):.3f}")
    for place, label in enumerate(LABELS):
        row = [int(np.sum((truth == place) & (found == other))) for other in range(len(LABELS))]
        print(f"  {label:>8} taken for " + ", ".join(f"{other} {count}" for other, count in zip(LABELS, row)))


def write_fixtures(path, session, tokenizer):
    """Golden answers of ONNX Runtime for the int8 model, logits rounded to four decimals."""
    cases = []
    for title in FIXTURES:
        ids, scores = logits(session, tokenizer, title)
        label = LABELS[int(scores.argmax())]
        rounded = [round(float(score), 4) for score in scores]
        cases.append({"title": title, "ids": ids, "logits": rounded, "label": label})
    content = {"made_by": "evaluate.py --fixtures", "onnxruntime": onnxruntime.__version__, "cases": cases}
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        # One case a line keeps the file readable in a diff.
        lines = ",\n    ".join(json.dumps(case, ensure_ascii=False) for case in content.pop("cases"))
        head = json.dumps(content)[1:-1]
        file.write("{\n  " + head + ',\n  "cases": [\n    ' + lines + "\n  ]\n}\n")


if __name__ == "__main__":
    main()
