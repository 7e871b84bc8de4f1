// The lists below a result: the history, and the track record.

import { loadHistory } from "./history.js";
import { loadTrack } from "./track.js";

export function loadLists() {
  loadHistory();
  loadTrack();
}
