// Downloads of the result on display: the JSON of the API, a Markdown document, the chart as a picture.

import { by, h } from "./dom.js";
import { markdownDocument } from "./document.js";
import { picture } from "./picture.js";

let result = null;

/** Makes `document` the result to download. */
export function offer(document) {
  result = document;
  for (const name of ["json", "markdown", "png"]) by(`download-${name}`).disabled = false;
}

by("download-json").addEventListener("click", () =>
  save("json", blobUrl(JSON.stringify(result, null, 2), "application/json")),
);
by("download-markdown").addEventListener("click", () => save("md", blobUrl(markdownDocument(result), "text/markdown")));
by("download-png").addEventListener("click", () => save("png", picture(result)));

const blobUrl = (text, type) => URL.createObjectURL(new Blob([text], { type }));

function save(ending, url) {
  h("a", { href: url, download: `tripod-${result.ticker}-${result.as_of ?? result.until}.${ending}` }).click();
  // When the click returns, the browser has started to read the blob.
  if (url.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
