//! Stage 3: facts, headlines and their labels in, the sentiment summary and the report out, both over one arena.
//! Code computes every figure and writes each section's first sentence; the grammar admits no other figure; the check counts
//! them once more.

mod draft;
mod facts;
mod grammar;
mod leads;
mod prompts;
mod readings;
mod requests;
mod review;

use self::draft::{REPORT_TOKENS, REVIEW_TOKENS, SUMMARY_TOKENS};
use self::requests::ReportRequests;
use self::review::Hindsight;
use super::in_flight::{InFlight, load_cancel};
use super::models::{ReporterModel, StageModels};
use super::stage::{Ran, Stage};
use crate::analysis::{Sink, StageError, StageName};
use crate::engine::{ContextPlan, Engine, EngineError, Language, LanguageWork, Layout, Vocabulary};

/// Most jobs whose texts are written side by side: beyond that a step of the model costs as much more as it brings.
const MOST_TOGETHER: usize = 32;

/// Stage 3.
#[derive(Debug)]
pub(super) struct ReportStage;

impl Stage for ReportStage {
    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let model = match models.reporter() {
            Ok(model) => model,
            Err(error) => return (None, Err(error)),
        };
        let cancel = load_cancel(jobs);
        let mut work = Reporting {
            model,
            jobs,
            fits: Vec::new(),
            sink,
        };
        let (row, done) = engine.language(StageName::REPORT, &model.file, &cancel, &mut work, sink);
        (row, done.map_err(StageError::from))
    }
}

struct Reporting<'a, 'j> {
    model: &'a ReporterModel,
    jobs: &'a mut [&'j mut InFlight],
    /// For each job, whether its prompts fit.
    fits: Vec<bool>,
    sink: &'a Sink<'a>,
}

impl LanguageWork for Reporting<'_, '_> {
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, EngineError> {
        let mut demand = ContextPlan::default();
        for job in self.jobs.iter_mut() {
            match plan(job, self.model, vocabulary) {
                Ok(needed) => {
                    demand = demand.max(needed);
                    self.fits.push(true);
                }
                Err(error) => {
                    job.fail(StageName::REPORT, error, self.sink);
                    self.fits.push(false);
                }
            }
        }
        if demand.cells > 0 {
            demand.sequences = self.fits.iter().filter(|&&fits| fits).count().min(MOST_TOGETHER);
            demand.layout = Layout::Apart;
        }
        Ok(demand)
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let mut desk = ReportRequests::new(self.model, self.jobs, &self.fits, self.sink);
        language.serve(&mut desk)
    }
}

/// What the longest text of a job needs; the summary's text, not written yet, counts at its longest.
fn plan(job: &InFlight, model: &ReporterModel, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, StageError> {
    let facts = if model.quotes_figures {
        facts::job_facts(job)
    } else {
        Vec::new()
    };
    let report = prompts::report_prompt(job, &facts, Some(""))?;
    let report_tokens = vocabulary.count(&report)? + SUMMARY_TOKENS;
    let mut demand = ContextPlan::of(report_tokens, 1, REPORT_TOKENS);
    if let Some(sentiment) = &job.sentiment {
        let summary = prompts::summary_prompt(job, sentiment)?;
        let tokens = vocabulary.count(&summary)?;
        demand = demand.max(ContextPlan::of(tokens, 1, SUMMARY_TOKENS));
    }
    if let Some(hindsight) = Hindsight::of(job)? {
        let facts = if model.quotes_figures {
            hindsight.facts()
        } else {
            Vec::new()
        };
        let review = review::review_prompt(&hindsight, &facts)?;
        let tokens = vocabulary.count(&review)?;
        demand = demand.max(ContextPlan::of(tokens, 1, REVIEW_TOKENS));
    }
    let limit = vocabulary.context_length();
    if demand.cells > limit {
        return Err(EngineError::PromptTooLong {
            tokens: demand.cells - REPORT_TOKENS,
            reserved: REPORT_TOKENS,
            limit,
            hint: "use a reporter with a longer context, or fewer headlines".into(),
        }
        .into());
    }
    Ok(demand)
}
