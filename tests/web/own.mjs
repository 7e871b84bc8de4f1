// Tables of prices as users paste them, and lines of headlines, through the page's own reader; and the indicators of the chart.

import assert from "node:assert/strict";
import { average, rsi, yearRange } from "../../src/serve/page/indicators.js";
import { OwnDataError, ownHeadlines, ownPrices, pricesText } from "../../src/serve/page/own.js";

const fails = (text, words) =>
  assert.throws(
    () => ownPrices(text),
    (error) => error instanceof OwnDataError && error.param === "prices" && error.message.includes(words),
  );

const two = [
  { date: "2026-03-02", close: 101.5 },
  { date: "2026-03-03", close: 1102.25 },
];
for (const table of [
  "date,close\n2026-03-02,101.5\n2026-03-03,1102.25",
  "Date;Close\n2026/3/2;101.5\n20260303;1102.25",
  "date\tprice\n2026-03-02\t$101.5\n2026-03-03\t$1,102.25",
  "2026-03-02 101.5\r\n\r\n# a remark\r\n2026-03-03 1102.25",
  '"Date","Adj Close"\n"2026-03-02T00:00:00Z","101.5"\n"2026-03-03","1102.25"',
])
  assert.deepEqual(ownPrices(table), two, table);

const bars = ownPrices("Date,Open,High,Low,Close,Volume\n2026-03-02,1,3,0.5,2,100\n2026-03-03,2,4,1,3,-5");
assert.deepEqual(bars[0], { date: "2026-03-02", open: 1, high: 3, low: 0.5, close: 2, volume: 100 });
assert.equal(bars[1].volume, undefined);
assert.deepEqual(ownPrices(pricesText(bars)), bars);

assert.equal(ownPrices(" \n"), undefined);
fails("date,close\n2026-03-02,1", "two days");
fails("date,close\nyesterday,1\ntoday,2", "Line 2: “yesterday” is no day");
fails("date,close\n2026-03-02,1\n2026-03-03,much", "Line 3: “much” is no price");
fails("day,colour\n2026-03-02,1\n2026-03-03,2", "columns");
fails(Array.from({ length: 10_002 }, () => "2026-03-02,1").join("\n"), "10000 days are the most");

assert.deepEqual(ownHeadlines("2026-03-02 Rises: 5, 6\n\nFalls <b>"), [
  { title: "Rises: 5, 6", published_at: "2026-03-02" },
  { title: "Falls <b>" },
]);
assert.equal(ownHeadlines("\n"), undefined);

const history = (closes) => closes.map((close, day) => ({ date: `2026-01-${String(day + 1).padStart(2, "0")}`, close }));
assert.deepEqual(average(history([1, 2, 3, 6]), 3), [
  { time: "2026-01-03", value: 2 },
  { time: "2026-01-04", value: 11 / 3 },
]);
// The hand calculation of src/indicators/rsi.rs.
assert.ok(Math.abs(rsi(history([10, 12, 11, 14, 12]), 2).at(-1).value - 100 / 2.125) < 1e-9);
assert.equal(rsi(history(Array(20).fill(7))).at(-1).value, 50);
assert.equal(rsi(history([1, 2])).length, 0);
assert.deepEqual(yearRange(history([2, 4, 3])), { low: 2, high: 4, place: 0.5 });
