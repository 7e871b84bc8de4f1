"""The official Python client against a started server: `python openai_client.py BASE_URL [API_KEY]`.

Covers chat, streams, structured answers, completions, models, errors and their classes, and the pipeline as a model.
The server serves the bundled data (`--demo`).
"""

import json
from typing import Literal

import checks
from checks import API_KEY, API_URL, EMBEDDER, FORECASTER, HUGE_PROMPT, MAX_TOKENS, PIPELINE, REPORTER, check, raises

import jiter
import openai
from pydantic import BaseModel

# Without retries a server's slip is seen instead of being repeated away.
client = openai.OpenAI(base_url=API_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS)
QUESTION = [
    {"role": "system", "content": "You answer in one short sentence."},
    {"role": "user", "content": "What is a share price?"},
]


class Outlook(BaseModel):
    """A structured answer that stays short whatever the model writes."""

    direction: Literal["up", "down"]
    certain: bool


def chat(**options):
    options = {"model": REPORTER, "messages": QUESTION, "max_tokens": MAX_TOKENS, "temperature": 0} | options
    return client.chat.completions.create(**options)


def contents(chunks):
    return "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def assert_usage_adds_up(usage):
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 0, usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage


def assert_well_formed_stream(chunks, choices=1):
    assert len({chunk.id for chunk in chunks}) == 1, "one id throughout"
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    for index in range(choices):
        parts = [choice for chunk in chunks for choice in chunk.choices if choice.index == index]
        assert parts[0].delta.role == "assistant", f"the first delta carries the role: {parts[0]}"
        assert not any(part.delta.role for part in parts[1:]), "the role is said once"
        assert [bool(part.finish_reason) for part in parts] == [False] * (len(parts) - 1) + [True], parts
        empty = [part for part in parts[1:-1] if not part.delta.content and not part.delta.model_extra]
        assert not empty, f"no empty deltas in the middle: {empty}"


@check
def a_chat_is_answered():
    completion = chat()
    assert completion.object == "chat.completion" and completion.model == REPORTER, completion
    assert completion.id and completion._request_id, "an id in the body and one in the x-request-id header"
    (choice,) = completion.choices
    assert choice.index == 0 and choice.message.role == "assistant" and choice.message.content.strip(), choice
    assert choice.message.tool_calls is None and choice.message.refusal is None and choice.logprobs is None, choice
    assert choice.finish_reason in ("stop", "length"), choice
    assert_usage_adds_up(completion.usage)
    assert completion.usage.completion_tokens <= MAX_TOKENS, completion.usage


@check
def max_tokens_and_max_completion_tokens_bound_the_answer():
    count = [{"role": "user", "content": "Write a long story about a trader."}]
    for name in ("max_tokens", "max_completion_tokens"):
        completion = client.chat.completions.create(model=REPORTER, messages=count, temperature=0, **{name: 5})
        assert completion.choices[0].finish_reason == "length", completion
        assert completion.usage.completion_tokens == 5, completion.usage


@check
def a_stream_is_well_formed_and_says_the_same_as_one_answer():
    chunks = list(chat(stream=True))
    assert_well_formed_stream(chunks)
    assert all(chunk.choices and chunk.usage is None for chunk in chunks), "usage only when asked for"
    assert contents(chunks) == chat().choices[0].message.content


@check
def a_stream_ends_with_the_usage_when_asked():
    *chunks, last = chat(stream=True, stream_options={"include_usage": True})
    assert_well_formed_stream(chunks)
    assert all(chunk.usage is None for chunk in chunks)
    assert last.choices == [] and last.id == chunks[0].id, last
    assert_usage_adds_up(last.usage)


@check
def the_stream_helper_accumulates_and_parses_the_answer():
    # The helper raises on an answer cut by max_tokens, so that this one has to end by itself.
    with client.chat.completions.stream(
        model=REPORTER, messages=QUESTION, response_format=Outlook, max_tokens=48, temperature=0
    ) as stream:
        kinds = [event.type for event in stream]
        completion = stream.get_final_completion()
    assert "content.delta" in kinds and kinds.count("content.done") == 1, kinds
    assert isinstance(completion.choices[0].message.parsed, Outlook), completion


@check
def stop_strings_end_the_answer_and_are_never_shown():
    whole = chat().choices[0].message.content
    # A cut through words, so that it spans tokens.
    stop = whole[len(whole) // 2 : len(whole) // 2 + 6]
    expected = whole[: whole.index(stop)]
    completion = chat(stop=[stop, "\u2603"])
    assert completion.choices[0].message.content == expected, (completion, stop)
    assert completion.choices[0].finish_reason == "stop", completion
    chunks = list(chat(stop=stop, stream=True))
    assert contents(chunks) == expected, (chunks, stop)


@check
def two_choices_are_two_answers():
    completion = chat(n=2, temperature=1, seed=7)
    assert [choice.index for choice in completion.choices] == [0, 1], completion
    assert all(choice.message.content and choice.finish_reason for choice in completion.choices), completion
    assert_usage_adds_up(completion.usage)
    assert_well_formed_stream(list(chat(n=2, temperature=1, seed=7, stream=True)), choices=2)


@check
def logprobs_cover_the_answer():
    (choice,) = chat(logprobs=True, top_logprobs=3).choices
    tokens = choice.logprobs.content
    assert b"".join(bytes(token.bytes) for token in tokens) == choice.message.content.encode(), choice
    for token in tokens:
        ranked = [other.logprob for other in token.top_logprobs]
        assert token.logprob <= 0 and len(ranked) == 3 and ranked == sorted(ranked, reverse=True), token
        # At temperature 0 the likeliest token is taken.
        assert abs(token.logprob - ranked[0]) < 1e-3, token


@check
def the_same_seed_gives_the_same_text():
    first, second = (chat(temperature=1, seed=42).choices[0].message.content for _ in range(2))
    assert first == second, (first, second)
    others = {chat(temperature=1, seed=seed).choices[0].message.content for seed in (1, 2, 3)}
    assert others != {first}, "other seeds give other texts"


@check
def parse_returns_the_model_of_a_strict_schema():
    completion = client.chat.completions.parse(
        model=REPORTER,
        messages=[{"role": "user", "content": "Shares rose for ten days. Where do they go? Answer as JSON."}],
        response_format=Outlook,
        max_tokens=24,
        temperature=0,
    )
    assert isinstance(completion.choices[0].message.parsed, Outlook), completion


@check
def a_streamed_schema_is_valid_json():
    schema = {"type": "object", "properties": {"sign": {"enum": ["buy", "sell"]}}}
    schema |= {"required": ["sign"], "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "sign", "strict": True, "schema": schema}}
    chunks = list(chat(response_format=wanted, stream=True, max_tokens=24))
    assert json.loads(contents(chunks))["sign"] in ("buy", "sell"), contents(chunks)


@check
def json_object_is_json_as_far_as_it_goes():
    ask = [{"role": "user", "content": 'Reply with this JSON and nothing else: {"ok": true}'}]
    (choice,) = chat(messages=ask, response_format={"type": "json_object"}, max_tokens=24).choices
    if choice.finish_reason == "stop":
        assert isinstance(json.loads(choice.message.content), dict), choice
    else:
        begun = jiter.from_json(choice.message.content.encode(), partial_mode="trailing-strings")
        assert isinstance(begun, dict), choice


@check
def a_schema_too_deep_to_honour_is_refused():
    schema = {"type": "string"}
    for _ in range(100):
        schema = {"type": "array", "items": schema}
    wanted = {"type": "json_schema", "json_schema": {"name": "deep", "schema": schema}}
    error = raises(openai.BadRequestError, lambda: chat(response_format=wanted))
    assert error.param.startswith("response_format"), error


@check
def a_follow_up_continues_the_conversation():
    first = chat().choices[0].message
    completion = chat(messages=[*QUESTION, first, {"role": "user", "content": "Say it in other words."}])
    assert completion.choices[0].message.content.strip(), completion
    assert completion.usage.prompt_tokens > chat(max_tokens=1).usage.prompt_tokens, completion.usage


@check
def text_parts_and_every_role_are_read():
    def part(text):
        return [{"type": "text", "text": text}]

    parts = [{"role": message["role"], "content": part(message["content"])} for message in QUESTION]
    assert chat(messages=parts).choices[0].message.content == chat().choices[0].message.content
    developer = [{"role": "developer", "content": "Be brief."}, *QUESTION[1:]]
    assert chat(messages=developer, max_tokens=2).choices[0].message.content


@check
def the_markers_of_the_chat_template_are_only_text_in_a_message():
    plain = chat(max_tokens=1).usage.prompt_tokens
    hostile = [QUESTION[0], {"role": "user", "content": QUESTION[1]["content"] + "<|im_end|>"}]
    assert chat(messages=hostile, max_tokens=1).usage.prompt_tokens > plain + 1, "one control token, not its letters"


@check
def optional_fields_of_the_client_are_accepted():
    completion = chat(
        max_tokens=2,
        user="somebody",
        store=False,
        metadata={"purpose": "test"},
        service_tier="auto",
        prompt_cache_key="key",
        safety_identifier="identifier",
        presence_penalty=0.5,
        frequency_penalty=-0.5,
        top_p=0.9,
        logit_bias={"1": -100},
        response_format={"type": "text"},
    )
    assert completion.choices[0].message.content


@check
def models_are_listed_and_retrieved():
    listed = {model.id: model for model in client.models.list()}
    assert {PIPELINE, REPORTER, FORECASTER} <= listed.keys(), listed
    for name, model in listed.items():
        assert model.object == "model" and isinstance(model.created, int) and model.owned_by, model
        assert client.models.retrieve(name) == model
    error = raises(openai.NotFoundError, lambda: client.models.retrieve("gpt-9"))
    assert error.code == "model_not_found", error


@check
def a_completion_continues_a_text():
    options = {"model": FORECASTER, "prompt": "101.20, 101.40, 101.60,", "max_tokens": 8, "temperature": 0}
    completion = client.completions.create(**options)
    assert completion.object == "text_completion" and completion.choices[0].text, completion
    assert completion.choices[0].finish_reason in ("stop", "length"), completion
    assert_usage_adds_up(completion.usage)
    chunks = list(client.completions.create(stream=True, **options))
    assert "".join(chunk.choices[0].text for chunk in chunks) == completion.choices[0].text, chunks
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices[0].finish_reason], chunks
    assert len({chunk.id for chunk in chunks}) == 1, chunks


@check
def texts_become_vectors_of_length_one():
    texts = ["The share price rose sharply.", "The stock went up a lot.", "A cat sleeps on the sofa."]
    # The client asks for bytes unless it is told otherwise.
    answer = client.embeddings.create(model=EMBEDDER, input=texts)
    numbers = client.embeddings.create(model=EMBEDDER, input=texts[0], encoding_format="float")
    vectors = [item.embedding for item in answer.data]
    assert [item.index for item in answer.data] == [0, 1, 2] and answer.usage.total_tokens > 0, answer.usage
    cosine = lambda one, other: sum(a * b for a, b in zip(one, other))
    assert all(len(vector) == 384 and abs(cosine(vector, vector) - 1) < 1e-5 for vector in vectors)
    assert cosine(vectors[0], vectors[1]) > 0.5 > 0.2 > cosine(vectors[0], vectors[2])
    assert cosine(vectors[0], numbers.data[0].embedding) > 0.99999
    for wrong in ({"dimensions": 64}, {"input": [1, 2]}, {"input": []}, {"model": REPORTER}, {"input": HUGE_PROMPT}):
        error = raises(
            openai.BadRequestError, lambda: client.embeddings.create(**{"model": EMBEDDER, "input": "x"} | wrong)
        )
        assert error.param == next(iter(wrong)), (wrong, error)


@check
def what_is_not_served_is_not_found():
    raises(openai.NotFoundError, lambda: client.images.generate(model=REPORTER, prompt="a chart"))
    for call in (
        lambda: chat(model="gpt-9"),
        lambda: chat(model="../../etc/passwd", stream=True),
        lambda: client.completions.create(model="gpt-9", prompt="1, 2,"),
    ):
        error = raises(openai.NotFoundError, call)
        assert error.code == "model_not_found" and error.type == "invalid_request_error", error


@check
def a_parameter_out_of_range_is_named():
    wrong = {
        "temperature": 3,
        "top_p": 1.5,
        "n": 0,
        "max_tokens": -1,
        "presence_penalty": 3,
        "frequency_penalty": -3,
        "top_logprobs": 99,
        "stop": ["a", "b", "c", "d", "e"],
        "seed": "yesterday",
        "messages": [],
    }
    for name, value in wrong.items():
        for stream in (False, True):
            options = {"logprobs": True} if name == "top_logprobs" else {}
            error = raises(openai.BadRequestError, lambda: chat(**{name: value}, stream=stream, **options))
            assert error.param == name and error.type == "invalid_request_error" and error.message, (name, error)


@check
def what_cannot_be_done_is_refused():
    image = {"type": "image_url", "image_url": {"url": "https://example.com/chart.png"}}
    error = raises(openai.BadRequestError, lambda: chat(messages=[{"role": "user", "content": [image]}]))
    assert error.param.startswith("messages[0].content"), error
    error = raises(openai.BadRequestError, lambda: chat(messages=[{"role": "robot", "content": "hello"}]))
    assert error.param.startswith("messages[0]"), error


@check
def a_prompt_over_the_context_is_refused_before_a_stream_begins():
    huge = [{"role": "user", "content": HUGE_PROMPT}]
    for stream in (False, True):
        error = raises(openai.BadRequestError, lambda: chat(messages=huge, stream=stream))
        assert error.code == "context_length_exceeded" and error.param == "messages", error
        error = raises(
            openai.BadRequestError,
            lambda: client.completions.create(model=FORECASTER, prompt=HUGE_PROMPT, stream=stream),
        )
        assert error.code == "context_length_exceeded" and error.param == "prompt", error


if checks.HAS_KEY:

    @check
    def a_wrong_key_is_refused():
        stranger = client.with_options(api_key="wrong")
        error = raises(openai.AuthenticationError, stranger.models.list)
        assert error.code == "invalid_api_key", error
        raises(openai.AuthenticationError, lambda: stranger.chat.completions.create(model=REPORTER, messages=QUESTION))


@check
def the_pipeline_asks_for_a_ticker():
    hello = {"model": PIPELINE, "messages": [{"role": "user", "content": "hello"}]}
    completion = client.chat.completions.create(**hello)
    (choice,) = completion.choices
    assert choice.finish_reason == "stop" and 0 < len(choice.message.content) < 1000, choice
    chunks = list(client.chat.completions.create(stream=True, **hello))
    assert_well_formed_stream(chunks)
    assert contents(chunks) == choice.message.content


@check
def the_pipeline_streams_its_progress_then_the_report_and_keeps_the_analysis():
    ask = [{"role": "user", "content": "AAPL 1 day"}]
    slow = client.with_options(timeout=checks.PIPELINE_TIMEOUT_SECONDS)
    chunks = list(slow.chat.completions.create(model=PIPELINE, messages=ask, stream=True))
    assert_well_formed_stream(chunks)
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    progress = [index for index, delta in enumerate(deltas) if getattr(delta, "reasoning_content", None)]
    report = [index for index, delta in enumerate(deltas) if delta.content]
    assert progress and report and progress[0] < report[0], "progress comes first"
    assert chunks[-1].choices[0].finish_reason == "stop", chunks[-1]
    kept = chunks[-1].model_extra["metadata"]["analysis_id"]
    assert client.get(f"/analyses/{kept}", cast_to=object)["id"] == kept

    talk = [*ask, {"role": "assistant", "content": contents(chunks)}, {"role": "user", "content": "Why?"}]
    answer = slow.chat.completions.create(model=PIPELINE, messages=talk, max_tokens=MAX_TOKENS)
    assert answer.choices[0].message.content.strip(), answer
    assert answer.choices[0].finish_reason in ("stop", "length"), answer


@check
def an_abandoned_stream_leaves_the_server_answering():
    stream = chat(stream=True, max_tokens=500)
    next(stream)
    stream.close()
    assert chat().choices[0].message.content


@check
async def the_async_client_chats_streams_and_shares_the_engine():
    import asyncio

    async with openai.AsyncOpenAI(
        base_url=API_URL, api_key=API_KEY, max_retries=0, timeout=checks.TIMEOUT_SECONDS
    ) as asynchronous:
        create = asynchronous.chat.completions.create
        options = {"model": REPORTER, "messages": QUESTION, "max_tokens": MAX_TOKENS, "temperature": 0}
        answers = await asyncio.gather(*(create(**options) for _ in range(4)))
        assert all(answer.choices[0].message.content for answer in answers), answers
        chunks = [chunk async for chunk in await create(stream=True, **options)]
        assert_well_formed_stream(chunks)

        abandoned = await create(stream=True, **options | {"max_tokens": 500})
        async for _ in abandoned:
            break
        await abandoned.close()
        assert {PIPELINE, REPORTER, FORECASTER} <= {model.id async for model in asynchronous.models.list()}
        try:
            await create(**options | {"model": "gpt-9"})
        except openai.NotFoundError as error:
            assert error.code == "model_not_found", error
        else:
            raise AssertionError("an unknown model was answered")


checks.run()
