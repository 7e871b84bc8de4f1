// Renders a report's Markdown: headings, paragraphs, lists, rules, bold, italic, code, links to http and https. Everything else,
// HTML in particular, stays plain text.

import { CLOSE, MIDDLE, OPEN } from "./claims.js";
import { h, outward } from "./dom.js";

const HEADING = /^(#{1,6})\s+(.*)$/;
const BULLET = /^\s{0,3}[-*+]\s+(.*)$/;
const NUMBER = /^\s{0,3}\d{1,3}[.)]\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const CLAIM = `${OPEN}(?<index>\\d+)${MIDDLE}(?<claim>[^${CLOSE}]*)${CLOSE}`;
const INLINE = new RegExp(
  CLAIM +
    /|\*\*(?<strong>[^*]+)\*\*|\*(?<em>[^*\s][^*]*)\*|`(?<code>[^`]+)`|\[(?<words>[^\]]*)\]\((?<url>[^()\s]+)\)/.source,
  "g",
);

/** Renders a document into `host`, replacing its content. `behind` has what stands behind each claim between marks. */
export function renderMarkdown(host, text, behind = []) {
  host.replaceChildren(...blocks(text, behind));
}

function blocks(text, behind) {
  const inline = (text) => inlines(text, behind);
  const nodes = [];
  let paragraph = [];
  let list = null;
  const close = () => {
    if (paragraph.length) nodes.push(h("p", {}, ...inline(paragraph.join(" "))));
    paragraph = [];
    list = null;
  };
  const item = (name, words) => {
    if (paragraph.length || list?.localName !== name) {
      close();
      list = h(name);
      nodes.push(list);
    }
    list.append(h("li", {}, ...inline(words)));
  };
  for (const line of text.split(/\r?\n/)) {
    const [heading, bullet, number] = [HEADING, BULLET, NUMBER].map((pattern) => line.match(pattern));
    if (!line.trim()) close();
    else if (heading) {
      close();
      // The page itself uses h1 and h2, so a report's headings begin at h3.
      nodes.push(h(heading[1].length > 2 ? "h4" : "h3", {}, ...inline(heading[2])));
    } else if (RULE.test(line)) {
      close();
      nodes.push(h("hr"));
    } else if (bullet) item("ul", bullet[1]);
    else if (number) item("ol", number[1]);
    else if (list) list.lastElementChild.append(" ", ...inline(line.trim()));
    else paragraph.push(line.trim());
  }
  close();
  return nodes;
}

function inlines(text, behind) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const { index, claim, strong, em, code, words, url } = match.groups;
    nodes.push(plain(text.slice(end, match.index)));
    if (index) nodes.push(backed(plain(claim), behind[index]));
    else if (strong) nodes.push(h("strong", {}, ...inlines(strong, behind)));
    else if (em) nodes.push(h("em", {}, ...inlines(em, behind)));
    else if (code) nodes.push(h("code", {}, code));
    else nodes.push(outward(url, plain(words)));
    end = match.index + match[0].length;
  }
  nodes.push(plain(text.slice(end)));
  return nodes;
}

/** A claim that shows its facts when it is pointed at or has the focus. */
const backed = (words, facts) =>
  facts ? h("span", { class: "claim", tabindex: "0", "data-fact": facts, "aria-description": facts }, words) : words;

/** Text without the backslashes of escaped characters. */
const plain = (text) => text.replace(/\\([!-/:-@[-`{-~])/g, "$1");
