// Holds src/render/price.js to the table that the Rust function is held to, and runs the script of an HTML report's prices the
// same way: as text without `export`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../src/render/price.js", import.meta.url), "utf8");
const { price } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
const inlined = new Function(`"use strict"; ${source.replace("export function", "function")}; return price;`)();
const table = JSON.parse(readFileSync(new URL("../fixtures/prices.json", import.meta.url), "utf8"));

assert.ok(table.length > 15);
for (const [value, currency, text] of table) {
  assert.equal(price(value, currency), text);
  assert.equal(inlined(value, currency), text);
}
for (const none of [undefined, null, NaN, Infinity, "1"]) assert.equal(price(none, "USD"), "–");
