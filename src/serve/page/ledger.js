// The foldable details: the forecast as a table, the ledger of the arenas, the models and the times.

import { h, table } from "./dom.js";
import { change, duration, mebibytes, price } from "./format.js";
import { ALL_STAGES } from "./stages.js";

export function forecastDetails({ forecast, currency, last_close }) {
  const at = (level, day) => price(forecast.quantiles[level]?.[day], currency);
  const rows = forecast.dates.map((date, day) => [
    day + 1,
    date,
    at("0.1", day),
    h("strong", {}, price(forecast.median[day], currency)),
    at("0.9", day),
    change(forecast.median[day] / last_close - 1),
  ]);
  return h(
    "details",
    {},
    h("summary", {}, "The forecast as a table"),
    table("Forecast", [["Day"], ["Date", true], ["10%"], ["Median"], ["90%"], ["Change"]], rows),
    h(
      "p",
      { class: "foot" },
      `${forecast.samples - forecast.rejected} of ${forecast.samples} sample paths used · prompt format ${forecast.prompt_format}`,
    ),
  );
}

const SIZES = {
  Need: "need_bytes",
  Weights: "weights_bytes",
  "KV cache": "kv_bytes",
  Compute: "compute_bytes",
  Before: "anon_before",
  Peak: "anon_peak",
  After: "anon_after",
  Freed: "freed_bytes",
  "Mapped file": "file_peak",
};

export function ledgerDetails(rows) {
  const head = [["Stage", true], ["Model", true], ["Load"], ["Run"], ...Object.keys(SIZES).map((words) => [words])];
  const cells = rows.map((row) => [
    row.stage,
    row.model,
    duration(row.load_ms),
    duration(row.run_ms),
    ...Object.values(SIZES).map((name) => mebibytes(row[name])),
  ]);
  return h(
    "details",
    {},
    h("summary", {}, "The ledger of the arenas"),
    table("Ledger of the arenas", head, cells),
    h(
      "p",
      { class: "foot" },
      "Sizes in MiB. Before, peak, after and freed are anonymous memory of the process; the mapped files are libraries and weights.",
    ),
  );
}

const TIMES = ["gather", ...ALL_STAGES, "total"];

export function modelDetails({ models, timings }) {
  const roles = Object.entries(models).filter(([, model]) => model);
  const rows = roles.map(([role, { id, adapter, sha256, remote }]) => [
    role,
    adapter ? `${id} with ${adapter.id}` : id,
    h("code", {}, remote ? `at ${remote.servers.join(", ")}` : sha256.slice(0, 12)),
  ]);
  const times = TIMES.filter((name) => name in timings).map((name) => `${name} ${duration(timings[name])}`);
  return h(
    "details",
    {},
    h("summary", {}, "Models and times"),
    table(
      "Models",
      [
        ["Role", true],
        ["Model", true],
        ["SHA-256 or servers", true],
      ],
      rows,
    ),
    h("p", { class: "foot" }, times.join(" · ")),
  );
}
