// The server's API key, where it requires one: kept for the tab, and asked for once even when several requests wait for it.

import { by } from "./dom.js";

const NAME = "tripod-api-key";
const form = by("key");
let waiting = null;

export const currentKey = () => sessionStorage.getItem(NAME);

/** Resolves when the user has entered a key other than `refused`; rejects when `signal` is aborted. */
export function askForKey(refused, signal) {
  if (currentKey() !== refused) return Promise.resolve();
  if (!waiting) {
    by("key-problem").textContent = refused ? "The server refused that key." : "";
    form.hidden = false;
    by("key-input").focus();
    waiting = Promise.withResolvers();
  }
  return Promise.race([waiting.promise, aborted(signal)]);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(NAME, by("key-input").value.trim());
  by("key-input").value = "";
  form.hidden = true;
  waiting.resolve();
  waiting = null;
});

function aborted(signal) {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
}
