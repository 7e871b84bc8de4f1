// The form: its fields become the body of a request and are filled from one, the server's defaults stand in it, what was typed
// survives a reload, and errors are shown beside the field at fault.

import { by } from "./dom.js";
import { combobox } from "./combobox.js";
import { headlinesText, ownHeadlines, ownPrices, pricesText } from "./own.js";
import { plural } from "./format.js";
import { plainly } from "./wording.js";
import { suggest } from "./tickers.js";

const form = by("ask");
const SAVED = "tripod-inputs";
const NUMBERS = ["horizon_days", "context_days", "samples", "seed"];
const TEST_NUMBERS = ["origins", "stride"];
const TEXTS = ["ticker", ...NUMBERS, ...TEST_NUMBERS, "as_of", "prices", "headlines"];
/** The fields that change what the chart shows. */
const OF_MARKET = ["ticker", "as_of", "prices", "headlines", "horizon_days", "context_days"];
let usual = {};

export const mode = () => form.elements.mode.value;

/** `submitted(body)` is called with the request body, `cancelled()` when the user cancels the run, `changed(name)` when a field
 * that the history depends on has changed. */
export function askForm({ submitted, cancelled, changed }) {
  combobox(by("ticker"), by("ticker-list"), suggest, () => {
    words();
    changed("ticker");
  });
  form.addEventListener("input", words);
  form.addEventListener("change", ({ target }) => OF_MARKET.includes(target.name) && changed(target.name));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearProblems();
    if (!by("cancel").hidden || !isReadable()) return;
    const asked = tried();
    if (asked) submitted({ ...asked, stream: true, background: true });
  });
  by("cancel").addEventListener("click", cancelled);
  by("options-toggle").addEventListener("click", () => openOptions(by("options").hidden));
  by("prices-file").addEventListener("change", async ({ target }) => {
    if (!target.files[0]) return;
    by("prices").value = await target.files[0].text();
    target.value = "";
    words();
    changed("prices");
  });
  by("reset").addEventListener("click", () => {
    fill({ ticker: by("ticker").value });
    changed("ticker");
  });
  restore();
  words();
}

/** Puts the server's defaults into the fields that nobody has filled. */
export function takeDefaults(settings) {
  usual = {
    horizon_days: settings.horizon_days,
    context_days: settings.context_days,
    samples: settings.samples,
    seed: settings.seed,
  };
  for (const name of NUMBERS) if (by(name).value === "" && usual[name] !== null) by(name).value = usual[name];
  words();
}

/** Fills the form with the fields of a request. */
export function fill(inputs, isTest = mode() === "test") {
  form.elements.mode.value = isTest ? "test" : "prediction";
  const known = { ...usual, origins: 1, ...inputs };
  for (const name of TEXTS) by(name).value = known[name] ?? "";
  if (inputs.prices) by("prices").value = pricesText(inputs.prices);
  if (inputs.headlines) by("headlines").value = headlinesText(inputs.headlines);
  words();
}

/** Replaces the start button by Cancel, or back; the focus moves with it. */
export function setRunning(isRunning) {
  const [shown, gone] = isRunning ? [by("cancel"), by("go")] : [by("go"), by("cancel")];
  const hadFocus = document.activeElement === gone;
  shown.hidden = false;
  gone.hidden = true;
  if (hadFocus || (isRunning && document.activeElement === document.body)) shown.focus();
}

/** Shows an error beside the field that it names, or below the form. */
export function showProblem(error) {
  const param = error.param?.replace(/\[.*/, "");
  const field = param && form.elements[param];
  const place = field && by(`${param}-error`);
  (place || by("ask-error")).textContent = plainly(error);
  if (!place) return;
  field.setAttribute("aria-invalid", "true");
  if (by("options").contains(field)) openOptions(true);
  field.focus();
}

export function clearProblems() {
  by("ask-error").textContent = "";
  for (const place of form.querySelectorAll(".field-error")) place.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** The request's fields; null after the user was told what does not read. */
export function tried() {
  try {
    return body();
  } catch (error) {
    showProblem(error);
    return null;
  }
}

/** A number field with unreadable text has an empty value, which would otherwise be sent as the default. */
function isReadable() {
  const wrong = [...form.querySelectorAll("input")].find((input) => input.validity.badInput);
  if (wrong)
    showProblem({
      param: wrong.name,
      message: wrong.type === "date" ? "This is not a date." : "This is not a number.",
    });
  return !wrong;
}

function body() {
  const asked = { ticker: by("ticker").value.trim() };
  const names = mode() === "test" ? [...NUMBERS, ...TEST_NUMBERS] : NUMBERS;
  for (const name of names) if (by(name).value !== "") asked[name] = Number(by(name).value);
  if (by("as_of").value) asked.as_of = by("as_of").value;
  const [prices, headlines] = [ownPrices(by("prices").value), ownHeadlines(by("headlines").value)];
  return { ...asked, ...(prices && { prices }), ...(headlines && { headlines }) };
}

function openOptions(isOpen) {
  by("options").hidden = !isOpen;
  by("options-toggle").setAttribute("aria-expanded", isOpen);
}

function words() {
  const isTest = mode() === "test";
  const days = plural(Number(by("horizon_days").value) || 30, "day");
  const windows = Number(by("origins").value) || 1;
  by("origins-field").hidden = !isTest;
  by("stride-field").hidden = !isTest;
  if (!isTest) by("go").textContent = `Forecast ${days}`;
  else by("go").textContent = windows > 1 ? `Test ${windows} × ${days}` : `Test the last ${days}`;
  by("prices-words").textContent = counted(() => ownPrices(by("prices").value), "day");
  by("headlines-words").textContent = counted(() => ownHeadlines(by("headlines").value), "headline");
  remember();
}

/** How many of the user's own rows are read. */
function counted(read, thing) {
  try {
    const rows = read();
    return rows ? `· ${plural(rows.length, thing)}` : "";
  } catch {
    return `· does not read yet`;
  }
}

function remember() {
  const kept = Object.fromEntries(TEXTS.map((name) => [name, by(name).value]));
  try {
    sessionStorage.setItem(SAVED, JSON.stringify({ ...kept, mode: mode() }));
  } catch {
    // A table that is too large for the browser's storage does not survive a reload.
  }
}

function restore() {
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(SAVED));
  } catch {
    // Without storage the form begins with its defaults.
  }
  if (!kept) return;
  form.elements.mode.value = kept.mode === "test" ? "test" : "prediction";
  for (const name of TEXTS) if (typeof kept[name] === "string") by(name).value = kept[name];
}
