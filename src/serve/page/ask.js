// The form: two modes with their own labels, the request body from the fields, and errors beside the field at fault.

import { by } from "./dom.js";
import { plural } from "./format.js";
import { combobox } from "./combobox.js";
import { suggest } from "./tickers.js";

const form = by("ask");
const NUMBERS = ["horizon_days", "context_days", "samples", "seed"];
const TEST_NUMBERS = ["origins", "stride"];
const WORDS = {
  prediction: "Forecasts the coming trading days, reads the news and writes a report whose every number is checked.",
  test: "Holds the last days back, forecasts them, and compares the forecast with what happened and with simple baselines.",
};

export const mode = () => form.elements.mode.value;

/** `submitted(body)` is called with the request body, `cancelled()` when the user cancels the run. */
export function askForm(submitted, cancelled) {
  combobox(by("ticker"), by("ticker-list"), suggest, words);
  form.addEventListener("input", words);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearProblems();
    if (by("cancel").hidden && isReadable()) submitted(body());
  });
  by("cancel").addEventListener("click", cancelled);
  words();
}

/** Fills the form with the request of a stored analysis. */
export function fill({ ticker, horizon }) {
  by("ticker").value = ticker;
  if (horizon) by("horizon_days").value = horizon;
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

/** Shows an ApiError beside the field that it names, or below the form. */
export function showProblem(error) {
  const field = error.param && form.elements[error.param];
  const place = field && by(`${error.param}-error`);
  (place || by("ask-error")).textContent = error.message;
  if (!place) return;
  field.setAttribute("aria-invalid", "true");
  field.closest("details")?.setAttribute("open", "");
  field.focus();
}

export function clearProblems() {
  by("ask-error").textContent = "";
  for (const place of form.querySelectorAll(".field-error")) place.textContent = "";
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

/** A number field with unreadable text has an empty value, which would otherwise be sent as the default. */
function isReadable() {
  const wrong = [...form.querySelectorAll("input")].find((input) => input.validity.badInput);
  if (wrong)
    showProblem({ param: wrong.name, message: wrong.type === "date" ? "This is not a date." : "This is not a number." });
  return !wrong;
}

function body() {
  const asked = { ticker: by("ticker").value.trim(), stream: true };
  const names = mode() === "test" ? [...NUMBERS, ...TEST_NUMBERS] : NUMBERS;
  for (const name of names) if (by(name).value !== "") asked[name] = Number(by(name).value);
  if (by("as_of").value) asked.as_of = by("as_of").value;
  return asked;
}

function words() {
  const isTest = mode() === "test";
  const days = plural(Number(by("horizon_days").value) || 30, "day");
  const windows = Number(by("origins").value) || 1;
  by("mode-words").textContent = WORDS[mode()];
  by("origins-field").hidden = !isTest;
  by("stride-field").hidden = !isTest;
  if (!isTest) by("go").textContent = `Forecast ${days}`;
  else by("go").textContent = windows > 1 ? `Test ${windows} × ${days}` : `Test the last ${days}`;
}
