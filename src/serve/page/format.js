// Formats numbers as the command line and the reports do.

export { price } from "./price.js";

const NONE = "–";

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

export function number(value, digits = 2) {
  if (!isNumber(value)) return NONE;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `+2.1%` of a fraction; zero has no sign. */
export function change(fraction) {
  if (!isNumber(fraction)) return NONE;
  const text = number(fraction * 100, 1);
  if (text === "0.0" || text === "-0.0") return "0.0%";
  return (fraction > 0 ? "+" : "") + text + "%";
}

export const share = (fraction, digits = 0) => (isNumber(fraction) ? number(fraction * 100, digits) + "%" : NONE);

/** A score from -1 to 1 with its sign. */
export const score = (value) => (isNumber(value) ? (value > 0 ? "+" : "") + number(value, 2) : NONE);

/** The class that colours a value by its sign. */
export const tone = (value, slack = 0) => (value > slack ? "good" : value < -slack ? "bad" : "even");

export function mebibytes(bytes) {
  const size = bytes / 1048576;
  return size >= 9.95 ? number(size, 0) : number(size, 1).replace(/\.0$/, "");
}

export function duration(milliseconds) {
  if (!isNumber(milliseconds)) return NONE;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59950) return `${number(milliseconds / 1000, 1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export const plural = (count, thing) => `${number(count, 0)} ${thing}${count === 1 ? "" : "s"}`;

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Unix seconds as a local date and time. */
export const moment = (seconds) =>
  new Date(seconds * 1000).toLocaleString([], { dateStyle: "short", timeStyle: "short" });

/** A p-value in words. */
export const pValue = (p) => (p < 0.001 ? "p < 0.001" : `p = ${number(p, p < 0.1 ? 3 : 2)}`);
