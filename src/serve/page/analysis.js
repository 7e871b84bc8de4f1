// Shows an analysis: title, key figures, chart, report, news and the foldable details.

import { by } from "./dom.js";
import { analysisFigures, showFigures } from "./figures.js";
import { change } from "./format.js";
import { failProse, showCautions, showChart, showHead, showNotes, showProse } from "./result.js";
import { forecastDetails, ledgerDetails, modelDetails } from "./ledger.js";
import { showNews } from "./news.js";

export function showAnalysis(analysis) {
  const { forecast, chart, ticker, as_of, features, warnings, errors } = analysis;
  showHead("Prediction", analysis, [`close of ${as_of}`, ...companyData(analysis.fundamentals)], features.return_1d);
  showFigures(analysisFigures(analysis));
  const failure = errors.find(({ stage }) => stage === "forecast");
  showCautions(cautionsOf(analysis));
  showNotes([failure && `The forecast failed: ${failure.message}`, ...(forecast?.warnings ?? []), ...warnings]);
  const said = forecast
    ? `, ${forecast.dates.length} days ahead, ${change(forecast.expected_return)}; the table below has its figures`
    : "";
  showChart(chart, `${ticker}: close and forecast${said}`);
  showAnalysisWords(analysis);
  by("details").replaceChildren(
    ...(forecast ? [forecastDetails(analysis)] : []),
    ledgerDetails(analysis.arenas),
    modelDetails(analysis),
  );
}

/** Company data in a few words each, as far as a service states them. */
function companyData({ sector, industry, market_cap, currency, price_earnings, dividend_yield, next_earnings } = {}) {
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  return [
    sector,
    industry,
    market_cap && `market cap ${short.format(market_cap)} ${currency ?? ""}`.trim(),
    price_earnings && `P/E ${price_earnings.toFixed(1)}`,
    dividend_yield && `dividend yield ${(100 * dividend_yield).toFixed(2)}%`,
    next_earnings && `next earnings ${next_earnings}`,
  ].filter(Boolean);
}

/** What stands above the call; an analysis from before there were cautions has its forecast's verdict alone. */
export const cautionsOf = ({ cautions = [], forecast }) =>
  cautions.length || !forecast || forecast.reliable ? cautions : ["This forecast is not reliable."];

/** The report and the news, or why one is missing. */
export function showAnalysisWords({ report, sentiment, errors }) {
  const failure = (name) => errors.find(({ stage }) => stage === name)?.message;
  if (report) showProse("report", report, sentiment?.headlines);
  else failProse("report", failure("report") ?? "Not asked for.");
  if (sentiment) showNews(sentiment);
  else failProse("news", failure("sentiment") ?? "Not asked for.");
}
