// Key figures of an analysis or a backtest: rows [label, value, class, remark] come in, a definition list goes out.

import { by, h, svg } from "./dom.js";
import { capital, change, isNumber, number, price, share, tone } from "./format.js";
import { yearRange } from "./indicators.js";

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
    ? ["Verdict", "Mean absolute error", "Naive forecast's error", "Direction right", "80% band held"]
    : ["Recommendation", "Expected return", "Median at the horizon", "80% band"]
  ).map((words) => [words, "–", "even", " "]);

export function analysisFigures({ forecast, report, stance, currency }) {
  const last = (prices) => prices?.at(-1);
  const low = last(forecast?.quantiles["0.1"]);
  return [
    recommendation(report, stance),
    [
      "Expected return",
      change(forecast?.expected_return),
      tone(forecast?.expected_return, 0.0005),
      forecast?.direction,
    ],
    ["Median at the horizon", price(last(forecast?.median), currency), null, last(forecast?.dates)],
    [
      "80% band",
      low === undefined ? "–" : `${price(low, currency)} – ${price(last(forecast.quantiles["0.9"]), currency)}`,
      null,
      last(forecast?.dates),
    ],
  ];
}

/** What stands beside a history before anything was forecast. */
export function figuresOfMarket({ features, fundamentals, currency, bars }) {
  const year = yearRange(bars);
  const against = features.sma_200 && bars.at(-1).close / features.sma_200 - 1;
  return [
    ["5 days", change(features.return_5d), tone(features.return_5d), `21 days ${change(features.return_21d)}`],
    year && [
      "52 weeks",
      `${price(year.low, currency)} – ${price(year.high, currency)}`,
      null,
      `the close is at ${share(year.place)} of this range`,
    ],
    [
      "Volatility",
      share(features.volatility_annual, 1),
      null,
      `a year; ${(features.volatility_class ?? "").toLowerCase()} for this stock`,
    ],
    against && ["Against SMA 200", change(against), tone(against), price(features.sma_200, currency)],
    [
      "RSI (14)",
      number(features.rsi_14, 1),
      null,
      features.rsi_14 > 70 ? "overbought above 70" : features.rsi_14 < 30 ? "oversold below 30" : "between 30 and 70",
    ],
    fundamentals?.next_earnings && ["Next earnings", fundamentals.next_earnings, null, "companies move it"],
  ].filter(Boolean);
}

/** Every indicator and figure of the company that is known, in the order of the terminal. */
export function showIndicators({ features, fundamentals, currency, bars }) {
  const money = (value) => value && price(value, currency);
  const known = (value, show) => (isNumber(value) ? show(value) : null);
  const level = (value, touches, away) => value && `${price(value, currency)} (${touches}×, ${change(away)})`;
  const cross = features.sma_cross;
  const {
    sector,
    industry,
    market_cap,
    currency: unit,
    price_earnings,
    dividend_yield,
    next_earnings,
  } = fundamentals ?? {};
  const rows = [
    ["1 day", known(features.return_1d, change), tone(features.return_1d)],
    ["5 days", known(features.return_5d, change), tone(features.return_5d)],
    ["21 days", known(features.return_21d, change), tone(features.return_21d)],
    ["12-1 months", known(features.momentum_12_1, change), tone(features.momentum_12_1)],
    ["From the high", known(features.drawdown, change), tone(features.drawdown)],
    [
      "Volatility",
      known(
        features.volatility_annual,
        (value) => `${share(value, 1)} ${(features.volatility_class ?? "").toLowerCase()}`,
      ),
    ],
    ["RSI (14)", known(features.rsi_14, (value) => number(value, 1))],
    ["SMA 50", money(features.sma_50)],
    ["SMA 200", money(features.sma_200)],
    [cross?.kind === "golden" ? "Golden cross" : "Death cross", cross?.date],
    ["Trend", features.trend],
    ["Support", level(features.support, features.support_touches, features.support_distance)],
    ["Resistance", level(features.resistance, features.resistance_touches, features.resistance_distance)],
    ["Volume trend", features.volume_trend],
    ["Gaps", isNumber(features.gaps_up) && `${features.gaps_up} up, ${features.gaps_down} down`],
    ["Sector", sector],
    ["Industry", industry],
    ["Market cap", market_cap && `${SHORT.format(market_cap)} ${unit ?? ""}`.trim()],
    ["P/E", known(price_earnings, (value) => number(value, 1))],
    ["Dividend yield", known(dividend_yield, (value) => share(value, 2))],
    ["Next earnings", next_earnings],
  ];
  by("indicators").replaceChildren(
    yearRow(bars, currency),
    ...rows
      .filter(([, value]) => value)
      .map(([words, value, mark]) => h("div", {}, h("dt", {}, words), h("dd", { class: mark }, value))),
  );
}

const SHORT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

/** The range of 52 weeks with the place of the last close. */
function yearRow(bars, currency) {
  const { low, high, place } = yearRange(bars);
  const mark = svg(
    "svg",
    { class: "year", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { x: 0, y: 3, width: 100, height: 2, rx: 1 }),
    svg("rect", { class: "at", x: Math.min(98, 98 * place), y: 0, width: 2, height: 8 }),
  );
  return h(
    "div",
    { class: "wide" },
    h("dt", {}, "52 weeks"),
    h("dd", {}, h("span", {}, price(low, currency)), mark, h("span", {}, price(high, currency))),
  );
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
    [
      "Verdict",
      verdict ? capital(verdict) : "No verdict: too few windows",
      marks[verdict] ?? "even",
      origins === 1 ? "one window proves nothing" : `over ${origins} windows`,
    ],
    ["Mean absolute error", price(model.mae, currency), null, "of the forecast"],
    ["Naive forecast's error", price(baselines.naive?.mae, currency), null, "“no change”, the one to beat"],
    ["Direction right", `${number(model.directional_accuracy, 0)}%`, null, "of the days"],
    ["80% band held", share(model.coverage?.["0.8"]), null, "of the days; 80% would be right"],
  ];
}
