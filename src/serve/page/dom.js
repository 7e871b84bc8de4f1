// Builds elements from names, attributes and children. Text always becomes a text node, so text from other sources cannot insert
// markup.

export const by = (id) => document.getElementById(id);

export const h = (name, attributes, ...children) => build(document.createElement(name), attributes, children);

export const svg = (name, attributes, ...children) =>
  build(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A link to another site, or its text alone where the address is not http or https. */
export function outward(url, text) {
  const isSafe = typeof url === "string" && /^https?:\/\/[^\s]+$/i.test(url);
  return isSafe ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, text) : text;
}

/** A table in a box that scrolls sideways. `head` has one [words, is left] a column; a cell is text or a node. */
export function table(label, head, rows) {
  const cell = (name) => (content, column) =>
    h(name, { class: head[column][1] ? "left" : null, scope: name === "th" ? "col" : null }, content);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map(([words], column) => cell("th")(words, column)),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((row) => h("tr", {}, row.map(cell("td")))),
      ),
    ),
  );
}
