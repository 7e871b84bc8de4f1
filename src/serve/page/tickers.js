// The suggested tickers: the demo's, for which every installation has prices.

export const TICKERS = [
  { symbol: "AAPL", company: "Apple Inc." },
  { symbol: "GOOG", company: "Google Inc." },
  { symbol: "IBM", company: "International Business Machines Corporation" },
  { symbol: "MSFT", company: "Microsoft Corporation" },
];

/** Those whose symbol, or a word of whose company name, begins with the typed text. */
export function suggest(typed) {
  const start = typed.trim().toLowerCase();
  const begins = (text) => text.toLowerCase().startsWith(start);
  return TICKERS.filter(({ symbol, company }) => begins(symbol) || company.split(" ").some(begins));
}

/** The symbol in the typed text, which may be a Yahoo Finance link. */
export function symbolOf(typed) {
  const link = typed.match(/\/quote\/([^/?#]+)/i);
  return (link ? decodeURIComponent(link[1]) : typed).trim().toUpperCase();
}
