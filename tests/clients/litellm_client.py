"""`litellm` against a started server: `python litellm_client.py BASE_URL [API_KEY]`."""

import json

import checks
from checks import API_KEY, API_URL, FORECASTER, HUGE_PROMPT, MAX_TOKENS, REPORTER, check, raises

import litellm

litellm.telemetry = False
litellm.suppress_debug_info = True
QUESTION = [{"role": "user", "content": "What is a share price?"}]
CONNECTION = {"api_base": API_URL, "api_key": API_KEY, "timeout": checks.TIMEOUT_SECONDS, "max_retries": 0}


def complete(**options):
    usual = {"model": f"openai/{REPORTER}", "messages": QUESTION, "max_tokens": MAX_TOKENS, "temperature": 0}
    return litellm.completion(**CONNECTION, **usual | options)


@check
def a_chat_is_answered():
    completion = complete()
    (choice,) = completion.choices
    assert choice.message.content.strip() and choice.finish_reason in ("stop", "length"), completion
    usage = completion.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > 0, usage


@check
def a_stream_says_the_same():
    chunks = list(complete(stream=True, stream_options={"include_usage": True}))
    said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert said == complete().choices[0].message.content, chunks
    assert litellm.stream_chunk_builder(chunks).usage.completion_tokens > 0


@check
def a_schema_binds_the_answer():
    schema = {"type": "object", "properties": {"sign": {"type": "string", "enum": ["buy", "sell"]}}}
    schema |= {"required": ["sign"], "additionalProperties": False}
    wanted = {"type": "json_schema", "json_schema": {"name": "sign", "strict": True, "schema": schema}}
    completion = complete(response_format=wanted, max_tokens=24)
    assert json.loads(completion.choices[0].message.content)["sign"] in ("buy", "sell"), completion


@check
def a_text_is_continued():
    ask = {"model": f"text-completion-openai/{FORECASTER}", "prompt": "101.20, 101.40,"}
    completion = litellm.text_completion(max_tokens=8, temperature=0, **ask, **CONNECTION)
    assert completion.choices[0].text, completion


@check
async def the_asynchronous_call_answers():
    completion = await litellm.acompletion(
        model=f"openai/{REPORTER}", messages=QUESTION, max_tokens=MAX_TOKENS, **CONNECTION
    )
    assert completion.choices[0].message.content.strip(), completion


@check
def errors_have_their_classes():
    raises(litellm.NotFoundError, lambda: complete(model="openai/gpt-9"))
    raises(litellm.BadRequestError, lambda: complete(temperature=3))
    # This class is chosen by words in the message, not by the code.
    huge = [{"role": "user", "content": HUGE_PROMPT}]
    raises(litellm.ContextWindowExceededError, lambda: complete(messages=huge))
    raises(litellm.ContextWindowExceededError, lambda: list(complete(messages=huge, stream=True)))


if checks.HAS_KEY:

    @check
    def a_wrong_key_is_refused():
        call = {"model": f"openai/{REPORTER}", "messages": QUESTION}
        raises(litellm.AuthenticationError, lambda: litellm.completion(**call, **CONNECTION | {"api_key": "wrong"}))


checks.run()
