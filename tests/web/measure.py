"""What the page weighs, when it paints, whether it moves, and what axe finds, as a table in Markdown:

    python measure.py BASE_URL AXE_JS SCREENSHOTS --chromium FILE

The first paint is the median of nine cold loads, each in a new profile without a cache. The layout shift is that of a whole
analysis, from the click to the drawn chart. The screenshots are those of docs/page.md.
"""

import statistics

from PIL import Image
from playwright.sync_api import expect
from suite import ARGUMENTS, NARROW, PATIENCE, SMALL, api, check, run, shifts, shot, watch_shifts

expect.set_options(timeout=PATIENCE)

LOADS = 9
TIMES = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const load = performance.getEntriesByType("navigation")[0];
  return {paint, ready: load.domContentLoadedEventEnd};
}"""

SIZES = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(({name}) => !name.includes("/v1/")).map(({decodedBodySize}) => decodedBodySize)"""


def row(words, value):
    print(f"| {words} | {value} |", flush=True)


def picture(page, name):
    shot(page, name)
    path = ARGUMENTS.screenshots / f"{name}.png"
    Image.open(path).save(path.with_suffix(".webp"), quality=82, method=6)
    path.unlink()


def cold_load(browser):
    with browser.page() as page:
        expect(page.locator("#history-list > *").first).to_be_attached()
        return page.evaluate(TIMES)


@check
def first_paint(browser):
    cold_load(browser)
    loads = [cold_load(browser) for _ in range(LOADS)]
    for name, words in (("paint", "first contentful paint"), ("ready", "page ready for input")):
        times = [load[name] for load in loads]
        row(f"{words}, median of {LOADS} ({min(times):.0f}–{max(times):.0f})", f"{statistics.median(times):.0f} ms")


@check
def weight(browser):
    with browser.page() as page:
        expect(page.locator("#history-list > *").first).to_be_attached()
        first = page.evaluate(SIZES)
        page.evaluate("import('/page/chart.js').then(async (chart) => { await chart.loadPlotly(); })")
        whole = page.evaluate(SIZES)
    row(f"before the first chart: {len(first)} files", f"{sum(first) / 1024:.0f} KiB")
    row("Plotly, with the first chart", f"{(sum(whole) - sum(first)) / 1024:.0f} KiB")


@check
def layout_shift_of_an_analysis(browser):
    with browser.page() as page:
        watch_shifts(page)
        for name, value in SMALL.items():
            page.fill(f"#{name}", str(value))
        page.click("#go")
        expect(page.locator(".plot .scatterlayer .trace").first).to_be_attached()
        expect(page.locator("#go")).to_be_visible()
        page.wait_for_timeout(1500)
        row("cumulative layout shift of an analysis", f"{shifts(page):.3f}")


@check
def screenshots(browser):
    analysis = api("/v1/analyze", {"ticker": "AAPL", "horizon_days": 30, "samples": 20})
    views = [
        ("page-prediction-light", "light", {"width": 1280, "height": 1250}),
        ("page-prediction-narrow", "light", NARROW | {"height": 1500}),
    ]
    for name, scheme, viewport in views:
        with browser.page(f"/a/{analysis['id']}", color_scheme=scheme, viewport=viewport) as page:
            expect(page.locator(".plot .scatterlayer .trace").first).to_be_attached()
            page.wait_for_timeout(500)
            picture(page, name)
    with browser.page(color_scheme="dark", viewport={"width": 1280, "height": 1700}) as page:
        page.get_by_label("Test", exact=True).check()
        for name, value in {"horizon_days": 5, "samples": 8, "origins": 8}.items():
            page.fill(f"#{name}", str(value))
        page.click("#go")
        expect(page.locator(".plot .scatterlayer .trace").first).to_be_attached()
        page.wait_for_timeout(500)
        picture(page, "page-test-dark")


run()
