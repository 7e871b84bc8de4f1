// The headlines with their labels: a table with source and link, and the counts above it.

import { by, h, outward, svg } from "./dom.js";
import { renderMarkdown } from "./markdown.js";
import { score, share, tone } from "./format.js";

const ORDER = ["positive", "neutral", "negative"];

export function showNews({ headlines, counts, net_score, summary, unread = [], answered = [] }) {
  if (summary) renderMarkdown(by("news-summary"), summary);
  by("news").replaceChildren(
    h(
      "p",
      { class: "counts" },
      ORDER.map((label) => h("span", { class: label }, `${counts[label]} ${label}`)),
      h("span", { class: `net ${tone(net_score, 0.05)}` }, `net ${score(net_score)}`),
    ),
    headlines.length
      ? headlineTable(headlines)
      : h("p", { class: "faint" }, unread.length ? "No headline was read." : "No headline was found."),
    ...(unread.length ? unreadList(unread) : []),
    ...(answered.length ? [h("p", { class: "faint" }, `Asked: ${answered.join(", ")}.`)] : []),
  );
}

export function showHeadlines(headlines) {
  by("news").replaceChildren(headlineTable(headlines));
}

/** Headlines that no classifier has read yet. */
export function showUnlabelled({ headlines, answered = [] }) {
  by("news").replaceChildren(
    headlines.length ? headlineTable(headlines) : h("p", { class: "faint" }, "No headline was found."),
    ...(answered.length ? [h("p", { class: "faint" }, `Asked: ${answered.join(", ")}.`)] : []),
  );
}

function unreadList(unread) {
  const line = ({ title, source, published_at, url, language }) =>
    h(
      "li",
      { class: "faint" },
      h("span", { dir: "auto", lang: language }, outward(url, title)),
      ` (${source}, ${published_at.slice(0, 10)}, in ${language})`,
    );
  return [
    h("p", { class: "faint" }, "Not read, because the classifier does not know their language:"),
    h("ul", {}, unread.map(line)),
  ];
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

function cells(headline, number) {
  const { title, source, published_at, url, label, score: certainty, probabilities, flagged, language } = headline;
  const cell = (...content) => h("td", { role: "cell" }, ...content);
  return [
    label
      ? cell(h("span", { class: `label ${label}` }, `${label} ${share(certainty)}`), shares(probabilities))
      : cell(h("span", { class: "label unread" }, "not read yet")),
    cell(h("span", { dir: "auto" }, outward(url, title))),
    cell(
      `headline ${number} · `,
      h("span", { dir: "auto" }, source),
      " ",
      h("time", { datetime: published_at }, published_at.slice(0, 10)),
      language && language !== "en" ? ` · in ${language}` : "",
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
