//! Results in short, for a model with a small context: the figures of an analysis, a backtest or a record, not the whole of it. Prices
//! and ratios are rounded to what a reader would say.

use serde_json::{Map, Value, json};

use crate::analysis::{Analysis, Forecast};
use crate::backtest::{Backtest, NAIVE, Track};
use crate::serve::api::sentiment::SentimentAnswer;

/// The most warnings of a result.
const WARNINGS: usize = 3;

/// An analysis: price, indicators, forecast, news, call.
pub(super) fn of_analysis(analysis: &Analysis) -> Value {
    let features = &analysis.features;
    let mut told = head(analysis);
    for (name, value) in [
        ("return_5_days", features.return_5d),
        ("return_21_days", features.return_21d),
        ("volatility_a_year", features.volatility_annual),
        ("rsi_14", features.rsi_14),
    ] {
        told.extend(value.map(|value| (name.to_owned(), rounded(value))));
    }
    if let Some(forecast) = &analysis.forecast {
        told.insert("forecast".into(), forecasted(forecast));
    }
    if let Some(sentiment) = &analysis.sentiment {
        let counts = sentiment.counts;
        told.insert(
            "headlines".into(),
            json!({"positive": counts.positive, "negative": counts.negative, "neutral": counts.neutral}),
        );
    }
    if let Some(stance) = &analysis.stance {
        told.insert("call".into(), stance.call.printed().to_lowercase().into());
        told.insert("because".into(), stance.because.clone().into());
    }
    warned(&mut told, analysis);
    told.into()
}

/// An analysis that holds a forecast alone.
pub(super) fn of_forecast(analysis: &Analysis) -> Value {
    let mut told = head(analysis);
    if let Some(forecast) = &analysis.forecast {
        told.insert("forecast".into(), forecasted(forecast));
    }
    warned(&mut told, analysis);
    told.into()
}

/// Labels in the order of the headlines.
pub(super) fn of_sentiment(answer: &SentimentAnswer) -> Value {
    let labels: Vec<Value> = answer
        .headlines
        .iter()
        .map(|headline| json!({"title": headline.title, "label": headline.label}))
        .collect();
    json!({"headlines": labels, "net_score": rounded(answer.net_score), "unread": answer.unread.len()})
}

/// A backtest's errors beside those of the forecast that nothing changes.
pub(super) fn of_backtest(backtest: &Backtest) -> Value {
    let naive = backtest.baselines.get(NAIVE).map(|naive| rounded(naive.mae));
    json!({
        "ticker": backtest.ticker,
        "currency": backtest.currency,
        "from": backtest.from,
        "until": backtest.until,
        "windows": backtest.origins,
        "horizon_days": backtest.horizon,
        "mean_absolute_error": rounded(backtest.model.mae),
        "mean_absolute_error_if_nothing_changes": naive,
        "direction_right_percent": rounded(backtest.model.horizon_direction),
        "coverage_of_bands": backtest.coverage.iter().map(|(band, share)| (band.clone(), rounded(*share))).collect::<Map<_, _>>(),
        "verdict": backtest.verdict,
        "trained_on_these_days": backtest.contaminated,
    })
}

/// A record's counts and errors.
pub(super) fn of_track(track: &Track) -> Value {
    json!({
        "forecasts_scored": track.scored,
        "forecasts_waiting": track.waiting + track.partly,
        "mean_absolute_error": track.model.as_ref().map(|model| rounded(model.mae)),
        "mean_absolute_error_if_nothing_changes": track.naive.as_ref().map(|naive| rounded(naive.mae)),
        "verdict": track.verdict,
        "warnings": track.warnings.iter().take(WARNINGS).collect::<Vec<_>>(),
    })
}

fn head(analysis: &Analysis) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("ticker".into(), analysis.ticker.clone().into());
    head.extend(
        analysis
            .company
            .clone()
            .map(|company| ("company".to_owned(), company.into())),
    );
    head.insert("currency".into(), analysis.currency.clone().into());
    head.insert("as_of".into(), json!(analysis.as_of));
    head.insert("last_close".into(), rounded(analysis.last_close));
    head
}

fn forecasted(forecast: &Forecast) -> Value {
    let level = |level: &str| forecast.at_horizon(level).map(rounded);
    json!({
        "until": forecast.dates.last(),
        "median": forecast.median.last().copied().map(rounded),
        "expected_return": rounded(forecast.expected_return),
        "band_80_percent": [level("0.1"), level("0.9")],
        "reliable": forecast.reliable,
    })
}

fn warned(told: &mut Map<String, Value>, analysis: &Analysis) {
    let failed = analysis
        .errors
        .iter()
        .map(|failure| format!("{} failed: {}", failure.stage, failure.message));
    let all = analysis
        .cautions
        .iter()
        .cloned()
        .chain(failed)
        .chain(analysis.warnings.iter().cloned());
    let warnings: Vec<String> = all.take(WARNINGS).collect();
    if !warnings.is_empty() {
        told.insert("warnings".into(), warnings.into());
    }
}

/// A figure with at most five significant digits.
fn rounded(value: f64) -> Value {
    let text = format!("{value:.4e}");
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn analysis() -> Analysis {
        serde_json::from_str(include_str!("../../../tests/fixtures/chat/analysis.json")).unwrap()
    }

    #[test]
    fn an_analysis_in_short_is_its_figures() {
        let told = of_analysis(&analysis());
        assert_eq!(told["ticker"], "AAPL");
        assert_eq!(told["last_close"], 56.137);
        assert!(told["forecast"]["reliable"].is_boolean() && told["call"].is_string());
        assert!(
            told["warnings"]
                .as_array()
                .is_none_or(|warnings| warnings.len() <= WARNINGS)
        );
        assert!(told.to_string().len() < 2500, "{told}");
    }

    #[test]
    fn figures_have_five_digits() {
        assert_eq!(rounded(56.136_999_1), json!(56.137));
        assert_eq!(rounded(0.000_012_345_6), json!(0.000_012_346));
        assert_eq!(rounded(673_054.56), json!(673_050.0));
        assert_eq!(rounded(f64::NAN), Value::Null);
    }
}
