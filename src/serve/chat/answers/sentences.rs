//! What an analysis holds of a topic, in a sentence: what it is, and the day it is of.

use chrono::NaiveDate;

use super::topics::Topic;
use crate::analysis::{Analysis, Direction, Forecast, Sentiment};
use crate::grounding::{percent, price};
use crate::indicators::{CrossKind, Trend, VolatilityClass};

/// The sentence of a topic; `None` where the analysis has no such figure.
pub(super) fn say(topic: Topic, analysis: &Analysis) -> Option<String> {
    let money = |value: f64| price(value, &analysis.currency);
    let (features, as_of) = (&analysis.features, analysis.as_of);
    let company = analysis.company.as_deref().unwrap_or(&analysis.ticker);
    Some(match topic {
        Topic::LastClose => format!("The last close is {}, on {as_of}.", money(analysis.last_close)),
        Topic::LastDay => format!("The last close is of {as_of}; nothing later was used."),
        Topic::Company => format!("The analysis is of {company} ({}).", analysis.ticker),
        Topic::Ticker => format!("The symbol is {}.", analysis.ticker),
        Topic::Currency => format!("All prices are in {}.", analysis.currency),
        Topic::Call => call(analysis)?,
        Topic::Rsi => {
            let index = features.rsi_14?;
            let words = match index {
                index if index >= 70.0 => "overbought by the usual mark of 70",
                index if index <= 30.0 => "oversold by the usual mark of 30",
                _ => "neither overbought nor oversold",
            };
            format!("The 14-day RSI is {index:.1}, as of {as_of}: {words}.")
        }
        Topic::Cross => match features.sma_cross {
            Some(cross) => {
                let way = match cross.kind {
                    CrossKind::Golden => "above",
                    CrossKind::Death => "below",
                };
                format!(
                    "The 50-day average last crossed {way} the 200-day one on {}.",
                    cross.date
                )
            }
            None => "The 50-day and the 200-day average did not cross in this series.".to_owned(),
        },
        Topic::AverageOrder => {
            let side = if features.sma_50_above_200? { "above" } else { "below" };
            format!("The 50-day average lies {side} the 200-day one, as of {as_of}.")
        }
        Topic::Volatility => {
            let class = match features.volatility_class {
                Some(VolatilityClass::Low) => ", low for this series",
                Some(VolatilityClass::Normal) => ", usual for this series",
                Some(VolatilityClass::High) => ", high for this series",
                None => "",
            };
            format!(
                "Volatility is {:.1}% a year{class}, as of {as_of}.",
                features.volatility_annual? * 100.0
            )
        }
        Topic::DailyVolatility => format!(
            "Volatility is {:.2}% a day, as of {as_of}.",
            features.volatility_daily? * 100.0
        ),
        Topic::Drawdown => format!(
            "The last close lies {} from the highest close of the window, as of {as_of}.",
            percent(features.drawdown?)
        ),
        Topic::Momentum => format!(
            "The 12-month return without the last month is {}, as of {as_of}.",
            percent(features.momentum_12_1?)
        ),
        Topic::Trend => format!("Over the context window the trend is {}.", trend(features.trend?)),
        Topic::MeanClose => format!("The mean close of the context window is {}.", money(features.mean?)),
        Topic::Deviation => format!(
            "The standard deviation of the closes in the context window is {}.",
            money(features.std_dev?)
        ),
        Topic::Support => format!("Support lies at {}, as of {as_of}.", money(features.support?)),
        Topic::SupportTouches => format!(
            "The price turned {} times at the support of {}.",
            features.support_touches?,
            money(features.support?)
        ),
        Topic::Resistance => format!("Resistance lies at {}, as of {as_of}.", money(features.resistance?)),
        Topic::ResistanceTouches => {
            format!(
                "The price turned {} times at the resistance of {}.",
                features.resistance_touches?,
                money(features.resistance?)
            )
        }
        Topic::Gap => format!(
            "The last open lay {} from the close before it, on {as_of}.",
            percent(features.gap?)
        ),
        Topic::Gaps => format!(
            "The window has {} gaps up and {} gaps down.",
            features.gaps_up?, features.gaps_down?
        ),
        Topic::Volume => format!(
            "The mean volume of the last 21 days is {:.2} times that of the last 63: {}.",
            features.volume_ratio?,
            trend(features.volume_trend?)
        ),
        Topic::Models => models(analysis)?,
        Topic::TrainedUntil => format!(
            "The forecaster's training data ends on {}.",
            analysis.models.forecaster.as_ref()?.trained_until?
        ),
        Topic::Warnings => match analysis.warnings.as_slice() {
            [] => "The analysis has no warnings.".to_owned(),
            all => all.join(" "),
        },
        Topic::Context => format!(
            "The context window has {} closes, the last of {as_of}.",
            analysis.history.len()
        ),
        Topic::Headlines | Topic::Positive | Topic::Negative | Topic::Neutral | Topic::NetScore => {
            news(topic, analysis.sentiment.as_ref()?)
        }
        _ => of_forecast(topic, analysis.forecast.as_ref()?, money)?,
    })
}

fn of_forecast(topic: Topic, forecast: &Forecast, money: impl Fn(f64) -> String) -> Option<String> {
    let date = last(&forecast.dates);
    let of = |level: &str| forecast.at_horizon(level).map(&money);
    Some(match topic {
        Topic::Median => format!("The median forecast for {date} is {}.", money(*forecast.median.last()?)),
        Topic::ExpectedReturn => format!(
            "The expected return to {date} is {}: the median forecast over the last close.",
            percent(forecast.expected_return)
        ),
        Topic::Direction => format!(
            "The forecast is {}: {} to {date}.",
            direction(forecast.direction),
            percent(forecast.expected_return)
        ),
        Topic::Band => format!("The 80% band for {date} goes from {} to {}.", of("0.1")?, of("0.9")?),
        Topic::Low => format!("The 10% quantile for {date} is {}.", of("0.1")?),
        Topic::High => format!("The 90% quantile for {date} is {}.", of("0.9")?),
        Topic::LastForecastDay => format!(
            "The forecast ends on {date}, after {} trading days.",
            forecast.dates.len()
        ),
        Topic::Horizon => format!("The horizon is {} trading days, to {date}.", forecast.dates.len()),
        Topic::Paths => format!(
            "The model drew {} paths, of which {} were used.",
            forecast.samples,
            forecast.samples - forecast.rejected.min(forecast.samples)
        ),
        Topic::Rejected => format!("{} of {} paths were rejected.", forecast.rejected, forecast.samples),
        Topic::Reliable => {
            let words = if forecast.reliable {
                "is reliable for this horizon by its backtests"
            } else {
                "is not reliable"
            };
            format!("The forecast {words}. {}", forecast.warnings.join(" "))
                .trim_end()
                .to_owned()
        }
        _ => return None,
    })
}

fn news(topic: Topic, sentiment: &Sentiment) -> String {
    let counts = sentiment.counts;
    let all = counts.positive + counts.negative + counts.neutral;
    match topic {
        Topic::Positive => format!("{} of {all} headlines are positive.", counts.positive),
        Topic::Negative => format!("{} of {all} headlines are negative.", counts.negative),
        Topic::Neutral => format!("{} of {all} headlines are neutral.", counts.neutral),
        Topic::NetScore => format!(
            "The net sentiment score is {:+.2} (-1 to 1), of {all} headlines: {} positive, {} negative, {} neutral.",
            sentiment.net_score, counts.positive, counts.negative, counts.neutral
        ),
        _ => format!(
            "There are {all} headlines: {} positive, {} negative, {} neutral.",
            counts.positive, counts.negative, counts.neutral
        ),
    }
}

fn models(analysis: &Analysis) -> Option<String> {
    let models = &analysis.models;
    let named = [
        ("forecaster", &models.forecaster),
        ("classifier", &models.sentiment),
        ("reporter", &models.reporter),
    ];
    let parts: Vec<String> = named
        .iter()
        .filter_map(|(role, model)| Some(format!("the {role} is {}", model.as_ref()?.id)))
        .collect();
    (!parts.is_empty()).then(|| format!("Of the models, {}.", parts.join(", ")))
}

/// The last day.
pub(super) fn last(dates: &[NaiveDate]) -> String {
    dates.last().map(ToString::to_string).unwrap_or_default()
}

/// The call and its reasons.
pub(super) fn call(analysis: &Analysis) -> Option<String> {
    let stance = analysis.stance.as_ref()?;
    let because = stance.because.join(" ");
    Some(format!(
        "The call is {}, by a rule and not as advice. {because}",
        stance.call.printed().to_lowercase()
    ))
}

fn trend(trend: Trend) -> &'static str {
    match trend {
        Trend::Upward => "upward",
        Trend::Stable => "stable, within 5%",
        Trend::Downward => "downward",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Bullish => "bullish",
        Direction::Neutral => "neutral",
        Direction::Bearish => "bearish",
    }
}
