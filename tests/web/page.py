"""The page in a real browser against a started server:

    python page.py BASE_URL AXE_JS SCREENSHOTS --chromium FILE

The server serves the bundled data (`tripod serve --demo`). Questions are small: three days, four samples.
"""

import copy
import functools
import json
import time
import urllib.parse
import urllib.request

from playwright.sync_api import expect
from suite import (
    BASE,
    NARROW,
    PATIENCE,
    SMALL,
    api,
    assert_accessible,
    assert_fits,
    check,
    fill,
    run,
    shifts,
    shot,
    stream_of,
    watch_shifts,
)

expect.set_options(timeout=PATIENCE)

ROW = {"model": "small", "load_ms": 10, "run_ms": 20, "need_bytes": 2**28, "weights_bytes": 2**26, "kv_bytes": 2**25}
ROW |= {"compute_bytes": 2**25, "anon_before": 2**22, "anon_peak": 2**27, "anon_after": 2**23, "freed_bytes": 2**26}
ROW |= {"file_peak": 2**26, "total_peak": 2**27 + 2**26}


@functools.cache
def stored():
    """An analysis that the server keeps."""
    return api("/v1/analyze", {"ticker": "AAPL", **SMALL})


def changed(**fields):
    """The stored analysis with other words in it."""
    analysis = copy.deepcopy(stored())
    for path, value in fields.items():
        *parents, last = path.split("__")
        functools.reduce(lambda node, key: node[int(key) if key.isdigit() else key], parents, analysis)[last] = value
    return analysis


def address():
    return "/a/" + urllib.parse.quote(stored()["id"])


def answer(status=200, content_type="application/json", headers=None, body=""):
    """A route that answers at once."""
    headers = {"content-type": content_type} | (headers or {})
    return lambda route: route.fulfill(status=status, headers=headers, body=body)


def state(page, stage):
    return page.locator(f'.stage[data-stage="{stage}"]')


def assert_drawn(page):
    """There is a chart, and its legend says what of."""
    expect(page.locator(".plot canvas").first).to_be_visible()
    expect(page.locator(".legend li").first).to_be_visible()


def picture(page):
    """The pixels of the chart."""
    return page.locator(".plot").screenshot()


@check
def the_words_follow_the_mode(browser):
    with browser.page() as page:
        expect(page.locator("#go")).to_have_text("Forecast 30 days")
        expect(page.locator("#origins")).to_be_hidden()
        expect(page.locator("#history-list > *").first).to_be_attached()
        expect(page.locator("#track-body > *").first).to_be_attached()
        preloaded = page.eval_on_selector_all('link[rel="modulepreload"]', "links => links.map((link) => link.href)")
        loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
        modules = {name for name in loaded if name.endswith(".js")} - set(preloaded)
        # What is fetched after the first paint.
        later = {f"{BASE}/page/{name}.js" for name in ("main", "lists", "history", "track", "metrics", "lightweight-charts")}
        assert modules == later and set(preloaded) <= set(loaded), (modules, preloaded)
        assert_accessible(page, "at rest")
        shot(page, "rest")
        page.get_by_label("Test", exact=True).check(force=True)
        expect(page.locator("#go")).to_have_text("Test the last 30 days")
        page.get_by_label("Windows").fill("4")
        page.get_by_label("Days ahead").fill("1")
        expect(page.locator("#go")).to_have_text("Test 4 × 1 day")
        assert_accessible(page, "test mode")


@check
def a_prediction_shows_stages_paths_and_report_and_moves_nothing(browser):
    with browser.page() as page:
        watch_shifts(page)
        fill(page)
        page.click("#go")
        expect(page.locator("#cancel")).to_be_visible()
        expect(state(page, "forecast")).to_have_attribute("data-state", "open")
        # Before the look at the page as a whole, which on a busy machine takes longer than the run.
        expect(state(page, "forecast").locator(".stage-status")).to_contain_text("path")
        assert_accessible(page, "running")
        expect(state(page, "forecast")).to_have_attribute("data-state", "closed")
        expect(page.locator("#report h3").first).to_be_visible()
        shot(page, "running")
        expect(page.locator("#go")).to_be_visible()
        for stage in ("forecast", "sentiment", "report"):
            expect(state(page, stage)).to_have_attribute("data-state", "skipped" if stage == "report" else "closed")
        # The demo's report is written by rules and opens no model.
        page.click("#memory-toggle")
        for stage in ("forecast", "sentiment"):
            expect(state(page, stage).locator(".stage-memory")).to_contain_text("freed")
        page.click("#memory-toggle")
        assert_drawn(page)
        figures = page.locator("#figures")
        for words in ("Median at the horizon", "Expected return", "80% band", "Recommendation"):
            expect(figures).to_contain_text(words)
        assert not [value for value in figures.locator("dd").all_inner_texts() if value.startswith("–")]
        expect(page.locator(".headlines tbody tr").first).to_be_visible()
        expect(page.locator("#report-foot")).to_contain_text("written by rules")
        close = page.locator("#report .claim[data-fact^='Last close: ']").first
        close.hover()
        box = close.evaluate("node => getComputedStyle(node, '::after').content")
        assert "Last close" in box, f"no facts beside a claim that is pointed at: {box}"
        shot(page, "claim")
        expect(page.locator("#disclaimer")).to_contain_text("not investment advice")
        assert "/a/analysis-" in page.url, page.url
        assert_accessible(page, "a prediction")
        shot(page, "prediction", whole=True)
        shifted = shifts(page)
        assert shifted < 0.1, f"layout shift of {shifted:.3f}"
        analysis = page.url.rsplit("/", 1)[1]
    with browser.page() as page:
        expect(page.locator(f'#history-list a[href="/a/{analysis}"]')).to_be_attached()


@check
def a_stored_analysis_has_an_address_of_its_own(browser):
    link = f'#history-list a[href="{address()}"]'
    with browser.page() as page:
        link = page.locator(link)
        expect(link).to_be_visible()
        link.click()
        expect(page.locator("#result-title")).to_contain_text("AAPL")
        expect(page.locator("#report h3").first).to_be_visible()
        assert_drawn(page)
        assert page.url.endswith(address()), page.url
        expect(page.locator("#horizon_days")).to_have_value(str(SMALL["horizon_days"]))
        expect(page.locator('.stage[data-state="closed"]')).to_have_count(2)
        page.locator("summary", has_text="ledger").click()
        expect(page.get_by_role("region", name="Ledger of the arenas")).to_be_visible()


@check
def an_unknown_address_is_told(browser):
    with browser.page("/a/analysis-none", refusals=[404]) as page:
        expect(page.locator("#ask-error")).to_contain_text("No analysis is stored under this address")
        expect(page.locator("#result")).to_be_hidden()


@check
def json_markdown_and_png_are_downloaded(browser):
    with browser.page(address()) as page:
        expect(page.locator("#download-png")).to_be_enabled()

        def taken(kind):
            with page.expect_download() as download:
                page.click(f"#download-{kind}")
            return download.value.suggested_filename, open(download.value.path(), "rb").read()

        name, data = taken("json")
        assert name.endswith(".json") and json.loads(data)["id"] == stored()["id"], name
        name, data = taken("markdown")
        assert name.endswith(".md") and b"## Report" in data and b"not investment advice" in data, data[:400]
        name, data = taken("png")
        assert name.endswith(".png") and data.startswith(b"\x89PNG") and len(data) > 10_000, (name, len(data))


@check
def one_window_is_tested_with_report_and_review(browser):
    with browser.page() as page:
        page.get_by_label("Test", exact=True).check(force=True)
        fill(page)
        page.click("#go")
        expect(page.locator("#scores .verdict")).to_contain_text("not enough to say")
        assert_drawn(page)
        expect(page.locator(".legend")).to_contain_text("Truth")
        expect(page.locator("#report-title")).to_have_text("Report, as if on the split day")
        expect(page.locator("#report h3").first).to_be_visible()
        expect(page.locator("#review > *").first).to_be_visible()
        assert_accessible(page, "a test of one window")
        shot(page, "test-one", whole=True)


@check
def many_windows_are_tested_against_baselines(browser):
    with browser.page(color_scheme="dark") as page:
        page.get_by_label("Test", exact=True).check(force=True)
        fill(page, origins=3)
        page.click("#go")
        expect(state(page, "sentiment")).to_have_attribute("data-state", "skipped")
        table = page.get_by_role("region", name="Baselines", exact=True)
        expect(table).to_contain_text("Naive")
        expect(table).to_contain_text("AR(1)")
        expect(page.locator(".metrics > div")).to_have_count(12)
        for explanation in page.locator(".metrics .explanation").all():
            assert explanation.inner_text().strip()
        expect(page.locator("#words")).to_be_hidden()
        page.locator("summary", has_text="All 3 windows").click()
        expect(page.get_by_role("region", name="Windows").locator("tbody tr")).to_have_count(3)
        assert_drawn(page)
        assert_accessible(page, "a test, dark")
        shot(page, "test-dark", whole=True)


@check
def cancel_stops_the_work_in_the_engine(browser):
    def engine_memory():
        text = urllib.request.urlopen(BASE + "/metrics").read().decode()
        return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("tripod_engine_anonymous"))

    def settles(holds):
        end = time.monotonic() + 60
        while not holds(engine_memory()):
            assert time.monotonic() < end, f"the engine holds {engine_memory() / 2**20:.0f} MiB"
            time.sleep(0.5)

    with browser.page() as page:
        fill(page, "GOOG", horizon_days=77, samples=50)
        page.click("#go")
        expect(state(page, "forecast").locator(".stage-memory")).to_contain_text("needs")
        settles(lambda memory: memory > 100 * 2**20)
        page.click("#cancel")
        expect(page.locator("#stages-words")).to_contain_text("Cancelled.")
        expect(page.locator("#go")).to_be_focused()
        # The whole question would keep its arena open for minutes.
        settles(lambda memory: memory < 100 * 2**20)
        assert_accessible(page, "cancelled")
        shot(page, "cancelled")
    horizons = [entry["horizon"] for entry in api("/v1/analyses?limit=20")["data"]]
    assert 77 not in horizons, horizons


@check
def a_wrong_field_is_told_beside_it(browser):
    with browser.page(refusals=[400, 404]) as page:
        fill(page, horizon_days=100)
        page.click("#go")
        expect(page.locator("#horizon_days-error")).to_contain_text("Days ahead must be 1 to 90")
        expect(page.locator("#horizon_days")).to_be_focused()
        expect(page.locator("#horizon_days")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#report-card")).to_be_hidden()
        assert_accessible(page, "a wrong field")
        fill(page, "ZZZZ")
        page.click("#go")
        expect(page.locator("#ticker-error")).to_contain_text("ZZZZ")
        expect(page.locator("#horizon_days-error")).to_be_empty()
        shot(page, "error")


@check
def a_full_queue_and_a_missing_engine_are_told_with_when_to_come_back(browser):
    for status, words in ((429, "the queue is full."), (503, "the engine starts.")):
        body = json.dumps({"error": {"message": words, "type": "server_error", "param": None, "code": None}})
        busy = {"**/v1/analyze": answer(status, headers={"retry-after": "7"}, body=body)}
        with browser.page(routes=busy, refusals=[status]) as page:
            page.click("#go")
            expect(page.locator("#ask-error")).to_have_text(f"{words.capitalize()} Try again in 7 seconds.")


@check
def a_key_is_asked_for_kept_for_the_tab_and_sent(browser):
    def guarded(route):
        if route.request.headers.get("authorization") == "Bearer right":
            return route.fallback()
        body = {"error": {"message": "send a key", "type": "authentication_error", "param": None, "code": None}}
        return route.fulfill(status=401, json=body)

    with browser.page(routes={"**/v1/**": guarded}, refusals=[401]) as page:
        key = page.locator("#key-input")
        expect(key).to_be_visible()
        assert_accessible(page, "a key is asked for")
        key.fill("wrong")
        key.press("Enter")
        expect(page.locator("#key-problem")).to_contain_text("refused that key")
        key.fill("right")
        key.press("Enter")
        expect(page.locator("#key")).to_be_hidden()
        expect(page.locator("#history-list a").first).to_be_visible()
        page.reload()
        expect(page.locator("#history-list a").first).to_be_visible()
        expect(page.locator("#key")).to_be_hidden()


@check
def a_failed_stage_tells_its_error_and_keeps_the_rest(browser):
    job, message = stored()["id"], "the reporter needs 9 GiB: raise --budget"
    analysis = changed(report=None, errors=[{"stage": "report", "message": message}])
    opened = {"event": "stage_opened", "model": "small", "need_bytes": 2**28, "budget_bytes": 2**32}
    events = [
        ("queued", {"event": "queued", "position": 2}),
        ("stage_opened", opened | {"stage": "forecast"}),
        ("stage_closed", {"event": "stage_closed", "row": ROW | {"stage": "forecast"}}),
        ("stage_opened", opened | {"stage": "sentiment"}),
        ("headlines_scored", {"event": "headlines_scored", "job": job, "count": 2}),
        ("stage_closed", {"event": "stage_closed", "row": ROW | {"stage": "sentiment"}}),
        ("stage_failed", {"event": "stage_failed", "job": job, "stage": "report", "message": message}),
        ("result", analysis),
    ]
    routes = {"**/v1/analyze": answer(content_type="text/event-stream", body=stream_of(*events))}
    with browser.page(routes=routes) as page:
        page.click("#go")
        expect(state(page, "report")).to_have_attribute("data-state", "failed")
        expect(state(page, "report")).to_contain_text(message)
        expect(page.locator("#report")).to_contain_text(message)
        expect(state(page, "forecast")).to_have_attribute("data-state", "closed")
        assert_drawn(page)
        expect(page.locator(".headlines tbody tr").first).to_be_visible()
        assert_accessible(page, "a failed stage")


@check
def the_place_in_the_queue_is_shown(browser):
    body = stream_of(("queued", {"event": "queued", "position": 3}))
    with browser.page(routes={"**/v1/analyze": answer(content_type="text/event-stream", body=body)}) as page:
        page.evaluate(
            "new MutationObserver(() => (window.told += document.getElementById('stages-words').textContent))"
            ".observe(document.getElementById('stages-words'), {childList: true}); window.told = ''"
        )
        page.click("#go")
        expect(page.locator("#ask-error")).to_contain_text("ended the stream")
        assert "In the queue: 2 before this one." in page.evaluate("window.told")


@check
def markup_from_outside_stays_text(browser):
    script, picture = "<script>window.hacked = 1</script>", '<img src="x" onerror="window.hacked = 1">'
    hostile = changed(
        company=f"Apple {picture}",
        sentiment__summary=f"{script} [go](javascript:window.hacked=1)",
        sentiment__headlines__0__title=f"Shares rise {script}",
        sentiment__headlines__0__url="javascript:window.hacked=1",
        sentiment__headlines__1__title=f"Shares fall {picture}",
        sentiment__headlines__1__url="https://example.com/?a=1&b=<2>",
        report__markdown=f"## A {picture}\n\n{script}\n\n- **b** {picture}\n\n[a](javascript:alert(1)) [b](https://example.com)",
        warnings=[f"careful {picture}"],
    )
    with browser.page(address(), routes={"**/v1/analyses/*": answer(body=json.dumps(hostile))}) as page:
        expect(page.locator(".headlines")).to_contain_text(script)
        expect(page.locator(".headlines")).to_contain_text(picture)
        expect(page.locator("#result-title")).to_contain_text(picture)
        expect(page.locator("#report")).to_contain_text(script)
        assert_drawn(page)
        assert page.locator("#result img, #result script").count() == 0
        assert page.locator('a[href^="javascript"]').count() == 0
        links = page.locator("#result a[target]").all()
        assert len(links) == 2, [link.get_attribute("href") for link in links]
        assert all("noopener" in link.get_attribute("rel") for link in links)
        assert page.evaluate("window.hacked") is None


@check
def everything_can_be_done_with_the_keyboard(browser):
    with browser.page() as page:
        keys = page.keyboard

        def tab_to(selector, most=30, key="Tab"):
            for _ in range(most):
                if page.locator(selector).evaluate("(element) => element === document.activeElement"):
                    return
                keys.press(key)
            raise AssertionError(f"Tab does not reach {selector}")

        keys.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        tab_to('input[name="mode"]:checked')
        keys.press("ArrowRight")
        expect(page.locator("#origins")).to_be_visible()
        keys.press("ArrowLeft")
        tab_to("#ticker")
        keys.press("ControlOrMeta+a")
        keys.type("micro")
        expect(page.get_by_role("option")).to_have_count(1)
        keys.press("ArrowDown")
        expect(page.locator("#ticker")).to_have_attribute("aria-activedescendant", "ticker-list-0")
        assert_accessible(page, "suggestions")
        keys.press("Enter")
        expect(page.locator("#ticker")).to_have_value("MSFT")
        expect(page.locator("#ticker-list")).to_be_hidden()
        expect(page.locator("#cancel")).to_be_hidden()
        for name in ("horizon_days", "context_days", "samples"):
            tab_to(f"#{name}")
            keys.press("ControlOrMeta+a")
            keys.type(str(SMALL[name]))
            if name == "horizon_days":
                tab_to("#options-toggle")
                keys.press("Enter")
        keys.press("Enter")
        expect(state(page, "forecast")).to_have_attribute("data-state", "open")
        tab_to("#cancel", key="Shift+Tab")
        keys.press("Enter")
        expect(page.locator("#go")).to_be_focused()
        expect(page.locator("#announcer")).to_have_text("Cancelled.")


@check
def the_chat_streams_progress_and_answer_and_can_be_stopped(browser):
    with browser.page() as page:
        page.click("#chat-toggle")
        expect(page.locator("#chat-input")).to_be_focused()
        page.keyboard.type("hello")
        page.keyboard.press("Enter")
        expect(page.locator(".turn .prose").first).not_to_be_empty()
        page.fill("#chat-input", "AAPL 1 day")
        page.keyboard.press("Enter")
        expect(page.locator(".turn .progress").last).to_contain_text("Forecast: opening")
        shot(page, "chat-progress")
        page.click("#chat-stop")
        expect(page.locator(".turn .progress").last).to_have_text("Stopped.")
        page.fill("#chat-input", "AAPL 1 day")
        page.keyboard.press("Enter")
        link = page.get_by_role("link", name="Open the whole analysis")
        expect(link).to_be_visible()
        expect(page.locator(".turn .prose").last).to_contain_text("not investment advice")
        expect(page.locator("#chat-send")).to_be_visible()
        assert_accessible(page, "chat")
        shot(page, "chat")
        page.keyboard.press("Escape")
        expect(page.locator("#chat")).to_be_hidden()
        expect(page.locator("#chat-toggle")).to_be_focused()


@check
def dark_and_light_narrow_and_wide_are_legible(browser):
    for scheme in ("light", "dark"):
        for size, viewport in (("narrow", NARROW), ("wide", {"width": 1280, "height": 900})):
            with browser.page(address(), color_scheme=scheme, viewport=viewport) as page:
                assert_drawn(page)
                expect(page.locator("#history-list a").first).to_be_visible()
                assert_fits(page)
                assert_accessible(page, f"{scheme}, {size}")
                shot(page, f"stored-{scheme}-{size}", whole=True)


@check
def the_chart_follows_a_change_of_the_colours_and_of_the_range(browser):
    with browser.page(address(), color_scheme="light") as page:
        day = page.locator(".legend .day")
        expect(day).to_have_text("2013-03-01")
        page.locator(".plot").hover(position={"x": 120, "y": 120})
        expect(day).not_to_have_text("2013-03-01")
        page.mouse.move(0, 0)
        light = picture(page)
        page.emulate_media(color_scheme="dark")
        expect(day).to_be_visible()
        page.wait_for_timeout(500)
        dark = picture(page)
        assert light != dark
        page.get_by_label("5Y", exact=True).check(force=True)
        page.wait_for_timeout(500)
        assert picture(page) != dark


@check
def less_motion_is_honoured(browser):
    with browser.page(reduced_motion="reduce") as page:
        page.click("#go")
        expect(state(page, "forecast")).to_have_attribute("data-state", "open")
        running = page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
        assert running == 0, running
        page.click("#cancel")


run()
