// The suggested tickers: listed securities that the server finds for the typed text, and the symbol in a text.

import { json } from "./api.js";

const MOST = 8;

/** Securities whose symbol or name fits the typed text, as [{symbol, company}]; without a text, the largest companies. */
export async function suggest(typed) {
  const query = new URLSearchParams({ q: typed.trim().slice(0, 100), limit: MOST });
  const { data } = await json(`/v1/universe?${query}`);
  return data.map(({ symbol, name }) => ({ symbol, company: name }));
}

/** The symbol in the typed text, which may be a Yahoo Finance link. */
export function symbolOf(typed) {
  const link = typed.match(/\/quote\/([^/?#]+)/i);
  return (link ? decodeURIComponent(link[1]) : typed).trim().toUpperCase();
}
