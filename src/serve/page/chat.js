// The chat, over the OpenAI endpoint: progress lines first, then the answer while it is written.

import { by, h } from "./dom.js";
import { events } from "./sse.js";
import { renderMarkdown } from "./markdown.js";
import { request } from "./api.js";

const log = by("chat-log");
const input = by("chat-input");
let conversation = [];
let running = null;

/** Starts the chat with the analysis on display, so that questions can refer to it. */
export function chatAbout({ id, ticker, forecast, report }) {
  if (running || !report) return;
  conversation = [
    { role: "user", content: `${ticker} ${forecast?.dates.length ?? 30} days` },
    { role: "assistant", content: `${report.markdown}\n\nAnalysis ${id}.` },
  ];
  log.replaceChildren(
    h("p", { class: "faint" }, `The chat knows the report on ${ticker}. Ask about it, or about another stock.`),
  );
}

function setOpen(isOpen) {
  by("chat").hidden = !isOpen;
  by("chat-toggle").setAttribute("aria-expanded", isOpen);
  (isOpen ? input : by("chat-toggle")).focus();
}

async function ask(text) {
  conversation.push({ role: "user", content: text });
  const progress = h("p", { class: "progress" }, "…");
  const answer = h("div", { class: "prose", "aria-live": "off" });
  const turn = h("div", { class: "turn", role: "group", "aria-label": "Tripod's answer" }, progress, answer);
  log.append(h("div", { class: "turn mine", role: "group", "aria-label": "Your message" }, text), turn);
  running = new AbortController();
  setRunning(true);
  let words = "";
  try {
    const response = await request("/v1/chat/completions", {
      body: { model: "tripod", messages: conversation, stream: true },
      signal: running.signal,
    });
    for await (const { data } of events(response)) {
      if (data === "[DONE]") break;
      const chunk = JSON.parse(data);
      if (chunk.error) throw new Error(chunk.error.message);
      const { reasoning_content: reasoning, content } = chunk.choices[0]?.delta ?? {};
      if (reasoning) progress.textContent = reasoning.trim();
      if (content) {
        words += content;
        renderMarkdown(answer, words);
      }
      if (chunk.metadata?.analysis_id)
        turn.append(
          h(
            "p",
            {},
            h("a", { href: `/a/${encodeURIComponent(chunk.metadata.analysis_id)}` }, "Open the whole analysis"),
          ),
        );
      log.scrollTop = log.scrollHeight;
    }
    progress.remove();
  } catch (error) {
    progress.textContent = error.name === "AbortError" ? "Stopped." : error.message;
    progress.classList.toggle("failure", error.name !== "AbortError");
  }
  if (words) conversation.push({ role: "assistant", content: words });
  // A failed question is removed: otherwise the next one would follow a question without an answer.
  else conversation.pop();
  running = null;
  setRunning(false);
}

function setRunning(isRunning) {
  by("chat-send").hidden = isRunning;
  by("chat-stop").hidden = !isRunning;
  log.scrollTop = log.scrollHeight;
  input.focus();
}

by("chat-toggle").addEventListener("click", () => setOpen(by("chat").hidden));
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
  ask(text);
});
