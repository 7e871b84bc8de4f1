// One run: sends the request and passes the stream's events to the stages, the paths and the texts; the last event is the result. A
// run goes on when the page is reloaded, which then watches it from its first event on.

import { ApiError, request } from "./api.js";
import { addPath } from "./chart.js";
import { by } from "./dom.js";
import { events } from "./sse.js";
import { renderMarkdown } from "./markdown.js";
import { showCautions } from "./result.js";
import { showHeadlines } from "./news.js";
import { stageEvent } from "./stages.js";

const HOSTS = { summary: "news-summary", report: "report", review: "review" };
const SAVED = "tripod-run";

/** Starts a run and shows its events; resolves with the result. `inputs` are kept for a reload. */
export async function run(path, inputs, signal) {
  const response = await request(path, { body: inputs, signal });
  remember({ id: response.headers.get("x-tripod-run"), path, inputs });
  return watch(response);
}

/** The run that was under way when the page was left, as {id, path, inputs}. */
export function interrupted() {
  try {
    return JSON.parse(sessionStorage.getItem(SAVED));
  } catch {
    return null;
  }
}

/** Watches an interrupted run from its first event on, or fetches its result when it has ended. */
export async function resume({ id, path }, signal) {
  const response = await request(`/v1/runs/${id}`, { signal }).catch((error) => {
    if (error.code === "run_not_found") return null;
    throw error;
  });
  if (response) return watch(response);
  const kind = path.endsWith("backtest") ? "backtests" : "analyses";
  return (await request(`/v1/${kind}/${id}`, { signal })).json();
}

/** Ends the run under way in the engine. */
export async function cancelRun() {
  const id = interrupted()?.id;
  forgetRun();
  // When the run has ended meanwhile there is nothing to cancel.
  if (id) await request(`/v1/runs/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});
}

export function forgetRun() {
  try {
    sessionStorage.removeItem(SAVED);
  } catch {
    // Without storage nothing was kept.
  }
}

function remember(kept) {
  try {
    sessionStorage.setItem(SAVED, JSON.stringify(kept));
  } catch {
    // Without storage, or with a table too large for it, the run is not found again after a reload.
  }
}

async function watch(response) {
  const texts = {};
  for await (const { name, data } of events(response)) {
    const event = JSON.parse(data);
    if (name === "result") {
      // The result holds the checked texts; a pending update of a streamed text must not overwrite them.
      forget(texts);
      return event;
    }
    if (name === "error") throw new ApiError(event.error);
    stageEvent(event);
    if (name === "restarted") forget(texts);
    if (name === "path_sampled") addPath(event);
    if (name === "headlines_scored" && event.headlines) showHeadlines(event.headlines);
    if (name === "cautions") showCautions(event.cautions);
    if (name === "text") write(texts, event);
  }
  throw new ApiError({ message: "The server ended the stream before the result came." });
}

const forget = (texts) => Object.keys(texts).forEach((part) => delete texts[part]);

/** Renders a growing text, at most once per animation frame. */
function write(texts, { part, text }) {
  const isDue = texts[part]?.isDue;
  texts[part] = { words: (texts[part]?.words ?? "") + text, isDue: true };
  if (isDue) return;
  requestAnimationFrame(() => {
    if (!texts[part]) return;
    texts[part].isDue = false;
    renderMarkdown(by(HOSTS[part]), texts[part].words);
  });
}
