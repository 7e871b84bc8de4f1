"""The official Python client of the Model Context Protocol: `TRIPOD_BINARY=path python mcp_client.py BASE_URL [API_KEY]`.

Everything is checked twice: over HTTP against the started server, in the protocol's present and its earlier form, and over
standard input and output with `tripod mcp`, which this script starts. Covers tools with their schemas and their progress,
wrong arguments, resources and prompts. Both serve the bundled data (`--demo`).
"""

import functools
import json
import os
import tempfile

import checks
from checks import API_KEY, BASE_URL, HAS_KEY, check

import httpx2
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

TOOLS = {"analyze", "forecast", "sentiment", "backtest", "track", "search"}
KEPT = ("TRIPOD_CACHE", "TRIPOD_THREADS")
TIMEOUT = checks.PIPELINE_TIMEOUT_SECONDS
BINARY = os.environ.get("TRIPOD_BINARY")


async def refused(call):
    try:
        answer = await call
    except MCPError as error:
        return error.error
    raise AssertionError(f"expected an error of the protocol, got {answer}")


async def the_server_says_what_it_has(client):
    assert client.server_info.name == "tripod" and client.server_info.version, client.server_info
    assert "not investment advice" in client.instructions, client.instructions
    has = client.server_capabilities
    assert has.tools is not None and has.resources is not None and has.prompts is not None, has


async def six_tools_have_closed_schemas(client):
    tools = (await client.list_tools()).tools
    assert {tool.name for tool in tools} == TOOLS, tools
    for tool in tools:
        schema = tool.input_schema
        assert schema["type"] == "object" and schema["additionalProperties"] is False, tool
        assert tool.description and all(one["description"] for one in schema["properties"].values()), tool


async def search_finds_a_symbol_by_a_name(client):
    result = await client.call_tool("search", {"query": "apple"})
    assert not result.is_error and result.structured_content["found"][0]["symbol"] == "AAPL", result
    assert json.loads(result.content[0].text) == result.structured_content, result


async def sentiment_labels_each_headline(client):
    headlines = ["Profits jump to a record", "The company is bankrupt"]
    result = await client.call_tool("sentiment", {"headlines": headlines})
    assert not result.is_error, result
    labels = {one["title"]: one["label"] for one in result.structured_content["headlines"]}
    assert labels == {headlines[0]: "positive", headlines[1]: "negative"}, result


async def an_analysis_tells_its_progress_and_becomes_a_resource(client):
    told = []

    async def hear(progress, total, message):
        told.append((progress, message))

    result = await client.call_tool("analyze", {"ticker": "AAPL", "horizon_days": 2}, progress_callback=hear)
    analysis = result.structured_content
    assert not result.is_error, result
    assert analysis["ticker"] == "AAPL" and analysis["forecast"], result
    assert told and all(message for _, message in told), told
    assert [step for step, _ in told] == sorted({step for step, _ in told}), told
    listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
    assert analysis["resource"] in listed, (analysis, listed)
    whole, report = (await client.read_resource(analysis["resource"])).contents
    assert whole.mime_type == "application/json" and json.loads(whole.text)["ticker"] == "AAPL", whole
    assert report.mime_type == "text/markdown" and "## Summary" in report.text, report
    (template,) = (await client.list_resource_templates()).resource_templates
    assert template.uri_template == "tripod://analyses/{id}", template


async def a_forecast_a_backtest_and_the_record_give_their_figures(client):
    security = {"ticker": "IBM", "horizon_days": 2}
    result = await client.call_tool("forecast", security)
    band = result.structured_content["forecast"]
    low, high = band["band_80_percent"]
    assert not result.is_error and low <= band["median"] <= high and band["until"], result
    result = await client.call_tool("backtest", security | {"windows": 2})
    tested = result.structured_content
    assert not result.is_error and tested["windows"] == 2 and tested["horizon_days"] == 2, result
    assert tested["mean_absolute_error"] > 0 and tested["mean_absolute_error_if_nothing_changes"] > 0, result
    result = await client.call_tool("track", {"ticker": "IBM"})
    record = result.structured_content
    assert not result.is_error and record["forecasts_waiting"] >= 1, result


async def a_wrong_argument_is_a_result_that_names_it(client):
    for tool, arguments, named in (
        ("analyze", {"ticker": "AAPL", "horizon": 2}, "horizon"),
        ("analyze", {"ticker": "AAPL", "horizon_days": 91}, "horizon_days"),
        ("search", {}, "query"),
    ):
        result = await client.call_tool(tool, arguments)
        assert result.is_error and named in result.content[0].text, (tool, arguments, result)


async def what_is_unknown_is_an_error_that_says_what_there_is(client):
    error = await refused(client.call_tool("dream", {}))
    assert error.code == -32602 and "analyze" in error.message, error
    error = await refused(client.read_resource("tripod://analyses/none"))
    assert "no such analysis" in error.message, error
    error = await refused(client.get_prompt("dream", {}))
    assert "analyse" in error.message, error


async def prompts_are_listed_and_filled_in(client):
    prompts = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    assert set(prompts) == {"analyse", "compare", "trust"}, prompts
    assert [(one.name, one.required) for one in prompts["analyse"].arguments] == [("security", True), ("days", False)]
    (message,) = (await client.get_prompt("analyse", {"security": "AAPL", "days": "5"})).messages
    assert message.role == "user" and "AAPL" in message.content.text and "5 trading days" in message.content.text
    error = await refused(client.get_prompt("compare", {"one": "AAPL"}))
    assert "other" in error.message, error


WITH_A_CLIENT = (
    the_server_says_what_it_has,
    six_tools_have_closed_schemas,
    search_finds_a_symbol_by_a_name,
    sentiment_labels_each_headline,
    an_analysis_tells_its_progress_and_becomes_a_resource,
    a_forecast_a_backtest_and_the_record_give_their_figures,
    a_wrong_argument_is_a_result_that_names_it,
    what_is_unknown_is_an_error_that_says_what_there_is,
    prompts_are_listed_and_filled_in,
)


def over_http(**options):
    server = f"{BASE_URL}/mcp"
    if HAS_KEY:
        key = {"authorization": f"Bearer {API_KEY}"}
        server = streamable_http_client(server, http_client=httpx2.AsyncClient(headers=key, timeout=TIMEOUT))
    return Client(server, read_timeout_seconds=TIMEOUT, **options)


def checked_over_http(wanted):
    @functools.wraps(wanted)
    async def checked():
        async with over_http() as client:
            await wanted(client)

    return check(checked)


for wanted in WITH_A_CLIENT:
    checked_over_http(wanted)


@check
async def the_earlier_form_of_the_protocol_does_the_same():
    async with over_http(mode="legacy") as client:
        for wanted in WITH_A_CLIENT:
            await wanted(client)


@check
async def the_program_does_the_same_over_its_standard_input():
    assert BINARY, "set TRIPOD_BINARY to the path of the program"
    with tempfile.TemporaryDirectory() as folder:
        program = StdioServerParameters(
            command=BINARY,
            args=["mcp", "--demo", "--store", os.path.join(folder, "store.sqlite"), "--samples", "2"],
            env={name: os.environ[name] for name in KEPT if name in os.environ},
        )
        async with Client(program, read_timeout_seconds=TIMEOUT) as client:
            for wanted in WITH_A_CLIENT:
                await wanted(client)


if HAS_KEY:

    @check
    async def a_client_without_a_key_is_refused():
        try:
            async with Client(f"{BASE_URL}/mcp") as client:
                await client.list_tools()
        except Exception:
            return
        raise AssertionError("a client without a key was answered")


checks.run()
