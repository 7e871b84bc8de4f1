// The live track record: past forecasts scored against the days that have come since.

import { by, h, table } from "./dom.js";
import { json } from "./api.js";
import { plainWarning, plainly } from "./wording.js";
import { number, plural, share } from "./format.js";
import { verdictWords } from "./metrics.js";

const host = by("track-body");

export async function loadTrack() {
  // The demo's days have long passed: its forecasts would all be made in hindsight.
  if (!by("demo").hidden) {
    host.replaceChildren(
      h(
        "p",
        { class: "faint" },
        "The demo keeps no record: its prices end in 2013. With today's prices, each forecast is scored once its days have passed.",
      ),
    );
    return;
  }
  try {
    show(await json("/v1/track"));
  } catch (error) {
    host.replaceChildren(h("p", { class: "failure" }, plainly(error)));
  }
}

function show({ scored, waiting, model, naive, coverage, significance, verdict, forecasts, warnings }) {
  if (!forecasts.length) {
    host.replaceChildren(
      h("p", { class: "faint" }, "No forecasts yet. Each forecast is stored and scored once its days have passed."),
    );
    return;
  }
  const known = scored > 0 && model && naive;
  const parts = [
    h("p", {}, `${plural(scored, "forecast")} scored, ${number(waiting, 0)} waiting for their days.`),
    known
      ? h(
          "dl",
          { class: "tally" },
          tally("Error, MAPE", `${number(model.mape, 1)}%`, `naive ${number(naive.mape, 1)}%`),
          tally(
            "Direction right",
            `${number(model.directional_accuracy, 0)}%`,
            `naive ${number(naive.directional_accuracy, 0)}%`,
          ),
          tally("80% band held", share(coverage?.["0.8"]), "80% is the target"),
        )
      : null,
    known
      ? h(
          "p",
          { class: "faint" },
          verdictWords({ origins: scored, verdict, model, baselines: { naive }, significance }),
        )
      : null,
    ...warnings.map((warning) => h("p", { class: "faint" }, plainWarning(warning))),
    h(
      "details",
      {},
      h("summary", {}, "Every forecast"),
      table(
        "Forecasts of the track record",
        [["Ticker", true], ["Made on", true], ["Days"], ["State", true], ["Error"], ["Naive"]],
        forecasts.map(row),
      ),
    ),
  ];
  host.replaceChildren(...parts.filter(Boolean));
}

const tally = (words, value, remark) =>
  h("div", {}, h("dt", {}, words), h("dd", {}, value, h("span", { class: "remark" }, remark)));

const row = ({ id, ticker, as_of, horizon, state, days, metrics, naive }) => [
  h("a", { href: `/a/${encodeURIComponent(id)}` }, ticker),
  as_of,
  `${days} of ${horizon}`,
  state,
  number(metrics?.mae),
  number(naive?.mae),
];
