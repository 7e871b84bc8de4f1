// The official TypeScript SDK of the Model Context Protocol: `TRIPOD_BINARY=path node mcp_client.mjs BASE_URL [API_KEY]`, with the
// package that scripts/clients.sh has put under $TRIPOD_CACHE. Everything is checked over HTTP against the started server, and
// over standard input and output with `tripod mcp`, which this script starts. Both serve the bundled data (`--demo`).

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { base, key, load, run } from "./checks.mjs";

const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { StdioClientTransport, getDefaultEnvironment } = await load("@modelcontextprotocol/sdk/client/stdio.js");

const TOOLS = ["analyze", "backtest", "forecast", "search", "sentiment", "track"];
const PATIENCE = { timeout: 300_000 };

const withAClient = {
  async "the server says what it has"(client) {
    assert.equal(client.getServerVersion().name, "tripod");
    assert.match(client.getInstructions(), /not investment advice/);
    const has = client.getServerCapabilities();
    assert.ok(has.tools && has.resources && has.prompts, JSON.stringify(has));
  },

  async "six tools have closed schemas"(client) {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name).sort(), TOOLS);
    for (const { name, description, inputSchema } of tools) {
      assert.ok(description && inputSchema.type === "object" && inputSchema.additionalProperties === false, name);
      for (const property of Object.values(inputSchema.properties)) assert.ok(property.description, name);
    }
  },

  async "search finds a symbol by a name"(client) {
    const result = await client.callTool({ name: "search", arguments: { query: "apple" } });
    assert.equal(result.structuredContent.found[0].symbol, "AAPL");
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
  },

  async "sentiment labels each headline"(client) {
    const headlines = ["Profits jump to a record", "The company is bankrupt"];
    const result = await client.callTool({ name: "sentiment", arguments: { headlines } });
    const labels = result.structuredContent?.headlines.map((one) => one.label);
    assert.deepEqual(labels, ["positive", "negative"], JSON.stringify(result));
  },

  async "an analysis tells its progress and becomes a resource"(client) {
    const told = [];
    const onprogress = (progress) => told.push(progress);
    const ask = { name: "analyze", arguments: { ticker: "AAPL", horizon_days: 2 } };
    const result = await client.callTool(ask, undefined, { ...PATIENCE, onprogress });
    const analysis = result.structuredContent;
    assert.equal(analysis?.ticker, "AAPL", JSON.stringify(result));
    assert.ok(told.length && told.every((one, index) => one.message && one.progress === index + 1), JSON.stringify(told));
    const { resources } = await client.listResources();
    assert.ok(resources.some((resource) => resource.uri === analysis.resource), JSON.stringify(resources));
    const [whole, report] = (await client.readResource({ uri: analysis.resource })).contents;
    assert.equal(whole.mimeType, "application/json");
    assert.equal(JSON.parse(whole.text).ticker, "AAPL");
    assert.equal(report.mimeType, "text/markdown");
    assert.match(report.text, /## Summary/);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.deepEqual(
      resourceTemplates.map((template) => template.uriTemplate),
      ["tripod://analyses/{id}"],
    );
  },

  async "a forecast, a backtest and the record give their figures"(client) {
    const ask = async (name, given) => {
      const result = await client.callTool({ name, arguments: given }, undefined, PATIENCE);
      assert.ok(!result.isError && result.structuredContent, JSON.stringify(result));
      return result.structuredContent;
    };
    const security = { ticker: "IBM", horizon_days: 2 };
    const { forecast } = await ask("forecast", security);
    const [low, high] = forecast.band_80_percent;
    assert.ok(low <= forecast.median && forecast.median <= high, JSON.stringify(forecast));
    const tested = await ask("backtest", { ...security, windows: 2 });
    assert.deepEqual([tested.windows, tested.horizon_days], [2, 2]);
    assert.ok(tested.mean_absolute_error > 0 && tested.mean_absolute_error_if_nothing_changes > 0);
    const record = await ask("track", { ticker: "IBM" });
    assert.ok(record.forecasts_waiting >= 1, JSON.stringify(record));
  },

  async "a wrong argument is a result that names it"(client) {
    for (const [name, given, named] of [
      ["analyze", { ticker: "AAPL", horizon: 2 }, /horizon/],
      ["analyze", { ticker: "AAPL", horizon_days: 91 }, /horizon_days/],
      ["search", {}, /query/],
    ]) {
      const result = await client.callTool({ name, arguments: given });
      assert.equal(result.isError, true, JSON.stringify(result));
      assert.match(result.content[0].text, named);
    }
  },

  async "what is unknown is an error that says what there is"(client) {
    await assert.rejects(client.callTool({ name: "dream", arguments: {} }), { code: -32602, message: /analyze/ });
    await assert.rejects(client.readResource({ uri: "tripod://analyses/none" }), /no such analysis/);
    await assert.rejects(client.getPrompt({ name: "dream" }), /analyse/);
  },

  async "prompts are listed and filled in"(client) {
    const { prompts } = await client.listPrompts();
    assert.deepEqual(prompts.map((prompt) => prompt.name).sort(), ["analyse", "compare", "trust"]);
    const { messages } = await client.getPrompt({ name: "analyse", arguments: { security: "AAPL", days: "5" } });
    assert.match(messages[0].content.text, /AAPL.*5 trading days/);
    await assert.rejects(client.getPrompt({ name: "compare", arguments: { one: "AAPL" } }), /other/);
  },
};

async function connected(transport, use) {
  const client = new Client({ name: "tripod-client-tests", version: "1" });
  await client.connect(transport);
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

function overHttp(use) {
  const requestInit = key ? { headers: { authorization: `Bearer ${key}` } } : {};
  return connected(new StreamableHTTPClientTransport(new URL(`${base}/mcp`), { requestInit }), use);
}

const checks = Object.fromEntries(
  Object.entries(withAClient).map(([name, wanted]) => [name, () => overHttp(wanted)]),
);

checks["the program does the same over its standard input"] = async () => {
  assert.ok(process.env.TRIPOD_BINARY, "set TRIPOD_BINARY to the path of the program");
  const folder = mkdtempSync(join(tmpdir(), "tripod-mcp-"));
  const kept = ["TRIPOD_CACHE", "TRIPOD_THREADS"].filter((name) => process.env[name]);
  const program = new StdioClientTransport({
    command: process.env.TRIPOD_BINARY,
    args: ["mcp", "--demo", "--store", join(folder, "store.sqlite"), "--samples", "2"],
    env: { ...getDefaultEnvironment(), ...Object.fromEntries(kept.map((name) => [name, process.env[name]])) },
  });
  try {
    await connected(program, async (client) => {
      for (const wanted of Object.values(withAClient)) await wanted(client);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

await run("mcp_client.mjs", checks);
