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

use serde::{Deserialize, Serialize};

use self::requests::ReportRequests;
use self::review::Hindsight;
use super::in_flight::{InFlight, load_cancel};
use crate::analysis::{LedgerRow, Sink, StageName};
use crate::engine::{
    ContextPlan, Engine, EngineError, Language, LanguageFile, LanguageWork, Layout, Stage, Vocabulary,
};

/// Most tokens of a summary: three sentences.
const SUMMARY_TOKENS: usize = 220;

/// Most tokens of a report: five sections.
const REPORT_TOKENS: usize = 1000;

/// Most tokens of a review: three sections.
const REVIEW_TOKENS: usize = 700;

/// Most jobs whose texts are written side by side: beyond that a step of the model costs as much more as it brings.
const MOST_TOGETHER: usize = 32;

/// The model that fills the reporter's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReporterModel {
    /// The weights.
    pub file: LanguageFile,
    /// Whether it puts figures where they belong; otherwise only the sentences that code writes hold any.
    pub quotes_figures: bool,
}

/// Stage 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportStage {
    /// The model.
    pub model: ReporterModel,
}

impl Stage<InFlight> for ReportStage {
    fn name(&self) -> StageName {
        StageName::Report
    }

    fn run(
        &self,
        engine: &mut dyn Engine,
        jobs: &mut [&mut InFlight],
        sink: &Sink<'_>,
    ) -> (Option<LedgerRow>, Result<(), EngineError>) {
        let cancel = load_cancel(jobs);
        let mut work = Reporting {
            model: &self.model,
            jobs,
            fits: Vec::new(),
            sink,
        };
        engine.language(StageName::Report, &self.model.file, &cancel, &mut work, sink)
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
                Err(message) => {
                    job.fail(StageName::Report, message, self.sink);
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
fn plan(job: &InFlight, model: &ReporterModel, vocabulary: &dyn Vocabulary) -> Result<ContextPlan, String> {
    let facts = if model.quotes_figures {
        facts::job_facts(job)
    } else {
        Vec::new()
    };
    let report = prompts::report_prompt(job, &facts, Some("")).map_err(|error| error.to_string())?;
    let report_tokens = vocabulary.count(&report).map_err(|error| error.to_string())? + SUMMARY_TOKENS;
    let mut demand = ContextPlan::of(report_tokens, 1, REPORT_TOKENS);
    if let Some(sentiment) = &job.sentiment {
        let summary = prompts::summary_prompt(job, sentiment).map_err(|error| error.to_string())?;
        let tokens = vocabulary.count(&summary).map_err(|error| error.to_string())?;
        demand = demand.max(ContextPlan::of(tokens, 1, SUMMARY_TOKENS));
    }
    if let Some(hindsight) = Hindsight::of(job).map_err(|error| error.to_string())? {
        let facts = if model.quotes_figures {
            hindsight.facts()
        } else {
            Vec::new()
        };
        let review = review::review_prompt(&hindsight, &facts).map_err(|error| error.to_string())?;
        let tokens = vocabulary.count(&review).map_err(|error| error.to_string())?;
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
        .to_string());
    }
    Ok(demand)
}
