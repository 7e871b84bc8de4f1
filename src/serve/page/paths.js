// Draws the sample paths as they arrive, with the median of those accepted so far.

import { h, svg } from "./dom.js";
import { number } from "./format.js";

const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;

/** A drawing of the paths in `host`, whose height is set already. */
export function pathsView(host) {
  const drawing = svg("svg", { "aria-hidden": "true" });
  const words = h("p", { class: "paths-words" }, "The sample paths appear here.");
  const paths = [];
  let job = null;
  let drawn = 0;
  let frame = 0;
  host.replaceChildren(drawing, words);

  function draw() {
    frame = 0;
    const { clientWidth: width, clientHeight: height } = host;
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const kept = paths.filter(({ accepted }) => accepted);
    const closes = (kept.length ? kept : paths).flatMap((path) => path.closes);
    const [low, high] = [Math.min(...closes), Math.max(...closes)];
    const days = paths[0].closes.length;
    const { values, decimals } = ticks(low, high);
    const labels = values.map((value) => number(value, decimals));
    const left = 14 + 7 * Math.max(0, ...labels.map((label) => label.length));
    const x = (day) => left + (width - left - RIGHT) * (days > 1 ? day / (days - 1) : 0.5);
    const y = (close) => TOP + ((height - TOP - BOTTOM) * (high - close)) / (high - low || 1);
    const line = (closes) =>
      closes.map((close, day) => `${day ? "L" : "M"}${x(day).toFixed(1)} ${y(close).toFixed(1)}`).join("");
    const lines = paths.map((path, place) => {
      const element = svg("path", {
        class: `path ${path.accepted ? "" : "rejected"} ${place >= drawn ? "new" : ""}`,
        d: line(path.closes),
      });
      // Paths arrive in bursts; drawing one at a time lets the eye follow.
      if (place >= drawn) element.style.animationDelay = `${(place - drawn) * 45}ms`;
      return element;
    });
    drawn = paths.length;
    drawing.replaceChildren(
      ...values.flatMap((at, place) => [
        svg("line", { class: "grid", x1: left, x2: width - RIGHT, y1: y(at), y2: y(at) }),
        svg("text", { x: left - 8, y: y(at) + 4, "text-anchor": "end" }, labels[place]),
      ]),
      svg("text", { x: left, y: height - 6 }, "day 1"),
      svg("text", { x: width - RIGHT, y: height - 6, "text-anchor": "end" }, `day ${days}`),
      ...lines,
      ...(kept.length ? [svg("path", { class: "path-median", d: line(medians(kept, days)) })] : []),
    );
    words.textContent = `${kept.length} of ${paths.length} sampled paths kept; the bold line is their median`;
  }

  return {
    /** Adds a path; the first path of another job clears the drawing. */
    add(event) {
      if (event.job !== job) {
        paths.length = 0;
        drawn = 0;
        job = event.job;
      }
      paths.push(event);
      frame ||= requestAnimationFrame(draw);
    },
    /** Stops drawing. */
    end() {
      cancelAnimationFrame(frame);
    },
  };
}

/** Round prices, in steps of 1, 2 or 5 times a power of ten, and the decimals that tell them apart. */
function ticks(low, high) {
  const rough = (high - low || high) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const first = Math.ceil(low / step);
  return {
    values: Array.from({ length: Math.floor(high / step) - first + 1 }, (_, count) => (first + count) * step),
    decimals: Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))),
  };
}

function medians(paths, days) {
  return Array.from({ length: days }, (_, day) => {
    const sorted = paths.map(({ closes }) => closes[day]).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  });
}
