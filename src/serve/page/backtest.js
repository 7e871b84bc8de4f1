// Shows a backtest: the verdict, the metrics with explanations, the baselines beside the model, the windows.

import { by, h, svg, table } from "./dom.js";
import { cautionsOf, showAnalysisWords } from "./analysis.js";
import { BASELINES, againstWords, directionWords, metricList, stanceWords, verdictWords } from "./metrics.js";
import { backtestFigures, showFigures, showIndicators } from "./figures.js";
import { ledgerDetails, modelDetails } from "./ledger.js";
import { number, plural, price, share } from "./format.js";
import { showCautions, showNotes, showProse } from "./result.js";
import { showForecasts, showHistory } from "./chart.js";
import { showMarketHead } from "./market.js";
import { showRange } from "./toolbar.js";

const MARKS = { "beats naive": "good", "loses to naive": "bad" };

/** `market` is the history that the windows lie in. */
export async function showBacktest(backtest, market) {
  const { analysis, review, warnings, from, until } = backtest;
  const history = market ?? historyOf(backtest);
  showMarketHead({ ...history, company: backtest.company ?? history.company });
  by("result-kind").textContent = `Test of ${plural(backtest.origins, "window")}, ${from} to ${until}`;
  by("words").hidden = !analysis;
  showCautions([
    ...(backtest.contaminated ? ["Contaminated: the model may have seen the days it is tested on."] : []),
    ...(analysis ? cautionsOf(analysis) : []),
  ]);
  showFigures(backtestFigures(backtest));
  if (history.features) showIndicators(history);
  showNotes([...warnings, ...(analysis?.warnings ?? [])]);
  showScores(backtest);
  if (analysis) {
    showAnalysisWords(analysis);
    by("details").replaceChildren(windowDetails(backtest), ledgerDetails(analysis.arenas), modelDetails(analysis));
  } else by("details").replaceChildren(windowDetails(backtest));
  by("review-card").hidden = !review;
  if (review) showProse("review", review, analysis?.sentiment?.headlines);
  await drawWindows(backtest, history);
}

/** Every window's forecast from its split day on, over what happened. */
async function drawWindows({ ticker, windows }, history) {
  const fans = windows.map(({ as_of, last_close, dates, median, quantiles }) => ({
    anchor: { time: as_of, price: last_close },
    dates,
    median,
    quantiles,
  }));
  const words = `${ticker}: prices, forecasts with bands, and what happened`;
  const [only] = windows.length === 1 ? windows : [];
  const truth = only
    ? [
        { time: only.as_of, value: only.last_close },
        ...only.dates.map((time, day) => ({ time, value: only.truth[day] })),
      ]
    : [];
  await showHistory(history, { cut: only?.as_of, ahead: only?.dates ?? [], words });
  await showForecasts(fans, truth, words);
  showRange();
}

/** The closes that a backtest holds, as a history. */
function historyOf({ ticker, company, currency, until, windows }) {
  const closes = new Map();
  for (const { as_of, last_close, dates, truth } of windows) {
    closes.set(as_of, last_close);
    dates.forEach((date, day) => closes.set(date, truth[day]));
  }
  const bars = [...closes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, close]) => ({ date, close }));
  return { ticker, company, currency, as_of: until, bars, features: null, headlines: [], warnings: [] };
}

function showScores(backtest) {
  const { model, currency, verdict } = backtest;
  const direction = directionWords(backtest);
  by("scores").hidden = false;
  by("scores").replaceChildren(
    h(
      "section",
      { class: "card verdict", "aria-labelledby": "verdict-title" },
      h(
        "h2",
        { id: "verdict-title", class: MARKS[verdict] ?? "even" },
        verdict ? `The model ${verdict}` : "No verdict: too few windows",
      ),
      h("p", {}, verdictWords(backtest)),
      direction && h("p", {}, direction),
      stanceWords(backtest.stance).map((words) => h("p", {}, words)),
      intervals(backtest),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "baselines-title" },
      h("h2", { id: "baselines-title" }, "The model beside simple baselines"),
      baselineTable(backtest),
    ),
    h(
      "section",
      { class: "card", "aria-labelledby": "metrics-title" },
      h("h2", { id: "metrics-title" }, "The model's metrics"),
      metricList(model, currency),
    ),
  );
}

function intervals({ intervals, currency }) {
  if (!intervals) return null;
  const { mae, mae_difference: difference } = intervals;
  return h(
    "p",
    { class: "faint" },
    `95% intervals: error ${price(mae.low, currency)} to ${price(mae.high, currency)}; ` +
      `difference from naive ${price(difference.low, currency)} to ${price(difference.high, currency)}, where a negative one favours the model.`,
  );
}

function baselineTable({ model, baselines, significance, currency }) {
  const rows = [["Model", "this forecast", model, null]];
  for (const [name, [words, remark]] of Object.entries(BASELINES)) {
    const metrics = baselines[name];
    if (!metrics) continue;
    const test = name === "naive" ? significance?.diebold_mariano : significance?.against?.[name];
    rows.push([words, remark, metrics, againstWords(test)]);
  }
  const most = Math.max(...rows.map(([, , { mae }]) => mae));
  const head = [
    ["Forecast", true],
    ["MAE", true],
    ["RMSE"],
    ["Direction"],
    ["CRPS"],
    ["80% band"],
    ["Model against it", true],
  ];
  return table(
    "Baselines",
    head,
    rows.map(([words, remark, metrics, against], place) => [
      h("span", {}, h("strong", {}, words), " ", h("span", { class: "faint" }, remark)),
      bar(metrics.mae, most, currency, place === 0),
      price(metrics.rmse, currency),
      `${number(metrics.directional_accuracy, 0)}%`,
      price(metrics.crps, currency),
      share(metrics.coverage?.["0.8"]),
      against ?? "",
    ]),
  );
}

/** A value with a bar whose length is its share of the largest value. */
function bar(value, most, currency, isModel) {
  return h(
    "span",
    { class: "bar-cell" },
    h("span", {}, price(value, currency)),
    svg(
      "svg",
      {
        class: `bar-line ${isModel ? "model" : ""}`,
        viewBox: "0 0 100 6",
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      svg("rect", { x: 0, y: 0, width: (100 * value) / (most || 1), height: 6 }),
    ),
  );
}

function windowDetails({ windows, currency }) {
  const rows = windows.map(({ as_of, last_close, metrics, baselines }) => {
    const naive = baselines.naive?.mae;
    return [
      as_of,
      price(last_close, currency),
      price(metrics.mae, currency),
      price(naive, currency),
      metrics.mae < naive ? "model" : "naive",
    ];
  });
  return h(
    "details",
    {},
    h("summary", {}, windows.length === 1 ? "The window" : `All ${windows.length} windows`),
    table("Windows", [["Split day", true], ["Last close"], ["Model's error"], ["Naive error"], ["Closer", true]], rows),
  );
}
