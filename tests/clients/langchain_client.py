"""`langchain-openai` against a started server: `python langchain_client.py BASE_URL [API_KEY]`."""

from typing import Literal

import checks
from checks import API_KEY, API_URL, HUGE_PROMPT, MAX_TOKENS, REPORTER, check, raises

from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
import openai
from pydantic import BaseModel

QUESTION = [SystemMessage("You answer in one short sentence."), HumanMessage("What is a share price?")]


class Outlook(BaseModel):
    """Where the price goes."""

    direction: Literal["up", "down"]


def model(**options):
    options = {"model": REPORTER, "max_tokens": MAX_TOKENS, "temperature": 0, "max_retries": 0} | options
    return ChatOpenAI(base_url=API_URL, api_key=API_KEY, timeout=checks.TIMEOUT_SECONDS, **options)


@check
def invoke_answers():
    message = model().invoke(QUESTION)
    assert isinstance(message, AIMessage) and message.content.strip(), message
    usage = message.usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0, usage
    assert message.response_metadata["finish_reason"] in ("stop", "length"), message


@check
def a_stream_adds_up_to_the_answer():
    chunks = list(model(stream_usage=True).stream(QUESTION))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert len(chunks) > 2 and whole.content == model().invoke(QUESTION).content, whole
    assert whole.usage_metadata["output_tokens"] > 0, whole
    assert list(model().stream(QUESTION)), "also without usage"


@check
def several_questions_are_answered_at_once():
    answers = model().batch([QUESTION, [HumanMessage("What is a dividend?")]])
    assert len(answers) == 2 and all(answer.content.strip() for answer in answers), answers


@check
def structured_output_is_an_object_of_its_class():
    ask = [HumanMessage("Shares rose for ten days. Where do they go? Answer as JSON.")]
    answer = model(max_tokens=48).with_structured_output(Outlook, method="json_schema").invoke(ask)
    assert isinstance(answer, Outlook), answer


@check
def errors_have_their_classes():
    raises(openai.NotFoundError, lambda: model(model="gpt-9").invoke(QUESTION))
    raises(openai.BadRequestError, lambda: model(temperature=3).invoke(QUESTION))
    raises(ContextOverflowError, lambda: model().invoke([HumanMessage(HUGE_PROMPT)]))
    raises(ContextOverflowError, lambda: list(model().stream([HumanMessage(HUGE_PROMPT)])))


checks.run()
