// A price as text, for the page and for the script of an HTML report: a number and an ISO 4217 code in, `$1,234.50` out. It prints
// what `grounding::price` prints; a test holds both to one table, tests/fixtures/prices.json.

const SYMBOLS = {
  USD: "$",
  EUR: "€",
  GBP: "£",
  JPY: "¥",
  INR: "₹",
  KRW: "₩",
  CAD: "C$",
  AUD: "A$",
  HKD: "HK$",
  BRL: "R$",
};

/** Two decimals, and as many more as five significant digits take, without zeros at the end. A value that is no number gives a dash. */
export function price(value, currency) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const [whole, decimals] = rounded(Math.abs(value), priceDecimals(value)).split(".");
  const fraction = decimals.replace(/^(..\d*?)0+$/, "$1");
  const amount = `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction}`;
  const sign = value < 0 && /[1-9]/.test(amount) ? "-" : "";
  const symbol = SYMBOLS[currency];
  return symbol ? sign + symbol + amount : `${currency ?? ""} ${sign}${amount}`.trim();
}

function priceDecimals(value) {
  const exponent = Number(value.toExponential(4).split("e")[1]);
  return value === 0 ? 2 : Math.min(Math.max(4 - exponent, 2), 20);
}

// An exact half goes to the even digit, as in Rust; toFixed alone would round it up.
function rounded(value, decimals) {
  if (value >= 1e21) return `${BigInt(value)}.00`;
  const exact = value.toFixed(100);
  const end = exact.length - 100 + decimals;
  const isHalf = /^50*$/.test(exact.slice(end)) && "02468".includes(exact[end - 1]);
  return isHalf ? exact.slice(0, end) : value.toFixed(decimals);
}
