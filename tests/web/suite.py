"""What the browser suites share: their arguments, a guarded page, axe, screenshots, and one printed line a check.

A suite marks its checks with `@check` and ends with `run()`. A check is a function named as a sentence that takes a
`Browser` and fails by raising. All checks run, also after a failure; the exit status is 1 when any failed.

The page forbids `eval`, and Playwright's `wait_for_function` needs it: wait with locators and `expect`.
"""

import argparse
import contextlib
import json
import pathlib
import sys
import time
import traceback
import urllib.request

from playwright.sync_api import sync_playwright

parser = argparse.ArgumentParser()
parser.add_argument("base", help="a running `tripod serve --demo`, for example http://127.0.0.1:8069")
parser.add_argument("axe", type=pathlib.Path, help="axe.min.js")
parser.add_argument("screenshots", type=pathlib.Path, help="a folder for the screenshots")
parser.add_argument("--chromium", required=True, help="the browser's executable")
parser.add_argument("--only", default="", help="run the checks whose names contain this")
ARGUMENTS = parser.parse_args()
BASE = ARGUMENTS.base.rstrip("/")

# Enough for every check and little enough for one slow core.
SMALL = {"horizon_days": 3, "samples": 4, "context_days": 40}
# The longest that one small run may take beside other work, in milliseconds.
PATIENCE = 240_000
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 740}

_checks = []


def check(function):
    """Marks a check; the order of the file is the order of the run."""
    _checks.append(function)
    return function


def api(path, body=None):
    """An answer of the server as JSON, without the browser."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE / 1000) as response:
        return json.load(response)


def stream_of(*events):
    """Server-Sent Events as a body: pairs of a name and its data."""
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


class Browser:
    """Pages that fail their check when the console has an error or something was refused by the policy."""

    def __init__(self, chromium):
        self.chromium = chromium

    @contextlib.contextmanager
    def page(self, path="/", routes=None, refusals=(), is_ours=True, **context):
        """A page at `path`. `routes` maps patterns to what answers them, `refusals` are statuses the console may report.

        What the console says on a page that is not ours is its own affair.
        """
        context = self.chromium.new_context(**{"viewport": WIDE} | context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        said = []
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for pattern, answer in (routes or {}).items():
            page.route(pattern, answer)
        if path.startswith("/"):
            path = BASE + path
        page.goto(path)
        try:
            yield page
        finally:
            context.close()
        expected = [f"status of {status}" for status in refusals]
        unexpected = [text for text in said if not any(words in text for words in expected)]
        assert not (is_ours and unexpected), unexpected


def assert_accessible(page, state):
    """No serious or critical finding of axe; lesser ones are printed."""
    if page.evaluate("typeof window.axe") == "undefined":
        page.evaluate(ARGUMENTS.axe.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    lines = [f"{one['impact']}: {one['id']} at {one['nodes'][0]['html'][:160]}" for one in found]
    print(f"     axe, {state}: {len(found)} findings {lines or ''}", flush=True)
    assert not [one for one in found if one["impact"] in ("serious", "critical")], lines


def assert_fits(page):
    """Nothing makes the page scroll sideways."""
    wide, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room, f"the page is {wide} px wide in {room} px"


def watch_shifts(page):
    """Counts what moves from now on without a hand that moved it."""
    page.evaluate("""() => {
      window.shifted = 0;
      const add = ({hadRecentInput, value}) => { if (!hadRecentInput) window.shifted += value; };
      new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({type: "layout-shift", buffered: true});
    }""")


def shifts(page):
    """The cumulative layout shift."""
    return page.evaluate("window.shifted")


def fill(page, ticker="AAPL", **numbers):
    """Fills the form with a small question."""
    if page.locator("#options").is_hidden():
        page.click("#options-toggle")
    page.fill("#ticker", ticker)
    for name, value in (SMALL | numbers).items():
        page.fill(f"#{name}", str(value))
    page.keyboard.press("Tab")


def shot(page, name, whole=False):
    ARGUMENTS.screenshots.mkdir(parents=True, exist_ok=True)
    if whole:
        page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=ARGUMENTS.screenshots / f"{name}.png", full_page=whole)


def run():
    """Runs the checks and exits."""
    chosen = [function for function in _checks if ARGUMENTS.only in function.__name__]
    failed = 0
    with sync_playwright() as playwright:
        # A container's root has no sandbox; the pages are our own.
        chromium = playwright.chromium.launch(executable_path=ARGUMENTS.chromium, args=["--no-sandbox"])
        for function in chosen:
            name = function.__name__.replace("_", " ")
            start = time.monotonic()
            try:
                function(Browser(chromium))
            except Exception:
                failed += 1
                print(f"FAIL {name}", flush=True)
                traceback.print_exc(file=sys.stdout)
            else:
                print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
        chromium.close()
    print(f"{pathlib.Path(sys.argv[0]).name}: {len(chosen) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
