"""The frontends beside ours against a started server: the examples, and a page in the Python original's wire format.

    python frontends.py BASE_URL AXE_JS SCREENSHOTS --chromium FILE

`TRIPOD_CACHE` is where scripts/clients.sh put Node and OpenAI's JavaScript client.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from playwright.sync_api import expect
from suite import BASE, PATIENCE, check, run, shot

expect.set_options(timeout=PATIENCE)

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ENVIRONMENT = os.environ | {"TRIPOD_URL": BASE}


def output(*command):
    """What a program prints; it must end well."""
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE / 1000)
    assert done.returncode == 0, (
        f"{command[-1]} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    )
    return done.stdout


@contextlib.contextmanager
def streamlit(script):
    """A Streamlit server of its own for a script; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    options += ["--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
    command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, env=ENVIRONMENT, stdout=log, stderr=log) as server:
        try:
            end = time.monotonic() + 60
            while not answers(address + "/_stcore/health"):
                assert server.poll() is None and time.monotonic() < end, "Streamlit did not start"
                time.sleep(0.2)
            yield address
        finally:
            server.terminate()


def answers(address):
    try:
        return urllib.request.urlopen(address, timeout=2).status == 200
    except (urllib.error.URLError, TimeoutError):
        return False


@check
def curl_walks_through_the_api(browser):
    said = output("bash", str(EXAMPLES / "curl.sh"))
    for words in (
        '"label":',
        '"quantiles":',
        '"event":"stage_opened"',
        '"analysis.summary"',
        '"backtest"',
        "horizon_days must be",
    ):
        assert words in said, f"{words} is missing in\n{said}"


@check
def the_python_client_streams_the_report_and_a_follow_up(browser):
    said = output(sys.executable, str(EXAMPLES / "openai_client.py"))
    assert "Forecast: opening" in said and "not investment advice" in said, said
    assert said.split("> Why?")[1].strip(), said


@check
def the_javascript_client_streams_the_report(browser):
    clients = pathlib.Path(os.environ["TRIPOD_CACHE"]) / "clients"
    # Node looks for packages from the script's own folder upwards.
    script = clients / "javascript" / "openai_client.mjs"
    shutil.copy(EXAMPLES / "openai_client.mjs", script)
    assert "not investment advice" in output(str(clients / "node"), str(script))


@check
def the_streamlit_example_is_under_a_hundred_lines(browser):
    lines = (EXAMPLES / "streamlit_app.py").read_text().count("\n")
    assert lines < 100, lines


@check
def the_streamlit_example_forecasts_and_tests(browser):
    with streamlit(EXAMPLES / "streamlit_app.py") as address:
        with browser.page(address, is_ours=False, viewport={"width": 1280, "height": 1250}) as page:
            page.get_by_role("button", name="Forecast", exact=True).click()
            expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached()
            expect(page.get_by_role("heading", name="Recommendation")).to_be_visible()
            page.wait_for_timeout(500)
            shot(page, "streamlit")
        with browser.page(address, is_ours=False) as page:
            page.get_by_text("Test", exact=True).click()
            page.get_by_role("button", name="Test", exact=True).click()
            expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached()
            expect(page.get_by_text("naive", exact=True).first).to_be_visible()


@check
def a_frontend_of_the_originals_wire_format_works(browser):
    with streamlit(ROOT / "tests/web/original_frontend.py") as address:
        with browser.page(address, is_ours=False) as page:
            page.get_by_role("button", name="Run").click()
            expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached()
            expect(page.locator(".js-plotly-plot .boxlayer .trace").first).to_be_attached()
            expect(page.get_by_role("heading", name="Recommendation")).to_be_visible()
            shot(page, "original")
        with browser.page(address, is_ours=False) as page:
            page.get_by_text("Test", exact=True).click()
            page.get_by_role("button", name="Run").click()
            for words in ("MAE", "RMSE", "MAPE (%)", "Directional accuracy (%)"):
                expect(page.get_by_text(words, exact=True)).to_be_visible()


run()
