// The layout of a result from the start of a run, and the functions that fill its parts.

import { by, h } from "./dom.js";
import { provenance, withClaims } from "./claims.js";
import { change, price, tone } from "./format.js";
import { clearChart, drawChart, loadPlotly } from "./chart.js";
import { figuresToCome, showFigures } from "./figures.js";
import { offerPng } from "./download.js";
import { pathsView } from "./paths.js";
import { renderMarkdown } from "./markdown.js";

let paths = null;

/** Lays out an empty result, so that nothing moves while it is filled. */
export function beginResult({ isTest, symbol, windows }) {
  by("past").hidden = true;
  by("result").hidden = false;
  by("result-kind").textContent = isTest ? "Test" : "Prediction";
  by("result-title").textContent = symbol;
  by("result-price").textContent = isTest ? "As if the last days were unknown" : "Working…";
  by("permalink").hidden = true;
  by("scores").hidden = true;
  by("scores").replaceChildren();
  by("words").hidden = windows > 1;
  by("review-card").hidden = !isTest;
  by("report-title").textContent = isTest ? "Report, as if on the split day" : "Report";
  for (const name of ["report", "review", "news", "news-summary"]) by(name).replaceChildren();
  for (const name of ["report-foot", "review-foot"]) by(name).hidden = true;
  by("details").replaceChildren();
  showNotes([]);
  by("cautions").replaceChildren();
  showFigures(figuresToCome(isTest));
  clearChart();
  by("chart-title").textContent = "Sample paths";
  paths = pathsView(by("chart"));
  loadPlotly().catch(() => {});
}

export function addPath(event) {
  paths.add(event);
}

/** Ends the run without a result; the parts that arrived stay. */
export function endResult() {
  by("past").hidden = false;
  by("result").setAttribute("aria-busy", "false");
}

export function showHead(kind, { ticker, company, last_close, currency }, remarks, dayChange) {
  document.title = `${ticker} · Tripod`;
  by("result-kind").textContent = kind;
  by("result-title").replaceChildren(
    company ?? ticker,
    ...(company ? [" ", h("span", { class: "ticker" }, ticker)] : []),
  );
  by("result-price").replaceChildren(
    ...(last_close ? [h("strong", {}, price(last_close, currency)), " "] : []),
    ...(dayChange === undefined || dayChange === null
      ? []
      : [h("span", { class: tone(dayChange) }, `${change(dayChange)} on the day`), " "]),
    h("span", { class: "faint" }, remarks.join(" · ")),
  );
}

export async function showChart(figure, words) {
  paths?.end();
  by("chart-title").textContent = "Price and forecast";
  await drawChart(by("chart"), figure, words);
  offerPng();
}

/** What a reader should know before the figures: why not to believe them at once. */
export function showCautions(cautions) {
  const said = cautions.length ? cautions : ["No cautions."];
  by("cautions").replaceChildren(list(said));
}

/** What else there is to say of the forecast and its data. */
export function showNotes(notes) {
  const said = notes.filter(Boolean);
  by("forecast-notes").replaceChildren(...(said.length ? [list(said)] : []));
  by("forecast-notes").hidden = !said.length;
}

const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );

/** A checked text with its claims, and how it came about. */
export function showProse(name, { markdown, grounding, facts, written_by }, headlines) {
  const { text, behind } = withClaims(markdown, grounding, facts, headlines);
  renderMarkdown(by(name), text, behind);
  const words = provenance(grounding, written_by);
  by(`${name}-foot`).textContent = words;
  by(`${name}-foot`).hidden = !words;
}

export function failProse(name, reason) {
  by(name).replaceChildren(h("p", { class: "failure" }, reason));
}
