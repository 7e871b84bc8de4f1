// Starts the page: the history of the form's security is shown at once, the form starts runs over it, the addresses /a/ID and /t/ID
// show stored results, and a run that was under way when the page was left is found again.

import { askForm, clearProblems, fill, mode, setRunning, showProblem, takeDefaults, tried } from "./ask.js";
import { ALL_STAGES, beginStages, endStages, restStages, showLedger, stopStages } from "./stages.js";
import { beginForecast, fetchHistory, fetchMarket, showMarket } from "./market.js";
import { beginResult, endResult, offerNothing, showNoResult } from "./result.js";
import { by } from "./dom.js";
import { announce } from "./announce.js";
import { cancelRun, forgetRun, interrupted, resume, run } from "./run.js";
import { chartTools } from "./toolbar.js";
import { json } from "./api.js";
import { loadLibrary } from "./chart.js";
import { plainly } from "./wording.js";
import { suggestComparison, symbolOf } from "./tickers.js";

let inHand = null;
/** The last result with its history, {result, market}, and whether it is on display: a history may stand in its place. */
let latest = null;
let isOnDisplay = false;
let asking = null;
let path = location.pathname;

/** Shows the history of the form's fields, in place of a result of another security; `field` is the one that has changed. */
async function showForm(field) {
  if (inHand || (isOnDisplay && ["horizon_days", "context_days"].includes(field))) return;
  asking?.abort();
  asking = new AbortController();
  clearProblems();
  const fields = tried();
  if (!fields?.ticker && !fields?.prices) return;
  try {
    const market = await fetchMarket(fields, asking.signal);
    if (inHand) return;
    isOnDisplay = false;
    restStages();
    showNoResult();
    offerNothing();
    if (location.pathname !== "/") go("/");
    await showMarket(market);
  } catch (error) {
    if (error.name === "AbortError") return;
    // Where nothing was ever shown there is only an empty frame.
    if (!by("indicators").children.length) by("result").hidden = true;
    showProblem(error);
  }
}

/** Starts a run, or goes on with one (`watched`). */
async function start(body, watched) {
  const isTest = watched ? watched.path.endsWith("backtest") : mode() === "test";
  const windows = isTest ? (body.origins ?? 1) : 1;
  const name = `${isTest ? "Test" : "Analysis"} of ${body.ticker ? symbolOf(body.ticker) : "your prices"}`;
  asking?.abort();
  inHand = new AbortController();
  const { signal } = inHand;
  setRunning(true);
  offerNothing();
  beginStages(windows > 1 ? ["forecast"] : ALL_STAGES);
  announce(`${name} begins.`);
  const gathering = before(body, isTest, windows, signal);
  // The events of a run that is found again come at once: what they are drawn on must be there.
  if (watched) await gathering;
  try {
    const route = isTest ? "/v1/backtest" : "/v1/analyze";
    const result = await (watched ? resume(watched, signal) : run(route, body, signal));
    forgetRun();
    endStages();
    await show(result, await gathering);
    announce(`${name} is ready.`);
    go(address(result));
  } catch (error) {
    await stop(error);
  }
  inHand = null;
  setRunning(false);
  endResult();
  lists();
}

/** The history behind a run, shown before its first event; a run without one goes on. */
async function before(body, isTest, windows, signal) {
  const market = await fetchMarket(body, signal).catch(() => null);
  if (!market || !inHand) return market;
  isOnDisplay = false;
  await showMarket(market);
  if (!inHand) return market;
  beginResult({ isTest, windows });
  if (windows === 1) await beginForecast(market, { isTest, horizon: body.horizon_days ?? 30, as_of: body.as_of });
  return market;
}

/** Tells why a run ended without a result, and shows the earlier one again. */
async function stop(error) {
  const isCancelled = error.name === "AbortError";
  forgetRun();
  const earlier = latest;
  if (earlier) {
    await show(earlier.result, earlier.market);
    go(address(earlier.result));
  } else {
    const fields = tried();
    const market = fields && (await fetchMarket(fields).catch(() => null));
    showNoResult();
    if (market) await showMarket(market);
    else by("result").hidden = true;
  }
  const why = isCancelled ? "Cancelled." : "Stopped by an error.";
  stopStages(earlier ? `${why} The earlier result is shown.` : why);
  announce(isCancelled ? why : plainly(error));
  if (!isCancelled) showProblem(error);
}

async function show(result, market) {
  latest = { result, market };
  isOnDisplay = true;
  const isTest = result.object === "backtest";
  const { showBacktest, showAnalysis } = await (isTest ? import("./backtest.js") : import("./analysis.js"));
  if (isTest) by("kind-tests").checked = true;
  else by("kind-analyses").checked = true;
  beginResult({ isTest, windows: isTest ? result.origins : 1 });
  offering((downloads) => downloads.offer(result, market));
  const made = isTest ? result.analysis : result;
  if (made) showLedger(made.arenas, made.errors);
  else if (!inHand) restStages();
  await (isTest ? showBacktest : showAnalysis)(result, market);
  by("permalink").href = address(result);
  by("permalink").hidden = false;
  by("copy-link").hidden = !navigator.clipboard;
  if (!isTest) chatting((chat) => chat.chatAbout(result));
}

const address = ({ object, id }) => `/${object === "backtest" ? "t" : "a"}/${encodeURIComponent(id)}`;

/** Changes the address without loading it. */
function go(to) {
  if (to !== location.pathname) history.pushState({}, "", to);
  path = to;
}

/** Shows the stored result of the address, if it has an id; returns whether it has. */
async function showStored() {
  const [, kind, id] = location.pathname.match(/^\/([at])\/([^/]+)$/) ?? [];
  if (!id) return false;
  inHand?.abort();
  clearProblems();
  const route = `/v1/${kind === "t" ? "backtests" : "analyses"}/${id}`;
  try {
    const result = await json(route);
    const inputs = await json(`${route}/inputs`);
    fill(inputs, kind === "t");
    const until = result.object === "analysis" ? { as_of: result.as_of } : {};
    const market = await fetchMarket({ ...inputs, ticker: inputs.ticker ?? result.ticker, ...until }).catch(() => null);
    await show(result, market);
    endResult();
  } catch (error) {
    showNoResult();
    by("result").hidden = true;
    showProblem(error);
  }
  return true;
}

/** What is loaded when it is needed first: the lists, the chat, the downloads. */
const lists = () => import("./lists.js").then(({ loadLists }) => loadLists());
const chatting = (then) => import("./chat.js").then(then);
const offering = (then) => import("./download.js").then(then);

async function begin() {
  askForm({
    submitted: (body) => start(body),
    cancelled: () => {
      cancelRun();
      inHand?.abort();
    },
    changed: showForm,
  });
  chartTools(suggestComparison, fetchHistory);
  by("chat-toggle").addEventListener("click", () => chatting((chat) => chat.toggle()));
  by("copy-link").addEventListener("click", () =>
    navigator.clipboard.writeText(by("permalink").href).then(() => announce("Copied.")),
  );
  addEventListener("popstate", () => {
    // A link within the page changes the address too.
    if (location.pathname === path) return;
    path = location.pathname;
    if (path === "/") location.reload();
    else showStored();
  });
  loadLibrary().catch(() => {});
  const settings = json("/v1/settings").then((settings) => {
    by("demo").hidden = !settings.demo;
    takeDefaults(settings);
  });
  const left = interrupted();
  if (left?.id) {
    fill(left.inputs, left.path.endsWith("backtest"));
    start(left.inputs, left);
  } else if (!(await showStored())) {
    await settings.catch(showProblem);
    await showForm();
  }
  lists();
}

begin();
