//! The chart as a Plotly figure, ready for `st.plotly_chart`, `plotly.io.from_json` or `Plotly.newPlot`.
//! History, forecast, headlines and, in a test, the closes that came in; `{data, layout}` out; nothing is drawn here. Its colours
//! are legible on light and on dark, and its background is transparent.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::analysis::{Chart, DISCLAIMER, Forecast, HistoryPoint, Label, ScoredHeadline};
use crate::grounding::{price_decimals, symbol};

/// Bands of the fan, widest first: name, lower and upper quantile, opacity.
const BANDS: [(&str, &str, &str, f64); 3] = [
    ("90% band", "0.05", "0.95", 0.12),
    ("80% band", "0.1", "0.9", 0.16),
    ("50% band", "0.25", "0.75", 0.24),
];

/// The colour of known closes.
pub const CLOSE: &str = "#1f5fbf";
/// The colour of the forecast.
pub const MEDIAN: &str = "#d9622b";
/// The colour of the closes that came after the forecast.
pub const TRUTH: &str = "#18794e";
/// The colour of text and auxiliary lines.
const MUTED: &str = "#7b8694";

/// What a figure shows.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// The symbol.
    pub ticker: &'a str,
    /// ISO 4217 code; names the price axis.
    pub currency: &'a str,
    /// The closes that were known, oldest first.
    pub history: &'a [HistoryPoint],
    /// The forecast; without one the figure is the history alone.
    pub forecast: Option<&'a Forecast>,
    /// Headlines with their labels, marked on the day they were published where the history has it.
    pub headlines: &'a [ScoredHeadline],
    /// In a test, the closes that came.
    pub truth: &'a [HistoryPoint],
    /// What a reader must know first; kept in the layout's `meta`, with the disclaimer, for whoever draws the figure.
    pub cautions: &'a [String],
}

/// Lines for history and median; the 90, 80 and 50 % bands as filled polygons that start at the last close; a dotted line there, and
/// after it a zone in green or red, as the mean of the medians lies above or below the last close; in a test, the closes that came; a
/// marker for each headline. Bands whose quantiles the forecast lacks are left out.
pub fn figure(figure: &Figure<'_>) -> Chart {
    let last = figure.history.last();
    let mut data: Vec<Value> = Vec::new();
    if let Some(forecast) = figure.forecast {
        data.extend(BANDS.iter().filter_map(|(name, low, high, opacity)| {
            let (low, high) = (forecast.quantiles.get(*low)?, forecast.quantiles.get(*high)?);
            Some(band(name, *opacity, last, &forecast.dates, low, high))
        }));
    }
    data.push(line("Close", CLOSE, figure.history));
    if let Some(forecast) = figure.forecast {
        let medians = forecast.dates.iter().zip(&forecast.median);
        let ahead = medians.map(|(&date, &close)| HistoryPoint { date, close });
        let points: Vec<HistoryPoint> = last.copied().into_iter().chain(ahead).collect();
        data.push(dashed(line("Median forecast", MEDIAN, &points)));
    }
    if !figure.truth.is_empty() {
        let came: Vec<HistoryPoint> = last.into_iter().chain(figure.truth).copied().collect();
        data.push(line("Truth", TRUTH, &came));
    }
    data.extend(headlines(figure.headlines, figure.history));
    let title = match figure.forecast.map(|forecast| forecast.dates.len()) {
        Some(1) => format!("{}: close and forecast for the next trading day", figure.ticker),
        Some(days) => format!("{}: close and forecast for {days} trading days", figure.ticker),
        None => format!("{}: close", figure.ticker),
    };
    let level = last.map_or(0.0, |last| last.close);
    let mut layout = layout(&title, figure.currency, level, figure.cautions);
    layout["shapes"] = Value::Array(
        last.zip(figure.forecast)
            .map_or_else(Vec::new, |(last, forecast)| future(*last, forecast)),
    );
    Chart {
        data: Value::Array(data),
        layout,
    }
}

/// A line through points.
pub fn line(name: &str, colour: &str, points: &[HistoryPoint]) -> Value {
    json!({
        "type": "scatter", "mode": "lines", "name": name,
        "x": points.iter().map(|point| point.date).collect::<Vec<_>>(),
        "y": points.iter().map(|point| point.close).collect::<Vec<_>>(),
        "line": {"color": colour, "width": 2},
    })
}

/// The same line dashed.
pub fn dashed(mut line: Value) -> Value {
    line["line"]["dash"] = "dash".into();
    line
}

/// A filled polygon between two lists of prices, which starts at `last` where there is one.
pub fn band(
    name: &str,
    opacity: f64,
    last: Option<&HistoryPoint>,
    days: &[NaiveDate],
    low: &[f64],
    high: &[f64],
) -> Value {
    let (mut dates, mut prices) = from_last_close(last, days, high);
    let (back_dates, back_prices) = from_last_close(last, days, low);
    dates.extend(back_dates.into_iter().rev());
    prices.extend(back_prices.into_iter().rev());
    json!({
        "type": "scatter", "mode": "lines", "name": name,
        "x": dates, "y": prices,
        "fill": "toself", "fillcolor": format!("rgba(217, 98, 43, {opacity})"),
        "line": {"width": 0, "color": "rgba(217, 98, 43, 0)"}, "hoverinfo": "skip",
    })
}

/// A layout with a date axis and a price axis; its `meta` holds the cautions and the disclaimer. Prices have the digits that one of about `level` needs, written out: neither
/// `673k` nor `12μ`.
pub fn layout(title: &str, currency: &str, level: f64, cautions: &[String]) -> Value {
    let grid = "rgba(123, 134, 148, 0.2)";
    json!({
        "title": {"text": title},
        "meta": {"cautions": cautions, "disclaimer": DISCLAIMER},
        "xaxis": {
            "title": {"text": "Trading day"}, "type": "date", "rangebreaks": [{"bounds": ["sat", "mon"]}], "gridcolor": grid,
        },
        "yaxis": {
            "title": {"text": format!("Close ({currency})")}, "tickprefix": symbol(currency).unwrap_or_default(),
            "hoverformat": format!(",.{}f", price_decimals(level)), "exponentformat": "none", "separatethousands": true,
            "gridcolor": grid,
        },
        "font": {"color": MUTED},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "hovermode": "x unified",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
        "margin": {"l": 60, "r": 20, "t": 80, "b": 50},
    })
}

/// The forecast's points with the last close before them, so that lines and bands start where the history ends.
fn from_last_close(last: Option<&HistoryPoint>, dates: &[NaiveDate], prices: &[f64]) -> (Vec<NaiveDate>, Vec<f64>) {
    let points = dates.iter().copied().zip(prices.iter().copied());
    last.map(|point| (point.date, point.close))
        .into_iter()
        .chain(points)
        .unzip()
}

/// The zone of the forecast days and the line where they begin.
fn future(last: HistoryPoint, forecast: &Forecast) -> Vec<Value> {
    let Some(end) = forecast.dates.last() else {
        return Vec::new();
    };
    let zone = if points_up(last, forecast) {
        "rgba(24, 121, 78, 0.08)"
    } else {
        "rgba(193, 58, 58, 0.08)"
    };
    vec![
        json!({
            "type": "rect", "xref": "x", "yref": "paper", "x0": last.date, "x1": end, "y0": 0, "y1": 1,
            "fillcolor": zone, "line": {"width": 0}, "layer": "below",
        }),
        json!({
            "type": "line", "xref": "x", "yref": "paper", "x0": last.date, "x1": last.date, "y0": 0, "y1": 1,
            "line": {"color": MUTED, "width": 1, "dash": "dot"},
        }),
    ]
}

/// Each headline with the last close that was known when it was published; one from before the history has none.
pub(super) fn marked<'a>(
    headlines: &'a [ScoredHeadline],
    history: &'a [HistoryPoint],
) -> impl Iterator<Item = (&'a ScoredHeadline, &'a HistoryPoint)> {
    headlines.iter().filter_map(|headline| {
        let day = headline.published_at.date_naive();
        let known = history.partition_point(|point| point.date <= day);
        Some((headline, history.get(known.checked_sub(1)?)?))
    })
}

/// Whether the mean of the medians lies at or above the last close.
pub(super) fn points_up(last: HistoryPoint, forecast: &Forecast) -> bool {
    let mean = forecast.median.iter().sum::<f64>() / forecast.median.len().max(1) as f64;
    mean >= last.close
}

/// A marker for each headline.
fn headlines(headlines: &[ScoredHeadline], history: &[HistoryPoint]) -> Option<Value> {
    let (mut dates, mut closes, mut titles, mut colours) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (headline, point) in marked(headlines, history) {
        dates.push(point.date);
        closes.push(point.close);
        // Plotly renders a few HTML tags in its texts.
        titles.push(html_escape::encode_text(&headline.title).into_owned());
        colours.push(match headline.label {
            Label::Positive => TRUTH,
            Label::Negative => "#c13a3a",
            Label::Neutral => MUTED,
        });
    }
    (!dates.is_empty()).then(|| {
        json!({
            "type": "scatter", "mode": "markers", "name": "Headlines",
            "x": dates, "y": closes, "text": titles, "hovertemplate": "%{text}<extra></extra>",
            "marker": {"color": colours, "size": 9, "symbol": "diamond", "line": {"width": 1, "color": "#ffffff"}},
        })
    })
}
