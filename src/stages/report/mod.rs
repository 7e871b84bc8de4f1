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
use crate::analysis::{LedgerRow, ModelRef, Sink, StageName};
use crate::engine::{
    Capability, Engine, EngineError, Estimate, Keeps, Language, LanguageInfo, LanguageWork, Prompt, Stage, Workload,
};

/// Most tokens of a summary: three sentences.
const SUMMARY_TOKENS: usize = 220;

/// Most tokens of a report: five sections.
const REPORT_TOKENS: usize = 1000;

/// Most tokens of a review: three sections.
const REVIEW_TOKENS: usize = 700;

/// The model that fills the reporter's role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReporterModel {
    /// By name and content.
    pub model: ModelRef,
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
        engine.language(StageName::Report, &self.model.model, &cancel, &mut work, sink)
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
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        // The grammar is what keeps figures out of a report that code did not compute.
        language.capabilities().require(Capability::Regex)?;
        let mut requests = Vec::new();
        for job in self.jobs.iter_mut() {
            match plan(job, self.model, language) {
                Ok(texts) => {
                    requests.extend(texts);
                    self.fits.push(true);
                }
                Err(message) => {
                    job.fail(StageName::Report, message, self.sink);
                    self.fits.push(false);
                }
            }
        }
        Ok(Workload {
            requests,
            // The texts of one job are written one after the other.
            together: self.fits.iter().filter(|&&fits| fits).count(),
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let mut requests = ReportRequests::new(self.model, self.jobs, &self.fits, self.sink);
        language.serve(&mut requests)
    }
}

/// The texts of a job; the summary's text, not written yet, counts at its longest in the report's prompt.
fn plan(job: &InFlight, model: &ReporterModel, language: &dyn LanguageInfo) -> Result<Vec<Estimate>, String> {
    let estimate = |prompt: &Prompt, grows: usize, max_tokens: usize| -> Result<Estimate, String> {
        let fit = language.fit(prompt, grows + max_tokens);
        let tokens = fit
            .and_then(|fit| fit.or_too_long("use a reporter with a longer context, or fewer headlines"))
            .map_err(|error| error.to_string())?;
        Ok(Estimate {
            keeps: Keeps::Instructions,
            ..Estimate::one(tokens.map(|tokens| tokens + grows), max_tokens)
        })
    };
    let facts = if model.quotes_figures {
        facts::job_facts(job)
    } else {
        Vec::new()
    };
    let report = prompts::report_prompt(job, &facts, Some("")).map_err(|error| error.to_string())?;
    let mut texts = vec![estimate(&report, SUMMARY_TOKENS, REPORT_TOKENS)?];
    if let Some(sentiment) = &job.sentiment {
        let summary = prompts::summary_prompt(job, sentiment).map_err(|error| error.to_string())?;
        texts.push(estimate(&summary, 0, SUMMARY_TOKENS)?);
    }
    if let Some(hindsight) = Hindsight::of(job).map_err(|error| error.to_string())? {
        let facts = if model.quotes_figures {
            hindsight.facts()
        } else {
            Vec::new()
        };
        let review = review::review_prompt(&hindsight, &facts).map_err(|error| error.to_string())?;
        texts.push(estimate(&review, 0, REVIEW_TOKENS)?);
    }
    Ok(texts)
}
