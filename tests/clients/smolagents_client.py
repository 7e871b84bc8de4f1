"""smolagents against a started server: `python smolagents_client.py BASE_URL [API_KEY]`.

Covers its model class, whole and streamed, and a `ToolCallingAgent` with its own instructions, which requires a call in
every step. The server serves
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
    return 56.14


@check
def an_agent_calls_its_tools_and_reads_their_results():
    one_call = model(max_tokens=60, parallel_tool_calls=False)
    agent = ToolCallingAgent(tools=[price], model=one_call, max_steps=1, verbosity_level=LogLevel.OFF)
    # After its only step the agent is asked for an answer from what it has seen.
    answer = agent.run("What does the security cost?")
    (step,) = [step for step in agent.memory.steps if getattr(step, "tool_calls", None)]
    (call,) = step.tool_calls
    assert call.name in ("price", "final_answer") and step.error is None, step
    if call.name == "price":
        assert isinstance(call.arguments["adjusted"], bool) and step.observations == "56.14", step
    assert str(answer).strip(), answer


checks.run()
