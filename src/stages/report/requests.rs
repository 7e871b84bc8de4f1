//! The reporter's requests: jobs come in, each gets a summary, a report and, in a backtest, a review. Each text of a job is
//! part of the next one's prompt, so they are written one after the other; texts of different jobs can be decoded together.

use std::collections::VecDeque;

use super::draft::{self, Draft, Next, Part};
use super::{prompts, rules};
use crate::analysis::{Event, ModelRef, Sink, StageError, StageName};
use crate::engine::{Completion, EngineError, Generate, LanguageInfo, RequestSource, Step};
use crate::stages::cautions::announce;
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;

/// The requests served while the reporter's model is open.
pub(super) struct ReportRequests<'a, 'j> {
    model: &'a ReporterModel,
    /// The model that made the jobs' forecasts.
    forecaster: Option<&'a ModelRef>,
    jobs: &'a mut [&'j mut InFlight],
    sink: &'a Sink<'a>,
    /// Jobs with what they write next; jobs that have started come first.
    waiting: VecDeque<(usize, Next)>,
    /// The text that each job is writing now.
    in_hand: Vec<Option<Draft>>,
}

impl<'a, 'j> ReportRequests<'a, 'j> {
    /// Creates the requests of the jobs whose prompts fit.
    pub(super) fn new(
        model: &'a ReporterModel,
        forecaster: Option<&'a ModelRef>,
        jobs: &'a mut [&'j mut InFlight],
        fits: &[bool],
        sink: &'a Sink<'a>,
    ) -> Self {
        for job in jobs.iter_mut() {
            summarise_by_rules(job);
        }
        let fitting = fits.iter().enumerate().filter(|&(_, &fits)| fits);
        let waiting = fitting
            .map(|(index, _)| (index, Next::Write(Part::first(jobs[index]))))
            .collect();
        ReportRequests {
            model,
            forecaster,
            in_hand: jobs.iter().map(|_| None).collect(),
            jobs,
            sink,
            waiting,
        }
    }
}

/// Headlines that the reporter may not read are summarised by code.
fn summarise_by_rules(job: &mut InFlight) {
    let locale = job.job.options.language;
    if let Some(sentiment) = &mut job.sentiment
        && !sentiment.headlines.is_empty()
        && prompts::shown(sentiment).next().is_none()
    {
        sentiment.summary = Some(rules::summary(sentiment, locale));
    }
}

impl RequestSource for ReportRequests<'_, '_> {
    fn next(&mut self, _model: &dyn LanguageInfo) -> Option<(usize, Generate)> {
        while let Some((index, next)) = self.waiting.pop_front() {
            let draft = match next {
                Next::Done => continue,
                Next::Again(draft) => Ok(*draft),
                Next::Write(part) => {
                    if part == Part::first(self.jobs[index]) {
                        (self.sink)(Event::JobStarted {
                            job: self.jobs[index].job.id.clone(),
                            stage: StageName::REPORT,
                        });
                        announce(self.jobs[index], self.forecaster, self.sink);
                    }
                    Draft::new(self.jobs[index], part, self.model)
                }
            };
            match draft {
                Ok(draft) => {
                    let request = draft.request().clone();
                    self.in_hand[index] = Some(draft);
                    return Some((index, request));
                }
                Err(error) => self.jobs[index].fail(StageName::REPORT, error, self.sink),
            }
        }
        None
    }

    fn watch(&mut self, number: usize, step: Step<'_>) {
        if let Some(draft) = &mut self.in_hand[number] {
            draft.watch(step, self.jobs[number], self.sink);
        }
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(draft) = self.in_hand[number].take() else {
            return;
        };
        let job = &mut *self.jobs[number];
        let result = match result {
            // The text stands without what was to be written again.
            Err(error) if draft.is_again() && !matches!(error, EngineError::Cancelled) => Ok(Vec::new()),
            result => result,
        };
        let written = result
            .map_err(StageError::from)
            .and_then(|completions| draft::keep(draft, completions, job));
        match written {
            Ok(next) => self.waiting.push_front((number, next)),
            Err(error) => job.fail(StageName::REPORT, error, self.sink),
        }
    }
}
