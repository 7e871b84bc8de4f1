// The tickers that are suggested: the demo's own, of which every installation has prices.

export const TICKERS = [
  { symbol: "AAPL", company: "Apple Inc." },
  { symbol: "GOOG", company: "Google Inc." },
  { symbol: "IBM", company: "International Business Machines Corporation" },
  { symbol: "MSFT", company: "Microsoft Corporation" },
];

/** Those whose symbol begins, or whose company has a word that begins, with what was typed. */
export function suggest(typed) {
  const start = typed.trim().toLowerCase();
  const begins = (text) => text.toLowerCase().startsWith(start);
  return TICKERS.filter(({ symbol, company }) => begins(symbol) || company.split(" ").some(begins));
}

/** The symbol in what was typed, which may be a Yahoo Finance link. */
export function symbolOf(typed) {
  const link = typed.match(/\/quote\/([^/?#]+)/i);
  return (link ? decodeURIComponent(link[1]) : typed).trim().toUpperCase();
}
