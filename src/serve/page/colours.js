// The page's colours, as its style sheet has them now, for what is drawn on a canvas.

const NAMES = ["page", "card", "ink", "faint", "rule", "soft", "close", "ahead", "good", "bad", "even", "slow"];

export function colours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** `listen` is called when the colours change. */
export const onRecolour = (listen) =>
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => listen());
