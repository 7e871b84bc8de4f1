//! The reporter's requests: jobs come in, each gets a summary, a report and, in a backtest, a review. Each text of a job is
//! part of the next one's prompt, so they are written one after the other; texts of different jobs can be decoded together.

use std::collections::VecDeque;

use super::draft::{self, Draft, Part};
use super::{prompts, rules};
use crate::analysis::{Event, Sink, StageError, StageName};
use crate::engine::{Completion, EngineError, Generate, LanguageInfo, RequestSource, Step};
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;

/// The requests served while the reporter's model is open.
pub(super) struct ReportRequests<'a, 'j> {
    model: &'a ReporterModel,
    jobs: &'a mut [&'j mut InFlight],
    sink: &'a Sink<'a>,
    /// Jobs with their next text; jobs that have started come first.
    waiting: VecDeque<(usize, Part)>,
    /// The text that each job is writing now.
    in_hand: Vec<Option<Draft>>,
}

impl<'a, 'j> ReportRequests<'a, 'j> {
    /// Creates the requests of the jobs whose prompts fit.
    pub(super) fn new(
        model: &'a ReporterModel,
        jobs: &'a mut [&'j mut InFlight],
        fits: &[bool],
        sink: &'a Sink<'a>,
    ) -> Self {
        for job in jobs.iter_mut() {
            summarise_by_rules(job);
        }
        let fitting = fits.iter().enumerate().filter(|&(_, &fits)| fits);
        let waiting = fitting.map(|(index, _)| (index, Part::first(jobs[index]))).collect();
        ReportRequests {
            model,
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
        while let Some((index, part)) = self.waiting.pop_front() {
            if part == Part::first(self.jobs[index]) {
                (self.sink)(Event::JobStarted {
                    job: self.jobs[index].job.id.clone(),
                    stage: StageName::REPORT,
                });
            }
            match Draft::new(self.jobs[index], part, self.model) {
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
            draft.watch(step, self.sink);
        }
    }

    fn finish(&mut self, number: usize, result: Result<Vec<Completion>, EngineError>) {
        let Some(draft) = self.in_hand[number].take() else {
            return;
        };
        let job = &mut *self.jobs[number];
        let written = result
            .map_err(StageError::from)
            .and_then(|completions| draft::keep(draft, completions, job));
        match written {
            Ok(Some(part)) => self.waiting.push_front((number, part)),
            Ok(None) => {}
            Err(error) => job.fail(StageName::REPORT, error, self.sink),
        }
    }
}
