// A result as one Markdown document. Text from other sources is escaped, so that a headline cannot insert markup or HTML.

import { BASELINES, againstWords, verdictWords } from "./metrics.js";
import { analysisFigures, backtestFigures } from "./figures.js";
import { change, price, share } from "./format.js";

export function markdownDocument(result) {
  const parts = result.object === "backtest" ? backtestParts(result) : analysisParts(result);
  return parts.filter(Boolean).join("\n\n") + "\n";
}

function analysisParts(analysis) {
  const { company, ticker, as_of, forecast, sentiment, report, review, warnings, errors, disclaimer, id } = analysis;
  return [
    `# ${escape(company ?? ticker)} (${escape(ticker)}), ${as_of}`,
    figures(analysisFigures(analysis)),
    forecast && `## Forecast\n\n${grid(["Date", "10%", "Median", "90%", "Change"], forecastRows(analysis))}`,
    forecast && !forecast.reliable && "**This forecast is not reliable.**",
    report && `## Report\n\n${lower(report.markdown)}`,
    review && `## Review\n\n${lower(review.markdown)}`,
    sentiment &&
      `## News\n\n${escape(sentiment.summary ?? "")}\n\n${grid(["Label", "Score", "Headline", "Source"], sentiment.headlines.map(headline))}`,
    list("Headlines not read", (sentiment?.unread ?? []).map(unread)),
    list(
      "Failed",
      errors.map(({ stage, message }) => `${stage}: ${message}`),
    ),
    list("Warnings", [...(forecast?.warnings ?? []), ...warnings]),
    `---\n\n*${escape(disclaimer)}*\n\n\`${id}\``,
  ];
}

function backtestParts(backtest) {
  const {
    ticker,
    company,
    from,
    until,
    model,
    baselines,
    significance,
    currency,
    analysis,
    review,
    warnings,
    disclaimer,
    id,
  } = backtest;
  const row = (words, metrics, against) => [
    words,
    price(metrics.mae, currency),
    price(metrics.rmse, currency),
    share(metrics.coverage?.["0.8"]),
    against,
  ];
  const rows = Object.entries(baselines).map(([name, metrics]) =>
    row(
      BASELINES[name]?.[0] ?? name,
      metrics,
      againstWords(name === "naive" ? significance?.diebold_mariano : significance?.against?.[name]),
    ),
  );
  return [
    `# Test of ${escape(company ?? ticker)} (${escape(ticker)}), ${from} to ${until}`,
    figures(backtestFigures(backtest)),
    verdictWords(backtest),
    `## Baselines\n\n${grid(["Forecast", "MAE", "RMSE", "80% band held", "Model against it"], [row("Model", model, ""), ...rows])}`,
    analysis?.report && `## Report, as if on the split day\n\n${lower(analysis.report.markdown)}`,
    review && `## Review\n\n${lower(review.markdown)}`,
    list("Warnings", warnings),
    `---\n\n*${escape(disclaimer)}*\n\n\`${id}\``,
  ];
}

const figures = (rows) =>
  grid(
    ["Figure", "Value"],
    rows.map(([words, value]) => [words, value]),
  );

function forecastRows({ forecast, currency, last_close }) {
  const at = (level, day) => price(forecast.quantiles[level]?.[day], currency);
  return forecast.dates.map((date, day) => [
    date,
    at("0.1", day),
    price(forecast.median[day], currency),
    at("0.9", day),
    change(forecast.median[day] / last_close - 1),
  ]);
}

const headline = ({ label, score, title, source, published_at }) => [
  label,
  share(score),
  escape(title),
  `${escape(source)}, ${published_at.slice(0, 10)}`,
];

const unread = ({ title, source, published_at, language }) =>
  `${title} (${source}, ${published_at.slice(0, 10)}, in ${language})`;

const list = (title, items) =>
  items.length > 0 && `## ${title}\n\n${items.map((item) => `- ${escape(item)}`).join("\n")}`;

function grid(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The reporter's Markdown with its headings one level lower and its HTML as text. */
const lower = (markdown) => markdown.trim().replaceAll("<", "\\<").replace(/^#/gm, "##");

const escape = (text) => text.replace(/[\\`*_[\]<>|~&#]/g, "\\$&").replace(/\s+/g, " ");
