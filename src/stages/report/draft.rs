//! One text of a report while it is written: its request, what is there of it so far and what of that was shown.

use super::review::{self, Hindsight};
use super::{facts, grammar, leads, prompts};
use crate::analysis::{Event, FailureKind, Report, Review, Sink, StageError, StageName, TextPart};
use crate::engine::{Completion, Finish, Generate, Grammar, Keeps, Prompt, Sampling, Step};
use crate::grounding::{self, Fact};
use crate::scoring::WindowVerdict;
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;

/// Most tokens of a summary: three sentences.
pub(super) const SUMMARY_TOKENS: usize = 220;

/// Most tokens of a report: five sections.
pub(super) const REPORT_TOKENS: usize = 1000;

/// Most tokens of a review: three sections.
pub(super) const REVIEW_TOKENS: usize = 700;

/// The texts of a job, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What the headlines say.
    Summary,
    /// The report.
    Report,
    /// The review of a test.
    Review,
}

impl Part {
    /// What a job begins with: without headlines there is nothing to summarise.
    pub(super) fn first(job: &InFlight) -> Self {
        match &job.sentiment {
            Some(sentiment) if !sentiment.headlines.is_empty() => Part::Summary,
            _ => Part::Report,
        }
    }
}

/// How code completes what the model writes.
enum Leads {
    /// Not at all.
    None,
    /// Each section of the report begins with a sentence of figures.
    Report { company: String },
    /// Each section of the review does.
    Review { verdict: WindowVerdict },
}

/// A text that is being written.
pub(super) struct Draft {
    part: Part,
    job: String,
    request: Generate,
    facts: Vec<Fact>,
    leads: Leads,
    written: String,
    /// How many bytes of the completed text were shown.
    shown: usize,
}

impl Draft {
    /// A text of a job, about to be written.
    pub(super) fn new(job: &InFlight, part: Part, model: &ReporterModel) -> Result<Self, StageError> {
        let (prompt, max_tokens, grammar, facts, leads) = match part {
            Part::Summary => {
                let sentiment = job
                    .sentiment
                    .as_ref()
                    .ok_or_else(|| internal("there are no headlines to summarise"))?;
                let facts = facts::job_facts(job);
                let prompt = prompts::summary_prompt(job, sentiment)?;
                let grammar = grammar::summary(quoted(&facts, model));
                (prompt, SUMMARY_TOKENS, grammar, facts, Leads::None)
            }
            Part::Report => {
                let facts = facts::job_facts(job);
                let summary = job
                    .sentiment
                    .as_ref()
                    .and_then(|sentiment| sentiment.summary.as_deref());
                let prompt = prompts::report_prompt(job, quoted(&facts, model), summary)?;
                let grammar = grammar::report(quoted(&facts, model));
                let company = job.company().to_owned();
                (prompt, REPORT_TOKENS, grammar, facts, Leads::Report { company })
            }
            Part::Review => {
                let hindsight = Hindsight::of(job)?;
                let hindsight = hindsight.ok_or_else(|| internal("there is no forecast to review"))?;
                let (facts, verdict) = (hindsight.facts(), hindsight.verdict());
                let prompt = review::review_prompt(&hindsight, quoted(&facts, model))?;
                let grammar = review::review_grammar(quoted(&facts, model));
                (prompt, REVIEW_TOKENS, grammar, facts, Leads::Review { verdict })
            }
        };
        Ok(Draft {
            part,
            job: job.job.id.clone(),
            request: request(job, prompt, max_tokens, grammar),
            facts,
            leads,
            written: String::new(),
            shown: 0,
        })
    }

    /// What is asked of the model.
    pub(super) fn request(&self) -> &Generate {
        &self.request
    }

    /// Tells of a step; of the text, what is complete.
    pub(super) fn watch(&mut self, step: Step<'_>, sink: &Sink<'_>) {
        let (job, stage) = (self.job.clone(), StageName::REPORT);
        match step {
            Step::Prefill { tokens, of } => sink(Event::Prefill { job, stage, tokens, of }),
            Step::Decoded { tokens } => {
                let of = self.request.max_tokens;
                sink(Event::Decoded { job, stage, tokens, of });
            }
            Step::Text { text, .. } => {
                self.written.push_str(text);
                let all = self.completed(&self.written);
                if let Some(new) = all.get(self.shown..).filter(|new| !new.is_empty()) {
                    let (part, text) = (self.text_part(), new.to_owned());
                    sink(Event::Text { job, part, text });
                    self.shown = all.len();
                }
            }
            Step::Finished { .. } => {}
        }
    }

    /// What is shown of a text as far as it is written; for a longer one, what this returned for a shorter one and more.
    fn completed(&self, text: &str) -> String {
        match &self.leads {
            Leads::None => text.to_owned(),
            Leads::Report { company } => leads::with_leads(text, company, &self.facts),
            Leads::Review { verdict } => review::with_leads(text, *verdict, &self.facts),
        }
    }

    fn text_part(&self) -> TextPart {
        match self.part {
            Part::Summary => TextPart::Summary,
            Part::Report => TextPart::Report,
            Part::Review => TextPart::Review,
        }
    }
}

/// Puts a finished text into its job. Returns what the job writes next.
///
/// # Errors
///
/// Why the text is of no use, and what to do.
pub(super) fn keep(draft: Draft, completions: Vec<Completion>, job: &mut InFlight) -> Result<Option<Part>, StageError> {
    let completion = completions
        .into_iter()
        .next()
        .ok_or_else(|| unusable("the reporter wrote nothing"))?;
    let text = draft.completed(&completion.text);
    let unfinished = |what: &str| {
        let most = draft.request.max_tokens;
        unusable(format!(
            "the reporter did not finish its {what} in {most} tokens; try another --seed or model"
        ))
    };
    match draft.part {
        Part::Summary => {
            if let Some(sentiment) = &mut job.sentiment {
                sentiment.summary = Some(text);
            }
            Ok(Some(Part::Report))
        }
        Part::Report => {
            if completion.finish == Finish::Length {
                return Err(unfinished("report"));
            }
            let recommendation = grammar::recommendation(&text).ok_or_else(|| {
                unusable("the report has no recommendation that can be read; try another --seed or model")
            })?;
            let (markdown, grounding) = grounding::repair(&text, &draft.facts);
            job.report = Some(Report {
                markdown,
                recommendation,
                grounding,
            });
            let hindsight = Hindsight::of(job)?;
            Ok(hindsight.map(|_| Part::Review))
        }
        Part::Review => {
            if completion.finish == Finish::Length {
                return Err(unfinished("review"));
            }
            let (markdown, grounding) = grounding::repair(&text, &draft.facts);
            job.review = Some(Review { markdown, grounding });
            Ok(None)
        }
    }
}

fn unusable(message: impl Into<String>) -> StageError {
    StageError::new(FailureKind::NoUsableText, message)
}

fn internal(message: &str) -> StageError {
    StageError::new(FailureKind::Internal, message)
}

/// The facts that the model may quote itself.
fn quoted<'f>(facts: &'f [Fact], model: &ReporterModel) -> &'f [Fact] {
    if model.quotes_figures { facts } else { &[] }
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
        keeps: Keeps::Instructions,
        cancel: job.cancel.clone(),
    }
}
