// The layout of a result from the start of a run, and the functions that fill its parts.

import { by, h } from "./dom.js";
import { figuresToCome, showFigures } from "./figures.js";
import { provenance, withClaims } from "./claims.js";
import { renderMarkdown } from "./markdown.js";

/** Lays out an empty result below the history, so that nothing moves while it is filled. */
export function beginResult({ isTest, windows }) {
  by("result").hidden = false;
  by("result").setAttribute("aria-busy", "true");
  by("result-kind").textContent = isTest ? "Test: as if the last days were unknown" : "Prediction";
  by("permalink").hidden = true;
  by("copy-link").hidden = true;
  by("scores").hidden = true;
  by("scores").replaceChildren();
  by("words").hidden = windows > 1;
  by("report-card").hidden = false;
  by("review-card").hidden = !isTest;
  by("report-title").textContent = isTest ? "Report, as if on the split day" : "Report";
  for (const name of ["report", "review", "news-summary"]) by(name).replaceChildren();
  for (const name of ["report", "review"]) by(`${name}-foot`).hidden = true;
  by("details").replaceChildren();
  showNotes([]);
  showCautions(["What speaks against believing it comes first."]);
  showFigures(figuresToCome(isTest));
}

/** Shows the history alone: no report, no review, no scores. */
export function showNoResult() {
  by("result").hidden = false;
  for (const name of ["report-card", "review-card", "permalink", "copy-link", "scores"]) by(name).hidden = true;
  by("words").hidden = false;
  by("result-kind").textContent = "";
  by("details").replaceChildren();
  by("news-summary").replaceChildren();
  showCautions([]);
  endResult();
}

/** Takes the downloads away. */
export function offerNothing() {
  for (const name of ["json", "markdown", "png"]) by(`download-${name}`).disabled = true;
}

/** Ends a run. */
export function endResult() {
  by("result").setAttribute("aria-busy", "false");
}

/** What a reader should know before the call: why not to believe it at once. */
export function showCautions(cautions) {
  by("cautions").hidden = !cautions.length;
  by("cautions").replaceChildren(list(cautions));
}

/** What else there is to say of the forecast and its data. */
export function showNotes(notes) {
  const said = notes.filter(Boolean);
  by("forecast-notes").replaceChildren(...(said.length ? [list(said)] : []));
  by("forecast-notes").hidden = !said.length;
}

const list = (items) =>
  h(
    "ul",
    {},
    items.map((item) => h("li", {}, item)),
  );

/** A checked text with its claims, and how it came about. */
export function showProse(name, { markdown, grounding, facts, written_by }, headlines) {
  const { text, behind } = withClaims(markdown, grounding, facts, headlines);
  renderMarkdown(by(name), text, behind);
  const words = provenance(grounding, written_by);
  by(`${name}-foot`).textContent = words;
  by(`${name}-foot`).hidden = !words;
}

export function failProse(name, reason) {
  by(name).replaceChildren(h("p", { class: "failure" }, reason));
}
