"""OpenAI's Agents SDK against a started server: `python openai_agents_client.py BASE_URL [API_KEY]`.

Agents speak to the Responses API, as they do by default. Covers texts, streams, typed output, a tool whose result goes back,
and a handoff to another agent. The server serves the bundled data (`--demo`).
"""

from typing import Literal

import checks
from checks import API_KEY, API_URL, REPORTER, check

import agents
from agents import Agent, ModelSettings, OpenAIResponsesModel, Runner, function_tool
from openai import AsyncOpenAI, BadRequestError
from pydantic import BaseModel

agents.set_tracing_disabled(True)
STEPS = 3


def model():
    # Each check has an event loop of its own, which no connection may outlive.
    options = {"max_retries": 0, "timeout": checks.TIMEOUT_SECONDS, "default_headers": {"Connection": "close"}}
    client = AsyncOpenAI(base_url=API_URL, api_key=API_KEY, **options)
    return OpenAIResponsesModel(model=REPORTER, openai_client=client)


def settings(tokens, **options):
    # The SDK raises where an answer ends at its limit, so that these are limits that no answer here reaches.
    return ModelSettings(max_tokens=tokens, temperature=0, **options)


class View(BaseModel):
    """Which way a price goes."""

    direction: Literal["up", "down"]
    sure: bool


ASKED = []


def not_yet(context, agent):
    """Takes the tool away once it was called, since a tiny model would call it for ever."""
    return not ASKED


@function_tool(is_enabled=not_yet)
def price(ticker: Literal["AAPL", "MSFT"]) -> str:
    """The last price of a security."""
    ASKED.append(ticker)
    return "56.14"


@check
async def a_text_is_answered():
    agent = Agent("analyst", instructions="Greet the user.", model=model(), model_settings=settings(100))
    result = await Runner.run(agent, "Hello", max_turns=STEPS)
    assert result.final_output.strip(), result
    assert result.context_wrapper.usage.output_tokens > 0, result.context_wrapper.usage


@check
async def a_stream_says_the_same():
    agent = Agent("analyst", model=model(), model_settings=settings(100))
    whole = (await Runner.run(agent, "Hello", max_turns=STEPS)).final_output
    result = Runner.run_streamed(agent, "Hello", max_turns=STEPS)
    said = ""
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            said += event.data.delta
    assert said == whole == result.final_output, (said, whole)


@check
async def the_output_is_an_object_of_its_type():
    agent = Agent("analyst", model=model(), model_settings=settings(60), output_type=View)
    result = await Runner.run(agent, "Will the price rise?", max_turns=STEPS)
    assert isinstance(result.final_output, View), result


@check
async def a_tool_is_called_and_its_result_goes_back():
    ASKED.clear()
    forced = settings(80, tool_choice="price")
    agent = Agent("analyst", model=model(), model_settings=forced, tools=[price], output_type=View)
    result = await Runner.run(agent, "Will AAPL rise?", max_turns=STEPS)
    assert ASKED and set(ASKED) <= {"AAPL", "MSFT"}, ASKED
    kinds = [item.type for item in result.new_items]
    assert kinds == ["tool_call_item", "tool_call_output_item", "message_output_item"], kinds
    assert isinstance(result.final_output, View), result


@check
async def a_call_streams_and_its_output_ends_the_run():
    ASKED.clear()
    forced = settings(80, tool_choice="required", parallel_tool_calls=False)
    agent = Agent(
        "analyst", model=model(), model_settings=forced, tools=[price], tool_use_behavior="stop_on_first_tool"
    )
    result = Runner.run_streamed(agent, "Will AAPL rise?", max_turns=STEPS)
    kinds = [event.name async for event in result.stream_events() if event.type == "run_item_stream_event"]
    assert kinds == ["tool_called", "tool_output"] and result.final_output == "56.14", (kinds, result.final_output)


@check
async def an_agent_hands_over_to_another():
    trader = Agent("trader", model=model(), model_settings=settings(60), output_type=View)
    forced = settings(60, tool_choice="transfer_to_trader")
    first = Agent("first", model=model(), model_settings=forced, handoffs=[trader])
    result = await Runner.run(first, "Will AAPL rise?", max_turns=STEPS)
    assert result.last_agent.name == "trader" and isinstance(result.final_output, View), result
    kinds = [item.type for item in result.new_items]
    assert kinds == ["handoff_call_item", "handoff_output_item", "message_output_item"], kinds


@check
async def an_error_has_its_class():
    agent = Agent("analyst", model=model(), model_settings=ModelSettings(temperature=3))
    try:
        await Runner.run(agent, "Hello", max_turns=STEPS)
    except BadRequestError as error:
        assert "temperature" in str(error), error
    else:
        raise AssertionError("a temperature of 3 was answered")


checks.run()
