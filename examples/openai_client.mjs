// Tripod through OpenAI's JavaScript client, streamed: progress to standard error, the report to standard output.
//
//   npm install openai
//   TRIPOD_URL=http://127.0.0.1:8069 node openai_client.mjs

import OpenAI from "openai";

const url = process.env.TRIPOD_URL ?? "http://127.0.0.1:8069";
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env.TRIPOD_API_KEY ?? "none" });

const stream = await client.chat.completions.create({
  model: "tripod",
  messages: [{ role: "user", content: "How will IBM do over the next 2 days?" }],
  stream: true,
});
for await (const chunk of stream) {
  const delta = chunk.choices[0]?.delta ?? {};
  process.stderr.write(delta.reasoning_content ?? "");
  process.stdout.write(delta.content ?? "");
}
process.stdout.write("\n");
