//! What stands above the call wherever an analysis is shown: a job and its forecaster come in, sentences go out, the most important
//! first.

use chrono::NaiveDate;

use super::in_flight::InFlight;
use crate::analysis::{Event, FailureKind, ModelRef, Sentiment, Sink, StageName};
use crate::grounding::Locale;
use crate::market::SourceKind;

/// What a reader must know before the call.
enum Caution {
    NoForecast,
    DoubtfulPrices,
    NotReliable,
    Contaminated { until: NaiveDate },
    DemoPrices { last: NaiveDate },
    DemoHeadlines,
    NoHeadlines,
    NoneRead,
}

/// Sends what a reader must know before the call, so that it stands before the report.
pub(super) fn announce(job: &InFlight, forecaster: Option<&ModelRef>, sink: &Sink<'_>) {
    sink(Event::Cautions {
        job: job.job.id.clone(),
        cautions: cautions(job, forecaster),
    });
}

/// What a reader must know before the call, in the job's language.
pub(crate) fn cautions(job: &InFlight, forecaster: Option<&ModelRef>) -> Vec<String> {
    let locale = job.job.options.language;
    let cautions = found(job, forecaster).into_iter();
    cautions.map(|caution| caution.sentence(locale)).collect()
}

fn found(job: &InFlight, forecaster: Option<&ModelRef>) -> Vec<Caution> {
    let mut cautions = Vec::new();
    let asked = |stage| job.job.options.stages.contains(&stage);
    match &job.forecast {
        None if asked(StageName::FORECAST) => {
            let mut failures = job.failures.iter();
            let doubtful = failures.any(|failure| failure.kind == FailureKind::DoubtfulPrices);
            cautions.push(if doubtful {
                Caution::DoubtfulPrices
            } else {
                Caution::NoForecast
            });
        }
        Some(forecast) if !forecast.reliable => cautions.push(Caution::NotReliable),
        _ => {}
    }
    let trained_until = forecaster.and_then(|model| model.trained_until);
    let first = job.dates.first().filter(|_| job.forecast.is_some());
    if let Some((until, _)) = trained_until.zip(first).filter(|(until, first)| until >= *first) {
        cautions.push(Caution::Contaminated { until });
    }
    if job.job.series.source == SourceKind::Demo {
        let last = job.job.series.last().map(|bar| bar.date).unwrap_or_default();
        cautions.push(Caution::DemoPrices { last });
    }
    if job.job.news.illustrative {
        cautions.push(Caution::DemoHeadlines);
    }
    let unread = |sentiment: &Sentiment| sentiment.headlines.is_empty() && !sentiment.unread.is_empty();
    if asked(StageName::SENTIMENT) && job.job.news.headlines.is_empty() {
        cautions.push(Caution::NoHeadlines);
    } else if job.sentiment.as_ref().is_some_and(unread) {
        cautions.push(Caution::NoneRead);
    }
    cautions
}

impl Caution {
    fn sentence(&self, locale: Locale) -> String {
        let date = |date: &NaiveDate| locale.figure(&date.to_string());
        match locale {
            Locale::En => match self {
                Caution::NoForecast => "There is no forecast: it failed.".to_owned(),
                Caution::DoubtfulPrices => "There is no forecast: the prices may be wrong.".to_owned(),
                Caution::NotReliable => "This forecast is not reliable.".to_owned(),
                Caution::Contaminated { until } => format!(
                    "Contaminated: the forecaster was trained on texts up to {}, which may hold the days it forecasts.",
                    date(until)
                ),
                Caution::DemoPrices { last } => {
                    format!("Demo data: the prices are real and end on {}.", date(last))
                }
                Caution::DemoHeadlines => "Demo data: the headlines are invented and report no real event.".to_owned(),
                Caution::NoHeadlines => "No headlines were found, so the news plays no part.".to_owned(),
                Caution::NoneRead => {
                    "No headline is in a language that the classifier reads, so the news plays no part.".to_owned()
                }
            },
            Locale::De => match self {
                Caution::NoForecast => "Es gibt keine Prognose: Sie ist fehlgeschlagen.".to_owned(),
                Caution::DoubtfulPrices => "Es gibt keine Prognose: Die Kurse sind womöglich falsch.".to_owned(),
                Caution::NotReliable => "Diese Prognose ist nicht verlässlich.".to_owned(),
                Caution::Contaminated { until } => format!(
                    "Kontaminiert: Das Prognosemodell wurde mit Texten bis zum {} trainiert; sie können die Tage enthalten, die es vorhersagt.",
                    date(until)
                ),
                Caution::DemoPrices { last } => {
                    format!("Demodaten: Die Kurse sind echt und enden am {}.", date(last))
                }
                Caution::DemoHeadlines => {
                    "Demodaten: Die Schlagzeilen sind erfunden und berichten von keinem wirklichen Ereignis.".to_owned()
                }
                Caution::NoHeadlines => {
                    "Es wurden keine Schlagzeilen gefunden, deshalb spielen die Nachrichten keine Rolle.".to_owned()
                }
                Caution::NoneRead => {
                    "Keine Schlagzeile ist in einer Sprache, die der Klassifikator liest, deshalb spielen die Nachrichten keine Rolle."
                        .to_owned()
                }
            },
        }
    }
}
