// Shows an analysis: title, key figures, chart, indicators, report, news and the foldable details.

import { analysisFigures, showFigures, showIndicators } from "./figures.js";
import { by, h } from "./dom.js";
import { change } from "./format.js";
import { failProse, showCautions, showNotes, showProse } from "./result.js";
import { forecastDetails, ledgerDetails, modelDetails } from "./ledger.js";
import { plainWarning } from "./wording.js";
import { showForecasts, showHistory } from "./chart.js";
import { showMarketHead } from "./market.js";
import { showNews } from "./news.js";
import { showRange } from "./toolbar.js";

/** `market` is the history behind the analysis; without one, the closes that the analysis holds are drawn. */
export async function showAnalysis(analysis, market) {
  const { forecast, as_of, warnings, errors } = analysis;
  const history = onOneScale(market ?? historyOf(analysis), analysis);
  showMarketHead(
    { ...history, company: analysis.company ?? history.company, features: analysis.features, as_of },
    as_of,
  );
  by("result-kind").textContent = forecast
    ? `Prediction for ${forecast.dates.length} trading days, made on ${as_of}`
    : `Analysis of ${as_of}`;
  showCautions(cautionsOf(analysis));
  showFigures(analysisFigures(analysis));
  showIndicators({
    ...history,
    features: analysis.features,
    fundamentals: analysis.fundamentals ?? history.fundamentals,
  });
  const failure = errors.find(({ stage }) => stage === "forecast");
  showNotes([
    failure && `The forecast failed: ${failure.message}`,
    ...(forecast?.warnings ?? []),
    ...warnings.map(plainWarning),
  ]);
  showAnalysisWords(analysis);
  by("details").replaceChildren(
    ...(forecast ? [forecastDetails(analysis)] : []),
    ledgerDetails(analysis.arenas),
    modelDetails(analysis),
  );
  await drawAnalysis(analysis, history);
}

/** The history until the as-of date, the forecast over it, and the closes that came since, if any. */
async function drawAnalysis({ forecast, ticker, as_of, last_close }, history) {
  const said = forecast
    ? `, forecast ${forecast.dates.length} days ahead, ${change(forecast.expected_return)}; the table below has its figures`
    : "";
  const words = `${ticker}: prices${said}`;
  await showHistory(history, { cut: as_of, ahead: forecast?.dates ?? [], words });
  if (forecast) await showForecasts([{ anchor: { time: as_of, price: last_close }, ...forecast }], [], words);
  showRange();
}

/** An analysis' own closes as a history. */
const historyOf = ({ ticker, company, currency, as_of, source, history, features }) => ({
  ticker,
  company,
  currency,
  as_of,
  source,
  features,
  bars: history,
  headlines: [],
  warnings: [],
});

/** A later split or dividend changes the prices of a history: they are brought to the scale of the analysis. */
function onOneScale(history, { as_of, last_close }) {
  const now = history.bars.findLast(({ date }) => date <= as_of)?.close;
  if (!now || Math.abs(last_close / now - 1) < 0.002) return history;
  const scaled = (value) => value && (value * last_close) / now;
  const bars = history.bars.map((bar) => ({
    ...bar,
    open: scaled(bar.open),
    high: scaled(bar.high),
    low: scaled(bar.low),
    close: scaled(bar.close),
  }));
  return { ...history, bars };
}

/** What stands above the call; an analysis from before there were cautions has its forecast's verdict alone. */
export const cautionsOf = ({ cautions = [], forecast }) =>
  cautions.length || !forecast || forecast.reliable ? cautions : ["This forecast is not reliable."];

/** The report and the news, or why one is missing. */
export function showAnalysisWords({ report, sentiment, errors }) {
  const failure = (name) => errors.find(({ stage }) => stage === name)?.message;
  by("report-card").hidden = false;
  if (report) showProse("report", report, sentiment?.headlines);
  else failProse("report", failure("report") ?? "Not asked for.");
  if (sentiment) showNews(sentiment);
  else by("news").replaceChildren(h("p", { class: "failure" }, failure("sentiment") ?? "Not asked for."));
}
