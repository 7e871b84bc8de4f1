// The chart: candles or closes with volume, averages, RSI, levels and a security to compare with, and over them what was forecast.
// Draws with Lightweight Charts, which is loaded with the first history.

import { average, rsi } from "./indicators.js";
import { by, h } from "./dom.js";
import { legendOf } from "./legend.js";
import { number, price } from "./format.js";
import { colours, onRecolour } from "./colours.js";
import { fanPrimitive } from "./fan.js";

export const RANGES = { "1M": 21, "3M": 63, "6M": 126, "1Y": 252, "2Y": 504, "5Y": 1260 };
const SAVED = "tripod-chart";
const host = by("chart");
const legend = by("legend");

/** What the user chose to see; kept from visit to visit. */
export const look = { style: "candles", volume: true, averages: true, rsi: false, levels: false, ...saved() };

let loading = null;
let chart = null;
let fan = null;
let main = null;
let content = nothing();
let days = 126;

function nothing() {
  return { market: null, cut: null, ahead: [], fans: [], sampled: null, truth: [], other: null, words: "" };
}

function saved() {
  try {
    return JSON.parse(localStorage.getItem(SAVED)) ?? {};
  } catch {
    return {};
  }
}

/** Loads the library once; later calls get the same promise. */
export function loadLibrary() {
  loading ??= import("/page/lightweight-charts.js").catch(() => {
    loading = null;
    throw new Error("The chart's script did not load; reload the page to try again.");
  });
  return loading;
}

/** Shows the history of `market`, until the day `cut` where one is given; `ahead` are the days that a forecast will have. */
export async function showHistory(market, { cut, ahead = market.ahead ?? [], words } = {}) {
  const isOther = content.market?.ticker !== market.ticker;
  content = {
    ...nothing(),
    other: isOther ? null : content.other,
    market,
    cut,
    ahead,
    words: words ?? `${market.ticker}: prices`,
  };
  if (isOther) chooseDays();
  await draw();
}

/** Shows forecasts, each {anchor, dates, median, quantiles}, and the closes that came, [{time, value}]. */
export async function showForecasts(fans, truth = [], words = content.words) {
  content = { ...content, fans, truth, sampled: null, words };
  const longest = Math.max(0, ...fans.map(({ dates }) => dates.length));
  // After a long history a short forecast would be too narrow to read; before a long one the history must be seen.
  if (fans.length > 1) days = Math.max(days, distance(fans[0].anchor.time) + 21);
  else if (longest && days > 12 * longest) days = Math.max(21, RANGES["3M"]);
  await draw();
}

/** Begins to draw sample paths from the last bar, or from the day `cut`. */
export function beginPaths() {
  const bars = barsShown();
  if (!bars.length) return;
  const last = bars.at(-1);
  content.fans = [];
  content.sampled = { anchor: { time: last.date, price: last.close }, dates: content.ahead, paths: [], job: null };
  fan?.show({ fans: [], sampled: content.sampled });
  show(days);
}

/** Adds a sample path; the first of another job begins anew. */
export function addPath({ job, closes, accepted }) {
  const { sampled } = content;
  if (!sampled || closes.length > sampled.dates.length) return;
  if (sampled.job !== job) Object.assign(sampled, { job, paths: [] });
  sampled.paths.push({ closes, accepted });
  fan?.show({ sampled });
}

/** Compares with the history of another security, or with none. */
export async function compareWith(other) {
  content.other = other;
  await draw();
}

export const compared = () => content.other?.ticker ?? null;

/** Changes what is shown: one of the names of `look`. */
export async function choose(name, value) {
  look[name] = value;
  try {
    localStorage.setItem(SAVED, JSON.stringify(look));
  } catch {
    // Without storage the choice holds until the page is left.
  }
  await draw();
}

/** Shows the last bars of a range, and what is forecast. */
export function chooseRange(name) {
  days = RANGES[name];
  show(days);
}

/** The range that is shown, and whether the history is long enough for one. */
export const isRange = (name) => days === RANGES[name];
export const hasRange = (name) => {
  const shorter =
    Object.values(RANGES)
      .filter((bars) => bars < RANGES[name])
      .at(-1) ?? 0;
  return (content.market?.bars.length ?? 0) > shorter;
};

function chooseDays() {
  days = Math.min(
    Object.values(RANGES).find((bars) => bars >= 126),
    RANGES["5Y"],
  );
}

function barsShown() {
  const { market, cut } = content;
  if (!market) return [];
  return cut ? market.bars.filter(({ date }) => date <= cut) : market.bars;
}

const distance = (day) => barsShown().filter(({ date }) => date >= day).length;

/** The days after the last bar that anything is drawn on. */
function daysAhead(last) {
  const days = [
    ...content.ahead,
    ...content.fans.flatMap(({ dates }) => dates),
    ...content.truth.map(({ time }) => time),
  ];
  return [...new Set(days)].filter((day) => day > last).sort();
}

async function draw() {
  let library;
  try {
    library = await loadLibrary();
  } catch (error) {
    host.replaceChildren(h("p", { class: "faint" }, error.message));
    return;
  }
  if (!content.market) return;
  const colour = colours();
  make(library, colour);
  const bars = barsShown();
  const ahead = daysAhead(bars.at(-1).date).map((time) => ({ time }));
  const { market, other, truth } = content;
  const isCandles = look.style === "candles" && !other && bars.every((bar) => bar.open && bar.high && bar.low);
  main = isCandles
    ? chart.addSeries(library.CandlestickSeries, {
        upColor: colour.good,
        downColor: colour.bad,
        borderVisible: false,
        wickUpColor: colour.good,
        wickDownColor: colour.bad,
        priceLineVisible: false,
        priceFormat: money(market),
      })
    : line(library, colour.close, 2, { lastValueVisible: true });
  const point = ({ date, open, high, low, close }) =>
    isCandles ? { time: date, open, high, low, close } : { time: date, value: close };
  main.setData([...bars.map(point), ...ahead]);
  const times = [...bars.map(({ date }) => date), ...ahead.map(({ time }) => time)];

  if (look.volume && bars.some(({ volume }) => volume)) {
    const volume = chart.addSeries(library.HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    volume.setData(
      bars.map(({ date, volume, open, close }) => ({
        time: date,
        value: volume ?? 0,
        color: (close >= (open ?? close) ? colour.good : colour.bad) + "55",
      })),
    );
    chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  }
  if (look.averages && !other) {
    line(library, colour.slow, 1.5).setData(average(bars, 50));
    line(library, colour.even, 1.5).setData(average(bars, 200));
  }
  if (other) {
    const known = new Set(times);
    const closes = other.bars
      .filter(({ date }) => known.has(date))
      .map(({ date, close }) => ({ time: date, value: close }));
    line(library, colour.slow, 2, { lastValueVisible: true }).setData(closes);
  }
  if (truth.length) line(library, colour.good, 2).setData(truth);
  if (look.levels && !other) levels(library, colour, market);
  if (look.rsi) index(library, colour, bars);
  chart.priceScale("right").applyOptions({
    mode: other ? library.PriceScaleMode.Percentage : library.PriceScaleMode.Normal,
    scaleMargins: { top: 0.12, bottom: look.volume ? 0.2 : 0.08 },
  });
  fan = fanPrimitive(colour);
  main.attachPrimitive(fan);
  fan.show({ fans: content.fans, sampled: content.sampled, times });
  host.firstElementChild.setAttribute("aria-label", content.words);
  show(days);
  tell(bars.at(-1).date);
}

/** The empty chart, in the page's colours. */
function make(library, colour) {
  chart?.remove();
  const canvas = h("div", { class: "plot", role: "img" });
  host.replaceChildren(canvas);
  chart = library.createChart(canvas, {
    autoSize: true,
    layout: {
      background: { type: library.ColorType.Solid, color: colour.card },
      textColor: colour.faint,
      fontSize: 12,
      fontFamily: getComputedStyle(document.body).fontFamily,
      attributionLogo: false,
      panes: { separatorColor: colour.rule, enableResize: false },
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colour.rule } },
    rightPriceScale: { borderVisible: false },
    timeScale: { borderColor: colour.rule, fixLeftEdge: true, minBarSpacing: 0.2 },
    crosshair: {
      mode: library.CrosshairMode.Magnet,
      horzLine: { labelBackgroundColor: colour.even },
      vertLine: { labelBackgroundColor: colour.even },
    },
    localization: { dateFormat: "yyyy-MM-dd" },
    // The wheel scrolls the page.
    handleScale: { mouseWheel: false },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
  });
  chart.subscribeCrosshairMove(({ time }) => tell(time ?? barsShown().at(-1).date));
}

const line = (library, color, lineWidth, more = {}, pane = 0) =>
  chart.addSeries(
    library.LineSeries,
    {
      color,
      lineWidth,
      lastValueVisible: false,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
      priceFormat: money(content.market),
      ...more,
    },
    pane,
  );

/** Prices as the rest of the page writes them, in steps of five significant digits. */
const money = ({ currency, bars }) => ({
  type: "custom",
  formatter: (value) => price(value, currency),
  minMove: 10 ** (Math.floor(Math.log10(bars.at(-1).close)) - 4),
});

function levels(library, colour, { features }) {
  const known = [
    ["Support", features.support, features.support_touches, colour.good],
    ["Resistance", features.resistance, features.resistance_touches, colour.bad],
  ];
  for (const [words, level, touches, color] of known)
    if (level)
      main.createPriceLine({
        price: level,
        color,
        lineWidth: 1,
        lineStyle: library.LineStyle.Dashed,
        title: `${words} ${touches}×`,
      });
}

function index(library, colour, bars) {
  const series = line(
    library,
    colour.close,
    1.5,
    { lastValueVisible: true, priceFormat: { type: "custom", formatter: (value) => number(value, 0), minMove: 1 } },
    1,
  );
  series.setData(rsi(bars));
  for (const at of [30, 70])
    series.createPriceLine({
      price: at,
      color: colour.even,
      lineWidth: 1,
      lineStyle: library.LineStyle.Dotted,
      axisLabelVisible: false,
    });
  chart.panes()[1]?.setHeight(84);
}

/** Brings the last `days` bars and what is ahead into view. */
function show(days) {
  if (!chart) return;
  const bars = barsShown();
  const ahead = daysAhead(bars.at(-1).date).length;
  const to = bars.length + (content.fans.length || content.sampled || content.truth.length ? ahead : 0) - 0.5;
  chart.timeScale().setVisibleLogicalRange({ from: Math.max(-0.5, bars.length - days - 0.5), to: to + 0.5 });
}

function tell(day) {
  const first = chart.timeScale().getVisibleRange()?.from;
  legend.replaceChildren(...legendOf(day, { ...content, bars: barsShown(), averages: look.averages, first }));
}

/** The chart as it is shown, on a canvas. */
export const chartCanvas = () => chart?.takeScreenshot(true);
export const legendWords = () => [...legend.children].map((item) => item.textContent);

onRecolour(() => content.market && draw());
