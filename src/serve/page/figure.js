// Recolours a Plotly figure of the API for the page: traces, axes and hover labels get the colours of the light or dark theme.
// Returns a new figure and draws nothing.

/** The figure's colours and the page's colours that replace them. */
const TAKEN = { "#1f5fbf": "close", "#d9622b": "ahead", "#18794e": "good", "#c13a3a": "bad" };

/** The page's current colours. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["card", "ink", "faint", "rule", ...Object.values(TAKEN)];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** `days` is the number of days of history in view; all without it. */
export function dress(figure, colour, { days, isNarrow }) {
  const data = JSON.parse(recolour(JSON.stringify(figure.data), colour));
  const view = days ? viewOf(data, days) : {};
  const axis = {
    gridcolor: colour.rule,
    linecolor: colour.rule,
    zerolinecolor: colour.rule,
    tickcolor: colour.rule,
    automargin: true,
  };
  const { title, ...layout } = JSON.parse(recolour(JSON.stringify(figure.layout), colour));
  return {
    data,
    layout: {
      ...layout,
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour.faint },
      margin: { l: 8, r: 8, t: 8, b: 8 },
      dragmode: isNarrow ? false : "zoom",
      hoverlabel: { bgcolor: colour.card, bordercolor: colour.rule, font: { color: colour.ink, size: 12 } },
      showlegend: false,
      xaxis: {
        ...layout.xaxis,
        ...axis,
        title: undefined,
        showgrid: false,
        spikecolor: colour.faint,
        spikethickness: 1,
        ...(view.x && { range: view.x }),
      },
      yaxis: { ...layout.yaxis, ...axis, title: undefined, ...(view.y && { range: view.y }) },
    },
  };
}

/** The number of days of history and of forecast in a figure. */
export function daysOf(figure) {
  const points = (wanted) => figure.data.find(({ name }) => name === wanted)?.x.length ?? 0;
  return { history: points("Close"), forecast: points("Median forecast") };
}

function recolour(json, colour) {
  return Object.entries(TAKEN).reduce(
    (text, [from, name]) =>
      text.replaceAll(from, colour[name]).replaceAll(`rgba(${channels(from)},`, `rgba(${channels(colour[name])},`),
    json,
  );
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ");

/** The axis ranges for the last `days` closes and the forecast, with a margin above and below. */
function viewOf(data, days) {
  const closes = data.find(({ name }) => name === "Close");
  const first = closes?.x.at(-days);
  if (!first) return {};
  const points = data.flatMap(({ x = [], y = [] }) =>
    x.map((date, place) => [date, y[place]]).filter(([date, price]) => date >= first && Number.isFinite(price)),
  );
  const dates = points.map(([date]) => date).sort();
  const prices = points.map(([, price]) => price);
  const [low, high] = [Math.min(...prices), Math.max(...prices)];
  const room = (high - low || high) * 0.06;
  return { x: [first, dates.at(-1)], y: [low - room, high + room] };
}
