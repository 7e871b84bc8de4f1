"""The official Python client of Anthropic against a started server: `python anthropic_client.py BASE_URL [API_KEY]`.

Covers answers, streams, system texts, tools, schemas, stop sequences, counting, errors and their classes, the pipeline,
and the asynchronous client. The server serves the bundled data (`--demo`).
"""

from typing import Literal

import checks
from checks import API_KEY, BASE_URL, HUGE_PROMPT, MAX_TOKENS, PIPELINE, REPORTER, check, raises

import anthropic
from pydantic import BaseModel

client = anthropic.Anthropic(base_url=BASE_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS)
slow = client.with_options(timeout=checks.PIPELINE_TIMEOUT_SECONDS)
QUESTION = [{"role": "user", "content": "What is a share price?"}]
PRICE = {
    "name": "price",
    "description": "The last price of a security",
    "input_schema": {
        "type": "object",
        "properties": {"ticker": {"type": "string", "maxLength": 5}},
        "required": ["ticker"],
        "additionalProperties": False,
    },
}


# What this version's methods do not name goes into the body as it is.
GREEDY = {"temperature": 0}


def create(body=GREEDY, **options):
    usual = {"model": REPORTER, "messages": QUESTION, "max_tokens": MAX_TOKENS}
    return client.messages.create(**usual | options, extra_body=body)


@check
def an_answer_has_a_text_and_its_tokens():
    message = create(body={"temperature": 0.5, "top_p": 0.9, "top_k": 40}, metadata={"user_id": "somebody"})
    assert message.type == "message" and message.role == "assistant" and message.model == REPORTER, message
    (block,) = message.content
    assert block.type == "text" and block.text.strip(), message
    assert message.stop_reason in ("end_turn", "max_tokens") and message.stop_sequence is None, message
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0, message


@check
def system_texts_and_blocks_are_read():
    message = create(
        system=[{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "Hello!"}]},
            *QUESTION,
        ],
    )
    assert message.content[0].text.strip(), message


@check
def a_stream_says_the_same_in_the_documented_order():
    whole = create()
    events = list(create(stream=True))
    kinds = [event.type for event in events if event.type != "content_block_delta"]
    assert kinds == ["message_start", "content_block_start", "content_block_stop", "message_delta", "message_stop"], kinds
    said = "".join(event.delta.text for event in events if event.type == "content_block_delta")
    assert said == whole.content[0].text, (said, whole)
    delta = events[-2]
    assert delta.delta.stop_reason == whole.stop_reason, delta
    assert delta.usage.output_tokens == whole.usage.output_tokens, delta


@check
def the_stream_helper_collects_the_message():
    with client.messages.stream(model=REPORTER, messages=QUESTION, max_tokens=MAX_TOKENS, extra_body=GREEDY) as stream:
        said = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert message.content[0].text == said and message.usage.input_tokens > 0, message


@check
def a_tool_is_called_and_its_result_is_answered():
    ask = [{"role": "user", "content": "What does AAPL cost?"}]
    choice = {"type": "any", "disable_parallel_tool_use": True}
    message = create(messages=ask, tools=[PRICE], tool_choice=choice, max_tokens=80)
    assert message.stop_reason == "tool_use", message
    (call,) = [block for block in message.content if block.type == "tool_use"]
    assert call.name == "price" and isinstance(call.input["ticker"], str), call
    options = {"model": REPORTER, "messages": ask, "tools": [PRICE], "tool_choice": choice, "max_tokens": 80}
    with client.messages.stream(extra_body=GREEDY, **options) as stream:
        streamed = stream.get_final_message()
    assert [block.input for block in streamed.content if block.type == "tool_use"] == [call.input], streamed
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "56.14"}
    talk = [*ask, {"role": "assistant", "content": message.content}, {"role": "user", "content": [result]}]
    answer = create(messages=talk, tools=[PRICE], tool_choice={"type": "none"})
    assert answer.content[0].text.strip(), answer


class View(BaseModel):
    direction: Literal["up", "down"]
    sure: bool


@check
def a_model_class_binds_the_answer():
    message = client.messages.parse(
        model=REPORTER, messages=[{"role": "user", "content": "Will it rise?"}], max_tokens=60, output_format=View
    )
    assert isinstance(message.parsed_output, View), message


@check
def a_stop_sequence_ends_the_answer():
    whole = create().content[0].text
    stop = whole.split()[1]
    message = create(stop_sequences=["never said", stop])
    assert stop not in "".join(block.text for block in message.content), message
    assert message.stop_reason == "stop_sequence" and message.stop_sequence == stop, message
    with client.messages.stream(
        model=REPORTER, messages=QUESTION, max_tokens=MAX_TOKENS, stop_sequences=[stop], extra_body=GREEDY
    ) as stream:
        message = stream.get_final_message()
    assert message.stop_reason == "stop_sequence" and message.stop_sequence == stop, message


@check
def tokens_are_counted_as_they_are_charged():
    counted = client.messages.count_tokens(model=REPORTER, messages=QUESTION, system="Be brief.")
    assert counted.input_tokens == create(system="Be brief.").usage.input_tokens, counted
    more = client.messages.count_tokens(model=REPORTER, messages=QUESTION, tools=[PRICE])
    assert more.input_tokens > counted.input_tokens, (counted, more)


@check
def the_pipeline_writes_a_report_and_shows_its_progress_as_thinking():
    ask = {"model": PIPELINE, "max_tokens": 4096, "messages": [{"role": "user", "content": "AAPL 1 day"}]}
    with slow.messages.stream(**ask, thinking={"type": "enabled", "budget_tokens": 1024}) as stream:
        message = stream.get_final_message()
    thinking, text = message.content
    assert thinking.type == "thinking" and thinking.thinking, message
    assert text.type == "text" and "analysis-" in text.text, message
    talk = [
        *ask["messages"],
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": "What is the RSI?"},
    ]
    answer = slow.messages.create(**ask | {"messages": talk})
    assert "RSI" in answer.content[0].text, answer


@check
def errors_have_their_classes_and_shape():
    error = raises(anthropic.BadRequestError, lambda: create(body={"temperature": 1.5}))
    assert error.body["type"] == "error" and error.body["error"]["type"] == "invalid_request_error", error.body
    assert "temperature" in error.body["error"]["message"], error.body
    assert error.request_id and error.body["request_id"] == error.request_id, (error.request_id, error.body)
    error = raises(anthropic.NotFoundError, lambda: create(model="claude-9"))
    assert error.body["error"]["type"] == "not_found_error", error.body
    for wrong in (
        {"max_tokens": 0},
        {"messages": []},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
        {"messages": [*QUESTION, {"role": "assistant", "content": "It is"}]},
        {"messages": [{"role": "user", "content": HUGE_PROMPT}]},
        {"stop_sequences": ["a", "b", "c", "d", "e"]},
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {"body": {"top_p": "high"}},
        {"body": {"top_k": -1}},
    ):
        for stream in (False, True):
            raises(anthropic.BadRequestError, lambda: create(**wrong, stream=stream))
    raises(anthropic.NotFoundError, lambda: client.post("/v1/messages/batches", cast_to=object, body={}))


@check
async def the_asynchronous_client_answers_and_streams():
    async with anthropic.AsyncAnthropic(
        base_url=BASE_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS
    ) as asynchronous:
        options = {"model": REPORTER, "messages": QUESTION, "max_tokens": MAX_TOKENS}
        assert (await asynchronous.messages.create(**options)).content[0].text.strip()
        async with asynchronous.messages.stream(**options) as stream:
            assert "".join([text async for text in stream.text_stream]).strip()


if checks.HAS_KEY:

    @check
    def a_wrong_key_is_refused():
        stranger = client.with_options(api_key="wrong")
        ask = {"model": REPORTER, "messages": QUESTION, "max_tokens": MAX_TOKENS}
        error = raises(anthropic.AuthenticationError, lambda: stranger.messages.create(**ask))
        assert error.body["error"]["type"] == "authentication_error", error.body


checks.run()
