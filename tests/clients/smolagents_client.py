"""smolagents against a started server: `python smolagents_client.py BASE_URL [API_KEY]`.

Covers its model class, whole and streamed, and a `ToolCallingAgent`, which requires a call in every step. The server serves
the bundled data (`--demo`).
"""

import checks
from checks import API_KEY, API_URL, MAX_TOKENS, REPORTER, check

from smolagents import OpenAIServerModel, ToolCallingAgent, tool
from smolagents.models import ChatMessage, MessageRole
from smolagents.monitoring import LogLevel

ASK = [ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": "What is a share price?"}])]


def model(**options):
    client = {"max_retries": 0, "timeout": checks.TIMEOUT_SECONDS}
    return OpenAIServerModel(
        REPORTER, api_base=API_URL, api_key=API_KEY, client_kwargs=client, **{"temperature": 0} | options
    )


@check
def a_text_is_answered():
    message = model(max_tokens=MAX_TOKENS).generate(ASK)
    assert message.content.strip() and message.token_usage.output_tokens > 0, message


@check
def a_stream_says_the_same():
    short = model(max_tokens=MAX_TOKENS)
    pieces = list(short.generate_stream(ASK))
    assert "".join(piece.content or "" for piece in pieces) == short.generate(ASK).content, pieces
    assert pieces[-1].token_usage.output_tokens > 0, pieces[-1]


@tool
def price(adjusted: bool) -> float:
    """The last price of the security.

    Args:
        adjusted: whether dividends are taken out
    """
    ASKED.append(adjusted)
    return 56.14


ASKED = []


@check
def an_agent_calls_its_tools_with_arguments_of_their_types():
    agent = ToolCallingAgent(
        tools=[price], model=model(max_tokens=200), max_steps=2, verbosity_level=LogLevel.OFF, max_tool_threads=1
    )
    agent.run("What does the security cost?")
    steps = [step for step in agent.memory.steps if getattr(step, "tool_calls", None)]
    assert steps and all(call.name in ("price", "final_answer") for step in steps for call in step.tool_calls), steps
    assert all(isinstance(one, bool) for one in ASKED), ASKED


checks.run()
