// One run: sends the request and passes the stream's events to the stages, the paths and the texts; the last event is the result.

import { ApiError, request } from "./api.js";
import { addPath, showCautions } from "./result.js";
import { by } from "./dom.js";
import { events } from "./sse.js";
import { renderMarkdown } from "./markdown.js";
import { showHeadlines } from "./news.js";
import { stageEvent } from "./stages.js";

const HOSTS = { summary: "news-summary", report: "report", review: "review" };

/** Sends the request and shows its events; resolves with the result. */
export async function run(path, body, signal) {
  const texts = {};
  const response = await request(path, { body, signal });
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
