// The result in hand as files: JSON as the API answered, a Markdown document, the chart as PNG.

import { by, h } from "./dom.js";
import { chartPng } from "./chart.js";
import { markdownDocument } from "./document.js";

let result = null;

/** From now on `document` is what is downloaded. */
export function offer(document) {
  result = document;
  by("download-json").disabled = false;
  by("download-markdown").disabled = false;
}

export function offerPng() {
  by("download-png").disabled = false;
}

export function offerNothing() {
  result = null;
  for (const name of ["json", "markdown", "png"]) by(`download-${name}`).disabled = true;
}

by("download-json").addEventListener("click", () =>
  save("json", blobUrl(JSON.stringify(result, null, 2), "application/json")),
);
by("download-markdown").addEventListener("click", () => save("md", blobUrl(markdownDocument(result), "text/markdown")));
by("download-png").addEventListener("click", async () => save("png", await chartPng()));

const blobUrl = (text, type) => URL.createObjectURL(new Blob([text], { type }));

function save(ending, url) {
  h("a", { href: url, download: `tripod-${result.ticker}-${result.as_of ?? result.until}.${ending}` }).click();
  // The browser has begun to read a blob by the time the click returns.
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
