// Suggestions under a text field, after the combobox pattern of the ARIA Authoring Practices: arrows move, Enter chooses,
// Escape closes; the field keeps the focus.

import { h } from "./dom.js";

/** `suggest` maps the typed text to [{symbol, company}]; `taken` is called when one is chosen. */
export function combobox(input, list, suggest, taken) {
  let shown = [];
  let active = -1;

  function open(entries) {
    shown = entries;
    active = -1;
    list.replaceChildren(
      ...entries.map(({ symbol, company }, place) =>
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
        ),
      ),
    );
    const isOpen = entries.length > 0;
    list.hidden = !isOpen;
    input.setAttribute("aria-expanded", isOpen);
    input.removeAttribute("aria-activedescendant");
  }

  function move(step) {
    if (list.hidden) open(suggest(""));
    if (shown.length === 0) return;
    list.children[active]?.setAttribute("aria-selected", "false");
    active = (active + step + shown.length + (active < 0 && step < 0 ? 1 : 0)) % shown.length;
    list.children[active].setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", list.children[active].id);
  }

  function take(place, event) {
    event.preventDefault();
    input.value = shown[place].symbol;
    open([]);
    taken();
  }

  input.addEventListener("input", () => open(suggest(input.value)));
  input.addEventListener("click", () => open(list.hidden ? suggest("") : []));
  input.addEventListener("blur", () => open([]));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active >= 0) take(active, event);
    else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      open([]);
    }
  });
}
