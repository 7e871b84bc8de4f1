//! The reporter's desk: jobs in, each with a summary, a report and in a test a review out. The texts of one job are written one
//! after the other, since each is in the next one's prompt; those of several jobs are written side by side.

use std::collections::VecDeque;

use super::draft::{self, Draft, Part};
use crate::analysis::{Event, Sink, StageError, StageName};
use crate::engine::{Capacity, Completion, EngineError, Generate, RequestSource, Step, Vocabulary};
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;

/// The desk of one opening of the reporter's arena.
pub(super) struct ReportRequests<'a, 'j> {
    model: &'a ReporterModel,
    jobs: &'a mut [&'j mut InFlight],
    sink: &'a Sink<'a>,
    /// Jobs and what each writes next; one that has begun comes before those that have not.
    waiting: VecDeque<(usize, Part)>,
    /// The first of those, rendered and counted, while it waits for room.
    next: Option<(usize, Draft, usize)>,
    /// What each job writes now.
    in_hand: Vec<Option<Draft>>,
}

impl<'a, 'j> ReportRequests<'a, 'j> {
    /// A desk for those jobs whose prompts fit.
    pub(super) fn new(
        model: &'a ReporterModel,
        jobs: &'a mut [&'j mut InFlight],
        fits: &[bool],
        sink: &'a Sink<'a>,
    ) -> Self {
        let fitting = fits.iter().enumerate().filter(|&(_, &fits)| fits);
        let waiting = fitting.map(|(index, _)| (index, Part::first(jobs[index]))).collect();
        ReportRequests {
            model,
            in_hand: jobs.iter().map(|_| None).collect(),
            jobs,
            sink,
            waiting,
            next: None,
        }
    }

    /// The next draft that can be written, with its job and the tokens of its prompt.
    fn take_next(&mut self, vocabulary: &dyn Vocabulary) -> Option<(usize, Draft, usize)> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        while let Some((index, part)) = self.waiting.pop_front() {
            if part == Part::first(self.jobs[index]) {
                (self.sink)(Event::JobStarted {
                    job: self.jobs[index].job.id.clone(),
                    stage: StageName::REPORT,
                });
            }
            let drafted = Draft::new(self.jobs[index], part, self.model).and_then(|draft| {
                let tokens = vocabulary.count(&draft.request().prompt)?;
                Ok((index, draft, tokens))
            });
            match drafted {
                Ok(next) => return Some(next),
                Err(error) => self.jobs[index].fail(StageName::REPORT, error, self.sink),
            }
        }
        None
    }
}

impl RequestSource for ReportRequests<'_, '_> {
    fn next(&mut self, room: Capacity, vocabulary: &dyn Vocabulary) -> Option<(usize, Generate)> {
        let (index, draft, tokens) = self.take_next(vocabulary)?;
        // The plan opened a context that holds any of them, so nothing waits for ever.
        if !room.holds(tokens, draft.request().max_tokens) {
            self.next = Some((index, draft, tokens));
            return None;
        }
        let request = draft.request().clone();
        self.in_hand[index] = Some(draft);
        Some((index, request))
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
