"""Keeps the requests that Schemathesis makes up short: every one reaches the server, none asks for minutes of work.

A request body comes in before it is sent; it goes out with its lengths bounded. Values that are wrong on purpose stay
wrong. Each route that writes texts does so a few times; after that a chat goes to the pipeline, which asks back without a
model, and a completion, or a chat with tools, to a model that there is not. Each route that runs the pipeline does so a few
times on a company of the demo, `/v1/analyze` once with every stage; after that the company is one that the demo lacks.
"""

import collections
import re

import schemathesis

# The most of each that a request may ask for.
TOKENS = {"max_tokens": 2, "max_completion_tokens": 2, "max_output_tokens": 2, "num_predict": 2}
BOUNDS = TOKENS | {
    "n": 2,
    "samples": 2,
    "horizon_days": 1,
    "prediction_days": 1,
    "context_days": 20,
    "origins": 2,
}
# Larger numbers are left for the server to refuse.
PLAUSIBLE = 1_000_000
# What a route would take in place of a missing number, where that is much.
LONG_WHEN_ABSENT = {
    "/v1/chat/completions": ["max_tokens"],
    "/v1/completions": ["max_tokens"],
    "/v1/responses": ["max_output_tokens"],
    "/v1/analyze": ["samples", "horizon_days", "context_days"],
    "/v1/forecast": ["samples", "horizon_days", "context_days"],
    "/v1/backtest": ["samples", "horizon_days", "context_days", "origins"],
}
DEMO_COMPANY = re.compile(r"AAPL|IBM|MSFT|GOOG|Apple|Microsoft|Google|International Business Machines", re.IGNORECASE)
# How often a route may run on a company of the demo; a route that is not here may once.
DEMO_RUNS = {"/v1/analyze": 4, "/v1/forecast": 4}
# A list as long as may be is as right as a short one, and takes a minute to read.
LISTS = ("messages", "input", "headlines")

# How many requests of a route may have a model write a text, without tools and with them, and the model that the others go to.
MOST_TEXTS = 5
MOST_WITH_TOOLS = 2
AFTERWARDS = {
    "/v1/chat/completions": "tripod",
    "/v1/completions": "none",
    "/v1/responses": "tripod",
    "/v1/messages": "tripod",
    "/v1/messages/count_tokens": "none",
    "/api/chat": "tripod",
    "/api/generate": "none",
}
# The routes whose limit of tokens is one of the `options`.
WITH_OPTIONS = ("/api/chat", "/api/generate")

_demo_runs = collections.Counter()
_texts = collections.Counter()


@schemathesis.hook
def before_call(context, case, kwargs):
    """Bounds the body of `case`."""
    if not isinstance(case.body, dict):
        return
    body = dict(case.body)
    for name in LONG_WHEN_ABSENT.get(case.path, []):
        if body.get(name) is None:
            body[name] = BOUNDS[name]
    if case.path in WITH_OPTIONS and isinstance(body.get("options") or {}, dict):
        options = dict(body.get("options") or {})
        asked = options.get("num_predict")
        if asked is None or type(asked) is int and (asked in (-1, -2) or asked > BOUNDS["num_predict"]):
            options["num_predict"] = BOUNDS["num_predict"]
        body["options"] = options
    made_right = case.meta is None or case.meta.generation.mode.is_positive
    # A request that is wrong in another place may still run: what it may write stays short.
    for name, most in (BOUNDS if made_right else TOKENS).items():
        if type(body.get(name)) is int and most < body[name] <= PLAUSIBLE:
            body[name] = most
    for name in LISTS:
        if isinstance(body.get(name), list) and 4 < len(body[name]) <= 256:
            body[name] = body[name][:4]
    if made_right and case.path == "/v1/forecast":
        body.pop("stages", None)
    with_tools = bool(body.get("tools") or body.get("tool_choice"))
    if case.path in AFTERWARDS and str(body.get("model")).startswith("tripod" if with_tools else "tripod-"):
        _texts[case.path, with_tools] += 1
        if _texts[case.path, with_tools] > (MOST_WITH_TOOLS if with_tools else MOST_TEXTS):
            body["model"] = "none" if with_tools else AFTERWARDS[case.path]
    if DEMO_COMPANY.search(str(body)):
        _demo_runs[case.path] += 1
        if _demo_runs[case.path] > DEMO_RUNS.get(case.path, 1):
            body = elsewhere(body)
    if case.path == "/v1/analyze":
        if _demo_runs[case.path] == 1:
            body.pop("stages", None)
        elif not body.get("stages") or "report" in str(body["stages"]):
            body["stages"] = ["forecast"]
    case.body = body


def elsewhere(value):
    """`value` with the demo's companies replaced in all its texts."""
    if isinstance(value, str):
        return DEMO_COMPANY.sub("ZZZZ", value)
    if isinstance(value, list):
        return [elsewhere(item) for item in value]
    if isinstance(value, dict):
        return {key: elsewhere(item) for key, item in value.items()}
    return value
