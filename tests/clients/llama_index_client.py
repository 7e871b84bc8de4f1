"""LlamaIndex's `OpenAILike` against a started server: `python llama_index_client.py BASE_URL [API_KEY]`.

Covers chats, streams, typed answers, and functions whose results go back. The server serves the bundled data (`--demo`).
"""

from typing import Literal

import checks
from checks import API_KEY, API_URL, MAX_TOKENS, REPORTER, check, raises

import openai
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

ASK = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="What is a share price?")]


def model(tokens=MAX_TOKENS):
    return OpenAILike(
        model=REPORTER,
        api_base=API_URL,
        api_key=API_KEY,
        is_chat_model=True,
        is_function_calling_model=True,
        context_window=2048,
        max_tokens=tokens,
        temperature=0,
        max_retries=0,
        timeout=checks.TIMEOUT_SECONDS,
    )


class View(BaseModel):
    """Which way a price goes."""

    direction: Literal["up", "down"]
    sure: bool


def price(ticker: Literal["AAPL", "MSFT"]) -> float:
    """The last price of a security."""
    return 56.14


PRICE = FunctionTool.from_defaults(price)


@check
def a_chat_is_answered_and_a_stream_says_the_same():
    whole = model().chat(ASK).message.content
    pieces = list(model().stream_chat(ASK))
    assert whole.strip() and pieces[-1].message.content == whole, (pieces[-1], whole)
    assert "".join(piece.delta or "" for piece in pieces) == whole, pieces


@check
def a_prompt_is_completed():
    assert model().complete("What is a share price?").text.strip()


@check
def a_typed_answer_is_an_object_of_its_type():
    answer = model(100).as_structured_llm(View).chat([ChatMessage(role="user", content="Will the price rise?")])
    assert isinstance(answer.raw, View), answer


@check
def a_function_is_called_with_arguments_of_its_types_and_its_result_is_answered():
    talk = [ChatMessage(role="user", content="What does AAPL cost?")]
    answer = model(80).chat_with_tools([PRICE], chat_history=talk, tool_required=True)
    (call,) = model().get_tool_calls_from_response(answer)
    assert call.tool_name == "price" and call.tool_kwargs["ticker"] in ("AAPL", "MSFT"), call
    result = PRICE(**call.tool_kwargs)
    talk += [answer.message, ChatMessage(role="tool", content=str(result), additional_kwargs={"tool_call_id": call.tool_id})]
    assert model().chat(talk).message.content.strip()


@check
def a_call_streams():
    talk = [ChatMessage(role="user", content="What does AAPL cost?")]
    *_, last = model(80).stream_chat_with_tools([PRICE], chat_history=talk, tool_required=True)
    (call,) = model().get_tool_calls_from_response(last)
    assert call.tool_name == "price" and call.tool_kwargs["ticker"] in ("AAPL", "MSFT"), call


@check
async def the_asynchronous_methods_answer():
    assert (await model().achat(ASK)).message.content.strip()


@check
def an_error_has_its_class():
    error = raises(openai.BadRequestError, lambda: model().chat(ASK, temperature=3))
    assert "temperature" in str(error), error


checks.run()
