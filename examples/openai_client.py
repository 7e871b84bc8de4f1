"""Tripod through OpenAI's Python client, streamed: progress first, then the report, then a question about it.

pip install openai
TRIPOD_URL=http://127.0.0.1:8069 python openai_client.py
"""

import os

from openai import OpenAI

url = os.environ.get("TRIPOD_URL", "http://127.0.0.1:8069")
client = OpenAI(base_url=f"{url}/v1", api_key=os.environ.get("TRIPOD_API_KEY", "none"))
conversation = []


def ask(question):
    """Prints the answer as it is written and keeps it, so that the next question can follow on it."""
    print(f"\n> {question}\n")
    conversation.append({"role": "user", "content": question})
    answer = ""
    for chunk in client.chat.completions.create(model="tripod", messages=conversation, stream=True):
        for choice in chunk.choices:
            # Progress is no part of OpenAI's own types.
            print(getattr(choice.delta, "reasoning_content", None) or "", end="", flush=True)
            print(choice.delta.content or "", end="", flush=True)
            answer += choice.delta.content or ""
    print()
    conversation.append({"role": "assistant", "content": answer})


ask("How will Apple do over the next 2 days?")
ask("Why?")
