"""Ollama's Python client against a started server: `python ollama_client.py BASE_URL [API_KEY]`.

Covers models, chat, generate, streams, options, schemas, tools, durations, errors, the pipeline, and the asynchronous
client. The server serves the bundled data (`--demo`).
"""

import json

import checks
from checks import API_KEY, BASE_URL, EMBEDDER, FORECASTER, HAS_KEY, HUGE_PROMPT, MAX_TOKENS, PIPELINE, REPORTER, check, raises

import ollama
from pydantic import BaseModel

KEY = {"Authorization": f"Bearer {API_KEY}"} if HAS_KEY else {}
client = ollama.Client(host=BASE_URL, headers=KEY, timeout=checks.TIMEOUT_SECONDS)
slow = ollama.Client(host=BASE_URL, headers=KEY, timeout=checks.PIPELINE_TIMEOUT_SECONDS)
QUESTION = [{"role": "user", "content": "What is a share price?"}]
OPTIONS = {"temperature": 0, "num_predict": MAX_TOKENS}


def chat(**options):
    return client.chat(**{"model": REPORTER, "messages": QUESTION, "options": OPTIONS} | options)


def price(ticker: str) -> str:
    """The last price of a security.

    Args:
      ticker: The security's symbol.
    """
    return "56.14"


@check
def models_are_listed_and_shown():
    listed = {model.model: model for model in client.list().models}
    assert {f"{name}:latest" for name in (PIPELINE, REPORTER, FORECASTER)} <= listed.keys(), listed
    assert all(model.size > 0 and len(model.digest) == 64 for model in listed.values()), listed
    shown = client.show(f"{REPORTER}:latest")
    assert "completion" in shown.capabilities and shown.modelinfo["general.architecture"], shown
    assert client.show(REPORTER) == shown


@check
def a_chat_is_answered_with_counts_and_durations():
    answer = chat()
    assert answer.message.role == "assistant" and answer.message.content.strip(), answer
    assert answer.done and answer.done_reason in ("stop", "length") and answer.model == REPORTER, answer
    assert answer.prompt_eval_count > 0 and answer.eval_count > 0, answer
    parts = answer.load_duration + answer.prompt_eval_duration + answer.eval_duration
    assert 0 < parts <= answer.total_duration, answer


@check
def a_stream_says_the_same():
    whole = chat(model=f"{REPORTER}:latest", keep_alive="5m", think=False)
    lines = list(chat(stream=True))
    assert "".join(line.message.content for line in lines) == whole.message.content, lines
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True], lines
    assert lines[-1].eval_count == whole.eval_count and lines[0].done_reason is None, lines[-1]


@check
def options_and_seeds_are_honoured():
    options = {"temperature": 1.2, "seed": 7, "top_k": 20, "top_p": 0.9, "repeat_penalty": 1.1, "num_ctx": 2048}
    ask = {"options": options | {"num_predict": 8}}
    assert chat(**ask).message.content == chat(**ask).message.content
    stop = chat().message.content.split()[1]
    assert stop not in chat(options=OPTIONS | {"stop": [stop]}).message.content


class View(BaseModel):
    ticker: str
    rises: bool


@check
def a_schema_binds_the_answer():
    ask = [{"role": "user", "content": "Does AAPL rise?"}]
    answer = chat(messages=ask, format=View.model_json_schema(), options={"num_predict": 100})
    View.model_validate_json(answer.message.content)
    answer = chat(
        messages=[{"role": "user", "content": "Answer with {\"ok\": true} and nothing else."}],
        format="json",
        options={"num_predict": 100, "temperature": 0},
    )
    assert isinstance(json.loads(answer.message.content), dict), answer


@check
def a_tool_is_called_and_its_result_is_answered():
    ask = [{"role": "user", "content": "Call the tool price for AAPL."}]
    answer = chat(messages=ask, tools=[price], options={"num_predict": 80, "temperature": 0})
    # Whether a tool is called is the model's choice; this API has no way to require it.
    for call in answer.message.tool_calls or []:
        assert call.function.name == "price" and isinstance(call.function.arguments["ticker"], str), call
    call = {"function": {"name": "price", "arguments": {"ticker": "AAPL"}}}
    talk = [
        *ask,
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_name": "price", "content": "56.14"},
    ]
    assert chat(messages=talk).message.content.strip()


@check
def a_prompt_is_answered_or_continued():
    answer = client.generate(model=REPORTER, prompt="What is a share price?", system="Be brief.", options=OPTIONS)
    assert answer.response.strip() and answer.done and answer.eval_count > 0, answer
    options = {"num_predict": 8, "temperature": 0}
    text = client.generate(model=FORECASTER, prompt="101.20, 101.40, 101.60,", options=options)
    assert text.response, text
    raw = client.generate(model=REPORTER, prompt="Once upon a time", raw=True, options=options)
    lines = list(client.generate(model=REPORTER, prompt="Once upon a time", raw=True, options=options, stream=True))
    assert "".join(line.response for line in lines) == raw.response and lines[-1].done, lines


@check
def without_a_question_a_model_is_loaded():
    assert client.generate(model=REPORTER).done_reason == "load"
    assert chat(messages=[]).done_reason == "load"


@check
def texts_become_vectors_of_length_one():
    answer = client.embed(model=EMBEDDER, input=["Shares rise.", "Shares fall."])
    assert len(answer.embeddings) == 2 and answer.prompt_eval_count > 0, answer
    assert all(abs(sum(x * x for x in vector) - 1) < 1e-5 for vector in answer.embeddings), answer
    raises(ollama.ResponseError, lambda: client.embed(model=REPORTER, input="x"))


@check
def the_pipeline_streams_its_progress_as_thinking():
    lines = list(slow.chat(model=PIPELINE, messages=[{"role": "user", "content": "AAPL 1 day"}], stream=True))
    thinking = "".join(line.message.thinking or "" for line in lines)
    content = "".join(line.message.content or "" for line in lines)
    assert "Path" in thinking and "analysis-" in content and lines[-1].done, lines[-1]


@check
def errors_have_their_shape():
    error = raises(ollama.ResponseError, lambda: chat(model="llama9"))
    assert error.status_code == 404 and "llama9" in error.error, error
    for wrong in (
        {"options": {"temperature": 9}},
        {"options": {"top_k": -1}},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x", "images": [b"x"]}]},
        {"messages": [{"role": "user", "content": HUGE_PROMPT}]},
    ):
        for stream in (False, True):
            error = raises(ollama.ResponseError, lambda: list(chat(**wrong, stream=stream)))
            assert error.status_code == 400 and error.error, (wrong, error)
    error = raises(ollama.ResponseError, lambda: client.pull("llama9"))
    assert error.status_code == 501 and "tripod models" in error.error, error
    raises(ollama.ResponseError, lambda: client.delete(REPORTER))


@check
async def the_asynchronous_client_answers_and_streams():
    asynchronous = ollama.AsyncClient(host=BASE_URL, headers=KEY, timeout=checks.TIMEOUT_SECONDS)
    ask = {"model": REPORTER, "messages": QUESTION, "options": OPTIONS}
    assert (await asynchronous.chat(**ask)).message.content.strip()
    lines = [line async for line in await asynchronous.chat(stream=True, **ask)]
    assert lines[-1].done, lines


if HAS_KEY:

    @check
    def a_wrong_key_is_refused():
        stranger = ollama.Client(host=BASE_URL, headers={"Authorization": "Bearer wrong"})
        assert raises(ollama.ResponseError, stranger.list).status_code == 401


checks.run()
