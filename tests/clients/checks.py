"""What the client scripts share: their arguments, the models' names, and one printed line a check.

A script marks its checks with `@check` and ends with `run()`. A check is a function named as a sentence; it fails by
raising. All checks run, also after a failure; the exit status is 1 when any failed.
"""

import inspect
import os
import sys
import time
import traceback

# Nothing here may leave the machine, and nothing a user has set for the real services may steer these checks.
for name in list(os.environ):
    if name.startswith(("OPENAI_", "ANTHROPIC_", "OLLAMA_", "LANGCHAIN_", "LANGSMITH_", "LITELLM_", "LLM_")) or name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"

if len(sys.argv) not in (2, 3):
    sys.exit(f"usage: {os.path.basename(sys.argv[0])} BASE_URL [API_KEY], for example http://127.0.0.1:8069")

BASE_URL = sys.argv[1].rstrip("/")
API_URL = BASE_URL + "/v1"
HAS_KEY = len(sys.argv) == 3
# The clients insist on a key; a server without keys ignores it.
API_KEY = sys.argv[2] if HAS_KEY else "no-key-needed"

PIPELINE = "tripod"
REPORTER = "tripod-reporter"
FORECASTER = "tripod-forecaster"
EMBEDDER = "tripod-embedder"

# Enough for every check and little enough for one slow core.
MAX_TOKENS = 16
TIMEOUT_SECONDS = 60.0
PIPELINE_TIMEOUT_SECONDS = 300.0
# More tokens than any context that these models have, in a body that is far from too large.
HUGE_PROMPT = "price " * 40_000

_checks = []


def check(function):
    """Marks a check; the order of the file is the order of the run."""
    _checks.append(function)
    return function


def raises(expected, call):
    """Calls and returns the error of class `expected`; any other ending fails the check."""
    try:
        answer = call()
    except expected as error:
        return error
    raise AssertionError(f"expected {expected.__name__}, got an answer: {str(answer)[:300]}")


def run():
    """Runs the checks and exits."""
    failed = 0
    for function in _checks:
        name = function.__name__.replace("_", " ")
        start = time.monotonic()
        try:
            if inspect.iscoroutinefunction(function):
                import asyncio

                asyncio.run(function())
            else:
                function()
        except Exception:
            failed += 1
            print(f"FAIL {name}", flush=True)
            traceback.print_exc(file=sys.stdout)
        else:
            print(f"ok   {name} ({time.monotonic() - start:.2f} s)", flush=True)
    print(f"{os.path.basename(sys.argv[0])}: {len(_checks) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
