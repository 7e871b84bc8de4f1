"""Tools through the official Python client: `python openai_tools.py BASE_URL [API_KEY]`.

Covers calls that are forced, required and chosen, whole and streamed, results that go back, and what is refused.
"""

import json
from typing import Literal

import checks
from checks import API_KEY, API_URL, PIPELINE, REPORTER, check, raises

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=API_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS)
QUESTION = [{"role": "user", "content": "Is the price of AAPL up or down?"}]


class Trend(BaseModel):
    """Looks up where a price goes."""

    ticker: Literal["AAPL", "MSFT"]
    adjusted: bool


TREND = openai.pydantic_function_tool(Trend, name="trend")
OPEN = {"type": "function", "function": {"name": "market_is_open", "description": "Whether the exchange is open"}}
FORCED = {"type": "function", "function": {"name": "trend"}}


def chat(**options):
    options = {"model": REPORTER, "messages": QUESTION, "max_tokens": 200, "temperature": 0} | options
    return client.chat.completions.create(**{"tools": [TREND, OPEN]} | options)


@check
def a_forced_call_has_arguments_of_its_type():
    (choice,) = chat(tool_choice=FORCED).choices
    assert choice.finish_reason == "tool_calls" and choice.message.content is None, choice
    (call,) = choice.message.tool_calls
    assert call.id and call.type == "function" and call.function.name == "trend", call
    Trend.model_validate_json(call.function.arguments)


@check
def a_stream_accumulates_to_the_same_call():
    whole = chat(tool_choice=FORCED).choices[0].message.tool_calls[0].function
    pieces = [piece.choices[0] for piece in chat(tool_choice=FORCED, stream=True)]
    assert pieces[-1].finish_reason == "tool_calls", pieces[-1]
    deltas = [call for piece in pieces for call in piece.delta.tool_calls or []]
    assert deltas[0].id and deltas[0].function.name == "trend", deltas[0]
    assert all(delta.index == 0 for delta in deltas) and not any(delta.id for delta in deltas[1:]), deltas
    assert "".join(delta.function.arguments or "" for delta in deltas) == whole.arguments, (deltas, whole)


@check
def the_stream_helper_and_parse_give_the_arguments_as_an_object():
    options = {"model": REPORTER, "messages": QUESTION, "tools": [TREND], "tool_choice": FORCED, "temperature": 0}
    with client.chat.completions.stream(**options) as stream:
        kinds = {event.type for event in stream}
        completion = stream.get_final_completion()
    assert "tool_calls.function.arguments.done" in kinds, kinds
    assert isinstance(completion.choices[0].message.tool_calls[0].function.parsed_arguments, Trend), completion
    parsed = client.chat.completions.parse(**options)
    assert isinstance(parsed.choices[0].message.tool_calls[0].function.parsed_arguments, Trend), parsed


@check
def a_required_call_is_of_one_of_the_tools():
    (choice,) = chat(tool_choice="required", parallel_tool_calls=False).choices
    (call,) = choice.message.tool_calls
    assert call.function.name in ("trend", "market_is_open"), call
    assert isinstance(json.loads(call.function.arguments), dict), call


@check
def auto_answers_in_words_or_with_calls_and_none_in_words():
    (choice,) = chat(tool_choice="auto", max_tokens=60).choices
    assert choice.message.content or choice.message.tool_calls, choice
    (choice,) = chat(tool_choice="none", max_tokens=16).choices
    assert choice.message.content and not choice.message.tool_calls, choice


@check
def a_result_goes_back_and_the_answer_is_in_words():
    message = chat(tool_choice=FORCED).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": '{"trend": "up", "percent": 1.5}'}
    (choice,) = chat(messages=[*QUESTION, message, result], tool_choice="none", max_tokens=24).choices
    assert choice.message.content.strip(), choice


@check
def the_pipeline_calls_the_clients_tools_and_runs_its_own():
    (choice,) = chat(model=PIPELINE, tool_choice=FORCED).choices
    assert choice.finish_reason == "tool_calls", choice
    Trend.model_validate_json(choice.message.tool_calls[0].function.arguments)
    search = {"type": "function", "function": {"name": "search"}}
    (choice,) = chat(model=PIPELINE, tool_choice=search, max_tokens=300).choices
    assert choice.message.model_extra["reasoning_content"].startswith("Runs search "), choice


@check
def what_cannot_be_called_is_refused():
    def tool(**function):
        return {"type": "function", "function": function}

    for options, param in (
        ({"tools": [TREND, TREND]}, "tools[1].function.name"),
        ({"tools": [tool(name="a b")]}, "tools[0].function.name"),
        ({"tools": [tool(name="a", parameters={"type": "string"})]}, "tools[0].function.parameters"),
        ({"tool_choice": {"type": "function", "function": {"name": "cost"}}}, "tool_choice.function.name"),
        ({"tool_choice": "any"}, "tool_choice"),
        ({"messages": [*QUESTION, {"role": "tool", "tool_call_id": "1", "content": "5"}]}, "messages[1].tool_call_id"),
    ):
        error = raises(openai.BadRequestError, lambda: chat(**options))
        assert error.param == param, (param, error)


checks.run()
