// The metrics of a backtest with a line of explanation each, and the results of the significance tests in words.

import { h } from "./dom.js";
import { change, isNumber, number, price, pValue, share } from "./format.js";

const perCent = (value) => (isNumber(value) ? `${number(value, 1)}%` : "–");
const plain = (value) => number(value, 2);

/** Label, explanation, and how the value is read and formatted. */
const METRICS = [
  ["MAE", "How far the median was off, on average.", ({ mae }, currency) => price(mae, currency)],
  ["RMSE", "The same, but large misses weigh more.", ({ rmse }, currency) => price(rmse, currency)],
  ["MAPE", "The average miss in per cent of the price.", ({ mape }) => perCent(mape)],
  ["sMAPE", "As MAPE, but errors above and below count the same.", ({ smape }) => perCent(smape)],
  ["MASE", "The miss against the stock's usual daily move: 1 is one day's.", ({ mase }) => plain(mase)],
  [
    "Direction, daily",
    "Days whose move had the right sign; a coin gets 50%.",
    ({ directional_accuracy }) => perCent(directional_accuracy),
  ],
  [
    "Direction, whole",
    "Windows whose whole move had the right sign.",
    ({ horizon_direction }) => perCent(horizon_direction),
  ],
  ["CRPS", "How far the whole distribution was off; smaller is better.", ({ crps }, currency) => price(crps, currency)],
  [
    "Pinball loss",
    "How far its quantiles were off; smaller is better.",
    ({ pinball }, currency) => price(pinball, currency),
  ],
  ["50% band held", "Days inside the band; 50% is the target.", ({ coverage }) => share(coverage?.["0.5"])],
  ["80% band held", "Days inside the band; 80% is the target.", ({ coverage }) => share(coverage?.["0.8"])],
  ["90% band held", "Days inside the band; 90% is the target.", ({ coverage }) => share(coverage?.["0.9"])],
];

export function metricList(metrics, currency) {
  return h(
    "dl",
    { class: "metrics" },
    METRICS.map(([words, explanation, read]) =>
      h(
        "div",
        {},
        h("dt", {}, words),
        h("dd", {}, read(metrics, currency)),
        h("dd", { class: "explanation" }, explanation),
      ),
    ),
  );
}

export const BASELINES = {
  naive: ["Naive", "the last close, unchanged"],
  drift: ["Drift", "the past trend goes on"],
  seasonal_naive: ["Seasonal naive", "last week again"],
  ar1: ["AR(1)", "each return follows from the last"],
  volatility_cone: ["Volatility cone", "no change, bands as wide as the past"],
  ets: ["ETS", "exponential smoothing"],
};

/** The model against the naive forecast over all windows. A negative statistic favours the model. */
export function verdictWords({ origins, verdict, model, baselines, significance }) {
  const test = significance?.diebold_mariano;
  const naive = baselines?.naive;
  if (!verdict || !test || !naive) {
    return `${origins === 1 ? "One window is" : "This is"} not enough to say whether the model beats the naive forecast.`;
  }
  const gap = Math.abs(model.mae / naive.mae - 1);
  const size = gap < 0.0005 ? "as large as" : `${share(gap, 1)} ${model.mae < naive.mae ? "smaller" : "larger"} than`;
  const chance = {
    "beats naive": "This is unlikely to be chance",
    "ties naive": "This difference could be chance",
    "loses to naive": "This is unlikely to be chance",
  }[verdict];
  return `Over ${origins} windows the model's error is ${size} the naive forecast's. ${chance} (Diebold–Mariano test, ${pValue(test.p_value)}).`;
}

/** How the calls of the stance's rule did, beside always holding and always buying. */
export function stanceWords(score) {
  if (!score) return [];
  const { rule, buy, hold, sell, none, costs } = score;
  const calls = `${buy} buy, ${hold} hold, ${sell} sell${none ? `, ${none} without a call` : ""}`;
  const did = (words, { right, right_interval: found, mean_return }) => {
    const range = found ? ` (${share(found.low)} to ${share(found.high)})` : "";
    return `${words} right in ${share(right)}${range} of the windows, ${change(mean_return)} a window`;
  };
  const compared = [
    did("It was", score.stance),
    did("always hold", score.always_hold),
    did("always buy", score.always_buy),
  ].join("; ");
  const few = buy + hold + sell < 10 ? " No verdict on the stance: too few windows." : "";
  return [`The stance by ${rule} at costs of ${number(costs / 100, 2)}%: ${calls}. ${compared}.${few}`];
}

export function directionWords({ significance }) {
  const test = significance?.pesaran_timmermann;
  if (!test) return null;
  const found =
    test.p_value < 0.05
      ? "It predicts the direction better than chance"
      : "It does not predict the direction better than chance";
  return `${found} (Pesaran–Timmermann test, ${pValue(test.p_value)}).`;
}

/** One baseline's comparison with the model, in few words. */
export function againstWords(test) {
  if (!test) return "too little to say";
  const p = test.p_holm ?? test.p_value;
  if (p >= 0.05) return `no clear difference (${pValue(p)})`;
  return `model ${test.statistic < 0 ? "better" : "worse"}, ${pValue(p)}`;
}
