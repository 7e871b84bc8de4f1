// What the JavaScript clients share: their arguments, the packages that scripts/clients.sh has put under $TRIPOD_CACHE, and one
// printed line a check. A check is a function with a sentence for its name; it fails by throwing.

import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";

const [given, apiKey] = process.argv.slice(2);
if (!given || !process.env.TRIPOD_CACHE) {
  console.error(`usage: TRIPOD_CACHE=directory node ${basename(process.argv[1])} BASE_URL [API_KEY]`);
  process.exit(2);
}
// A developer's own settings for the real services must not steer these checks.
for (const name of Object.keys(process.env)) {
  if (/^(OPENAI|AI|VERCEL)_|_proxy$/i.test(name)) delete process.env[name];
}

/** The server's address without a slash at its end. */
export const base = given.replace(/\/+$/, "");
/** The key, where one was given. */
export const key = apiKey;

const installed = createRequire(join(process.env.TRIPOD_CACHE, "clients", "javascript", "/"));

/** An installed package. */
export const load = (name) => import(pathToFileURL(installed.resolve(name)).href);

/** Runs all checks, also after a failure, and ends the process with 1 when any failed. */
export async function run(script, checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    const start = performance.now();
    try {
      await check();
      console.log(`ok   ${name} (${((performance.now() - start) / 1000).toFixed(2)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL ${name}\n${error.stack ?? error}`);
    }
  }
  console.log(`${script}: ${Object.keys(checks).length - failed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
