"""The official Python client's Responses API against a started server: `python responses_client.py BASE_URL [API_KEY]`.

Covers answers, streams, schemas, instructions, tools, going on from an analysis, errors, and the asynchronous client.
The server serves the bundled data (`--demo`).
"""

import json
from typing import Literal

import checks
from checks import API_KEY, API_URL, HUGE_PROMPT, MAX_TOKENS, PIPELINE, REPORTER, check, raises

import openai
from pydantic import BaseModel

client = openai.OpenAI(base_url=API_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS)
slow = client.with_options(timeout=checks.PIPELINE_TIMEOUT_SECONDS)
QUESTION = "What is a share price?"
PRICE = {
    "type": "function",
    "name": "price",
    "description": "The last price of a security",
    "parameters": {
        "type": "object",
        "properties": {"ticker": {"type": "string", "maxLength": 5}},
        "required": ["ticker"],
        "additionalProperties": False,
    },
    "strict": True,
}


def respond(**options):
    usual = {"model": REPORTER, "input": QUESTION, "max_output_tokens": MAX_TOKENS, "temperature": 0}
    return client.responses.create(**usual | options)


def assert_numbered(events):
    assert [event.sequence_number for event in events] == list(range(len(events))), events
    assert events[0].type == "response.created" and events[1].type == "response.in_progress", events
    ids = {event.response.id for event in events if hasattr(event, "response")}
    assert len(ids) == 1, ids


@check
def an_answer_has_a_message_and_its_tokens():
    response = respond(metadata={"purpose": "test"}, store=False, user="somebody")
    assert response.object == "response" and response.id.startswith("resp_"), response
    assert response.output_text.strip() and response.output[0].role == "assistant", response
    assert response.status in ("completed", "incomplete"), response
    assert response.metadata == {"purpose": "test"}, response
    usage = response.usage
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens > 0, usage


@check
def a_conversation_may_be_items_with_parts():
    response = respond(
        instructions="Be brief.",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            {"role": "assistant", "content": "Hello!"},
            {"role": "user", "content": QUESTION},
        ],
    )
    again = respond(input=[{"role": "user", "content": QUESTION}, *response.output, {"role": "user", "content": "Why?"}])
    assert again.output_text.strip(), again


@check
def a_stream_says_the_same_in_the_documented_order():
    whole = respond()
    events = list(respond(stream=True))
    assert_numbered(events)
    said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert said == whole.output_text, (said, whole.output_text)
    done = [event.type for event in events if event.type != "response.output_text.delta"]
    assert done[2:-1] == [
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ], done
    assert done[-1] == f"response.{whole.status}", done
    assert events[-1].response.usage == whole.usage, events[-1]


@check
def the_stream_helper_collects_the_response():
    with client.responses.stream(model=REPORTER, input=QUESTION, max_output_tokens=200, temperature=0) as stream:
        said = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        response = stream.get_final_response()
    assert response.output_text == said and response.status == "completed", response


@check
def a_limit_makes_the_answer_incomplete():
    response = respond(max_output_tokens=2)
    assert response.status == "incomplete", response
    assert response.incomplete_details.reason == "max_output_tokens", response


class View(BaseModel):
    direction: Literal["up", "down"]
    sure: bool


@check
def a_model_class_binds_the_answer():
    response = client.responses.parse(model=REPORTER, input="Will it rise?", text_format=View, max_output_tokens=60)
    assert isinstance(response.output_parsed, View), response
    with client.responses.stream(model=REPORTER, input="Will it rise?", text_format=View, max_output_tokens=60) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.get_final_response().output_parsed, View)


@check
def an_answer_in_json_parses():
    response = respond(
        input="Answer with {\"ok\": true} and nothing else.", text={"format": {"type": "json_object"}}, max_output_tokens=100
    )
    assert isinstance(json.loads(response.output_text), dict), response


@check
def a_tool_is_called_and_its_result_is_answered():
    ask = [{"role": "user", "content": "What does AAPL cost?"}]
    options = {"tools": [PRICE], "tool_choice": "required", "parallel_tool_calls": False, "max_output_tokens": 80}
    response = respond(input=ask, **options)
    (call,) = [item for item in response.output if item.type == "function_call"]
    assert call.name == "price" and isinstance(json.loads(call.arguments)["ticker"], str), call
    events = list(respond(input=ask, stream=True, **options))
    assert_numbered(events)
    (done,) = [event for event in events if event.type == "response.function_call_arguments.done"]
    assert "".join(e.delta for e in events if e.type == "response.function_call_arguments.delta") == done.arguments
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "56.14"}
    answer = respond(input=[*ask, *response.output, result], tools=[PRICE], tool_choice="none")
    assert answer.output_text.strip(), answer


@check
def the_pipeline_streams_its_progress_and_a_response_goes_on_about_the_analysis():
    events = list(slow.responses.create(model=PIPELINE, input="AAPL 1 day", stream=True))
    assert_numbered(events)
    types = [event.type for event in events]
    assert types.index("response.reasoning_summary_text.delta") < types.index("response.output_text.delta"), types
    response = events[-1].response
    kept = response.metadata["analysis_id"]
    assert client.get(f"/analyses/{kept}", cast_to=object)["id"] == kept
    reasoning, message = response.output
    assert reasoning.type == "reasoning" and reasoning.summary[0].text and message.type == "message", response

    answer = slow.responses.create(model=PIPELINE, input="What is the RSI?", previous_response_id=response.id)
    assert "RSI" in answer.output_text, answer
    assert answer.usage.output_tokens == 0, "it is looked up"
    more = slow.responses.create(model=PIPELINE, input="What was the last close?", previous_response_id=answer.id)
    assert more.output_text.strip() and more.id != answer.id != response.id, more


@check
def the_fields_of_an_analysis_are_an_answer():
    class Fields(BaseModel):
        ticker: str
        last_close: float

    response = slow.responses.parse(model=PIPELINE, input="AAPL 1 day", text_format=Fields)
    assert response.output_parsed.ticker == "AAPL" and response.output_parsed.last_close > 0, response


@check
def what_cannot_be_done_is_refused_by_its_field():
    for field, value in {
        "tools": [{"type": "web_search"}],
        "background": True,
        "conversation": "conv_1",
        "truncation": "auto",
        "previous_response_id": "resp_1",
        "temperature": 3,
        "max_output_tokens": 0,
        "input": [],
        "include": ["message.output_text.logprobs"],
    }.items():
        for stream in (False, True):
            error = raises(openai.BadRequestError, lambda: respond(**{field: value}, stream=stream))
            assert error.param.split("[")[0] == field and error.type == "invalid_request_error", (field, error)
    image = {"role": "user", "content": [{"type": "input_image", "image_url": "https://example.com/chart.png"}]}
    error = raises(openai.BadRequestError, lambda: respond(input=[image]))
    assert error.param == "input[0].content[0].type", error
    error = raises(openai.BadRequestError, lambda: respond(input=HUGE_PROMPT))
    assert error.code == "context_length_exceeded" and error.param == "input", error
    error = raises(openai.NotFoundError, lambda: respond(model="gpt-9"))
    assert error.code == "model_not_found", error


@check
async def the_asynchronous_client_answers_and_streams():
    async with openai.AsyncOpenAI(
        base_url=API_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS
    ) as asynchronous:
        options = {"model": REPORTER, "input": QUESTION, "max_output_tokens": MAX_TOKENS}
        assert (await asynchronous.responses.create(**options)).output_text.strip()
        assert_numbered([event async for event in await asynchronous.responses.create(stream=True, **options)])


if checks.HAS_KEY:

    @check
    def a_wrong_key_is_refused():
        stranger = client.with_options(api_key="wrong")
        raises(openai.AuthenticationError, lambda: stranger.responses.create(model=REPORTER, input=QUESTION))


checks.run()
