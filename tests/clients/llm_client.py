"""`llm`, as a library and as a command, against a started server: `python llm_client.py BASE_URL [API_KEY]`.

Its settings, keys and log live in a temporary directory.
"""

import json
import os
import subprocess
import sys
import tempfile

import checks
from checks import API_KEY, API_URL, FORECASTER, MAX_TOKENS, REPORTER, check, raises

directory = tempfile.TemporaryDirectory()
os.environ["LLM_USER_PATH"] = directory.name
with open(os.path.join(directory.name, "keys.json"), "w") as file:
    json.dump({"tripod": API_KEY}, file)
with open(os.path.join(directory.name, "extra-openai-models.yaml"), "w") as file:
    file.write(
        f"""- model_id: reporter
  model_name: {REPORTER}
  api_base: {API_URL}
  api_key_name: tripod
  supports_schema: true
- model_id: forecaster
  model_name: {FORECASTER}
  api_base: {API_URL}
  api_key_name: tripod
  completion: true
- model_id: unknown
  model_name: gpt-9
  api_base: {API_URL}
  api_key_name: tripod
"""
    )

import llm  # noqa: E402 (it reads its directory when it is imported)
import openai  # noqa: E402

OPTIONS = {"max_tokens": MAX_TOKENS, "temperature": 0}
QUESTION = "What is a share price?"


@check
def a_prompt_is_answered():
    response = llm.get_model("reporter").prompt(QUESTION, system="Be brief.", stream=False, **OPTIONS)
    assert response.text().strip()
    usage = response.usage()
    assert usage.input > 0 and usage.output > 0, usage


@check
def a_stream_says_the_same():
    model = llm.get_model("reporter")
    streamed = model.prompt(QUESTION, **OPTIONS)
    parts = list(streamed)
    assert len(parts) > 2 and "".join(parts) == model.prompt(QUESTION, stream=False, **OPTIONS).text(), parts
    assert streamed.usage().output > 0, streamed.usage()


@check
def a_conversation_goes_on():
    conversation = llm.get_model("reporter").conversation()
    assert conversation.prompt(QUESTION, **OPTIONS).text().strip()
    assert conversation.prompt("Say it in other words.", **OPTIONS).text().strip()


@check
def a_schema_binds_the_answer():
    schema = {"type": "object", "properties": {"sign": {"type": "string", "enum": ["buy", "sell"]}}}
    schema |= {"required": ["sign"], "additionalProperties": False}
    options = OPTIONS | {"max_tokens": 24}
    response = llm.get_model("reporter").prompt("Buy or sell? Answer as JSON.", schema=schema, **options)
    assert json.loads(response.text())["sign"] in ("buy", "sell"), response.text()


@check
def a_text_is_continued():
    assert llm.get_model("forecaster").prompt("101.20, 101.40,", max_tokens=8).text()


@check
def an_unknown_model_is_not_found():
    error = raises(openai.NotFoundError, lambda: llm.get_model("unknown").prompt(QUESTION).text())
    assert error.code == "model_not_found", error


@check
def the_command_lists_the_models_and_answers():
    def command(*arguments):
        command = [sys.executable, "-m", "llm", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout

    assert "reporter" in command("models", "list")
    assert command("prompt", "-m", "reporter", "-o", "max_tokens", "8", "-o", "temperature", "0", QUESTION).strip()


checks.run()
