// Draws the chart from the data in the page: close, median and bands as SVG, a cursor that follows pointer and arrow
// keys, switches for bands and range. It reads nothing but that data and sends nothing.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const host = document.getElementById("chart");
  if (!host || data.history.length === 0) return;
  const controls = document.getElementById("controls");
  const reading = document.getElementById("reading");

  const past = data.history.map(([date, close]) => ({ date, close }));
  const ahead = data.dates.map((date, i) => ({ date, median: data.median[i], bands: data.bands.map((b) => [b.low[i], b.high[i]]) }));
  const all = past.concat(ahead);
  const today = past.length - 1;
  const ranges = [["3 months", 63], ["All", past.length]].filter(([, days]) => days <= past.length);
  const state = { bands: new Set(data.bands.map((b) => b.share)), days: past.length, cursor: null };

  const finite = (value) => typeof value === "number" && Number.isFinite(value);
  const money = (value) => price(value, data.currency);

  const make = (name, attributes, parent, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };

  // Round steps of 1, 2 or 5 times a power of ten.
  const ticks = (low, high, count) => {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((n) => n * power >= rough);
    const values = [];
    for (let n = Math.ceil(low / step); n * step <= high; n++) values.push(n * step);
    return values;
  };

  const svg = make("svg", { tabindex: "0", role: "img" });
  svg.setAttribute("aria-label", data.ticker + ": close" + (ahead.length ? ", median forecast and bands" : "") + ". Arrow keys move along the days.");
  host.replaceChildren(svg);
  let view = null;

  function draw() {
    const width = Math.max(host.clientWidth, 280);
    const height = svg.clientHeight || 360;
    const first = Math.max(0, past.length - state.days);
    const shown = all.slice(first);
    const prices = [];
    for (const day of shown) {
      prices.push(day.close, day.median);
      (day.bands || []).forEach((pair, b) => { if (state.bands.has(data.bands[b].share)) prices.push(...pair); });
    }
    const known = prices.filter(finite);
    let low = Math.min(...known), high = Math.max(...known);
    const room = (high - low || Math.abs(high) || 1) * 0.06;
    low -= room; high += room;

    const labels = ticks(low, high, Math.max(3, Math.round(height / 70)));
    const step = labels.length > 1 ? labels[1] - labels[0] : 1;
    const digits = Math.max(0, Math.min(20, -Math.floor(Math.log10(step) + 1e-9)));
    const format = (value) => value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const left = 14 + 7.5 * Math.max(...labels.map((value) => format(value).length));
    const [right, top, bottom] = [14, 22, 26];
    const x = (i) => left + ((i - first) / Math.max(1, all.length - 1 - first)) * (width - left - right);
    const y = (price) => top + ((high - price) / (high - low)) * (height - top - bottom);
    view = { first, left, right, top, bottom, width, height, x, y };

    svg.replaceChildren();
    svg.setAttribute("viewBox", "0 0 " + width + " " + height);
    for (const value of labels) {
      make("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }, svg);
      make("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, svg, format(value));
    }
    make("text", { x: left, y: 12 }, svg, data.currency);
    drawDates();

    const start = { date: past[today].date, median: past[today].close, bands: data.bands.map(() => [past[today].close, past[today].close]) };
    const fan = [start].concat(ahead);
    const path = (points) => points.filter(([, price]) => finite(price)).map(([i, price], n) => (n ? "L" : "M") + x(i).toFixed(1) + " " + y(price).toFixed(1)).join("");
    data.bands.forEach((band, b) => {
      if (!state.bands.has(band.share)) return;
      const upper = fan.map((day, n) => [today + n, day.bands[b][1]]);
      const lower = fan.map((day, n) => [today + n, day.bands[b][0]]).reverse();
      make("path", { class: "band share-" + band.share, d: path(upper.concat(lower)) + "Z" }, svg);
    });
    if (ahead.length) {
      make("rect", { class: "zone " + (data.up ? "up" : "down"), x: x(today), y: top, width: width - right - x(today), height: height - top - bottom }, svg);
      make("line", { class: "today", x1: x(today), x2: x(today), y1: top - 6, y2: height - bottom }, svg);
      make("text", { x: x(today) - 6, y: 12, "text-anchor": "end" }, svg, "last close");
      make("path", { class: "median", d: path(fan.map((day, n) => [today + n, day.median])) }, svg);
    }
    make("path", { class: "close", d: path(past.slice(first).map((day, n) => [first + n, day.close])) }, svg);
    for (const [date, label, title] of data.headlines) {
      const i = past.findIndex((day) => day.date === date);
      if (i < first) continue;
      const mark = make("path", { class: "headline " + label, d: "M" + x(i) + " " + (y(past[i].close) - 5) + "l5 5l-5 5l-5-5z" }, svg);
      make("title", {}, mark, title);
    }
    view.pointer = make("g", {}, svg);
    point();
  }

  // A label at the first day of each month that leaves room for it.
  function drawDates() {
    const { first, left, right, width, height, bottom, x } = view;
    let end = left - 30;
    for (let i = first + 1; i < all.length; i++) {
      const [year, month] = all[i].date.split("-");
      if (month === all[i - 1].date.split("-")[1] || x(i) < end + 26 || x(i) > width - right - 24) continue;
      const name = new Date(Date.UTC(+year, +month - 1)).toLocaleString("en-US", { month: "short", timeZone: "UTC" });
      make("text", { x: x(i), y: height - 8, "text-anchor": "middle" }, svg, month === "01" ? year : name);
      make("line", { class: "grid", x1: x(i), x2: x(i), y1: height - bottom, y2: height - bottom + 5 }, svg);
      end = x(i) + 26;
    }
  }

  function point() {
    view.pointer.replaceChildren();
    const words = [];
    const i = state.cursor;
    if (i === null || i < view.first) {
      const last = ahead[ahead.length - 1];
      words.push(["Last close", money(past[today].close)]);
      if (last) words.push(["Median on " + last.date, money(last.median)]);
    } else {
      const day = all[i];
      const price = day.close ?? day.median;
      const g = view.pointer;
      make("line", { class: "cursor", x1: view.x(i), x2: view.x(i), y1: view.top, y2: view.height - view.bottom }, g);
      if (finite(price)) make("circle", { class: "dot of-" + (day.close === undefined ? "median" : "close"), cx: view.x(i), cy: view.y(price), r: 5 }, g);
      words.push([null, day.date], [day.close === undefined ? "Median" : "Close", money(price)]);
      (day.bands || []).forEach(([low, high], b) => {
        if (state.bands.has(data.bands[b].share)) words.push([data.bands[b].share + "% band", money(low) + " to " + money(high)]);
      });
    }
    reading.replaceChildren(...words.map(([name, value]) => {
      const part = document.createElement("span");
      const strong = document.createElement("strong");
      strong.textContent = value;
      part.append(name ? name + " " : "", strong, " ");
      return part;
    }));
  }

  const move = (i) => {
    state.cursor = i === null ? null : Math.max(view.first, Math.min(all.length - 1, i));
    point();
  };
  svg.addEventListener("pointermove", (event) => {
    const share = (event.clientX - svg.getBoundingClientRect().left - view.left) / (view.width - view.left - view.right);
    move(Math.round(view.first + share * (all.length - 1 - view.first)));
  });
  svg.addEventListener("pointerleave", () => move(null));
  svg.addEventListener("keydown", (event) => {
    const from = state.cursor ?? today;
    const steps = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - 5, PageDown: from + 5, Home: view.first, End: all.length - 1, Escape: null };
    if (!(event.key in steps)) return;
    event.preventDefault();
    move(steps[event.key]);
  });

  function control(kind, group, name, checked, changed) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = kind;
    input.name = group;
    input.checked = checked;
    input.addEventListener("change", () => changed(input.checked));
    label.className = kind === "radio" ? "range" : "";
    label.append(input, name);
    controls.append(label);
  }
  if (ranges.length > 1) {
    for (const [name, days] of ranges) control("radio", "range", name, days === state.days, () => { state.days = days; draw(); });
  }
  for (const band of data.bands) {
    control("checkbox", "band", band.share + "% band", true, (on) => {
      state.bands[on ? "add" : "delete"](band.share);
      draw();
    });
  }

  new ResizeObserver(draw).observe(host);
  draw();
})();
