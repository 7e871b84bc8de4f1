// Starts the page: the form starts runs, an address /a/ID shows a stored analysis, and the list of past analyses is loaded.

import { askForm, clearProblems, fill, mode, setRunning, showProblem } from "./ask.js";
import { announce } from "./announce.js";
import { beginResult, endResult } from "./result.js";
import { ALL_STAGES, beginStages, endStages, showLedger, stopStages } from "./stages.js";
import { by } from "./dom.js";
import { chatAbout } from "./chat.js";
import { json } from "./api.js";
import { loadHistory } from "./history.js";
import { loadTrack } from "./track.js";
import { offer, offerNothing } from "./download.js";
import { run } from "./run.js";
import { showAnalysis } from "./analysis.js";
import { showBacktest } from "./backtest.js";
import { symbolOf } from "./tickers.js";

let inHand = null;

async function start(body) {
  const isTest = mode() === "test";
  const windows = isTest ? (body.origins ?? 1) : 1;
  inHand = new AbortController();
  setRunning(true);
  offerNothing();
  beginStages(windows > 1 ? ["forecast"] : ALL_STAGES);
  beginResult({ isTest, symbol: symbolOf(body.ticker), windows });
  announce(`${isTest ? "Test" : "Analysis"} of ${symbolOf(body.ticker)} begins.`);
  try {
    const result = await run(isTest ? "/v1/backtest" : "/v1/analyze", body, inHand.signal);
    endStages();
    show(result);
    announce(`${isTest ? "Test" : "Analysis"} of ${result.ticker} is ready.`);
    if (result.object === "analysis") history.pushState({}, "", address(result));
  } catch (error) {
    stop(error);
  }
  inHand = null;
  setRunning(false);
  endResult();
  loadHistory();
}

/** Keeps the partial result and shows the error in its place. */
function stop(error) {
  const isCancelled = error.name === "AbortError";
  const why = isCancelled ? "Cancelled." : "Stopped by an error.";
  // If no stage had begun there is no partial result, so the empty frame is removed.
  if (!stopStages(why)) by("result").hidden = true;
  announce(isCancelled ? why : error.message);
  by("result-price").textContent = why;
  if (!isCancelled) showProblem(error);
}

function show(result) {
  offer(result);
  if (result.object === "backtest") return showBacktest(result);
  showAnalysis(result);
  chatAbout(result);
  by("permalink").href = address(result);
  by("permalink").hidden = false;
}

const address = ({ id }) => `/a/${encodeURIComponent(id)}`;

/** Shows the stored analysis of the address, if it has an id. */
async function showStored() {
  const [, id] = location.pathname.match(/^\/a\/([^/]+)$/) ?? [];
  inHand?.abort();
  if (!id) return;
  clearProblems();
  offerNothing();
  beginResult({ isTest: false, symbol: "", windows: 1 });
  try {
    const result = await json(`/v1/analyses/${id}`);
    fill({ ticker: result.ticker, horizon: result.forecast?.dates.length });
    showLedger(result.arenas ?? [], result.errors ?? []);
    show(result);
  } catch (error) {
    by("result").hidden = true;
    showProblem(error);
  }
  endResult();
}

askForm(start, () => inHand?.abort());
addEventListener("popstate", () => (location.pathname === "/" ? location.reload() : showStored()));
showStored();
loadHistory();
loadTrack();
