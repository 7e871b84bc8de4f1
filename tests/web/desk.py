"""What a user does around a forecast, in a real browser against a started server:

    python desk.py BASE_URL AXE_JS SCREENSHOTS --chromium FILE

The chart and its layers, the user's own data, reloads, the history, stored tests, the chat's tools, and what errors say.
"""

import functools
import json

from playwright.sync_api import expect
from suite import NARROW, PATIENCE, SMALL, api, assert_accessible, assert_fits, check, fill, run, shot

expect.set_options(timeout=PATIENCE)


@functools.cache
def stored(ticker="AAPL"):
    return api("/v1/analyze", {"ticker": ticker, **SMALL, "seed": 3})


@functools.cache
def tested():
    return api("/v1/backtest", {"ticker": "IBM", **SMALL, "origins": 2})


def picture(page):
    """The pixels of the chart, when it has come to rest."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    return page.locator(".plot").screenshot()


def layer(page, name):
    return page.locator(".layers").get_by_label(name)


def refusal(status, code, message, param=None):
    body = json.dumps({"error": {"message": message, "type": "server_error", "param": param, "code": code}})
    return lambda route: route.fulfill(status=status, content_type="application/json", body=body)


@check
def the_history_is_there_at_once_and_above_the_fold(browser):
    for viewport in ({"width": 1280, "height": 900}, NARROW):
        with browser.page(viewport=viewport) as page:
            expect(page.locator(".plot canvas").first).to_be_visible()
            top = page.locator("#chart").bounding_box()["y"]
            assert top < 400, f"the chart begins at {top:.0f} px"
            expect(page.locator("#result-title")).to_contain_text("Apple Inc.")
            expect(page.locator("#indicators")).to_contain_text("52 weeks")
            for words in ("RSI (14)", "SMA 200", "Death cross", "12-1 months", "Volatility", "From the high"):
                expect(page.locator("#indicators")).to_contain_text(words)
            expect(page.locator(".headlines tbody tr").first).to_contain_text("not read yet")
            expect(page.locator("#demo")).to_be_visible()
            expect(page.locator("#samples")).to_have_value(str(api("/v1/settings")["samples"]))
            assert_fits(page)


@check
def layers_ranges_and_a_comparison_change_the_chart(browser):
    with browser.page() as page:
        # In a window this long there are levels.
        fill(page, context_days=180)
        expect(page.locator("#indicators")).to_contain_text("Resistance")
        seen = [picture(page)]

        def changes(what):
            seen.append(picture(page))
            assert seen[-1] != seen[-2], f"{what} changes nothing"

        for name in ("RSI", "Levels", "Volume", "Averages"):
            layer(page, name).click(force=True)
            changes(name)
        page.get_by_label("Line", exact=True).check(force=True)
        changes("Line")
        for name in ("1M", "5Y"):
            page.get_by_label(name, exact=True).check(force=True)
            changes(name)
        page.fill("#compare-with", "micro")
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#legend")).to_contain_text("MSFT")
        changes("a comparison")
        assert_accessible(page, "a comparison of prices")
        page.reload()
        expect(page.get_by_label("Line", exact=True)).to_be_checked()
        expect(layer(page, "RSI")).to_be_checked()


@check
def own_prices_and_headlines_take_the_place_of_the_sources(browser):
    days = [f"2026-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 29)]
    table = "date;close\n" + "\n".join(f"{day};{100 + number % 7}.5" for number, day in enumerate(days))
    # Before its prices are there, nobody knows this symbol.
    with browser.page(refusals=[404]) as page:
        fill(page, "MINE")
        page.fill("#prices", "date;close\n2026-03-02;much")
        page.click("#go")
        expect(page.locator("#prices-error")).to_contain_text("Line 2: “much” is no price.")
        page.set_input_files("#prices-file", {"name": "mine.csv", "mimeType": "text/csv", "buffer": table.encode()})
        expect(page.locator("#prices-words")).to_contain_text("56 days")
        page.fill("#headlines", "2026-02-20 Mine opens a second shaft\nMine hires a new chief")
        page.keyboard.press("Tab")
        expect(page.locator("#headlines-words")).to_contain_text("2 headlines")
        expect(page.locator(".headlines tbody")).to_contain_text("Mine opens a second shaft")
        page.reload()
        expect(page.locator("#prices")).to_have_value(table)
        expect(page.locator(".headlines tbody tr")).to_have_count(2)
        page.click("#go")
        expect(page.locator("#permalink")).to_be_visible()
        assert_accessible(page, "own data")
        address = page.url
    with browser.page(address) as page:
        expect(page.locator("#prices-words")).to_contain_text("56 days")
        expect(page.locator("#samples")).to_have_value(str(SMALL["samples"]))
        expect(page.locator("#headlines")).to_have_value("2026-02-20 Mine opens a second shaft\nMine hires a new chief")


@check
def a_run_goes_on_over_a_reload_and_a_cancelled_one_leaves_the_earlier_result(browser):
    with browser.page() as page:
        fill(page, "MSFT", horizon_days=20, samples=12)
        page.click("#go")
        expect(page.locator('.stage[data-stage="forecast"]')).to_have_attribute("data-state", "open")
        page.reload()
        expect(page.locator("#cancel")).to_be_visible()
        expect(page.locator("#ticker")).to_have_value("MSFT")
        expect(page.locator("#permalink")).to_be_visible()
        expect(page.locator("#result-kind")).to_contain_text("Prediction for 20 trading days")
        address = page.url
        page.fill("#horizon_days", "88")
        page.click("#options-toggle")
        page.fill("#samples", "64")
        page.click("#go")
        expect(page.locator('.stage[data-stage="forecast"]')).to_have_attribute("data-state", "open")
        page.click("#cancel")
        expect(page.locator("#stages-words")).to_have_text("Cancelled. The earlier result is shown.")
        expect(page.locator("#result-kind")).to_contain_text("Prediction for 20 trading days")
        assert page.url == address, page.url


@check
def the_history_groups_searches_compares_and_deletes(browser):
    stored(), stored("GOOG")
    api("/v1/analyze", {"ticker": "GOOG", **SMALL, "seed": 4})
    with browser.page() as page:
        entries = page.locator("#history-list .entry")
        expect(entries.first).to_be_visible()
        page.fill("#history-search", "goog 3 days")
        expect(page.locator("#history-list summary")).to_contain_text("more of the same question")
        page.locator("#history-list summary").click()
        expect(entries).not_to_have_count(1)
        assert_accessible(page, "the history, searched")
        shot(page, "history")
        boxes = page.locator("#history-list input[type=checkbox]")
        boxes.nth(0).check()
        boxes.nth(1).check()
        page.click("#compare")
        expect(page.locator("#comparison")).to_contain_text("Expected return")
        assert_accessible(page, "a comparison of analyses")
        page.click("#comparison-close")
        before = entries.count()
        button = entries.first.get_by_role("button")
        button.click()
        expect(button).to_have_text("Sure?")
        button.click()
        expect(entries).to_have_count(before - 1)
        expect(page.locator("#track-body")).to_contain_text("The demo keeps no record")


@check
def the_track_record_leaves_the_demo_out(browser):
    with browser.page() as page:
        track = page.locator("#track-body")
        expect(track).to_contain_text("The demo keeps no record")
        expect(track.locator("table")).to_have_count(0)
    settings = api("/v1/settings") | {"demo": False}
    counted = {"id": "analysis-1", "ticker": "AAPL", "as_of": "2026-01-05", "horizon": 5, "state": "waiting", "days": 0}
    left_out = "2 forecasts of the demo's or of your own prices left out: they are not those of the market"
    record = {"scored": 0, "partly": 0, "waiting": 1, "significance": {}, "forecasts": [counted], "warnings": [left_out]}
    routes = {
        "**/v1/settings": lambda route: route.fulfill(json=settings),
        "**/v1/track": lambda route: route.fulfill(json=record),
    }
    with browser.page(routes=routes) as page:
        track = page.locator("#track-body")
        expect(track).to_contain_text("1 waiting")
        expect(track).to_contain_text(left_out)
        expect(track.locator("tbody tr")).to_have_count(1)
        expect(track).not_to_contain_text("MAPE")


@check
def a_test_has_an_address_and_a_line_in_the_history(browser):
    backtest = tested()
    with browser.page() as page:
        expect(page.locator(".headlines tbody tr").first).to_be_visible()
        page.locator("#history").get_by_label("Tests").check(force=True)
        link = page.locator(f'#history-list a[href="/t/{backtest["id"]}"]').first
        link.click()
        expect(page.locator("#result-kind")).to_contain_text("Test of 2 windows")
        expect(page.locator("#go")).to_have_text("Test 2 × 3 days")
        expect(page.locator(".plot canvas").first).to_be_visible()
        expect(page.get_by_role("region", name="Baselines", exact=True)).to_contain_text("Naive")
        expect(page.locator("#ticker")).to_have_value("IBM")


@check
def the_picture_says_what_speaks_against_believing_it(browser):
    unsure = stored() | {"cautions": ["This forecast is not reliable: a test of the picture."]}
    routes = {"**/v1/analyses/*": lambda route: route.fulfill(json=unsure)}
    with browser.page(f"/a/{stored()['id']}", routes=routes) as page:
        cautions, call = page.locator("#cautions"), page.locator("#figures")
        expect(cautions).to_contain_text("not reliable")
        assert cautions.bounding_box()["y"] < call.bounding_box()["y"]
        sizes = []
        for text in ("", "This forecast is not reliable: " + "a long word after another " * 12):
            page.evaluate(
                "async ([document, cautions]) => {"
                " const {picture} = await import('/page/picture.js');"
                " const image = new Image(); image.src = picture({...document, cautions}); await image.decode();"
                " window.tall = image.height; }",
                [unsure, [text] if text else []],
            )
            sizes.append(page.evaluate("window.tall"))
        assert sizes[1] > sizes[0] + 30, f"long cautions take no lines of their own: {sizes}"


@check
def an_answer_of_the_chat_is_copied_asked_again_and_names_its_facts(browser):
    with browser.page(f"/a/{stored()['id']}", permissions=["clipboard-read", "clipboard-write"]) as page:
        expect(page.locator("#report h3").first).to_be_visible()
        page.click("#chat-toggle")
        page.get_by_role("button", name="What is the 80% band?").click()
        expect(page.locator(".used a").first).to_be_visible()
        said = page.locator(".turn .prose").last.inner_text()
        page.get_by_role("button", name="Copy", exact=True).click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").split() == said.split()
        page.locator(".used a").first.click()
        expect(page.locator("#report .claim:focus")).to_be_visible()
        page.get_by_role("button", name="Regenerate").click()
        expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
        expect(page.locator(".turn .prose")).to_have_count(1)
        assert_accessible(page, "the chat's tools")
        shot(page, "chat-facts")


@check
def errors_are_in_the_words_of_the_page(browser):
    cases = [
        (refusal(502, "upstream_failed", "Yahoo Finance did not give the bars of AAPL: dns error"), 502, "Yahoo Finance did not give the bars of AAPL. The network, or the way to that service, is down."),
        (refusal(502, "upstream_failed", "Yahoo Finance answered 403 Forbidden"), 502, "refuses requests from here"),
        (refusal(400, None, "`context_days` must be 2 to 5000, not 1", "context_days"), 400, "Context must be 2 to 5000"),
        (refusal(400, None, "prices[3].close must be above 0 and at most 1e9", "prices[3].close"), 400, "Your prices, entry 4, close must be above 0"),
    ]
    for answer, status, words in cases:
        with browser.page(routes={"**/v1/market": answer}, refusals=[status]) as page:
            expect(page.locator(".field-error:not(:empty), .form-error:not(:empty)").first).to_contain_text(words)
            expect(page.locator("body")).not_to_contain_text("context_days")


run()
