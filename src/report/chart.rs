//! The chart as a Plotly figure, ready for `st.plotly_chart`, `plotly.io.from_json` or `Plotly.newPlot`.
//! History and forecast in, `{data, layout}` out; nothing is drawn here.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Chart, Forecast, HistoryPoint};
use crate::features::symbol;

/// Bands of the fan, widest first: name, lower and upper quantile, how opaque.
const BANDS: [(&str, &str, &str, f64); 3] = [
    ("90% band", "0.05", "0.95", 0.12),
    ("80% band", "0.1", "0.9", 0.16),
    ("50% band", "0.25", "0.75", 0.24),
];

/// History line, median line and the 90, 80 and 50 % bands as filled polygons that open from the last close.
///
/// `currency` is an ISO 4217 code and names the price axis. Bands whose quantiles the forecast lacks are left out; without
/// a forecast the figure is the history alone.
pub fn figure(ticker: &str, currency: &str, history: &[HistoryPoint], forecast: Option<&Forecast>) -> Chart {
    let mut data: Vec<Value> = Vec::new();
    if let Some(forecast) = forecast {
        data.extend(BANDS.iter().filter_map(|(name, low, high, opacity)| {
            let (low, high) = (forecast.quantiles.get(*low)?, forecast.quantiles.get(*high)?);
            Some(band(name, *opacity, history.last(), forecast, low, high))
        }));
    }
    data.push(json!({
        "type": "scatter", "mode": "lines", "name": "Close",
        "x": history.iter().map(|point| point.date).collect::<Vec<_>>(),
        "y": history.iter().map(|point| point.close).collect::<Vec<_>>(),
        "line": {"color": "#1f5fbf", "width": 2},
    }));
    if let Some(forecast) = forecast {
        let (dates, prices) = from_last_close(history.last(), &forecast.dates, &forecast.median);
        data.push(json!({
            "type": "scatter", "mode": "lines", "name": "Median forecast",
            "x": dates, "y": prices,
            "line": {"color": "#d9622b", "width": 2, "dash": "dash"},
        }));
    }
    Chart {
        data: Value::Array(data),
        layout: layout(ticker, currency, forecast),
    }
}

fn band(
    name: &str,
    opacity: f64,
    last: Option<&HistoryPoint>,
    forecast: &Forecast,
    low: &[f64],
    high: &[f64],
) -> Value {
    let (mut dates, mut prices) = from_last_close(last, &forecast.dates, high);
    let (back_dates, back_prices) = from_last_close(last, &forecast.dates, low);
    dates.extend(back_dates.into_iter().rev());
    prices.extend(back_prices.into_iter().rev());
    json!({
        "type": "scatter", "mode": "lines", "name": name,
        "x": dates, "y": prices,
        "fill": "toself", "fillcolor": format!("rgba(217, 98, 43, {opacity})"),
        "line": {"width": 0, "color": "rgba(217, 98, 43, 0)"}, "hoverinfo": "skip",
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

fn layout(ticker: &str, currency: &str, forecast: Option<&Forecast>) -> Value {
    let title = match forecast.map(|forecast| forecast.dates.len()) {
        Some(1) => format!("{ticker}: close and forecast for the next trading day"),
        Some(days) => format!("{ticker}: close and forecast for {days} trading days"),
        None => format!("{ticker}: close"),
    };
    json!({
        "title": {"text": title},
        "xaxis": {"title": {"text": "Trading day"}, "type": "date", "rangebreaks": [{"bounds": ["sat", "mon"]}]},
        "yaxis": {"title": {"text": format!("Close ({currency})")}, "tickprefix": symbol(currency).unwrap_or_default()},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "xanchor": "left", "x": 0},
        "margin": {"l": 60, "r": 20, "t": 80, "b": 50},
    })
}
