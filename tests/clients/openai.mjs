// The official JavaScript client against a started server: `node openai.mjs BASE_URL [API_KEY]`, with the package that
// scripts/clients.sh has put under $TRIPOD_CACHE. The server serves the bundled data (`--demo`).

import assert from "node:assert/strict";

import { base, key, load, run } from "./checks.mjs";

const { default: OpenAI } = await load("openai");

const PIPELINE = "tripod";
const REPORTER = "tripod-reporter";
const FORECASTER = "tripod-forecaster";
// Without retries a server's slip is seen instead of being repeated away.
const client = new OpenAI({
  baseURL: `${base}/v1`,
  apiKey: key ?? "no-key-needed",
  maxRetries: 0,
  timeout: 60_000,
});
const question = [
  { role: "system", content: "You answer in one short sentence." },
  { role: "user", content: "What is a share price?" },
];
const create = (options = {}, request = {}) =>
  client.chat.completions.create(
    { model: REPORTER, messages: question, max_tokens: 16, temperature: 0, ...options },
    request,
  );
const signSchema = {
  type: "json_schema",
  json_schema: {
    name: "sign",
    strict: true,
    schema: {
      type: "object",
      properties: { sign: { type: "string", enum: ["buy", "sell"] } },
      required: ["sign"],
      additionalProperties: false,
    },
  },
};

async function collect(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const contents = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

function assertUsageAddsUp(usage) {
  assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0, JSON.stringify(usage));
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
}

function assertWellFormedStream(chunks) {
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1, "one id throughout");
  const parts = chunks.flatMap((chunk) => chunk.choices);
  assert.equal(parts[0].delta.role, "assistant", "the first delta carries the role");
  assert.equal(parts.filter((part) => part.finish_reason).length, 1, "one finish_reason");
  assert.ok(parts.at(-1).finish_reason, "the finish_reason comes last");
  for (const part of parts.slice(1, -1)) {
    assert.ok(part.delta.content || part.delta.reasoning_content, `an empty delta: ${JSON.stringify(part)}`);
  }
}

async function assertRejects(promise, errorClass, expected = {}) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof errorClass, `expected ${errorClass.name}, got ${error.constructor.name}: ${error}`);
    for (const [name, value] of Object.entries(expected)) assert.equal(error[name], value, `${name} of ${error}`);
    return true;
  });
}

const checks = {
  async "a chat is answered"() {
    const completion = await create();
    const [choice] = completion.choices;
    assert.equal(completion.object, "chat.completion");
    assert.equal(choice.message.role, "assistant");
    assert.ok(choice.message.content.trim());
    assert.ok(["stop", "length"].includes(choice.finish_reason), choice.finish_reason);
    assert.ok(completion._request_id, "the x-request-id header");
    assertUsageAddsUp(completion.usage);
  },

  async "a stream is well formed and says the same as one answer"() {
    const chunks = await collect(await create({ stream: true }));
    assertWellFormedStream(chunks);
    assert.equal(contents(chunks), (await create()).choices[0].message.content);
  },

  async "a stream ends with the usage when asked"() {
    const chunks = await collect(await create({ stream: true, stream_options: { include_usage: true } }));
    const last = chunks.pop();
    assertWellFormedStream(chunks);
    assert.deepEqual(last.choices, []);
    assertUsageAddsUp(last.usage);
  },

  async "the stream helper accumulates the answer"() {
    const stream = client.chat.completions.stream({
      model: REPORTER,
      messages: question,
      max_tokens: 24,
      temperature: 0,
      response_format: signSchema,
      stream_options: { include_usage: true },
    });
    const completion = await stream.finalChatCompletion();
    assert.ok(["buy", "sell"].includes(JSON.parse(completion.choices[0].message.content).sign));
    assertUsageAddsUp(completion.usage);
  },

  async "a schema binds the answer"() {
    const completion = await create({ response_format: signSchema, max_tokens: 24 });
    assert.equal(completion.choices[0].finish_reason, "stop");
    assert.ok(["buy", "sell"].includes(JSON.parse(completion.choices[0].message.content).sign));
  },

  async "a forced call has arguments by its schema, whole and streamed, and its result goes back"() {
    const { schema: parameters } = signSchema.json_schema;
    const options = {
      tools: [{ type: "function", function: { name: "trade", description: "Trades", parameters, strict: true } }],
      tool_choice: { type: "function", function: { name: "trade" } },
      max_tokens: 100,
    };
    const [choice] = (await create(options)).choices;
    assert.equal(choice.finish_reason, "tool_calls");
    const [call] = choice.message.tool_calls;
    assert.equal(call.function.name, "trade");
    assert.ok(["buy", "sell"].includes(JSON.parse(call.function.arguments).sign), call.function.arguments);
    const stream = client.chat.completions.stream({ model: REPORTER, messages: question, temperature: 0, ...options });
    const [streamed] = (await stream.finalChatCompletion()).choices[0].message.tool_calls;
    assert.deepEqual(streamed.function.arguments, call.function.arguments);
    const messages = [...question, choice.message, { role: "tool", tool_call_id: call.id, content: "done" }];
    const answer = await create({ messages, tools: options.tools, tool_choice: "none" });
    assert.ok(answer.choices[0].message.content.trim());
  },

  async "stop strings, seeds and several choices"() {
    const whole = (await create()).choices[0].message.content;
    const stop = whole.slice(whole.length / 2, whole.length / 2 + 6);
    const [choice] = (await create({ stop })).choices;
    assert.equal(choice.message.content, whole.slice(0, whole.indexOf(stop)));
    assert.equal(choice.finish_reason, "stop");
    const sampled = { temperature: 1, seed: 42, n: 2 };
    const [first, second] = [await create(sampled), await create(sampled)];
    assert.equal(first.choices.length, 2);
    assert.deepEqual(
      first.choices.map((one) => one.message.content),
      second.choices.map((one) => one.message.content),
    );
  },

  async "models are listed and retrieved"() {
    const ids = (await collect(client.models.list())).map((model) => model.id);
    for (const id of [PIPELINE, REPORTER, FORECASTER]) assert.ok(ids.includes(id), `${id} in ${ids}`);
    assert.equal((await client.models.retrieve(REPORTER)).id, REPORTER);
  },

  async "a completion continues a text"() {
    const options = { model: FORECASTER, prompt: "101.20, 101.40, 101.60,", max_tokens: 8, temperature: 0 };
    const completion = await client.completions.create(options);
    assert.ok(completion.choices[0].text);
    assertUsageAddsUp(completion.usage);
    const chunks = await collect(await client.completions.create({ ...options, stream: true }));
    assert.equal(chunks.map((chunk) => chunk.choices[0].text).join(""), completion.choices[0].text);
  },

  async "errors have their classes"() {
    const invalid = { status: 400, type: "invalid_request_error" };
    await assertRejects(create({ temperature: 3 }), OpenAI.BadRequestError, { ...invalid, param: "temperature" });
    await assertRejects(create({ temperature: 3, stream: true }), OpenAI.BadRequestError, { param: "temperature" });
    await assertRejects(create({ model: "gpt-9" }), OpenAI.NotFoundError, { status: 404, code: "model_not_found" });
    await assertRejects(client.models.retrieve("gpt-9"), OpenAI.NotFoundError, { code: "model_not_found" });
    await assertRejects(client.embeddings.create({ model: REPORTER, input: "price" }), OpenAI.BadRequestError, invalid);
    const tools = [{ type: "function", function: { name: "a b" } }];
    await assertRejects(create({ tools }), OpenAI.BadRequestError, { param: "tools[0].function.name" });
    const messages = [{ role: "user", content: "price ".repeat(40_000) }];
    for (const stream of [false, true]) {
      const code = "context_length_exceeded";
      await assertRejects(create({ messages, stream }), OpenAI.BadRequestError, { code, param: "messages" });
    }
    if (key) {
      const stranger = client.withOptions({ apiKey: "wrong" });
      await assertRejects(stranger.models.list(), OpenAI.AuthenticationError, { code: "invalid_api_key" });
    }
  },

  async "the pipeline asks for a ticker"() {
    const messages = [{ role: "user", content: "hello" }];
    const [choice] = (await create({ model: PIPELINE, messages, max_tokens: undefined })).choices;
    assert.equal(choice.finish_reason, "stop");
    assert.ok(choice.message.content.length > 0 && choice.message.content.length < 1000, choice.message.content);
  },

  async "the pipeline answers with the fields that a schema asks for"() {
    const properties = { ticker: { type: "string" }, last_close: { type: "number" } };
    const schema = { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
    const completion = await client.chat.completions.create(
      {
        model: PIPELINE,
        messages: [{ role: "user", content: "AAPL 1 day" }],
        response_format: { type: "json_schema", json_schema: { name: "close", strict: true, schema } },
      },
      { timeout: 300_000 },
    );
    const answer = JSON.parse(completion.choices[0].message.content);
    assert.equal(answer.ticker, "AAPL");
    assert.ok(answer.last_close > 0, JSON.stringify(answer));
  },

  async "an aborted stream leaves the server answering"() {
    const stream = await create({ stream: true, max_tokens: 500 });
    for await (const chunk of stream) {
      assert.ok(chunk.id);
      stream.controller.abort();
    }
    const abort = new AbortController();
    const waiting = create({ max_tokens: 500 }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    await waiting.then(
      () => undefined,
      (error) => assert.ok(error instanceof OpenAI.APIUserAbortError, String(error)),
    );
    assert.ok((await create()).choices[0].message.content);
  },
};

await run("openai.mjs", checks);
