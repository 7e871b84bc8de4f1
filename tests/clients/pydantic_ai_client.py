"""Pydantic AI against a started server: `python pydantic_ai_client.py BASE_URL [API_KEY]`.

The agent's output type is a model class in the default manner, which is a call of a tool that the model must make. Covers
texts, streams, typed output by a tool and by a schema, tools whose results go back, and an error. The server serves the bundled
data (`--demo`).
"""

from typing import Literal

import checks
from checks import API_KEY, API_URL, MAX_TOKENS, REPORTER, check

from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, ModelHTTPError, NativeOutput, UsageLimits
from pydantic_ai.messages import ToolCallPart, ToolReturnPart
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


def model():
    # Each check has an event loop of its own, which no connection may outlive.
    options = {"max_retries": 0, "timeout": checks.TIMEOUT_SECONDS, "default_headers": {"Connection": "close"}}
    client = AsyncOpenAI(base_url=API_URL, api_key=API_KEY, **options)
    return OpenAIChatModel(REPORTER, provider=OpenAIProvider(openai_client=client))


class View(BaseModel):
    """Which way a price goes."""

    direction: Literal["up", "down"]
    sure: bool


SHORT = {"max_tokens": MAX_TOKENS, "temperature": 0}
WIDE = {"max_tokens": 100, "temperature": 0}


@check
async def a_text_is_answered():
    result = await Agent(model(), system_prompt="Be brief.").run("What is a share price?", model_settings=SHORT)
    assert result.output.strip(), result
    assert result.usage.input_tokens > 0 and result.usage.output_tokens > 0, result.usage


@check
async def a_stream_says_the_same():
    agent = Agent(model())
    whole = (await agent.run("What is a share price?", model_settings=SHORT)).output
    async with agent.run_stream("What is a share price?", model_settings=SHORT) as stream:
        pieces = [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
    assert len(pieces) > 1 and "".join(pieces) == whole, (pieces, whole)


@check
async def the_default_output_is_an_object_of_its_type():
    result = await Agent(model(), output_type=View).run("Will the price rise?", model_settings=WIDE)
    assert isinstance(result.output, View), result
    calls = [part for message in result.all_messages() for part in message.parts if isinstance(part, ToolCallPart)]
    assert calls and all(call.tool_name == "final_result" for call in calls), calls


@check
async def the_default_output_streams():
    async with Agent(model(), output_type=View).run_stream("Will the price rise?", model_settings=WIDE) as stream:
        assert isinstance(await stream.get_output(), View)


@check
async def the_output_by_a_schema_is_of_its_type():
    agent = Agent(model(), output_type=NativeOutput(View))
    assert isinstance((await agent.run("Will the price rise?", model_settings=WIDE)).output, View)


@check
async def a_tool_is_called_with_arguments_of_its_type_and_its_result_goes_back():
    agent = Agent(model(), output_type=View)
    asked = []

    @agent.tool_plain
    def price(ticker: Literal["AAPL", "MSFT"]) -> float:
        """The last price of a security."""
        asked.append(ticker)
        return 56.14

    def forced(context):
        return {**WIDE, "tool_choice": ["price"] if not asked else ["final_result"]}

    result = await agent.run("Will AAPL rise?", model_settings=forced, usage_limits=UsageLimits(request_limit=3))
    assert asked == ["AAPL"] or asked == ["MSFT"], asked
    messages = result.all_messages()
    (returned,) = [p for m in messages for p in m.parts if isinstance(p, ToolReturnPart) and p.tool_name == "price"]
    assert returned.content == 56.14 and isinstance(result.output, View), messages


@check
async def an_error_has_its_status():
    try:
        await Agent(model()).run("Hello", model_settings={"temperature": 3})
    except ModelHTTPError as error:
        assert error.status_code == 400 and "temperature" in str(error.body), error
    else:
        raise AssertionError("a temperature of 3 was answered")


checks.run()
