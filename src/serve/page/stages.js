// The line of the stages: shows their state and progress from a run's events, their times when it is done, and their memory on request.

import { by, h } from "./dom.js";
import { announce } from "./announce.js";
import { drawArena, highest } from "./memory.js";
import { duration, mebibytes, number, plural } from "./format.js";

const WRITING = { summary: "writes the summary", report: "writes the report", review: "writes the review" };
const stages = new Map(
  [...by("stages").children].map((host) => [
    host.dataset.stage,
    { host, title: host.querySelector("h3").textContent, state: "idle" },
  ]),
);

/** The names of the stages in the order they run, as the server lists them. */
export const ALL_STAGES = [...stages.keys()];

const words = by("stages-words");

/** Sets every stage to waiting, except those that are not part of this run. */
export function beginStages(names) {
  words.textContent = "";
  by("stages-card").dataset.state = "running";
  for (const [name, stage] of stages) {
    Object.assign(stage, { need: undefined, fraction: 0, row: undefined });
    if (names.includes(name)) put(stage, "waiting", "waits");
    else put(stage, "skipped", "no part of this");
    stage.host.querySelector(".stage-memory").textContent = "";
    stage.host.querySelector(".stage-failure")?.remove();
  }
  drawArenas();
}

/** Sets every stage to what it is before anything was asked. */
export function restStages() {
  for (const stage of stages.values()) {
    Object.assign(stage, { need: undefined, fraction: 0, row: undefined });
    put(stage, "idle", "");
    stage.host.querySelector(".stage-memory").textContent = "";
    stage.host.querySelector(".stage-failure")?.remove();
  }
  by("stages-card").dataset.state = "rest";
  words.textContent = "";
}

const READERS = {
  queued: ({ position }) =>
    say(position === 1 ? "Next in the queue." : `In the queue: ${position - 1} before this one.`),
  restarted: () => {
    beginStages([...stages].filter(([, stage]) => stage.state !== "skipped").map(([name]) => name));
    say("The engine stopped and was started again; the run begins again.");
  },
  stage_opened: (event, stage) => {
    words.textContent = "";
    Object.assign(stage, { need: event.need_bytes, fraction: 0, row: undefined });
    put(stage, "open", `opens ${event.model}`, 0);
    stage.host.querySelector(".stage-memory").textContent =
      `needs ${mebibytes(event.need_bytes)} of ${mebibytes(event.budget_bytes)} MiB`;
    announce(`${stage.title}: opens ${event.model}.`);
    drawArenas();
  },
  loading: (event, stage) => {
    stage.fraction = event.fraction;
    put(stage, "open", `loads its weights, ${Math.round(event.fraction * 100)}%`, event.fraction);
    drawArenas();
  },
  job_started: (event, stage) => {
    stage.fraction = 1;
    put(stage, "open", "is at work", null);
    drawArenas();
  },
  prefill: (event, stage) =>
    put(stage, "open", `reads ${number(event.tokens, 0)} of ${number(event.of, 0)} tokens`, event.tokens / event.of),
  decoded: (event, stage) => {
    if (event.stage === "forecast") put(stage, "open", "samples its paths", event.tokens / event.of);
  },
  path_sampled: (event) =>
    put(stages.get("forecast"), "open", `path ${event.done} of ${event.of}`, event.done / event.of),
  window_scored: (event) => {
    const stage = stages.get("forecast");
    // The arena of the last window closes before that window is scored.
    if (stage.state === "open") put(stage, "open", `window ${event.done} of ${event.of}`, event.done / event.of);
    announce(`Window ${event.done} of ${event.of} scored.`);
  },
  headlines_scored: (event) => {
    put(stages.get("sentiment"), "open", `read ${plural(event.count, "headline")}`, 1);
    announce(`${plural(event.count, "headline")} read.`);
  },
  text: (event) => put(stages.get("report"), "open", WRITING[event.part], null),
  stage_closed: ({ row }) => {
    const stage = stages.get(row.stage);
    close(stage, row);
    drawArenas();
    announce(
      `${stage.title}: closed after ${duration(row.load_ms + row.run_ms)}, ${mebibytes(row.freed_bytes)} MiB freed.`,
    );
  },
  stage_failed: (event, stage) => fail(stage, event.message),
};

/** Shows an event; events for other parts of the page are ignored. */
export function stageEvent(event) {
  READERS[event.event]?.(event, stages.get(event.stage));
}

/** Marks open and waiting stages as ended after a failed run. */
export function stopStages(why) {
  words.textContent = why;
  by("stages-card").dataset.state = "done";
  for (const stage of stages.values()) {
    if (stage.state === "open") put(stage, "stopped", "stopped");
    else if (stage.state === "waiting") put(stage, "skipped", "did not run");
  }
}

/** Marks what is left open or waiting after a run that ended well: a stage without work is not opened. */
export function endStages() {
  by("stages-card").dataset.state = "done";
  for (const stage of stages.values()) {
    if (stage.state === "open") put(stage, "closed", "done", 1);
    else if (stage.state === "waiting") put(stage, "skipped", "no model");
  }
}

/** The ledger of a finished analysis. */
export function showLedger(rows, errors) {
  beginStages(ALL_STAGES);
  for (const row of rows) close(stages.get(row.stage), row);
  for (const { stage, message } of errors) fail(stages.get(stage), message);
  endStages();
  drawArenas();
}

/** One line about the state of the whole run. */
function say(text) {
  words.textContent = text;
  announce(text);
}

function put(stage, state, status, progress = 0) {
  // A failed stage keeps its error message when its arena closes.
  if (stage.state === "failed" && (state === "open" || state === "closed")) return;
  stage.state = state;
  stage.host.dataset.state = state;
  stage.host.querySelector(".stage-status").textContent = status;
  const bar = stage.host.querySelector("progress");
  if (progress === null) bar.removeAttribute("value");
  else bar.value = progress;
}

function close(stage, row) {
  Object.assign(stage, { need: row.need_bytes, row });
  put(stage, "closed", duration(row.load_ms + row.run_ms), 1);
  stage.host.querySelector(".stage-memory").textContent =
    `used ${mebibytes(row.anon_peak)} MiB, freed ${mebibytes(row.freed_bytes)}`;
}

function fail(stage, message) {
  if (stage.host.querySelector(".stage-failure")) return;
  put(stage, "failed", "failed");
  stage.host.append(h("p", { class: "stage-failure" }, message));
  announce(`${stage.title} failed: ${message}`);
}

function drawArenas() {
  const all = [...stages.values()];
  const top = highest(all);
  let before = all.find(({ row }) => row)?.row.anon_before ?? 0;
  for (const stage of all) {
    drawArena(stage.host.querySelector(".arena"), { ...stage, before }, top);
    before = stage.row?.anon_after ?? before;
  }
}

by("memory-toggle").addEventListener("click", () => {
  const isOpen = by("stages-card").classList.toggle("with-memory");
  by("memory-toggle").setAttribute("aria-expanded", isOpen);
});
