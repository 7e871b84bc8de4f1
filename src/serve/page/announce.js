// What a screen reader is told of the progress: few words at a time, politely.

import { by } from "./dom.js";

export function announce(words) {
  by("announcer").textContent = words;
}
