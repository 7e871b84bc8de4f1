//! Collects the engine's events while forecasts are sampled: events come in, a [`Sampled`] forecast with its paths goes out. An
//! analysis does not contain the paths, but the scores need them.

use std::collections::{BTreeMap, HashMap};

use crate::analysis::{Event, FirstDay, StageError, StageName};

/// A forecast with its sample paths.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sampled {
    /// Median close for each day.
    pub median: Vec<f64>,
    /// Quantile level to one price a day.
    pub quantiles: BTreeMap<String, Vec<f64>>,
    /// The accepted paths.
    pub paths: Vec<Vec<f64>>,
    /// Number of rejected paths.
    pub rejected: usize,
    /// Those of them that were no list of prices.
    pub unparsable: usize,
    /// Number of prompt tokens.
    pub prompt_tokens: usize,
    /// The distribution of the first day's log return, where the model gives a day one token.
    pub first_day: Option<FirstDay>,
}

/// The outcome of a job's forecast.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The forecast succeeded.
    Made(Sampled),
    /// The forecast failed.
    Failed(StageError),
}

/// Collects the forecasts of several jobs.
#[derive(Debug, Default)]
pub struct Watch(HashMap<String, Sampled>);

impl Watch {
    /// Processes an event. Returns the forecast that it completes, with the job's id.
    pub fn hear(&mut self, event: &Event) -> Option<(String, Outcome)> {
        match event {
            Event::Prefill {
                job,
                stage: StageName::FORECAST,
                of,
                ..
            } => {
                self.0.entry(job.clone()).or_default().prompt_tokens = *of;
                None
            }
            Event::PathSampled {
                job, closes, accepted, ..
            } => {
                let sampled = self.0.entry(job.clone()).or_default();
                if *accepted {
                    sampled.paths.push(closes.clone());
                } else if closes.is_empty() {
                    sampled.unparsable += 1;
                }
                None
            }
            Event::ForecastMade {
                job,
                median,
                quantiles,
                rejected,
                first_day,
            } => {
                let heard = self.0.remove(job).unwrap_or_default();
                let sampled = Sampled {
                    median: median.clone(),
                    quantiles: quantiles.clone(),
                    rejected: *rejected,
                    first_day: first_day.as_deref().cloned(),
                    ..heard
                };
                Some((job.clone(), Outcome::Made(sampled)))
            }
            Event::StageFailed {
                job,
                stage: StageName::FORECAST,
                kind,
                message,
                ..
            } => {
                self.0.remove(job);
                Some((job.clone(), Outcome::Failed(StageError::new(*kind, message.clone()))))
            }
            _ => None,
        }
    }

    /// Discards unfinished forecasts, because their stage starts again.
    pub fn begin_again(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::FailureKind;

    #[test]
    fn a_forecast_is_put_together_from_its_own_events() {
        let mut watch = Watch::default();
        let path = |job: &str, close: f64, accepted: bool| Event::PathSampled {
            job: job.into(),
            done: 1,
            of: 2,
            closes: vec![close],
            accepted,
        };
        let unparsable = Event::PathSampled {
            job: "a".into(),
            done: 2,
            of: 2,
            closes: Vec::new(),
            accepted: false,
        };
        for event in [
            path("a", 1.0, true),
            path("b", 2.0, true),
            path("a", 9.0, false),
            unparsable,
        ] {
            assert_eq!(watch.hear(&event), None);
        }
        let made = Event::ForecastMade {
            job: "a".into(),
            median: vec![1.0],
            quantiles: BTreeMap::new(),
            rejected: 1,
            first_day: None,
        };
        let sampled = Sampled {
            median: vec![1.0],
            paths: vec![vec![1.0]],
            rejected: 1,
            unparsable: 1,
            ..Sampled::default()
        };
        assert_eq!(watch.hear(&made), Some(("a".into(), Outcome::Made(sampled))));
        let failed = Event::StageFailed {
            job: "b".into(),
            stage: StageName::FORECAST,
            kind: FailureKind::NoUsablePath,
            retryable: false,
            message: "no path".into(),
        };
        let error = StageError::new(FailureKind::NoUsablePath, "no path");
        assert_eq!(watch.hear(&failed), Some(("b".into(), Outcome::Failed(error))));
    }
}
