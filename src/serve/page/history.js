// The history: stored analyses and tests, newest first, those of an equal question under one line; searched, deleted, two compared.

import { by, h, table } from "./dom.js";
import { CALLS, analysisFigures } from "./figures.js";
import { change, moment, number, plural, price, tone } from "./format.js";
import { json, request } from "./api.js";
import { plainly } from "./wording.js";

const PAGE = 100;
const AT_ONCE = 8;
const host = by("history-list");
const search = by("history-search");
const compare = by("compare");
const dialog = by("comparison");
const chosen = new Set();
let entries = [];
let isMore = false;
let isWhole = false;

const kind = () => document.querySelector('input[name="kind"]:checked').value;

/** Loads the newest entries, replacing those on display. */
export async function loadHistory() {
  chosen.clear();
  try {
    const page = await json(`/v1/${kind()}?limit=${PAGE}`);
    entries = page.data;
    isMore = page.has_more;
    show();
  } catch (error) {
    host.replaceChildren(h("p", { class: "failure" }, plainly(error)));
  }
}

async function loadOlder() {
  const page = await json(`/v1/analyses?limit=${PAGE}&after=${encodeURIComponent(entries.at(-1).id)}`);
  entries.push(...page.data);
  isMore = page.has_more;
  show();
}

function show() {
  const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (entry) => wanted.every((word) => wordsOf(entry).includes(word));
  const groups = [...Map.groupBy(entries.filter(fits), questionOf).values()];
  const shown = isWhole || wanted.length ? groups : groups.slice(0, AT_ONCE);
  const rest = groups.length - shown.length;
  const list = h("ul", { class: "analyses" }, shown.map(groupItem));
  const more = (words, click) => h("button", { class: "quiet", type: "button", click }, words);
  const none = wanted.length ? "Nothing fits." : kind() === "analyses" ? "No analyses yet." : "No tests yet.";
  host.replaceChildren(
    ...(groups.length ? [list] : [h("p", { class: "faint" }, none)]),
    ...(rest > 0 ? [more(`${rest} more`, () => ((isWhole = true), show()))] : []),
    ...(isMore && rest <= 0 && kind() === "analyses" ? [more("Older ones", loadOlder)] : []),
  );
  compare.hidden = kind() !== "analyses";
  compare.disabled = chosen.size !== 2;
}

const questionOf = (entry) =>
  kind() === "analyses"
    ? [entry.ticker, entry.as_of, entry.horizon].join()
    : [entry.ticker, entry.from, entry.until, entry.horizon, entry.origins].join();

const wordsOf = (entry) =>
  [
    entry.ticker,
    entry.as_of,
    entry.from,
    entry.until,
    CALLS[entry.call],
    entry.direction,
    entry.verdict,
    entry.horizon && `${entry.horizon} days`,
  ]
    .filter(Boolean)
    .join(" ")
    .toLowerCase();

/** The newest of equal entries, the others folded below it. */
function groupItem([newest, ...others]) {
  return h(
    "li",
    {},
    line(newest),
    others.length
      ? h("details", {}, h("summary", {}, `${others.length} more of the same question`), others.map(line))
      : null,
  );
}

function line(entry) {
  const { id, ticker, created } = entry;
  const isTest = kind() === "backtests";
  const cells = isTest
    ? [
        h(
          "span",
          { class: "faint" },
          `${plural(entry.origins, "window")} × ${plural(entry.horizon, "day")}, ${entry.from} to ${entry.until}`,
        ),
        h("span", {}, price(entry.mae)),
        h("span", { class: "faint" }, entry.naive_mae ? `naive ${price(entry.naive_mae)}` : ""),
      ]
    : [
        h(
          "span",
          { class: "faint" },
          entry.horizon ? `${plural(entry.horizon, "day")} from ${entry.as_of}` : `of ${entry.as_of}`,
        ),
        h("span", { class: tone(entry.expected_return, 0.0005) }, change(entry.expected_return)),
        h("span", {}, CALLS[entry.call ?? entry.recommendation] ?? "–"),
      ];
  const box = h("input", {
    type: "checkbox",
    "aria-label": `Choose ${ticker} of ${moment(created)}`,
    checked: chosen.has(id),
    change: ({ target }) => choose(id, target.checked),
  });
  return h(
    "div",
    { class: "entry" },
    isTest ? h("span") : box,
    h(
      "a",
      { href: `/${isTest ? "t" : "a"}/${encodeURIComponent(id)}` },
      h("strong", {}, ticker),
      cells,
      h("time", { class: "faint", datetime: new Date(created * 1000).toISOString() }, moment(created)),
    ),
    deleteButton(entry),
  );
}

function choose(id, isChosen) {
  if (isChosen) chosen.add(id);
  else chosen.delete(id);
  compare.disabled = chosen.size !== 2;
}

/** Deletes at the second press: there is no way back. */
function deleteButton({ id, ticker }) {
  const button = h("button", { type: "button", class: "delete", "aria-label": `Delete ${ticker}` }, "Delete");
  button.addEventListener("click", async () => {
    if (!button.classList.contains("sure")) {
      button.classList.add("sure");
      button.textContent = "Sure?";
      button.setAttribute("aria-label", `Delete ${ticker} for good`);
      return;
    }
    button.disabled = true;
    try {
      await request(`/v1/${kind()}/${encodeURIComponent(id)}`, { method: "DELETE" });
      chosen.delete(id);
      entries = entries.filter((entry) => entry.id !== id);
      show();
    } catch (error) {
      host.prepend(h("p", { class: "failure", role: "alert" }, plainly(error)));
    }
  });
  button.addEventListener("blur", () => {
    button.classList.remove("sure");
    button.textContent = "Delete";
    button.setAttribute("aria-label", `Delete ${ticker}`);
  });
  return button;
}

/** Two analyses side by side. */
async function showComparison() {
  const pair = await Promise.all([...chosen].map((id) => json(`/v1/analyses/${encodeURIComponent(id)}`)));
  pair.sort((a, b) => a.created - b.created);
  const figures = pair.map((analysis) => new Map(analysisFigures(analysis).map(([words, value]) => [words, value])));
  const rows = [
    ["Made", ...pair.map(({ created }) => moment(created))],
    ["Last close", ...pair.map(({ last_close, currency, as_of }) => `${price(last_close, currency)} on ${as_of}`)],
    ["Horizon", ...pair.map(({ forecast }) => (forecast ? plural(forecast.dates.length, "day") : "–"))],
    ...[...figures[0].keys()].map((words) => [words, ...figures.map((of) => of.get(words) ?? "–")]),
    ["Reliable", ...pair.map(({ forecast }) => (forecast ? (forecast.reliable ? "yes" : "no") : "–"))],
    ["News, net", ...pair.map(({ sentiment }) => number(sentiment?.net_score))],
    ["RSI (14)", ...pair.map(({ features }) => number(features.rsi_14, 1))],
    ["Volatility", ...pair.map(({ features }) => change(features.volatility_annual).replace("+", ""))],
    ["Forecaster", ...pair.map(({ models }) => models.forecaster?.id ?? "–")],
    ["Samples", ...pair.map(({ forecast }) => number(forecast?.samples, 0))],
  ];
  const head = [["Figure", true], ...pair.map(({ company, ticker }) => [`${company ?? ticker} (${ticker})`])];
  by("comparison-body").replaceChildren(
    table("Comparison", head, rows),
    h(
      "p",
      { class: "foot" },
      pair.flatMap(({ id, ticker, as_of }) => [
        h("a", { href: `/a/${encodeURIComponent(id)}` }, `${ticker} of ${as_of}`),
        "  ",
      ]),
    ),
  );
  dialog.showModal();
}

search.addEventListener("input", show);
compare.addEventListener("click", () =>
  showComparison().catch((error) => host.prepend(h("p", { class: "failure", role: "alert" }, plainly(error)))),
);
by("comparison-close").addEventListener("click", () => dialog.close());
for (const input of document.querySelectorAll('input[name="kind"]')) input.addEventListener("change", loadHistory);
