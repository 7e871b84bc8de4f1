// Vercel's AI SDK against a started server: `node ai_sdk.mjs BASE_URL [API_KEY]`, with the packages that scripts/clients.sh has put
// under $TRIPOD_CACHE. Its provider for APIs like OpenAI's is on its defaults, but for `supportsStructuredOutputs`: without it the SDK
// sends no schema. The server serves the bundled data (`--demo`).

import assert from "node:assert/strict";

import { base, key, load, run } from "./checks.mjs";

const { generateObject, generateText, stepCountIs, streamObject, streamText, tool } = await load("ai");
const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
const { z } = await load("zod");
globalThis.AI_SDK_LOG_WARNINGS = false;

const provider = createOpenAICompatible({
  name: "tripod",
  baseURL: `${base}/v1`,
  apiKey: key ?? "no-key-needed",
  supportsStructuredOutputs: true,
  includeUsage: true,
});
const model = provider("tripod-reporter");
// Without retries a server's slip is seen instead of being repeated away.
const usual = { model, maxRetries: 0, temperature: 0, maxOutputTokens: 16, prompt: "What is a share price?" };
const view = z.object({ direction: z.enum(["up", "down"]), sure: z.boolean() });

const asked = [];
const price = tool({
  description: "The last price of a security",
  inputSchema: z.object({ ticker: z.enum(["AAPL", "MSFT"]), adjusted: z.boolean() }),
  async execute(input) {
    asked.push(input);
    return { price: 56.14 };
  },
});
const withTool = {
  ...usual,
  prompt: "What does AAPL cost?",
  tools: { price },
  maxOutputTokens: 80,
  // The first step must call; the second, which has the result, must answer.
  prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? { type: "tool", toolName: "price" } : "none" }),
  stopWhen: stepCountIs(2),
};

function assertCalledAndAnswered(steps) {
  assert.equal(steps.length, 2);
  const [first, second] = steps;
  assert.equal(first.finishReason, "tool-calls");
  assert.deepEqual(asked, [first.toolCalls[0].input]);
  assert.equal(typeof asked[0].adjusted, "boolean");
  assert.deepEqual(first.toolResults[0].output, { price: 56.14 });
  assert.equal(second.toolCalls.length, 0);
  assert.ok(second.text.trim(), "the second step says something");
  asked.length = 0;
}

const checks = {
  async "a text is generated"() {
    const { text, finishReason, usage } = await generateText({ ...usual, system: "Be brief." });
    assert.ok(text.trim());
    assert.ok(["stop", "length"].includes(finishReason), finishReason);
    assert.ok(usage.inputTokens > 0 && usage.outputTokens > 0, JSON.stringify(usage));
  },

  async "a stream says the same and ends"() {
    const whole = (await generateText(usual)).text;
    const result = streamText({ ...usual, onError: () => {} });
    let said = "";
    for await (const piece of result.textStream) said += piece;
    assert.equal(said, whole);
    assert.ok(["stop", "length"].includes(await result.finishReason));
    assert.ok((await result.usage).outputTokens > 0);
  },

  async "an object of the schema is generated and streamed"() {
    const options = { ...usual, schema: view, prompt: "Will it rise?", maxOutputTokens: 60 };
    const { object } = await generateObject(options);
    view.parse(object);
    const result = streamObject({ ...options, onError: () => {} });
    for await (const part of result.partialObjectStream) assert.equal(typeof part, "object");
    assert.deepEqual(await result.object, object);
  },

  async "a tool is called with arguments of its schema and its result is answered"() {
    assertCalledAndAnswered((await generateText(withTool)).steps);
  },

  async "a tool in a stream is called and answered"() {
    const result = streamText({ ...withTool, onError: () => {} });
    const kinds = [];
    for await (const part of result.fullStream) kinds.push(part.type);
    for (const kind of ["tool-input-start", "tool-call", "tool-result", "text-delta", "finish"]) {
      assert.ok(kinds.includes(kind), `${kind} in ${kinds}`);
    }
    assertCalledAndAnswered(await result.steps);
  },

  async "an error has its status and says what was wrong"() {
    await assert.rejects(generateText({ ...usual, temperature: 3 }), { statusCode: 400, message: /temperature/ });
    await assert.rejects(generateText({ ...usual, model: provider("gpt-9") }), { statusCode: 404 });
  },

  async "an aborted stream leaves the server answering"() {
    const abort = new AbortController();
    const result = streamText({ ...usual, maxOutputTokens: 500, abortSignal: abort.signal, onError: () => {} });
    for await (const part of result.fullStream) if (part.type === "text-delta") abort.abort();
    assert.ok((await generateText(usual)).text);
  },
};

await run("ai_sdk.mjs", checks);
