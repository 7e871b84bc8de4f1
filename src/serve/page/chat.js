// The chat, over the OpenAI endpoint: progress lines first, then the answer while it is written. An answer can be stopped, copied and
// asked for again, and names the facts that it used.

import { by, h } from "./dom.js";
import { events } from "./sse.js";
import { json, request } from "./api.js";
import { plainly } from "./wording.js";
import { renderMarkdown } from "./markdown.js";

const log = by("chat-log");
const input = by("chat-input");
const suggestions = by("chat-suggestions");
let conversation = [];
let running = null;
/** The facts of the report that the chat knows, each {label, value, date}. */
let facts = [];
let questions = [];

/** Starts the chat with the analysis on display, so that questions can refer to it. */
export function chatAbout({ id, ticker, company, forecast, report }) {
  if (running || !report) return;
  conversation = [
    { role: "user", content: `${ticker} ${forecast?.dates.length ?? 30} days` },
    { role: "assistant", content: `${report.markdown}\n\nAnalysis ${id}.` },
  ];
  facts = report.facts ?? [];
  log.replaceChildren(
    h(
      "p",
      { class: "faint" },
      `The chat knows the report on ${company ? `${company} (${ticker})` : ticker}. Ask about it, or about another stock.`,
    ),
  );
  questions = ["Why this call?", "What is the 80% band?", "What does the news say?", "How volatile is it?"];
  suggest();
}

export function toggle() {
  setOpen(by("chat").hidden);
}

function setOpen(isOpen) {
  by("chat").hidden = !isOpen;
  by("chat-toggle").setAttribute("aria-expanded", isOpen);
  if (isOpen && !questions.length && !conversation.length) {
    questions = ["How will Apple do over the next two weeks?", "Compare Microsoft and IBM", "What can you do?"];
    suggest();
  }
  (isOpen ? input : by("chat-toggle")).focus();
}

/** Offers the questions that were not asked yet. */
function suggest() {
  suggestions.replaceChildren(
    ...questions.map((question) =>
      h("button", { class: "quiet", type: "button", click: () => !running && ask(question) }, question),
    ),
  );
}

async function ask(text) {
  conversation.push({ role: "user", content: text });
  questions = questions.filter((question) => question !== text);
  suggestions.replaceChildren();
  log.append(h("div", { class: "turn mine", role: "group", "aria-label": "Your message" }, text));
  await answer();
}

/** Answers the last message of the conversation. */
async function answer() {
  const progress = h("p", { class: "progress" }, "…");
  const prose = h("div", { class: "prose", "aria-live": "off" });
  const turn = h("div", { class: "turn", role: "group", "aria-label": "Tripod's answer" }, progress, prose);
  for (const tools of log.querySelectorAll(".again")) tools.remove();
  log.append(turn);
  running = new AbortController();
  setRunning(true);
  let words = "";
  let analysis = null;
  try {
    const response = await request("/v1/chat/completions", {
      body: { model: "tripod", messages: conversation, stream: true },
      signal: running.signal,
    });
    for await (const { data } of events(response)) {
      if (data === "[DONE]") break;
      const chunk = JSON.parse(data);
      if (chunk.error) throw Object.assign(new Error(chunk.error.message), { code: chunk.error.code });
      const { reasoning_content: reasoning, content } = chunk.choices[0]?.delta ?? {};
      if (reasoning) progress.textContent = reasoning.trim();
      if (content) {
        words += content;
        renderMarkdown(prose, words);
      }
      analysis = chunk.metadata?.analysis_id ?? analysis;
      log.scrollTop = log.scrollHeight;
    }
    progress.remove();
  } catch (error) {
    progress.textContent = error.name === "AbortError" ? "Stopped." : plainly(error);
    progress.classList.toggle("failure", error.name !== "AbortError");
  }
  if (analysis) facts = await factsOf(analysis);
  turn.append(...(words ? used(words) : []), tools(turn, words, analysis));
  if (words) conversation.push({ role: "assistant", content: words });
  running = null;
  suggest();
  setRunning(false);
}

async function factsOf(id) {
  const analysis = await json(`/v1/analyses/${encodeURIComponent(id)}`).catch(() => null);
  return analysis?.report?.facts ?? facts;
}

/** The facts whose values an answer states, each a link to the report's claim where it stands. */
function used(words) {
  // A day stands in nearly every answer and says little.
  const isStated = ({ value }) =>
    value.length > 2 && /\d/.test(value) && !/^\d{4}-\d\d-\d\d$/.test(value) && words.includes(value);
  const stated = [...new Map(facts.filter(isStated).map((fact) => [fact.label, fact])).values()].slice(0, 8);
  if (!stated.length) return [];
  const links = stated.flatMap(({ label, value }) => [
    h("a", { href: "#report", click: (event) => point(event, label, value) }, `${label} ${value}`),
    " · ",
  ]);
  return [h("p", { class: "used" }, "Facts: ", ...links.slice(0, -1))];
}

/** Moves the focus to the claim of the report that rests on a fact; without one, the link leads to the report. */
function point(event, label, value) {
  const claims = [...document.querySelectorAll("#report .claim")];
  const claim =
    claims.find(({ dataset }) => dataset.fact.includes(`${label}: ${value}`)) ??
    claims.find(({ textContent }) => textContent.includes(value));
  if (!claim) return;
  event.preventDefault();
  claim.scrollIntoView({ block: "center" });
  claim.focus();
}

/** What can be done with an answer: copy it, ask again, open the analysis that was made for it. */
function tools(turn, words, analysis) {
  const button = (text, click, more = "") => h("button", { class: `quiet ${more}`, type: "button", click }, text);
  const copy = (event) => navigator.clipboard.writeText(words).then(() => (event.target.textContent = "Copied"));
  const again = () => {
    if (running) return;
    if (words) conversation.pop();
    turn.remove();
    answer();
  };
  return h(
    "div",
    { class: "turn-tools" },
    words && navigator.clipboard ? button("Copy", copy) : null,
    button(words ? "Regenerate" : "Try again", again, "again"),
    analysis ? h("a", { class: "quiet", href: `/a/${encodeURIComponent(analysis)}` }, "Open the whole analysis") : null,
  );
}

function setRunning(isRunning) {
  by("chat-send").hidden = isRunning;
  by("chat-stop").hidden = !isRunning;
  log.scrollTop = log.scrollHeight;
  input.focus();
}

by("chat-close").addEventListener("click", () => setOpen(false));
by("chat-stop").addEventListener("click", () => running?.abort());
by("chat").addEventListener("keydown", (event) => event.key === "Escape" && setOpen(false));
input.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  by("chat-form").requestSubmit();
});
by("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = input.value.trim();
  if (!text || running) return;
  input.value = "";
  // A question without an answer is replaced by the next one.
  if (conversation.at(-1)?.role === "user") conversation.pop();
  ask(text);
});
