// The controls of the chart: its range, how prices are drawn, what lies over them, and a security to compare with.

import { RANGES, choose, chooseRange, compareWith, compared, hasRange, isRange, look } from "./chart.js";
import { by, h } from "./dom.js";
import { combobox } from "./combobox.js";
import { plainly } from "./wording.js";

const host = by("chart-tools");
const LAYERS = { volume: "Volume", averages: "Averages", rsi: "RSI", levels: "Levels" };
let problem = null;

/** `suggest` finds securities for a typed text, `history` fetches the history of one. */
export function chartTools(suggest, history) {
  const input = h("input", {
    id: "compare-with",
    type: "text",
    placeholder: "Compare with…",
    autocomplete: "off",
    spellcheck: "false",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "compare-list",
    "aria-autocomplete": "list",
    "aria-label": "Compare with",
  });
  const list = h("ul", {
    id: "compare-list",
    role: "listbox",
    "aria-label": "Securities to compare with",
    hidden: true,
  });
  const clear = h(
    "button",
    { type: "button", class: "quiet", hidden: true, "aria-label": "Compare with nothing", click: () => take("") },
    "×",
  );
  problem = h("span", { class: "failure", role: "alert" });

  async function take(symbol) {
    input.value = symbol;
    clear.hidden = !symbol;
    problem.textContent = "";
    try {
      await compareWith(symbol ? await history(symbol) : null);
    } catch (error) {
      problem.textContent = plainly(error);
    }
    if (!symbol) input.focus();
  }

  const close = combobox(input, list, suggest, () => take(input.value));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented) return;
    event.preventDefault();
    close();
    take(input.value.trim().toUpperCase());
  });
  host.replaceChildren(
    h(
      "fieldset",
      { class: "ranges" },
      h("legend", { class: "visually-hidden" }, "Range of the chart"),
      Object.keys(RANGES).map((name) => choice("radio", "range", name, name, false, () => chooseRange(name))),
    ),
    h(
      "fieldset",
      { class: "ranges" },
      h("legend", { class: "visually-hidden" }, "Shape of the prices"),
      choice("radio", "style", "candles", "Candles", look.style === "candles", () => choose("style", "candles")),
      choice("radio", "style", "line", "Line", look.style === "line", () => choose("style", "line")),
    ),
    h(
      "fieldset",
      { class: "ranges layers" },
      h("legend", { class: "visually-hidden" }, "Layers"),
      Object.entries(LAYERS).map(([name, words]) =>
        choice("checkbox", name, name, words, look[name], (event) => choose(name, event.target.checked)),
      ),
    ),
    h("div", { class: "combobox compare" }, input, list, clear),
    problem,
  );
}

/** Marks the range on display, and switches off those that the history is too short for. */
export function showRange() {
  for (const input of host.querySelectorAll('input[name="range"]')) {
    input.disabled = !hasRange(input.value);
    input.checked = isRange(input.value);
  }
  const input = by("compare-with");
  input.value = compared() ?? "";
  input.parentElement.lastElementChild.hidden = !compared();
}

const choice = (type, name, value, words, checked, change) =>
  h("label", {}, h("input", { type, name, value, checked, change }), h("span", {}, words));
