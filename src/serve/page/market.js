// The history behind a question: bars, indicators and headlines without labels, fetched without a model and shown at once.

import { beginPaths, showHistory } from "./chart.js";
import { by, h } from "./dom.js";
import { change, price, tone } from "./format.js";
import { figuresOfMarket, showFigures, showIndicators } from "./figures.js";
import { json } from "./api.js";
import { plainWarning } from "./wording.js";
import { showNotes } from "./result.js";
import { showRange } from "./toolbar.js";
import { showUnlabelled } from "./news.js";

const OF_MARKET = ["ticker", "as_of", "prices", "headlines", "horizon_days", "context_days"];
let last = { key: null, market: null };

/** The history for the fields of a request; the same fields again cost nothing. */
export async function fetchMarket(fields, signal) {
  const body = Object.fromEntries(
    OF_MARKET.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
  const key = JSON.stringify(body);
  if (key !== last.key) last = { key, market: await json("/v1/market", { body, signal }) };
  return last.market;
}

/** The history of a security to compare with, without its news. */
export const fetchHistory = (ticker) => json("/v1/market", { body: { ticker, stages: ["forecast"] } });

/** Shows a history on its own, before anything was asked. */
export async function showMarket(market) {
  showMarketHead(market);
  showFigures(figuresOfMarket(market));
  showIndicators(market);
  showNotes(market.warnings.map(plainWarning));
  showUnlabelled(market);
  await showHistory(market, { words: `${market.ticker}: prices until ${market.as_of}` });
  showRange();
}

/** Title, last price and change on the day. */
export function showMarketHead({ ticker, company, currency, exchange, as_of, bars, features }, until = as_of) {
  document.title = `${ticker} · Tripod`;
  const close = bars.findLast(({ date }) => date <= until)?.close;
  const day = until === as_of ? features.return_1d : null;
  by("result-title").replaceChildren(
    company ?? ticker,
    ...(company ? [" ", h("span", { class: "ticker" }, ticker)] : []),
  );
  by("result-price").replaceChildren(
    h("strong", {}, price(close, currency)),
    " ",
    ...(day === null || day === undefined ? [] : [h("span", { class: tone(day) }, `${change(day)} on the day`), " "]),
    h("span", { class: "faint" }, [`close of ${until}`, exchange].filter(Boolean).join(" · ")),
  );
}

/** Begins to draw the paths of a run over its history; a test begins where its days are held back. */
export async function beginForecast(market, { isTest, horizon, as_of }) {
  const cut = isTest ? (as_of ?? market.bars.at(-1 - horizon)?.date) : undefined;
  const held = cut ? market.bars.filter(({ date }) => date > cut).map(({ date }) => date) : market.ahead;
  await showHistory(market, {
    cut,
    ahead: held.slice(0, horizon),
    words: `${market.ticker}: prices, and paths as they are sampled`,
  });
  beginPaths();
  showRange();
}
