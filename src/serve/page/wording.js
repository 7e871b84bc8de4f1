// Turns an error of the API into words for the page: fields are called as the form calls them, and what is offline or blocked is said.

const FIELDS = {
  horizon_days: "Days ahead",
  context_days: "Context",
  as_of: "The as-of date",
  samples: "Samples",
  origins: "Windows",
  stride: "Stride",
  max_headlines: "The number of headlines",
  headlines: "Your headlines",
  prices: "Your prices",
  seed: "Seed",
};
const BY_CODE = {
  analysis_not_found: "No analysis is stored under this address: it was deleted, or it was made on another machine.",
  backtest_not_found: "No test is stored under this address: it was deleted, or it was made on another machine.",
  run_not_found: "This run has ended.",
  internal_error: "Something went wrong in Tripod. Its log says what.",
  request_too_large: "That is too much at once: 10,000 prices and 500 headlines are the most.",
  timeout: "The work took longer than the server allows. Fewer samples or windows take less.",
};

/** An error's message in the page's words. */
export function plainly(error) {
  const { code, status } = error;
  const said = inWords(error.message ?? String(error));
  if (BY_CODE[code]) return BY_CODE[code];
  if (code === "upstream_failed" || status === 502) return `No prices could be fetched. ${offline(said)}`;
  return said;
}

/** A warning of the server, in the same words. */
export const plainWarning = (text) => offline(inWords(text, UNLIKE_WORDS));

/** Fields whose names are no words: a warning speaks of prices and headlines without meaning a field. */
const UNLIKE_WORDS = Object.entries(FIELDS).filter(([name]) => name.includes("_"));

function inWords(text, fields = Object.entries(FIELDS)) {
  let said = text.replace(/`/g, "");
  for (const [name, words] of fields)
    said = said.replace(new RegExp(`\\b${name}(\\[\\d+\\](\\.\\w+)?)?`, "g"), (all, part) =>
      part ? `${words}, ${entry(part)}` : words,
    );
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** `[3].close` as "entry 4, close". */
const entry = (part) => part.replace(/\[(\d+)\]\.?/, (_, place) => `entry ${Number(place) + 1}, `).replace(/, $/, "");

const CAUSES = [
  [
    /dns|resolve|connect|unreachable|network|timed? ?out/i,
    "The network, or the way to that service, is down. Your own prices, under Options, work without it.",
  ],
  [
    /\b(401|403|451)\b|forbidden|blocked/i,
    "The service refuses requests from here. Another source, or your own prices under Options, may work.",
  ],
  [/\b429\b|too many|quota|limit/i, "The service wants fewer requests. Try again in a while."],
];

/** What failed and what to do about it, without the chain of technical causes. */
function offline(text) {
  const advice = CAUSES.find(([sign]) => sign.test(text))?.[1];
  if (!advice) return text;
  const what = text.split(/: (?:cannot|failed|error|client|dns|the |https?:)/)[0].replace(/\.?$/, ".");
  return `${what} ${advice}`;
}
