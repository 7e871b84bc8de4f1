// The legend of a figure: for each trace a line or a filled box in its colours, and its name.

import { h, svg } from "./dom.js";

export const legend = (traces) =>
  traces
    .filter(({ name, showlegend }) => name && showlegend !== false)
    .map((trace) => h("li", {}, swatch(trace), trace.name));

function swatch({ fill, fillcolor, line = {}, marker = {}, mode = "lines" }) {
  const box = { viewBox: "0 0 20 10", "aria-hidden": "true" };
  if (fill && fill !== "none")
    return svg("svg", box, svg("rect", { x: 0, y: 0, width: 20, height: 10, rx: 2, fill: fillcolor }));
  if (!mode.includes("lines")) return svg("svg", box, svg("circle", { cx: 10, cy: 5, r: 4, fill: marker.color }));
  const dash = { dash: "5 3", dot: "2 3" }[line.dash];
  return svg(
    "svg",
    box,
    svg("line", { x1: 0, x2: 20, y1: 5, y2: 5, stroke: line.color, "stroke-width": 2, "stroke-dasharray": dash }),
  );
}
