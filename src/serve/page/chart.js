// Draws a figure with Plotly, and redraws it when the colours or the range change. Plotly is loaded with the first chart.

import { h } from "./dom.js";
import { colours, dress, daysOf } from "./figure.js";
import { legend } from "./legend.js";

const RANGES = [
  ["1 mo", 21],
  ["3 mo", 63],
  ["All", undefined],
];
const WIDE_PNG = { format: "png", width: 1200, height: 630, scale: 2 };
let library = null;
let shown = null;

/** Loads Plotly once; later calls get the same promise. */
export function loadPlotly() {
  library ??= new Promise((loaded, failed) => {
    const script = h("script", {
      src: "/page/plotly.js",
      load: () => loaded(window.Plotly),
      error: () => failed(new Error("The chart's script did not load; reload the page to try again.")),
    });
    document.head.append(script);
  });
  return library;
}

/** Draws `figure` into `host`, replacing its content; `words` is the text alternative. */
export async function drawChart(host, figure, words) {
  const canvas = h("div", { class: "plot", role: "img", "aria-label": words });
  const keys = h("ul", { class: "legend", "aria-label": "Legend" });
  const { history, forecast } = daysOf(figure);
  const ranges = RANGES.filter(([, days]) => !days || days < history);
  // After a long history a short forecast would be too narrow to read.
  const [, days] = ranges.find(([, days]) => !days || days > 4 * forecast);
  const chart = { figure, canvas, keys, days };
  shown = chart;
  try {
    await loadPlotly();
  } catch (error) {
    host.replaceChildren(h("p", { class: "faint" }, error.message));
    return;
  }
  if (shown !== chart) return;
  host.replaceChildren(canvas, keys, ...(ranges.length > 1 ? [rangeControl(ranges, days)] : []));
  await draw();
}

/** The chart as a data URL of a PNG, in the page's colours. */
export async function chartPng() {
  const { figure, days } = shown;
  const colour = colours();
  const dressed = dress(figure, colour, { days });
  const layout = {
    ...dressed.layout,
    title: figure.layout.title,
    paper_bgcolor: colour.card,
    showlegend: true,
    margin: { l: 24, r: 24, t: 56, b: 24 },
  };
  return (await loadPlotly()).toImage({ data: dressed.data, layout }, WIDE_PNG);
}

export function clearChart() {
  shown = null;
}

async function draw() {
  const { figure, canvas, keys, days } = shown;
  const dressed = dress(figure, colours(), { days, isNarrow: canvas.clientWidth < 520 });
  keys.replaceChildren(...legend(dressed.data));
  await (
    await loadPlotly()
  ).react(canvas, dressed.data, dressed.layout, { displayModeBar: false, responsive: true, showTips: false });
}

function rangeControl(ranges, usual) {
  const chosen = (days) => () => {
    shown.days = days;
    draw();
  };
  return h(
    "fieldset",
    { class: "ranges" },
    h("legend", { class: "visually-hidden" }, "Range of the chart"),
    ranges.map(([words, days]) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: "range", checked: days === usual, change: chosen(days) }),
        h("span", {}, words),
      ),
    ),
  );
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown?.canvas.isConnected && draw());
