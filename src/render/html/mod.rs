//! An [`Analysis`] as one self-contained HTML page. An Analysis in, a document out that loads nothing from the network: style and
//! script are in the page, and its content security policy admits these two by their hashes and nothing else. The template escapes
//! every value; the few that go in unescaped are made here and hold no markup from outside.

mod data;
mod memory;
mod prose;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::prose::prose;
use super::RenderError;
use super::figures::{call, cautions, forecast_rows, key_figures, provenance, tone};
use super::text::{self, clean, duration, mebibytes, plural};
use super::timings::timings;
use crate::analysis::{Analysis, Direction};
use crate::grounding::{percent, price};
use crate::text::clean_url;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The script with the function that prints prices, which the web page imports as a module.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let price = include_str!("../price.js").replace("export function", "function");
    format!("\"use strict\";\n{price}\n{}", include_str!("page.js"))
});

/// The content security policy: only this page's own style and script, by hash.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(&SCRIPT),
        hash(STYLE)
    )
});

/// The page.
///
/// # Errors
/// [`RenderError::Page`] if the template and its values do not fit, [`RenderError::Json`] if the chart's data cannot be
/// written; neither depends on what an analysis says.
pub fn html(analysis: &Analysis) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_template("page.html", PAGE).map_err(RenderError::Page)?;
    let template = environment.get_template("page.html").map_err(RenderError::Page)?;
    template.render(Page::new(analysis)?).map_err(RenderError::Page)
}

/// The template's values, formatted and in order; `Value` where they are finished HTML.
#[derive(Serialize)]
struct Page {
    policy: Value,
    style: Value,
    script: Value,
    data: Value,
    title: String,
    name: String,
    ticker: String,
    as_of: String,
    close: String,
    day_change: Option<(String, i8)>,
    cautions: Vec<String>,
    verdicts: Vec<Verdict>,
    because: Vec<String>,
    figures: Vec<(&'static str, String, i8)>,
    has_chart: bool,
    forecast: Option<ForecastPart>,
    sentiment: Option<SentimentPart>,
    report: Option<ReportPart>,
    models: Vec<(&'static str, String, String)>,
    memory: Option<memory::MemoryChart>,
    arenas: Vec<Vec<String>>,
    errors: Vec<(String, String)>,
    warnings: Vec<String>,
    timings: Vec<(String, String)>,
    disclaimer: String,
    id: String,
}

#[derive(Serialize)]
struct Verdict {
    stage: &'static str,
    value: String,
    detail: String,
    tone: i8,
}

#[derive(Serialize)]
struct ForecastPart {
    horizon: String,
    until: String,
    rows: Vec<(usize, String, String, String, String, String, i8)>,
    paths: String,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct SentimentPart {
    positive: usize,
    negative: usize,
    neutral: usize,
    net_score: String,
    summary: Option<String>,
    headlines: Vec<HeadlinePart>,
    above_unread: &'static str,
    unread: Vec<String>,
    answered: String,
}

#[derive(Serialize)]
struct HeadlinePart {
    title: String,
    source: String,
    date: String,
    url: Option<String>,
    flag: String,
    label: &'static str,
    score: String,
    positive: f64,
    neutral: f64,
    negative: f64,
}

#[derive(Serialize)]
struct ReportPart {
    body: Value,
    grounding: Option<String>,
}

impl Page {
    fn new(analysis: &Analysis) -> Result<Self, RenderError> {
        let ticker = clean(&analysis.ticker);
        let name = analysis.company.as_deref().map(clean).unwrap_or_else(|| ticker.clone());
        Ok(Page {
            policy: Value::from_safe_string(POLICY.clone()),
            style: Value::from_safe_string(STYLE.to_owned()),
            script: Value::from_safe_string(SCRIPT.clone()),
            data: Value::from_safe_string(data::chart_data(analysis)?),
            title: format!("{ticker}: analysis of {}", analysis.as_of),
            name,
            ticker,
            as_of: analysis.as_of.to_string(),
            close: price(analysis.last_close, &analysis.currency),
            day_change: analysis
                .features
                .return_1d
                .map(|fraction| (percent(fraction), tone(fraction))),
            cautions: cautions(analysis),
            verdicts: verdicts(analysis),
            because: call(analysis).map(|call| call.because).unwrap_or_default(),
            figures: key_figures(analysis)
                .into_iter()
                .map(|figure| (figure.label, figure.value, figure.tone))
                .collect(),
            has_chart: !analysis.history.is_empty(),
            forecast: forecast(analysis),
            sentiment: sentiment(analysis),
            report: report(analysis),
            models: models(analysis),
            memory: memory::chart(&analysis.arenas),
            arenas: arenas(analysis),
            errors: analysis
                .errors
                .iter()
                .map(|failure| (failure.stage.to_string(), clean(&failure.message)))
                .collect(),
            warnings: analysis.warnings.iter().map(|warning| clean(warning)).collect(),
            timings: timings(analysis)
                .into_iter()
                .map(|(name, time)| (name.to_owned(), duration(time)))
                .collect(),
            disclaimer: clean(&analysis.disclaimer),
            id: clean(&analysis.id),
        })
    }
}

fn verdicts(analysis: &Analysis) -> Vec<Verdict> {
    let forecast = analysis.forecast.as_ref().map(|forecast| Verdict {
        stage: "Forecast",
        value: text::direction(forecast.direction).to_owned(),
        detail: format!(
            "{} in {}",
            percent(forecast.expected_return),
            plural(forecast.dates.len(), "trading day")
        ),
        tone: match forecast.direction {
            Direction::Bullish => 1,
            Direction::Neutral => 0,
            Direction::Bearish => -1,
        },
    });
    let sentiment = analysis.sentiment.as_ref().map(|sentiment| Verdict {
        stage: "News",
        value: format!("{:+.2}", sentiment.net_score),
        detail: format!("net score of {}", plural(sentiment.headlines.len(), "headline")),
        tone: if sentiment.net_score.abs() <= 0.05 {
            0
        } else {
            sentiment.net_score.signum() as i8
        },
    });
    let stance = call(analysis).map(|call| Verdict {
        stage: "Stance",
        value: call.call.to_owned(),
        detail: call.by,
        tone: call.tone,
    });
    [forecast, sentiment, stance].into_iter().flatten().collect()
}

fn forecast(analysis: &Analysis) -> Option<ForecastPart> {
    let forecast = analysis.forecast.as_ref()?;
    let rows = forecast_rows(analysis, forecast).into_iter();
    let kept = forecast.samples.saturating_sub(forecast.rejected);
    Some(ForecastPart {
        horizon: plural(forecast.dates.len(), "trading day"),
        until: forecast.dates.last().map(ToString::to_string).unwrap_or_default(),
        rows: rows
            .map(|row| {
                (
                    row.day,
                    row.date.to_string(),
                    row.low,
                    row.median,
                    row.high,
                    row.change,
                    row.tone,
                )
            })
            .collect(),
        paths: format!(
            "{kept} of {} used · prompt format {}",
            plural(forecast.samples, "sample path"),
            clean(&forecast.prompt_format)
        ),
        warnings: forecast.warnings.iter().map(|warning| clean(warning)).collect(),
    })
}

fn sentiment(analysis: &Analysis) -> Option<SentimentPart> {
    let sentiment = analysis.sentiment.as_ref()?;
    let width = |probability: f64| (probability.clamp(0.0, 1.0) * 1000.0).round() / 10.0;
    let headlines = sentiment.headlines.iter().map(|headline| HeadlinePart {
        title: clean(&headline.title),
        source: clean(&headline.source),
        date: headline.published_at.format("%Y-%m-%d").to_string(),
        url: headline.url.as_deref().and_then(clean_url),
        flag: text::in_language(headline) + if headline.flagged { text::FLAGGED } else { "" },
        label: headline.label.as_str(),
        score: text::probability(headline.score),
        positive: width(headline.probabilities.positive),
        neutral: width(headline.probabilities.neutral),
        negative: width(headline.probabilities.negative),
    });
    Some(SentimentPart {
        positive: sentiment.counts.positive,
        negative: sentiment.counts.negative,
        neutral: sentiment.counts.neutral,
        net_score: format!("{:+.2}", sentiment.net_score),
        summary: sentiment.summary.as_deref().map(clean),
        headlines: headlines.collect(),
        above_unread: text::UNREAD,
        unread: sentiment.unread.iter().map(text::unread).collect(),
        answered: text::answered(sentiment),
    })
}

fn report(analysis: &Analysis) -> Option<ReportPart> {
    let report = analysis.report.as_ref()?;
    let note = provenance(report);
    Some(ReportPart {
        body: Value::from_safe_string(prose(report, analysis.sentiment.as_ref())),
        grounding: (!note.is_empty()).then_some(note),
    })
}

fn models(analysis: &Analysis) -> Vec<(&'static str, String, String)> {
    let models = &analysis.models;
    [
        ("Forecaster", &models.forecaster),
        ("Sentiment", &models.sentiment),
        ("Reporter", &models.reporter),
    ]
    .into_iter()
    .filter_map(|(role, model)| {
        let model = model.as_ref()?;
        Some((role, clean(&model.name()), text::origin(model)))
    })
    .collect()
}

fn arenas(analysis: &Analysis) -> Vec<Vec<String>> {
    let rows = analysis.arenas.iter().map(|row| {
        let sizes = [
            row.need_bytes,
            row.weights_bytes,
            row.kv_bytes,
            row.compute_bytes,
            row.anon_before,
            row.anon_peak,
            row.anon_after,
            row.freed_bytes,
            row.file_peak,
        ];
        let named = vec![
            row.stage.to_string(),
            clean(&row.model),
            duration(row.load_ms),
            duration(row.run_ms),
        ];
        [named, sizes.map(mebibytes).to_vec()].concat()
    });
    rows.collect()
}
