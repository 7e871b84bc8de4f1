// Shows an analysis: title, key figures, chart, report, news and the foldable details.

import { by } from "./dom.js";
import { analysisFigures, showFigures } from "./figures.js";
import { change } from "./format.js";
import { failProse, showChart, showHead, showNotes, showProse } from "./result.js";
import { forecastDetails, ledgerDetails, modelDetails } from "./ledger.js";
import { showNews } from "./news.js";

export function showAnalysis(analysis) {
  const { forecast, chart, ticker, as_of, features, warnings, errors } = analysis;
  showHead("Prediction", analysis, [`close of ${as_of}`], features.return_1d);
  showFigures(analysisFigures(analysis));
  const failure = errors.find(({ stage }) => stage === "forecast");
  showNotes(
    [failure && `The forecast failed: ${failure.message}`, ...(forecast?.warnings ?? []), ...warnings],
    forecast && !forecast.reliable && "This forecast is not reliable.",
  );
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

/** The report and the news, or why one is missing. */
export function showAnalysisWords({ report, sentiment, errors }) {
  const failure = (name) => errors.find(({ stage }) => stage === name)?.message;
  if (report) showProse("report", report.markdown, report.grounding);
  else failProse("report", failure("report") ?? "Not asked for.");
  if (sentiment) showNews(sentiment);
  else failProse("news", failure("sentiment") ?? "Not asked for.");
}
