//! Stage 3: facts, headlines and their labels in, the sentiment summary and the report out, both over one arena.
//! Code computes every figure and writes each section's first sentence; the grammar admits no other figure; the check counts
//! them once more.

mod facts;
mod grammar;
mod leads;
mod prompts;
mod readings;
mod review;

use serde::{Deserialize, Serialize};

use self::review::Hindsight;
use super::job::load_cancel;
use super::{InFlight, Report, Review};
use crate::engine::{
    Completion, Demand, Engine, EngineError, Event, Finish, Generate, Grammar, Language, LanguageFile, LanguageWork,
    LedgerRow, Prompt, Sampling, Sink, Stage, StageName, Step, TextPart, Vocabulary,
};
use crate::features;

/// Most tokens of a summary: three sentences.
const SUMMARY_TOKENS: usize = 220;

/// Most tokens of a report: five sections.
const REPORT_TOKENS: usize = 1400;

/// Most tokens of a review: three sections.
const REVIEW_TOKENS: usize = 700;

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
    fn plan(&mut self, vocabulary: &dyn Vocabulary) -> Result<Demand, EngineError> {
        let mut demand = Demand::default();
        for job in self.jobs.iter_mut() {
            match plan(job, self.model, vocabulary) {
                Ok(wanted) => {
                    demand = demand.max(wanted);
                    self.fits.push(true);
                }
                Err(message) => {
                    job.fail(StageName::Report, message, self.sink);
                    self.fits.push(false);
                }
            }
        }
        Ok(demand)
    }

    fn run(&mut self, language: &mut dyn Language) -> Result<(), EngineError> {
        for (job, fits) in self.jobs.iter_mut().zip(&self.fits) {
            if !fits {
                continue;
            }
            (self.sink)(Event::JobStarted {
                job: job.job.id.clone(),
                stage: StageName::Report,
            });
            if let Err(message) = write(job, self.model, language, self.sink) {
                job.fail(StageName::Report, message, self.sink);
            }
        }
        Ok(())
    }
}

/// What the two prompts of a job need; the summary's text, not written yet, counts at its longest.
fn plan(job: &InFlight, model: &ReporterModel, vocabulary: &dyn Vocabulary) -> Result<Demand, String> {
    let facts = if model.quotes_figures {
        facts::job_facts(job)
    } else {
        Vec::new()
    };
    let report = prompts::report_prompt(job, &facts, Some("")).map_err(|error| error.to_string())?;
    let report_tokens = vocabulary.count(&report).map_err(|error| error.to_string())? + SUMMARY_TOKENS;
    let mut demand = Demand::of(report_tokens, 1, REPORT_TOKENS);
    if let Some(sentiment) = &job.sentiment {
        let summary = prompts::summary_prompt(job, sentiment).map_err(|error| error.to_string())?;
        let tokens = vocabulary.count(&summary).map_err(|error| error.to_string())?;
        demand = demand.max(Demand::of(tokens, 1, SUMMARY_TOKENS));
    }
    if let Some(hindsight) = Hindsight::of(job).map_err(|error| error.to_string())? {
        let facts = if model.quotes_figures {
            hindsight.facts()
        } else {
            Vec::new()
        };
        let review = review::review_prompt(&hindsight, &facts).map_err(|error| error.to_string())?;
        let tokens = vocabulary.count(&review).map_err(|error| error.to_string())?;
        demand = demand.max(Demand::of(tokens, 1, REVIEW_TOKENS));
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

/// Writes the summary, then the report.
fn write(
    job: &mut InFlight,
    model: &ReporterModel,
    language: &mut dyn Language,
    sink: &Sink<'_>,
) -> Result<(), String> {
    let facts = facts::job_facts(job);
    let figures = if model.quotes_figures { facts.as_slice() } else { &[] };
    let mut summary = None;
    if let Some(sentiment) = job
        .sentiment
        .as_ref()
        .filter(|sentiment| !sentiment.headlines.is_empty())
    {
        let prompt = prompts::summary_prompt(job, sentiment).map_err(|error| error.to_string())?;
        let request = request(job, prompt, SUMMARY_TOKENS, grammar::summary(figures));
        summary = Some(say(&request, &job.job.id, TextPart::Summary, str::to_owned, language, sink)?.text);
    }
    let prompt = prompts::report_prompt(job, figures, summary.as_deref()).map_err(|error| error.to_string())?;
    if let Some(sentiment) = &mut job.sentiment {
        sentiment.summary = summary;
    }
    let request = request(job, prompt, REPORT_TOKENS, grammar::report(figures));
    let company = job.company().to_owned();
    let complete = |text: &str| leads::with_leads(text, &company, &facts);
    let written = say(&request, &job.job.id, TextPart::Report, complete, language, sink)?;
    if written.finish == Finish::Length {
        return Err(format!(
            "the reporter did not finish its report in {REPORT_TOKENS} tokens; try another --seed or model"
        ));
    }
    let recommendation = grammar::recommendation(&written.text)
        .ok_or("the report has no recommendation that can be read; try another --seed or model")?;
    let (markdown, grounding) = features::repair(&written.text, &facts);
    job.report = Some(Report {
        markdown,
        recommendation,
        grounding,
    });
    look_back(job, model, language, sink)
}

/// Writes the review of a test.
fn look_back(
    job: &mut InFlight,
    model: &ReporterModel,
    language: &mut dyn Language,
    sink: &Sink<'_>,
) -> Result<(), String> {
    let Some(hindsight) = Hindsight::of(job).map_err(|error| error.to_string())? else {
        return Ok(());
    };
    let (facts, verdict) = (hindsight.facts(), hindsight.verdict());
    let figures = if model.quotes_figures { facts.as_slice() } else { &[] };
    let prompt = review::review_prompt(&hindsight, figures).map_err(|error| error.to_string())?;
    let request = request(job, prompt, REVIEW_TOKENS, review::review_grammar(figures));
    let complete = |text: &str| review::with_leads(text, verdict, &facts);
    let written = say(&request, &job.job.id, TextPart::Review, complete, language, sink)?;
    if written.finish == Finish::Length {
        return Err(format!(
            "the reporter did not finish its review in {REVIEW_TOKENS} tokens; try another --seed or model"
        ));
    }
    let (markdown, grounding) = features::repair(&written.text, &facts);
    job.review = Some(Review { markdown, grounding });
    Ok(())
}

fn request(job: &InFlight, prompt: Prompt, max_tokens: usize, grammar: Grammar) -> Generate {
    Generate {
        prompt,
        sequences: 1,
        max_tokens,
        sampling: Sampling {
            temperature: 0.3,
            top_k: 40,
            top_p: 0.95,
            // Where the grammar forbids what the model would like best, a long tail of noise is left: keep to its top.
            min_p: 0.3,
            repeat_penalty: 1.08,
            repeat_window: 256,
            seed: job.job.options.seed,
            ..Sampling::default()
        },
        stop: Vec::new(),
        grammar: Some(grammar),
        logprobs: None,
        cancel: job.cancel.clone(),
    }
}

/// Generates one text and tells of it piece by piece. `complete` turns what is written so far into what is shown; what it
/// returns for a longer text begins with what it returned for a shorter one.
fn say(
    request: &Generate,
    id: &str,
    part: TextPart,
    complete: impl Fn(&str) -> String,
    language: &mut dyn Language,
    sink: &Sink<'_>,
) -> Result<Completion, String> {
    let job = || id.to_owned();
    let of = request.max_tokens;
    let (mut written, mut shown) = (String::new(), 0);
    let completions = language.generate(request, &mut |step| match step {
        Step::Prefill { tokens, of } => sink(Event::Prefill {
            job: job(),
            stage: StageName::Report,
            tokens,
            of,
        }),
        Step::Decoded { tokens } => sink(Event::Decoded {
            job: job(),
            stage: StageName::Report,
            tokens,
            of,
        }),
        Step::Text { text, .. } => {
            written.push_str(text);
            let all = complete(&written);
            if let Some(new) = all.get(shown..).filter(|new| !new.is_empty()) {
                sink(Event::Text {
                    job: job(),
                    part,
                    text: new.to_owned(),
                });
                shown = all.len();
            }
        }
        Step::Finished { .. } => {}
    });
    let completion = completions.map_err(|error| error.to_string())?.into_iter().next();
    let completion = completion.ok_or_else(|| "the reporter wrote nothing".to_owned())?;
    Ok(Completion {
        text: complete(&completion.text),
        ..completion
    })
}
