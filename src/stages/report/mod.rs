//! Stage 3: facts and labelled headlines come in, the sentiment summary and the report go out, both from one open model, or from code
//! alone where the model writes no prose. Code computes every figure and the call and writes each section's first sentences, the
//! grammar allows no other figures, and a final check verifies each number again.

mod by_rules;
mod draft;
mod english;
mod facts;
mod frame;
mod german;
mod grammar;
mod locales;
mod phrasing;
mod prompts;
mod readings;
mod requests;
mod review;
mod rules;
mod wording;

pub(super) use self::by_rules::RuleWrittenStage;
use self::draft::{REPORT_TOKENS, REVIEW_TOKENS, SUMMARY_TOKENS};
pub(crate) use self::facts::with_evidence_of;
use self::prompts::Asked;
use self::requests::ReportRequests;
use self::review::Hindsight;
use super::in_flight::{InFlight, load_cancel};
use super::models::{ReporterModel, StageModels};
use super::stage::{Ran, Stage};
use super::stance::stance_of;
use crate::analysis::{ModelRef, Sink, StageError, StageName};
use crate::engine::{
    Capability, Engine, EngineError, Estimate, Keeps, Language, LanguageInfo, LanguageWork, Prompt, Workload,
};

/// The report stage.
#[derive(Debug)]
pub(super) struct ReportStage;

impl Stage for ReportStage {
    fn applies(&self, models: &StageModels) -> bool {
        models.reporter.as_ref().is_none_or(|model| model.writes_prose)
    }

    fn run(&self, engine: &mut dyn Engine, models: &StageModels, jobs: &mut [&mut InFlight], sink: &Sink<'_>) -> Ran {
        let model = match models.reporter() {
            Ok(model) => model,
            Err(error) => return (None, Err(error)),
        };
        let cancel = load_cancel(jobs);
        let mut work = Reporting {
            model,
            forecaster: models.forecaster.as_ref().map(|forecaster| &forecaster.model),
            jobs,
            fits: Vec::new(),
            sink,
        };
        let (row, done) = engine.language(StageName::REPORT, &model.model, &cancel, &mut work, sink);
        (row, done.map_err(StageError::from))
    }
}

struct Reporting<'a, 'j> {
    model: &'a ReporterModel,
    forecaster: Option<&'a ModelRef>,
    jobs: &'a mut [&'j mut InFlight],
    /// For each job, whether its prompts fit into the context.
    fits: Vec<bool>,
    sink: &'a Sink<'a>,
}

impl LanguageWork for Reporting<'_, '_> {
    fn plan(&mut self, language: &dyn LanguageInfo) -> Result<Workload, EngineError> {
        // The grammar keeps figures out of the report that code did not compute.
        language.capabilities().require(Capability::Regex)?;
        let mut requests = Vec::new();
        for job in self.jobs.iter_mut() {
            match plan(job, self.model, language) {
                Ok(texts) => {
                    requests.extend(texts);
                    self.fits.push(true);
                }
                Err(error) => {
                    job.fail(StageName::REPORT, error, self.sink);
                    self.fits.push(false);
                }
            }
        }
        Ok(Workload {
            requests,
            // A job writes one text at a time.
            together: self.fits.iter().filter(|&&fits| fits).count(),
            more_come: false,
        })
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        let mut requests = ReportRequests::new(self.model, self.forecaster, self.jobs, &self.fits, self.sink);
        language.serve(&mut requests)
    }
}

/// Estimates the texts of a job. The summary is part of the report's prompt; until it is written, it counts at its maximum
/// length.
fn plan(job: &InFlight, model: &ReporterModel, language: &dyn LanguageInfo) -> Result<Vec<Estimate>, StageError> {
    let estimate = |prompt: &Prompt, grows: usize, max_tokens: usize| -> Result<Estimate, StageError> {
        let fit = language.fit(prompt, grows + max_tokens)?;
        let tokens = fit.or_too_long("use a reporter with a longer context, or fewer headlines")?;
        Ok(Estimate {
            keeps: Keeps::Instructions,
            ..Estimate::one(tokens.map(|tokens| tokens + grows), max_tokens)
        })
    };
    let facts = if model.quotes_figures {
        job.job.options.language.facts(&facts::job_facts(job))
    } else {
        Vec::new()
    };
    let stance = stance_of(job);
    let sections = rules::sections(job, &facts, &stance);
    let report = prompts::report_prompt(job, &facts, &stance, Asked::first(&sections), Some(""))?;
    let mut texts = vec![estimate(&report, SUMMARY_TOKENS, REPORT_TOKENS)?];
    if let Some(sentiment) = job
        .sentiment
        .as_ref()
        .filter(|sentiment| prompts::shown(sentiment).next().is_some())
    {
        let summary = prompts::summary_prompt(job, sentiment)?;
        texts.push(estimate(&summary, 0, SUMMARY_TOKENS)?);
    }
    if let Some(hindsight) = Hindsight::of(job)? {
        let facts = if model.quotes_figures {
            job.job.options.language.facts(&hindsight.facts())
        } else {
            Vec::new()
        };
        let sections = review::sections(&hindsight, &facts);
        let review = review::review_prompt(&hindsight, &facts, Asked::first(&sections))?;
        texts.push(estimate(&review, 0, REVIEW_TOKENS)?);
    }
    Ok(texts)
}
