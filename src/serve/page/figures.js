// Key figures of an analysis or a backtest: rows [label, value, class, remark] come in, a definition list goes out.

import { by, h } from "./dom.js";
import { capital, change, number, price, share, tone } from "./format.js";

const SIGNS = { buy: "good", hold: "even", sell: "bad", none: "even" };
export const CALLS = { buy: "Buy", hold: "Hold", sell: "Sell", none: "No call" };

export function showFigures(rows) {
  by("figures").replaceChildren(
    ...rows.map(([words, value, mark, remark]) =>
      h(
        "div",
        {},
        h("dt", {}, words),
        h("dd", { class: mark }, value, remark && h("span", { class: "remark" }, remark)),
      ),
    ),
  );
}

/** Empty rows that reserve the space of the values, so that nothing moves when they arrive. */
export const figuresToCome = (isTest) =>
  (isTest
    ? ["Mean absolute error", "Naive forecast's error", "Verdict", "Direction right", "80% band held"]
    : ["Last close", "Median at the horizon", "Expected return", "80% band", "Recommendation"]
  ).map((words) => [words, "–", "even", " "]);

export function analysisFigures({ forecast, report, stance, currency, last_close, as_of }) {
  const last = (prices) => prices?.at(-1);
  const low = last(forecast?.quantiles["0.1"]);
  return [
    ["Last close", price(last_close, currency), null, as_of],
    ["Median at the horizon", price(last(forecast?.median), currency), null, last(forecast?.dates)],
    [
      "Expected return",
      change(forecast?.expected_return),
      tone(forecast?.expected_return, 0.0005),
      forecast?.direction,
    ],
    [
      "80% band",
      low === undefined ? "–" : `${price(low, currency)} – ${price(last(forecast.quantiles["0.9"]), currency)}`,
      null,
      last(forecast?.dates),
    ],
    recommendation(report, stance),
  ];
}

/** The stance with its reasons; of an analysis from before there was a rule, the reporter's word. */
function recommendation(report, stance) {
  if (stance) {
    const why = [`by the rule ${stance.rule}, not advice`, ...stance.because].join("\n");
    return ["Recommendation", CALLS[stance.call] ?? stance.call, SIGNS[stance.call], why];
  }
  const call = report?.recommendation;
  return ["Recommendation", CALLS[call] ?? "–", SIGNS[call], "the reporter's, not advice"];
}

export function backtestFigures({ model, baselines, verdict, currency, origins }) {
  const marks = { "beats naive": "good", "ties naive": "even", "loses to naive": "bad" };
  return [
    ["Mean absolute error", price(model.mae, currency), null, "of the forecast"],
    ["Naive forecast's error", price(baselines.naive?.mae, currency), null, "“no change”, the one to beat"],
    [
      "Verdict",
      verdict ? capital(verdict) : "No verdict: too few windows",
      marks[verdict] ?? "even",
      origins === 1 ? "one window proves nothing" : `over ${origins} windows`,
    ],
    ["Direction right", `${number(model.directional_accuracy, 0)}%`, null, "of the days"],
    ["80% band held", share(model.coverage?.["0.8"]), null, "of the days; 80% would be right"],
  ];
}
