//! What the page's script draws: an Analysis in, JSON out that can stand in a script element.

use crate::analysis::Analysis;
use crate::render::RenderError;
use crate::render::chart::{marked, points_up};
use crate::render::text::clean;

/// What the script draws, as JSON that can stand in a script element: no `<`, `>` or `&`, no line separators.
pub(super) fn chart_data(analysis: &Analysis) -> Result<String, RenderError> {
    let forecast = analysis.forecast.as_ref();
    let headlines = analysis
        .sentiment
        .as_ref()
        .map_or(&[][..], |sentiment| &sentiment.headlines);
    let bands: Vec<_> = [(90, "0.05", "0.95"), (80, "0.1", "0.9"), (50, "0.25", "0.75")]
        .into_iter()
        .filter_map(|(share, low, high)| {
            let quantiles = &forecast?.quantiles;
            Some(serde_json::json!({"share": share, "low": quantiles.get(low)?, "high": quantiles.get(high)?}))
        })
        .collect();
    let data = serde_json::json!({
        "ticker": clean(&analysis.ticker),
        "currency": clean(&analysis.currency),
        "history": analysis.history.iter().map(|point| (point.date, point.close)).collect::<Vec<_>>(),
        "dates": forecast.map(|forecast| forecast.dates.clone()).unwrap_or_default(),
        "median": forecast.map(|forecast| forecast.median.clone()).unwrap_or_default(),
        "bands": bands,
        "up": analysis.history.last().zip(forecast).map(|(last, forecast)| points_up(*last, forecast)),
        "headlines": marked(headlines, &analysis.history)
            .map(|(headline, point)| (point.date, headline.label.as_str(), clean(&headline.title)))
            .collect::<Vec<_>>(),
    });
    let text = serde_json::to_string(&data).map_err(RenderError::Json)?;
    let escapes = [
        ('<', "\\u003c"),
        ('>', "\\u003e"),
        ('&', "\\u0026"),
        ('\u{2028}', "\\u2028"),
        ('\u{2029}', "\\u2029"),
    ];
    Ok(escapes
        .into_iter()
        .fold(text, |text, (letter, escape)| text.replace(letter, escape)))
}
