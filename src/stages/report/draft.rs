//! A text that the reporter is writing: its request, the text so far and how much of it was shown.

use super::frame::{self, Section};
use super::review::{self, Hindsight};
use super::{facts, grammar, prompts, rules};
use crate::analysis::{Event, FailureKind, Report, Review, Sink, StageError, StageName, TextPart, Writer};
use crate::engine::{Completion, Finish, Generate, Grammar, Keeps, Prompt, Sampling, Step};
use crate::grounding::{self, Fact, Grounding, NOTHING_FURTHER};
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;
use crate::stages::stance::stance_of;

/// Token limit of a summary: three sentences.
pub(super) const SUMMARY_TOKENS: usize = 220;

/// Token limit of a report: at most five sections.
pub(super) const REPORT_TOKENS: usize = 1000;

/// Token limit of a review: three sections.
pub(super) const REVIEW_TOKENS: usize = 700;

/// The texts of a job, in the order they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The summary of the headlines.
    Summary,
    /// The report.
    Report,
    /// The review of a backtest.
    Review,
}

impl Part {
    /// The first text of a job. Without headlines that the reporter may read it is asked for no summary.
    pub(super) fn first(job: &InFlight) -> Self {
        match &job.sentiment {
            Some(sentiment) if prompts::shown(sentiment).next().is_some() => Part::Summary,
            _ => Part::Report,
        }
    }
}

/// A text that is being written.
pub(super) struct Draft {
    part: Part,
    job: String,
    request: Generate,
    facts: Vec<Fact>,
    /// The sections that the text is put into; empty for the summary.
    sections: Vec<Section>,
    written: String,
    /// Bytes of the completed text that were shown already.
    shown: usize,
}

impl Draft {
    /// Prepares a text of a job.
    pub(super) fn new(job: &InFlight, part: Part, model: &ReporterModel) -> Result<Self, StageError> {
        let (prompt, max_tokens, grammar, facts, sections) = match part {
            Part::Summary => {
                let sentiment = job
                    .sentiment
                    .as_ref()
                    .ok_or_else(|| internal("there are no headlines to summarise"))?;
                let facts = facts::job_facts(job);
                let prompt = prompts::summary_prompt(job, sentiment)?;
                let grammar = grammar::summary(&quoted(&facts, job, model));
                (prompt, SUMMARY_TOKENS, grammar, facts, Vec::new())
            }
            Part::Report => {
                let facts = facts::job_facts(job);
                let summary = job
                    .sentiment
                    .as_ref()
                    .and_then(|sentiment| sentiment.summary.as_deref());
                let stance = stance_of(job);
                let sections = rules::sections(job, &facts, &stance);
                let prompt = prompts::report_prompt(job, &quoted(&facts, job, model), &stance, &sections, summary)?;
                let grammar = grammar::sections(&sections, &quoted(&facts, job, model));
                (prompt, REPORT_TOKENS, grammar, facts, sections)
            }
            Part::Review => {
                let hindsight = Hindsight::of(job)?;
                let hindsight = hindsight.ok_or_else(|| internal("there is no forecast to review"))?;
                let facts = hindsight.facts();
                let sections = review::sections(&hindsight, &facts);
                let prompt = review::review_prompt(&hindsight, &quoted(&facts, job, model))?;
                let grammar = grammar::sections(&sections, &quoted(&facts, job, model));
                (prompt, REVIEW_TOKENS, grammar, facts, sections)
            }
        };
        Ok(Draft {
            part,
            job: job.job.id.clone(),
            request: request(job, prompt, max_tokens, grammar),
            facts,
            sections,
            written: String::new(),
            shown: 0,
        })
    }

    /// The request for the model.
    pub(super) fn request(&self) -> &Generate {
        &self.request
    }

    /// Reports progress; shows new text once it is complete.
    pub(super) fn watch(&mut self, step: Step<'_>, sink: &Sink<'_>) {
        let (job, stage) = (self.job.clone(), StageName::REPORT);
        match step {
            Step::Prefill { tokens, of } => sink(Event::Prefill { job, stage, tokens, of }),
            Step::First { .. } => {}
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

    /// The part of a text that can be shown. As the text grows, the result only grows at its end.
    fn completed(&self, text: &str) -> String {
        frame::with_leads(text, &self.sections)
    }

    /// The finished text, from what the check leaves of the model's sentences. Code's sentences are not checked for what to leave
    /// out; the figures of both are counted, and the claims are the model's.
    fn checked(&self, written: &str, job: &InFlight) -> (String, Grounding) {
        facts::with_evidence(job, &self.facts, |evidence| {
            let (kept, of_model) = grounding::repair(written, evidence);
            let whole = grounding::check(&self.completed(written), evidence);
            let grounding = Grounding {
                numbers: whole.numbers,
                supported: whole.supported,
                unsupported: whole.unsupported,
                ..of_model
            };
            (frame::put_together(&kept, &self.sections), grounding)
        })
    }

    fn text_part(&self) -> TextPart {
        match self.part {
            Part::Summary => TextPart::Summary,
            Part::Report => TextPart::Report,
            Part::Review => TextPart::Review,
        }
    }
}

/// Stores a finished text in its job. Returns the job's next text.
///
/// # Errors
///
/// Why the text cannot be used, and what to do about it.
pub(super) fn keep(draft: Draft, completions: Vec<Completion>, job: &mut InFlight) -> Result<Option<Part>, StageError> {
    let completion = completions
        .into_iter()
        .next()
        .ok_or_else(|| unusable("the reporter wrote nothing"))?;
    let unfinished = |what: &str| {
        let most = draft.request.max_tokens;
        unusable(format!(
            "the reporter did not finish its {what} in {most} tokens; try another --seed or model"
        ))
    };
    match draft.part {
        Part::Summary => {
            let (kept, _) = facts::with_evidence(job, &draft.facts, |evidence| {
                grounding::repair(&completion.text, evidence)
            });
            if let Some(sentiment) = &mut job.sentiment {
                let by_model =
                    Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty() && kept.as_str() != NOTHING_FURTHER);
                sentiment.summary =
                    Some(by_model.unwrap_or_else(|| rules::summary(sentiment, job.job.options.language)));
            }
            Ok(Some(Part::Report))
        }
        Part::Report => {
            if completion.finish == Finish::Length {
                return Err(unfinished("report"));
            }
            let (markdown, grounding) = draft.checked(&completion.text, job);
            let stance = stance_of(job);
            job.report = Some(Report {
                markdown,
                recommendation: stance.call.into(),
                stance: Some(stance),
                written_by: Writer::Model,
                grounding,
            });
            let hindsight = Hindsight::of(job)?;
            Ok(hindsight.map(|_| Part::Review))
        }
        Part::Review => {
            if completion.finish == Finish::Length {
                return Err(unfinished("review"));
            }
            let (markdown, grounding) = draft.checked(&completion.text, job);
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

/// The facts that the model may quote, in the notation of the job's language.
fn quoted(facts: &[Fact], job: &InFlight, model: &ReporterModel) -> Vec<Fact> {
    if model.quotes_figures {
        job.job.options.language.facts(facts)
    } else {
        Vec::new()
    }
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
            // The grammar may forbid the model's favourite tokens and leave a long tail of noise; min-p sampling cuts it off.
            min_p: 0.3,
            repeat_penalty: 1.08,
            repeat_window: 256,
            seed: job.job.options.seed,
            ..Sampling::default()
        },
        stop: Vec::new(),
        grammar: Some(grammar),
        logprobs: None,
        first_token: false,
        keeps: Keeps::Instructions,
        cancel: job.cancel.clone(),
    }
}
