// The headlines with their labels: a table with source and link, and the counts above it.

import { by, h, outward, svg } from "./dom.js";
import { renderMarkdown } from "./markdown.js";
import { score, share, tone } from "./format.js";

const ORDER = ["positive", "neutral", "negative"];

export function showNews({ headlines, counts, net_score, summary }) {
  if (summary) renderMarkdown(by("news-summary"), summary);
  by("news").replaceChildren(
    h(
      "p",
      { class: "counts" },
      ORDER.map((label) => h("span", { class: label }, `${counts[label]} ${label}`)),
      h("span", { class: `net ${tone(net_score, 0.05)}` }, `net ${score(net_score)}`),
    ),
    headlines.length ? headlineTable(headlines) : h("p", { class: "faint" }, "No headline was found."),
  );
}

export function showHeadlines(headlines) {
  by("news").replaceChildren(headlineTable(headlines));
}

/** The ARIA roles are explicit because narrow screens lay the table out as blocks, which would remove them. */
function headlineTable(headlines) {
  const head = ["Label", "Headline", "Source"].map((words) =>
    h("th", { role: "columnheader", scope: "col", class: "left" }, words),
  );
  return h(
    "table",
    { class: "headlines", role: "table" },
    h("caption", { class: "visually-hidden" }, "Headlines with label, score, source and link"),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
    h(
      "tbody",
      { role: "rowgroup" },
      headlines.map((headline, index) => h("tr", { role: "row" }, cells(headline, index + 1))),
    ),
  );
}

function cells({ title, source, published_at, url, label, score: certainty, probabilities, flagged }, number) {
  const cell = (...content) => h("td", { role: "cell" }, ...content);
  return [
    cell(h("span", { class: `label ${label}` }, `${label} ${share(certainty)}`), shares(probabilities)),
    cell(h("span", { dir: "auto" }, outward(url, title))),
    cell(
      `headline ${number} · `,
      h("span", { dir: "auto" }, source),
      " ",
      h("time", { datetime: published_at }, published_at.slice(0, 10)),
      flagged ? " · gives orders, not shown to the reporter" : "",
    ),
  ];
}

function shares(probabilities) {
  let x = 0;
  const bars = ORDER.map((label) => {
    const width = 100 * probabilities[label];
    const bar = svg("rect", { class: label, x, y: 0, width, height: 3 });
    x += width;
    return bar;
  });
  const words = ORDER.map((label) => `${label} ${share(probabilities[label])}`).join(", ");
  return svg(
    "svg",
    { class: "shares", viewBox: "0 0 100 3", preserveAspectRatio: "none", role: "img", "aria-label": words },
    ...bars,
  );
}
