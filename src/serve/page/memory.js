// Draws the memory of one arena over time: it rises when the arena opens and falls when it is freed.

import { svg } from "./dom.js";

const FLOOR = 97;
const ROOM = 88;

/** The bytes at the top of the drawings; the three share one scale. */
export const highest = (arenas) =>
  Math.max(1, ...arenas.map(({ need = 0, row }) => Math.max(need, row?.total_peak ?? 0)));

/**
 * Draws `arena`: {need, fraction, row, before}. With a ledger row it shows what the system's counters measured. Without
 * one the arena is open, as full as `fraction` of its stated need, or closed. The flat line is the memory that the process holds
 * anyway.
 */
export function drawArena(host, arena, top) {
  const y = (bytes) => (FLOOR - (ROOM * bytes) / top).toFixed(1);
  const { need, fraction = 0, row } = arena;
  const before = row?.anon_before ?? arena.before;
  const parts = [];
  const stated = need && svg("path", { class: "need", d: `M14 ${FLOOR}V${y(need)}H82V${FLOOR}` });
  if (row) {
    parts.push(
      stated,
      svg("path", { class: "mapped", d: area(hill(y(before), y(row.total_peak), y(row.anon_after))) }),
      svg("path", { class: "held", d: area(hill(y(before), y(row.anon_peak), y(row.anon_after))) }),
      svg("path", { class: "level", d: hill(y(before), y(row.anon_peak), y(row.anon_after)) }),
    );
  } else if (need) {
    const now = y(Math.max(before, need * fraction));
    const rise = `M0 ${y(before)}H12C16 ${y(before)} 16 ${now} 20 ${now}H82`;
    parts.push(
      stated,
      svg("path", { class: "opening", d: `${rise}V${FLOOR}H0Z` }),
      svg("path", { class: "level", d: rise }),
    );
  } else parts.push(svg("path", { class: "level quiet", d: `M0 ${y(before)}H100` }));
  host.replaceChildren(
    svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, ...parts),
  );
}

const hill = (before, peak, after) =>
  `M0 ${before}H12C16 ${before} 16 ${peak} 20 ${peak}H76C80 ${peak} 80 ${after} 84 ${after}H100`;
const area = (line) => `${line}V${FLOOR}H0Z`;
