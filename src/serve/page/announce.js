// Announces progress to screen readers, in a few words at a time.

import { by } from "./dom.js";

export function announce(words) {
  by("announcer").textContent = words;
}
