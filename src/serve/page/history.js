// Past analyses, newest first, each with its link; more on request.

import { by, h } from "./dom.js";
import { change, moment, plural, tone } from "./format.js";
import { CALLS } from "./figures.js";
import { json } from "./api.js";

const PAGE = 8;
const host = by("history-list");

/** Loads the first page of the list, replacing the current one. */
export async function loadHistory() {
  const list = h("ul", { class: "analyses" });
  const more = h("button", { class: "quiet", type: "button", hidden: true, click: () => add(list, more) }, "More");
  try {
    await add(list, more);
    host.replaceChildren(list.children.length ? list : h("p", { class: "faint" }, "No analyses yet."), more);
  } catch (error) {
    host.replaceChildren(h("p", { class: "failure" }, error.message));
  }
}

async function add(list, more) {
  const after = more.dataset.after ? `&after=${encodeURIComponent(more.dataset.after)}` : "";
  const page = await json(`/v1/analyses?limit=${PAGE}${after}`);
  list.append(...page.data.map(entry));
  more.dataset.after = page.last_id ?? "";
  more.hidden = !page.has_more;
}

function entry({ id, ticker, as_of, horizon, created, expected_return, call, recommendation }) {
  return h(
    "li",
    {},
    h(
      "a",
      { href: `/a/${encodeURIComponent(id)}` },
      h("strong", {}, ticker),
      h("span", { class: "faint" }, horizon ? `${plural(horizon, "day")} from ${as_of}` : `of ${as_of}`),
      h("span", { class: tone(expected_return, 0.0005) }, change(expected_return)),
      h("span", {}, CALLS[call ?? recommendation] ?? "–"),
      h("time", { class: "faint", datetime: new Date(created * 1000).toISOString() }, moment(created)),
    ),
  );
}
