// The suggested tickers: listed securities that the server finds for the typed text, and the symbol in a text.

import { json } from "./api.js";

const MOST = 8;
const INDICES = [
  { symbol: "^GSPC", company: "S&P 500" },
  { symbol: "^NDX", company: "Nasdaq 100" },
  { symbol: "^DJI", company: "Dow Jones Industrial Average" },
];

/** Securities whose symbol or name fits the typed text, as [{symbol, company}]; without a text, the largest companies. */
export async function suggest(typed) {
  const query = new URLSearchParams({ q: typed.trim().slice(0, 100), limit: MOST });
  const { data } = await json(`/v1/universe?${query}`);
  return data.map(({ symbol, name, exchange }) => ({ symbol, company: name, exchange }));
}

/** The same for a comparison: the indices first, where there are prices of them. */
export async function suggestComparison(typed) {
  const found = await suggest(typed);
  if (!document.getElementById("demo").hidden) return found;
  const wanted = typed.trim().toLowerCase();
  const fits = ({ symbol, company }) => `${symbol} ${company}`.toLowerCase().includes(wanted);
  return [...INDICES.filter(fits), ...found].slice(0, MOST);
}

/** The symbol in the typed text, which may be a Yahoo Finance link. */
export function symbolOf(typed) {
  const link = typed.match(/\/quote\/([^/?#]+)/i);
  return (link ? decodeURIComponent(link[1]) : typed).trim().toUpperCase();
}
