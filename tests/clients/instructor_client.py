"""Instructor against a started server: `python instructor_client.py BASE_URL [API_KEY]`.

Covers its two manners of binding an answer, a call of a tool and a schema, whole, in parts and asynchronously. The server
serves the bundled data (`--demo`).
"""

from typing import Literal

import checks
from checks import API_KEY, API_URL, REPORTER, check, raises

import instructor
import openai
from pydantic import BaseModel

CONNECTION = {"base_url": API_URL, "api_key": API_KEY, "max_retries": 0, "timeout": checks.TIMEOUT_SECONDS}
ASK = {
    "model": REPORTER,
    "messages": [{"role": "user", "content": "Will the price of AAPL rise?"}],
    "max_tokens": 80,
    "temperature": 0,
    "max_retries": 1,
}


class View(BaseModel):
    """Which way a price goes."""

    ticker: Literal["AAPL", "MSFT"]
    direction: Literal["up", "down"]
    sure: bool


def client(mode):
    return instructor.from_openai(openai.OpenAI(**CONNECTION), mode=mode)


@check
def the_default_manner_is_a_tool_and_gives_an_object():
    view, completion = instructor.from_openai(openai.OpenAI(**CONNECTION)).create_with_completion(
        response_model=View, **ASK
    )
    assert isinstance(view, View), view
    assert completion.choices[0].message.tool_calls[0].function.name == "View", completion


@check
def a_schema_gives_an_object():
    view, completion = client(instructor.Mode.JSON_SCHEMA).create_with_completion(response_model=View, **ASK)
    assert isinstance(view, View), view
    said = View.model_validate_json(completion.choices[0].message.content)
    assert said.model_dump() == view.model_dump(), completion


@check
def both_manners_stream_the_object_in_parts():
    for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON_SCHEMA):
        *_, last = client(mode).create_partial(response_model=View, **ASK)
        View.model_validate(last.model_dump())


@check
def a_text_is_answered_without_a_type():
    completion = client(instructor.Mode.TOOLS).create(response_model=None, **ASK | {"max_tokens": 16})
    assert completion.choices[0].message.content.strip(), completion


@check
async def the_asynchronous_client_gives_an_object():
    async with openai.AsyncOpenAI(**CONNECTION) as asynchronous:
        view = await instructor.from_openai(asynchronous).create(response_model=View, **ASK)
    assert isinstance(view, View), view


@check
def an_error_says_what_was_wrong():
    error = raises(Exception, lambda: client(instructor.Mode.TOOLS).create(response_model=View, **ASK | {"temperature": 3}))
    assert "temperature" in str(error), error


checks.run()
