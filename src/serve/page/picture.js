// The chart as a picture: title, what speaks against believing it, the chart, its legend and the disclaimer, each on lines of its own.

import { cautionsOf } from "./analysis.js";
import { chartCanvas, legendWords } from "./chart.js";
import { colours } from "./colours.js";
import { price } from "./format.js";

const MARGIN = 24;

/** A data URL of a PNG, in the page's colours. */
export function picture(result) {
  const chart = chartCanvas();
  const scale = window.devicePixelRatio || 1;
  const width = chart.width / scale + 2 * MARGIN;
  const colour = colours();
  const family = getComputedStyle(document.body).fontFamily;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const lines = wrapped(context, linesOf(result, colour), width - 2 * MARGIN, family);
  const below = wrapped(
    context,
    [
      { text: legendWords().join("   "), size: 12, color: colour.faint },
      { text: result.disclaimer, size: 12, color: colour.faint },
    ],
    width - 2 * MARGIN,
    family,
  );
  const heightOf = (lines) => lines.reduce((sum, { size }) => sum + size * 1.45, 0);
  const top = MARGIN + heightOf(lines) + 10;
  canvas.width = width * scale;
  canvas.height = (top + chart.height / scale + 14 + heightOf(below) + MARGIN) * scale;
  context.scale(scale, scale);
  context.fillStyle = colour.card;
  context.fillRect(0, 0, canvas.width, canvas.height);
  write(context, lines, MARGIN, family);
  context.drawImage(chart, MARGIN, top, chart.width / scale, chart.height / scale);
  write(context, below, top + chart.height / scale + 14, family);
  return canvas.toDataURL("image/png");
}

function linesOf(result, colour) {
  const isTest = result.object === "backtest";
  const title = `${result.company ?? result.ticker} (${result.ticker})`;
  const what = isTest
    ? `Test of ${result.origins} windows, ${result.from} to ${result.until}`
    : `${price(result.last_close, result.currency)} close of ${result.as_of}${result.forecast ? `, forecast of ${result.forecast.dates.length} trading days` : ""}`;
  const analysis = isTest ? result.analysis : result;
  const cautions = [
    ...(result.contaminated ? ["Contaminated: the model may have seen the days it is tested on."] : []),
    ...(analysis ? cautionsOf(analysis) : []),
  ];
  return [
    { text: title, size: 22, weight: 650, color: colour.ink },
    { text: what, size: 14, color: colour.faint },
    ...cautions.map((text) => ({ text: `! ${text}`, size: 13, weight: 600, color: colour.bad })),
  ];
}

/** Lines no wider than `room`. */
function wrapped(context, lines, room, family) {
  return lines.flatMap((line) => {
    context.font = font(line, family);
    const rows = [""];
    for (const word of line.text.split(" ")) {
      const longer = rows.at(-1) ? `${rows.at(-1)} ${word}` : word;
      if (rows.at(-1) && context.measureText(longer).width > room) rows.push(word);
      else rows[rows.length - 1] = longer;
    }
    return rows.map((text) => ({ ...line, text }));
  });
}

function write(context, lines, top, family) {
  context.textBaseline = "top";
  let y = top;
  for (const line of lines) {
    context.font = font(line, family);
    context.fillStyle = line.color;
    context.fillText(line.text, MARGIN, y);
    y += line.size * 1.45;
  }
}

const font = ({ size, weight = 400 }, family) => `${weight} ${size}px ${family}`;
