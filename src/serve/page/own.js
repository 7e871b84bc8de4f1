// The user's own data: a pasted or chosen table of prices and lines of headlines come in, the fields of a request go out, or a message
// that says which line does not read.

const NAMES = {
  date: ["date", "day", "time", "datum"],
  close: ["close", "adj close", "adj_close", "price", "last", "kurs", "schluss"],
  open: ["open"],
  high: ["high"],
  low: ["low"],
  volume: ["volume", "vol"],
};
const MOST = 10_000;

export class OwnDataError extends Error {
  constructor(param, message) {
    super(message);
    this.param = param;
  }
}

/** Rows of a table as `prices` of a request, or undefined for an empty text. The first row may name the columns. */
export function ownPrices(text) {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  if (!lines.length) return undefined;
  const fail = (message) => {
    throw new OwnDataError("prices", message);
  };
  if (lines.length > MOST + 1) fail(`These are ${lines.length} lines; ${MOST} days are the most.`);
  const separator = ["\t", ";", ","].find((mark) => lines[0].includes(mark)) ?? /\s+/;
  const cells = lines.map((line) => line.split(separator).map((cell) => cell.trim().replace(/^"|"$/g, "")));
  const head = cells[0].map((cell) => cell.toLowerCase());
  const hasHead = dayOf(cells[0].find((cell) => dayOf(cell)) ?? "") === null;
  const columns = hasHead
    ? Object.fromEntries(
        Object.entries(NAMES).map(([name, words]) => [name, head.findIndex((cell) => words.includes(cell))]),
      )
    : cells[0].length >= 5
      ? { date: 0, open: 1, high: 2, low: 3, close: 4, volume: cells[0].length > 5 ? 5 : -1 }
      : { date: 0, close: 1 };
  if (columns.date < 0 || columns.close < 0) fail("The first line names no columns “date” and “close”.");
  const rows = cells.slice(hasHead ? 1 : 0).map((row, place) => {
    const where = `Line ${place + (hasHead ? 2 : 1)}`;
    const date =
      dayOf(row[columns.date] ?? "") ??
      fail(`${where}: “${row[columns.date] ?? ""}” is no day; write it as 2026-03-02.`);
    const bar = {
      date,
      close: numberOf(row[columns.close]) ?? fail(`${where}: “${row[columns.close] ?? ""}” is no price.`),
    };
    for (const name of ["open", "high", "low"]) {
      const value = numberOf(row[columns[name]]);
      if (value) bar[name] = value;
    }
    const volume = numberOf(row[columns.volume]);
    if (volume !== null && volume >= 0) bar.volume = Math.round(volume);
    return bar;
  });
  if (rows.length < 2) fail("Give at least two days.");
  return rows;
}

/** Lines as `headlines` of a request, or undefined for an empty text. A line may begin with its day. */
export function ownHeadlines(text) {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  if (!lines.length) return undefined;
  return lines.map((line) => {
    const [, day, title] = line.match(/^(\d{4}-\d{2}-\d{2})[\s,;:]+(.+)$/) ?? [];
    return day ? { title, published_at: day } : { title: line };
  });
}

/** Prices as the text that `ownPrices` reads. */
export function pricesText(prices) {
  const names = ["date", "open", "high", "low", "close", "volume"].filter((name) =>
    prices.some((bar) => bar[name] !== undefined && bar[name] !== null),
  );
  return [names.join(","), ...prices.map((bar) => names.map((name) => bar[name] ?? "").join(","))].join("\n");
}

export const headlinesText = (headlines) =>
  headlines.map(({ title, published_at: at }) => (at ? `${at.slice(0, 10)} ${title}` : title)).join("\n");

/** A day in ISO 8601, of `2026-03-02`, `2026/3/2` or `20260302`; null for anything else. */
function dayOf(text) {
  const [, year, month, day] = text.match(/^(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})(?:[T ].*)?$/) ?? [];
  return year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : null;
}

function numberOf(text) {
  if (text === undefined || text === "") return null;
  // A thousands separator stands before three digits and a decimal point.
  const value = Number(text.replace(/[$€£]/g, "").replace(/,(?=\d{3}(\D|$))/g, ""));
  return Number.isFinite(value) ? value : null;
}
