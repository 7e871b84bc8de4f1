// The legend of the chart: what its lines are, and the figures of one day. Content of the chart comes in, list items go out.

import { change, price } from "./format.js";
import { h } from "./dom.js";

/** The items for a day; `first` is the first day in view, from which another security's change is counted. */
export function legendOf(day, { market, bars, fans, other, truth, averages, first }) {
  const money = (value) => price(value, market.currency);
  const came = truth.find(({ time }) => time === day);
  const figure = (words, value) =>
    h("li", { class: ["O", "H", "L"].includes(words) ? "minor" : null }, words, " ", h("b", {}, value));
  const key = (kind, words, value) =>
    h(
      "li",
      { class: words.startsWith("SMA") ? "minor" : null },
      h("span", { class: `key ${kind}` }),
      words,
      " ",
      value && h("b", {}, value),
    );
  return [
    h("li", { class: "day" }, day),
    ...pricesOf(day, bars).map(([words, value]) => figure(words, money(value))),
    ...(averages && !other ? averagesOf(day, bars) : []).map(([kind, words, value]) => key(kind, words, money(value))),
    ...forecastOf(day, fans, money).map(([kind, words, value]) => key(kind, words, value)),
    ...(truth.length ? [key("truth", "Truth", came && money(came.value))] : []),
    ...(other ? [key("slow", other.ticker, relative(other.bars, first, day))] : []),
  ];
}

function pricesOf(day, bars) {
  const bar = bars.find(({ date }) => date === day);
  if (!bar) return [];
  // At rest, on the last day, the close is enough.
  if (bar === bars.at(-1) || !bar.open) return [["Close", bar.close]];
  return [
    ["O", bar.open],
    ["H", bar.high],
    ["L", bar.low],
    ["C", bar.close],
  ];
}

function averagesOf(day, bars) {
  const end = bars.findIndex(({ date }) => date === day) + 1;
  return [
    ["slow", 50],
    ["even", 200],
  ]
    .filter(([, length]) => end >= length)
    .map(([kind, length]) => {
      const sum = bars.slice(end - length, end).reduce((sum, { close }) => sum + close, 0);
      return [kind, `SMA ${length}`, sum / length];
    });
}

function forecastOf(day, fans, money) {
  if (!fans.length) return [];
  const fan = fans.findLast(({ dates }) => dates.includes(day));
  if (!fan)
    return [
      ["ahead", "Median"],
      ["band", "50, 80, 90% bands"],
    ];
  const at = fan.dates.indexOf(day);
  const [low, high] = [fan.quantiles["0.1"]?.[at], fan.quantiles["0.9"]?.[at]];
  const median = ["ahead", "Median", money(fan.median[at])];
  return low ? [median, ["band", "80% band", `${money(low)} – ${money(high)}`]] : [median];
}

/** The change of another security from a day to another. */
function relative(bars, from, until) {
  const close = bars.find(({ date }) => date >= from)?.close;
  const last = bars.findLast(({ date }) => date <= until)?.close;
  return close && last ? change(last / close - 1) : null;
}
