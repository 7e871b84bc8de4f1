// The claims of a checked text: where each is written, what its facts say, and how many there are.

import { plural } from "./format.js";

const SOURCES = {
  bars: "price history",
  indicators: "computed from the price history",
  forecast: "forecast",
  headlines: "labels of the headlines",
  outcome: "prices of the days that were forecast",
};

// Marks around a claim in Markdown: characters of private use, which a report's own text does not keep.
export const OPEN = "\uE000";
export const MIDDLE = "\uE001";
export const CLOSE = "\uE002";
const MARKS = new RegExp(`[${OPEN}${MIDDLE}${CLOSE}]`, "g");

/** The Markdown with its claims between marks, and what stands behind each. */
export function withClaims(markdown, grounding, facts, headlines) {
  const text = markdown.replace(MARKS, "");
  const behind = [];
  let marked = "";
  let from = 0;
  for (const claim of grounding?.claims ?? []) {
    const at = claim.struck ? -1 : text.indexOf(claim.text, from);
    const said = (claim.fact ?? "").split(", ").map((id) => describe(id, facts ?? [], headlines ?? []));
    // A claim that spans emphasis or lines would break the Markdown around it.
    if (at < 0 || !claim.text || /[*`\n]/.test(claim.text) || !said.some(Boolean)) continue;
    marked += `${text.slice(from, at)}${OPEN}${behind.length}${MIDDLE}${claim.text}${CLOSE}`;
    behind.push(said.filter(Boolean).join("\n"));
    from = at + claim.text.length;
  }
  return { text: marked + text.slice(from), behind };
}

/** A fact in one line: what it is, its value, its day and where it comes from. */
function describe(id, facts, headlines) {
  const number = /^headline (\d+)$/.exec(id)?.[1];
  if (number) return headlines[number - 1] && `Headline ${number}: ${headlines[number - 1].title}`;
  if (id === "company") return "The name of the company";
  if (id === "call") return "The call of the rule";
  const fact = facts.find((fact) => fact.id === id);
  if (!fact) return null;
  const day = fact.date && fact.date !== fact.value ? `, ${fact.date}` : "";
  return `${fact.label}: ${fact.value}${day} (${SOURCES[fact.source] ?? fact.source})`;
}

/** How a text came about: what the check found in the model's sentences, how many figures code wrote, what was struck. */
export function provenance(grounding, writtenBy) {
  if (writtenBy === "rules") return "written by rules: point at a figure to see its fact";
  const claims = grounding?.claims ?? [];
  const ofModel = claims.filter((claim) => claim.by === "model");
  const held = ofModel.filter((claim) => claim.verdict === "supported").length;
  const byCode = claims.filter((claim) => claim.by === "code" && ["number", "date", "count"].includes(claim.kind)).length;
  const anew = grounding?.rewritten ? `, ${grounding.rewritten} written anew` : "";
  return [
    ofModel.length && `${held} of ${plural(ofModel.length, "claim")} by the model supported`,
    byCode && `${plural(byCode, "figure")} by code`,
    grounding?.struck && `${plural(grounding.struck, "sentence")} struck${anew}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
