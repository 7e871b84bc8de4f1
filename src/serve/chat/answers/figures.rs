//! The figures of an analysis as sentences, each with what it is and the day it is of.

use chrono::NaiveDate;

use super::question::{Places, Question};
use super::topics::{Topic, topics};
use crate::analysis::{Analysis, Direction, Forecast, Sentiment};
use crate::grounding::{percent, price};
use crate::indicators::{CrossKind, Trend, VolatilityClass};

/// Words for a change of a price.
const CHANGE: [&str; 30] = [
    "return",
    "change",
    "changed",
    "move",
    "moved",
    "gain",
    "gained",
    "lose",
    "lost",
    "rise",
    "rose",
    "risen",
    "fall",
    "fell",
    "fallen",
    "drop",
    "dropped",
    "performance",
    "perform",
    "performed",
    "up",
    "down",
    "increase",
    "decrease",
    "climb",
    "climbed",
    "rendite",
    "gestiegen",
    "gefallen",
    "do",
];

/// Answers for what a question asks of the figures; empty when it asks for none that exists.
pub(super) fn figures(question: &Question, analysis: &Analysis) -> Vec<String> {
    let figures = Figures { analysis };
    let mut said = Vec::new();
    let mut taken = Places::new();
    figures.on_a_date(question, &mut said);
    if !said.is_empty() {
        return said;
    }
    figures.averages(question, &mut taken, &mut said);
    if question.is_of_the_future() {
        figures.after_days(question, &mut taken, &mut said);
    } else {
        figures.returns(question, &mut taken, &mut said);
    }
    for topic in topics(question, &taken) {
        let sentence = figures
            .say(topic)
            .unwrap_or_else(|| "This analysis has no figure for that.".to_owned());
        if !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

struct Figures<'a> {
    analysis: &'a Analysis,
}

impl Figures<'_> {
    fn price(&self, value: f64) -> String {
        price(value, &self.analysis.currency)
    }

    /// The close or the forecast of a day that the question names.
    fn on_a_date(&self, question: &Question, said: &mut Vec<String>) {
        let Some(date) = question.date(self.analysis.as_of) else {
            return;
        };
        let asks_for_a_price = question.has(&[
            "close",
            "closed",
            "price",
            "forecast",
            "median",
            "trade",
            "predict",
            "predicted",
            "value",
            "worth",
            "kurs",
            "what",
            "expect",
            "expected",
            "where",
        ]);
        if !asks_for_a_price {
            return;
        }
        if date > self.analysis.as_of {
            let day = self
                .analysis
                .forecast
                .as_ref()
                .and_then(|forecast| Some((forecast, forecast.dates.iter().position(|day| *day == date)?)));
            said.push(match day {
                Some((forecast, at)) => self.forecast_of(forecast, at),
                None => format!(
                    "This analysis has no forecast for {date}: it is no trading day of the forecast, or lies beyond it."
                ),
            });
            return;
        }
        let close = self.analysis.history.iter().find(|point| point.date == date);
        said.push(match (close, self.analysis.history.first()) {
            (Some(point), _) => format!("The close on {date} was {}.", self.price(point.close)),
            (None, Some(first)) => format!(
                "{date} is not in this analysis: its closes are those of the trading days from {} to {}.",
                first.date, self.analysis.as_of
            ),
            (None, None) => format!("{date} is not in this analysis."),
        });
    }

    /// Moving averages, by the number of days that the question names.
    fn averages(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let names = question.places(&["average", "moving average", "ma", "sma", "gleitender", "durchschnitt"]);
        if names.is_empty() || question.has(&["cross", "crossed", "crossing", "crossover"]) {
            return;
        }
        let features = &self.analysis.features;
        let as_of = self.analysis.as_of;
        let numbers = question.numbers();
        let has = |value: usize| {
            numbers.iter().any(|(_, number)| *number == value) || (value == 200 && question.has(&["two hundred"]))
        };
        let mut any = false;
        for (days, value, words) in [
            (50, features.sma_50, ["short", "shorter"]),
            (200, features.sma_200, ["long", "longer"]),
        ] {
            if !has(days) && !question.has(&words) {
                continue;
            }
            any = true;
            said.push(match value {
                Some(value) => format!("The {days}-day moving average is {}, as of {as_of}.", self.price(value)),
                None => format!("This analysis has no {days}-day moving average: its series is too short."),
            });
        }
        let other = numbers
            .iter()
            .find(|(_, number)| (2..1000).contains(number) && ![50, 200].contains(number));
        if let (false, Some((_, days))) = (any, other) {
            any = true;
            said.push(format!(
                "A {days}-day average is not in this analysis; it holds those of 50 and 200 days."
            ));
        }
        if !any && question.has(&["moving", "ma", "sma"]) {
            any = true;
            for (days, value) in [(50, features.sma_50), (200, features.sma_200)] {
                said.extend(
                    value
                        .map(|value| format!("The {days}-day moving average is {}, as of {as_of}.", self.price(value))),
                );
            }
        }
        if any {
            taken.extend(names);
            taken.extend(numbers.iter().map(|(at, _)| *at));
            taken.extend(question.places(&["day", "price", "close", "level", "value", "stand", "short", "long"]));
        }
    }

    /// Returns of the past, by the stretch of time that the question names.
    fn returns(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let words = question.places(&CHANGE);
        if words.is_empty()
            || question.has(&[
                "volatility",
                "volatile",
                "headline",
                "news",
                "support",
                "resistance",
                "gap",
                "cross",
                "momentum",
                "rsi",
                "drawdown",
                "sentiment",
                "peak",
                "highest",
                "trend",
            ])
        {
            return;
        }
        let features = &self.analysis.features;
        let as_of = self.analysis.as_of;
        let stretches = question.stretches();
        for (days, places) in &stretches {
            let (value, name) = match days {
                1 => (features.return_1d, "1-day return"),
                5 | 7 => (features.return_5d, "5-day return (a week)"),
                20..=22 | 30 => (features.return_21d, "21-day return (a month)"),
                252 | 365 => (features.momentum_12_1, "12-month return without the last month"),
                _ => {
                    said.push(format!("A return over {days} trading days is not in this analysis; it holds those of 1, 5 and 21 days, and of 12 months without the last."));
                    taken.extend(places);
                    taken.extend(&words);
                    continue;
                }
            };
            said.push(match value {
                Some(value) => format!("The {name} is {}, as of {as_of}.", percent(value)),
                None => format!("This analysis has no {name}: its series is too short."),
            });
            taken.extend(places);
            taken.extend(&words);
        }
        if stretches.is_empty()
            && question.has(&[
                "return",
                "performance",
                "perform",
                "performed",
                "rendite",
                "gained",
                "lost",
            ])
        {
            let all = [
                ("1 day", features.return_1d),
                ("5 days", features.return_5d),
                ("21 days", features.return_21d),
            ];
            let parts: Vec<String> = all
                .iter()
                .filter_map(|(days, value)| Some(format!("{} over {days}", percent((*value)?))))
                .collect();
            if !parts.is_empty() {
                said.push(format!("The returns are {}, as of {as_of}.", parts.join(", ")));
                taken.extend(words);
            }
        }
    }

    /// The forecast of the day that lies so many days ahead.
    fn after_days(&self, question: &Question, taken: &mut Places, said: &mut Vec<String>) {
        let Some(forecast) = &self.analysis.forecast else {
            return;
        };
        if question.has(&["return", "change", "gain", "rise", "fall", "horizon", "many"]) {
            return;
        }
        for (days, places) in question.stretches() {
            let counted = places.len() > 1 || question.has(&["tomorrow", "next day", "next week", "next month"]);
            if !counted {
                continue;
            }
            taken.extend(&places);
            taken.extend(question.places(&[
                "price",
                "close",
                "forecast",
                "median",
                "in",
                "will",
                "be",
                "predicted",
                "expected",
                "trade",
            ]));
            said.push(match days.checked_sub(1).filter(|at| *at < forecast.dates.len()) {
                Some(at) => self.forecast_of(forecast, at),
                None => format!(
                    "The forecast ends after {} trading days, on {}.",
                    forecast.dates.len(),
                    last(&forecast.dates)
                ),
            });
        }
        if question.has(&["tomorrow"]) && said.is_empty() && !forecast.dates.is_empty() {
            taken.extend(question.places(&["tomorrow", "price", "close", "will", "be"]));
            said.push(self.forecast_of(forecast, 0));
        }
    }

    fn forecast_of(&self, forecast: &Forecast, at: usize) -> String {
        let of = |level: &str| {
            forecast
                .quantiles
                .get(level)
                .and_then(|prices| prices.get(at))
                .map(|value| self.price(*value))
        };
        let date = forecast.dates.get(at).map(ToString::to_string).unwrap_or_default();
        let median = forecast
            .median
            .get(at)
            .map(|value| self.price(*value))
            .unwrap_or_default();
        match (of("0.1"), of("0.9")) {
            (Some(low), Some(high)) => format!(
                "The median forecast for {date}, trading day {}, is {median}; the 80% band goes from {low} to {high}.",
                at + 1
            ),
            _ => format!("The median forecast for {date}, trading day {}, is {median}.", at + 1),
        }
    }

    /// The sentence of a topic; `None` where the analysis has no such figure.
    fn say(&self, topic: Topic) -> Option<String> {
        let analysis = self.analysis;
        let (features, as_of) = (&analysis.features, analysis.as_of);
        let company = analysis.company.as_deref().unwrap_or(&analysis.ticker);
        Some(match topic {
            Topic::LastClose => format!("The last close is {}, on {as_of}.", self.price(analysis.last_close)),
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
            Topic::MeanClose => format!(
                "The mean close of the context window is {}.",
                self.price(features.mean?)
            ),
            Topic::Deviation => format!(
                "The standard deviation of the closes in the context window is {}.",
                self.price(features.std_dev?)
            ),
            Topic::Support => format!("Support lies at {}, as of {as_of}.", self.price(features.support?)),
            Topic::SupportTouches => format!(
                "The price turned {} times at the support of {}.",
                features.support_touches?,
                self.price(features.support?)
            ),
            Topic::Resistance => format!(
                "Resistance lies at {}, as of {as_of}.",
                self.price(features.resistance?)
            ),
            Topic::ResistanceTouches => {
                format!(
                    "The price turned {} times at the resistance of {}.",
                    features.resistance_touches?,
                    self.price(features.resistance?)
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
            _ => self.of_forecast(topic, analysis.forecast.as_ref()?)?,
        })
    }

    fn of_forecast(&self, topic: Topic, forecast: &Forecast) -> Option<String> {
        let date = last(&forecast.dates);
        let of = |level: &str| {
            forecast
                .quantiles
                .get(level)
                .and_then(|prices| prices.last())
                .map(|value| self.price(*value))
        };
        Some(match topic {
            Topic::Median => format!(
                "The median forecast for {date} is {}.",
                self.price(*forecast.median.last()?)
            ),
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

fn last(dates: &[NaiveDate]) -> String {
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
