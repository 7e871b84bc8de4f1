// Suggestions under a text field, after the combobox pattern of the ARIA Authoring Practices: arrows move, Enter chooses,
// Escape closes; the field keeps the focus.

import { h } from "./dom.js";

/** `suggest` resolves the typed text to [{symbol, company}]; `taken` is called when one is chosen. Returns what closes the list. */
export function combobox(input, list, suggest, taken) {
  let shown = [];
  let active = -1;
  let question = 0;

  /** Shows the suggestions for a text; an answer that a later question or closing has overtaken is dropped. */
  async function ask(text) {
    const own = ++question;
    mark(-1);
    // Suggestions are a help: without them the form still works.
    const entries = await suggest(text).catch(() => []);
    if (own === question) open(entries);
  }

  function close() {
    question += 1;
    open([]);
  }

  /** Makes the suggestion at a place the active one; none with -1. */
  function mark(place) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = place;
    list.children[active]?.setAttribute("aria-selected", "true");
    if (active < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[active].id);
  }

  function open(entries) {
    // Who has moved to a suggestion before the answer came stays on it.
    const kept = entries.findIndex(({ symbol }) => symbol === shown[active]?.symbol);
    shown = entries;
    active = -1;
    list.replaceChildren(
      ...entries.map(({ symbol, company, exchange }, place) =>
        h(
          "li",
          {
            id: `${list.id}-${place}`,
            role: "option",
            "aria-selected": "false",
            pointerdown: (event) => take(place, event),
          },
          h("strong", {}, symbol),
          " ",
          h("span", {}, company),
          exchange && h("span", { class: "exchange" }, exchange),
        ),
      ),
    );
    const isOpen = entries.length > 0;
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", isOpen);
    mark(kept);
  }

  async function move(step) {
    if (list.hidden) await ask("");
    if (shown.length === 0) return;
    mark((active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % shown.length);
  }

  function take(place, event) {
    event.preventDefault();
    input.value = shown[place].symbol;
    close();
    taken();
  }

  input.addEventListener("input", () => ask(input.value));
  input.addEventListener("click", () => (list.hidden ? ask("") : close()));
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active >= 0) take(active, event);
    else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
  });
  return close;
}
