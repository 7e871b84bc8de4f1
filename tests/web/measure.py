"""What the page weighs, when it paints, whether it moves, and what axe finds, as a table in Markdown:

    python measure.py BASE_URL AXE_JS SCREENSHOTS --chromium FILE

The first paint is the median of nine cold loads, each in a new profile without a cache. The layout shift is that of a whole
analysis, from the click to the drawn chart. The screenshots are those of docs/page.md.
"""

import statistics

from PIL import Image
from playwright.sync_api import expect
from suite import ARGUMENTS, NARROW, PATIENCE, api, check, fill, run, shifts, shot, watch_shifts

expect.set_options(timeout=PATIENCE)

LOADS = 9
TIMES = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const load = performance.getEntriesByType("navigation")[0];
  return {paint, ready: load.domContentLoadedEventEnd};
}"""

SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({name}) => !name.includes("/v1/")).map(({decodedBodySize, encodedBodySize}) => [decodedBodySize, encodedBodySize])"""


def row(words, value):
    print(f"| {words} | {value} |", flush=True)


def picture(page, name):
    shot(page, name)
    path = ARGUMENTS.screenshots / f"{name}.png"
    Image.open(path).save(path.with_suffix(".webp"), quality=82, method=6)
    path.unlink()


def cold_load(browser):
    with browser.page() as page:
        page.locator(".plot canvas").first.wait_for()
        drawn = page.evaluate("performance.now()")
        expect(page.locator("#history-list > *").first).to_be_attached()
        return page.evaluate(TIMES) | {"drawn": drawn}


@check
def first_paint(browser):
    cold_load(browser)
    loads = [cold_load(browser) for _ in range(LOADS)]
    rows = (("paint", "first contentful paint"), ("ready", "page ready for input"), ("drawn", "history drawn"))
    for name, words in rows:
        times = [load[name] for load in loads]
        row(f"{words}, median of {LOADS} ({min(times):.0f}–{max(times):.0f})", f"{statistics.median(times):.0f} ms")


@check
def weight(browser):
    with browser.page() as page:
        page.locator(".plot canvas").first.wait_for()
        expect(page.locator("#history-list > *").first).to_be_attached()
        sizes = page.evaluate(SIZES)
    *rest, library = sorted(sizes)
    told = lambda files: " KiB, compressed ".join(f"{sum(column) / 1024:.0f}" for column in zip(*files)) + " KiB"
    row(f"the page: {len(rest)} files", told(rest))
    row("the chart's library", told([library]))


@check
def layout_shift_of_an_analysis(browser):
    with browser.page() as page:
        watch_shifts(page)
        fill(page)
        page.click("#go")
        expect(page.locator("#permalink")).to_be_visible()
        expect(page.locator("#go")).to_be_visible()
        page.wait_for_timeout(1500)
        row("cumulative layout shift of an analysis", f"{shifts(page):.3f}")


@check
def screenshots(browser):
    analysis = api("/v1/analyze", {"ticker": "AAPL", "horizon_days": 30})
    views = [
        ("page-prediction-light", "light", {"width": 1280, "height": 1250}),
        ("page-prediction-dark", "dark", {"width": 1280, "height": 900}),
        ("page-prediction-narrow", "light", NARROW | {"height": 1500}),
    ]
    for name, scheme, viewport in views:
        with browser.page(f"/a/{analysis['id']}", color_scheme=scheme, viewport=viewport) as page:
            settle(page)
            picture(page, name)
    with browser.page(color_scheme="dark", viewport={"width": 1280, "height": 1500}) as page:
        page.get_by_label("Test", exact=True).check(force=True)
        fill(page, horizon_days=5, samples=64, origins=12, context_days=180)
        page.click("#options-toggle")
        page.click("#go")
        page.locator("#scores .verdict").wait_for()
        settle(page)
        picture(page, "page-test-dark")
    with browser.page(f"/a/{analysis['id']}", viewport={"width": 1280, "height": 820}) as page:
        settle(page)
        page.click("#chat-toggle")
        for question in ("Why this call?", "What is the 80% band?"):
            page.get_by_role("button", name=question).click()
            expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
            expect(page.locator("#chat-send")).to_be_visible()
        page.locator("#chat-title").hover()
        picture(page, "page-chat")
    for ticker in ("MSFT", "IBM", "GOOG"):
        api("/v1/analyze", {"ticker": ticker, "horizon_days": 10})
    api("/v1/analyze", {"ticker": "MSFT", "horizon_days": 10, "seed": 1})
    with browser.page(viewport={"width": 1280, "height": 720}) as page:
        settle(page)
        boxes = page.locator("#history-list .analyses > li > .entry input")
        for place in (0, 1):
            boxes.nth(place).check()
        page.locator("#history").scroll_into_view_if_needed()
        page.mouse.wheel(0, 2000)
        page.wait_for_timeout(400)
        picture(page, "page-history")
        page.click("#compare")
        page.wait_for_timeout(400)
        picture(page, "page-comparison")


def settle(page):
    """Waits until the chart is drawn and at rest."""
    page.locator(".plot canvas").first.wait_for()
    page.mouse.move(0, 0)
    page.wait_for_timeout(1200)


run()
