//! A text that the reporter is writing: its request, the text so far and how much of it was shown.

use super::frame::{self, Section};
use super::prompts::Asked;
use super::readings::readings;
use super::review::{self, Hindsight};
use super::{facts, grammar, prompts, rules};
use crate::analysis::{Event, FailureKind, Report, Review, Sink, StageError, StageName, TextPart, Writer};
use crate::engine::{Completion, Finish, Generate, Grammar, Keeps, Prompt, Sampling, Step};
use crate::grounding::{self, Fact, Grounding, Locale, NOTHING_FURTHER};
use crate::models::ReportSampling;
use crate::stages::in_flight::InFlight;
use crate::stages::models::ReporterModel;
use crate::stages::stance::stance_of;

/// Token limit of a summary: three sentences.
pub(super) const SUMMARY_TOKENS: usize = 220;

/// Token limit of a report: at most five sections.
pub(super) const REPORT_TOKENS: usize = 1000;

/// Token limit of a review: three sections.
pub(super) const REVIEW_TOKENS: usize = 700;

/// Token limit of what is written again: a sentence for each of at most five sections.
const AGAIN_TOKENS: usize = 220;

/// The usual temperature of a reporter's sentences.
const TEMPERATURE: f32 = 0.3;

/// The usual penalty of tokens that a text has already.
const REPEAT_PENALTY: f32 = 1.08;

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
    /// How the model's sentences are sampled, where that is not as usual.
    sampling: ReportSampling,
    request: Generate,
    facts: Vec<Fact>,
    /// The sections that the text is put into; empty for the summary.
    sections: Vec<Section>,
    /// What was left of the text when it was checked first; `None` until then.
    before: Option<Kept>,
    /// How many sentences were asked for again.
    asked_again: usize,
    written: String,
    /// Bytes of `written` that were checked while it was written: its whole sentences.
    checked: usize,
    /// The text that was shown already.
    shown: String,
}

/// What a check left of a text.
struct Kept {
    /// The text without the sentences that were struck, with those of code.
    text: String,
    /// What the model wrote.
    of_model: String,
    grounding: Grounding,
}

/// What follows a finished text of a job.
pub(super) enum Next {
    /// Another text.
    Write(Part),
    /// Sections of the same text that lost sentences, once more.
    Again(Box<Draft>),
    /// Nothing.
    Done,
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
                let numbers: Vec<usize> = prompts::shown(sentiment).map(|(number, _)| number).collect();
                let grammar = grammar::summary(&numbers, &quoted(&facts, job, model), job.job.options.language);
                (prompt, SUMMARY_TOKENS, grammar, facts, Vec::new())
            }
            Part::Report => {
                let facts = facts::job_facts(job);
                let stance = stance_of(job);
                let sections = rules::sections(job, &facts, &stance);
                let asked = Asked::first(&sections);
                let quoted = quoted(&facts, job, model);
                let prompt = prompts::report_prompt(job, &quoted, &stance, asked, summary_of(job))?;
                let grammar = grammar::sections(&sections, &quoted);
                (prompt, REPORT_TOKENS, grammar, facts, sections)
            }
            Part::Review => {
                let hindsight = hindsight(job)?;
                let facts = hindsight.facts();
                let sections = review::sections(&hindsight, &facts);
                let asked = Asked::first(&sections);
                let quoted = quoted(&facts, job, model);
                let prompt = review::review_prompt(&hindsight, &quoted, asked)?;
                let grammar = grammar::sections(&sections, &quoted);
                (prompt, REVIEW_TOKENS, grammar, facts, sections)
            }
        };
        Ok(Draft {
            part,
            job: job.job.id.clone(),
            request: request(job, prompt, max_tokens, grammar, model.sampling),
            sampling: model.sampling,
            facts,
            sections,
            before: None,
            asked_again: 0,
            written: String::new(),
            checked: 0,
            shown: String::new(),
        })
    }

    /// Prepares the `lost` sections of a checked text once more, in sentences that are known to be true.
    fn again(self, lost: &[Section], kept: Kept, job: &InFlight) -> Result<Self, StageError> {
        let asked = Asked {
            sections: lost,
            again: true,
        };
        let known = self.known(job)?;
        let prompt = match self.part {
            Part::Review => review::review_prompt(&hindsight(job)?, &[], asked)?,
            Part::Summary | Part::Report => prompts::report_prompt(job, &[], &stance_of(job), asked, summary_of(job))?,
        };
        Ok(Draft {
            request: request(job, prompt, AGAIN_TOKENS, grammar::again(lost, &known), self.sampling),
            before: Some(kept),
            asked_again: lost.len(),
            written: String::new(),
            ..self
        })
    }

    /// What code knows to be true of the job, in sentences.
    fn known(&self, job: &InFlight) -> Result<Vec<String>, StageError> {
        Ok(match self.part {
            Part::Review => review::readings(&hindsight(job)?, Locale::En),
            Part::Summary | Part::Report => readings(job),
        })
    }

    /// Whether sections of a checked text are written once more.
    pub(super) fn is_again(&self) -> bool {
        self.before.is_some()
    }

    /// The request for the model.
    pub(super) fn request(&self) -> &Generate {
        &self.request
    }

    /// Reports progress; shows new sentences once they are complete and checked.
    pub(super) fn watch(&mut self, step: Step<'_>, job: &InFlight, sink: &Sink<'_>) {
        let in_flight = job;
        let (job, stage) = (self.job.clone(), StageName::REPORT);
        match step {
            Step::Prefill { tokens, of } => sink(Event::Prefill { job, stage, tokens, of }),
            Step::First { .. } => {}
            Step::Decoded { tokens } => {
                let of = self.request.max_tokens;
                sink(Event::Decoded { job, stage, tokens, of });
            }
            // What is written again is shown when it was checked.
            Step::Text { .. } if self.before.is_some() => {}
            Step::Text { text, .. } => {
                self.written.push_str(text);
                let end = self.whole_sentences();
                if end == self.checked {
                    return;
                }
                self.checked = end;
                let all = self.completed(end, in_flight);
                // A sentence that the check judges otherwise once more is written is not shown.
                if let Some(new) = all.strip_prefix(self.shown.as_str()).filter(|new| !new.is_empty()) {
                    let (part, text) = (self.text_part(), new.to_owned());
                    sink(Event::Text { job, part, text });
                    self.shown = all;
                }
            }
            Step::Finished { .. } => {}
        }
    }

    /// Where the last whole sentence of the text ends, in bytes. Whether a sentence is whole is known when the next one begins: "Inc."
    /// may end it or not.
    fn whole_sentences(&self) -> usize {
        let paragraph = self.written.rfind('\n').map_or(0, |last| last + 1);
        let sentences = grounding::sentences(&self.written[paragraph..]);
        self.written.len() - sentences.last().map_or(0, |open| open.len())
    }

    /// What can be shown of the text up to `end`: its sentences without those that the check strikes.
    fn completed(&self, end: usize, job: &InFlight) -> String {
        let text = frame::with_leads(&self.written[..end], &self.sections);
        let (kept, _) = facts::with_evidence(job, &self.facts, |evidence| {
            grounding::repair_by(&text, evidence, &frame::author(&self.written))
        });
        // A section may only be empty so far.
        let end = kept.find(NOTHING_FURTHER).unwrap_or(kept.len());
        kept[..end].trim_end().to_owned()
    }

    /// What the check leaves of the text so far and of what the model wrote for it. Code's sentences stay.
    fn checked(&self, written: &str, job: &InFlight) -> Kept {
        let (before, of_model) = match &self.before {
            Some(kept) => (kept.text.as_str(), format!("{}\n\n{written}", kept.of_model)),
            None => ("", written.to_owned()),
        };
        let whole = frame::put_together(&[before, written], &self.sections);
        let (text, mut grounding) = facts::with_evidence(job, &self.facts, |evidence| {
            grounding::repair_by(&whole, evidence, &frame::author(&of_model))
        });
        if !written.is_empty() {
            grounding.rewritten = self.asked_again.saturating_sub(grounding.struck);
        }
        Kept {
            text,
            of_model,
            grounding,
        }
    }

    /// The text as published, with every claim of it and of the sentences that were struck.
    fn published(self, last: Kept, job: &InFlight) -> (String, Grounding, Vec<Fact>) {
        let markdown = frame::put_together(&[&last.text], &self.sections);
        let published = facts::with_evidence(job, &self.facts, |evidence| {
            grounding::check_by(&markdown, evidence, &frame::author(&last.of_model))
        });
        let rounds = self.before.into_iter().chain([last]);
        let rounds: Vec<Grounding> = rounds.map(|kept| kept.grounding).collect();
        let of_rounds = rounds.iter().flat_map(|round| &round.claims);
        let struck = of_rounds.filter(|claim| claim.struck).cloned();
        let grounding = Grounding {
            claims: published.claims.into_iter().chain(struck).collect(),
            struck: rounds.iter().map(|round| round.struck).sum(),
            repaired: rounds.iter().map(|round| round.repaired).sum(),
            rewritten: rounds.iter().map(|round| round.rewritten).sum(),
            ..rounds.into_iter().next().unwrap_or_default()
        };
        (markdown, grounding, self.facts)
    }

    fn unfinished(&self) -> String {
        let what = if self.part == Part::Review { "review" } else { "report" };
        let most = self.request.max_tokens;
        format!("the reporter did not finish its {what} in {most} tokens; try another --seed or model")
    }

    fn text_part(&self) -> TextPart {
        match self.part {
            Part::Summary => TextPart::Summary,
            Part::Report => TextPart::Report,
            Part::Review => TextPart::Review,
        }
    }
}

/// Stores a finished text in its job. Returns what follows it.
///
/// # Errors
///
/// Why the text cannot be used, and what to do about it.
pub(super) fn keep(draft: Draft, completions: Vec<Completion>, job: &mut InFlight) -> Result<Next, StageError> {
    let completion = completions.into_iter().next();
    let (written, finish) = match &completion {
        Some(completion) => (completion.text.as_str(), completion.finish),
        None if draft.is_again() => ("", Finish::Stop),
        None => return Err(unusable("the reporter wrote nothing")),
    };
    if draft.part == Part::Summary {
        let (kept, _) = facts::with_evidence(job, &draft.facts, |evidence| grounding::repair(written, evidence));
        if let Some(sentiment) = &mut job.sentiment {
            let by_model =
                Some(kept.trim().to_owned()).filter(|kept| !kept.is_empty() && kept.as_str() != NOTHING_FURTHER);
            let language = job.job.options.language;
            sentiment.summary = Some(by_model.unwrap_or_else(|| rules::summary(sentiment, language)));
        }
        return Ok(Next::Write(Part::Report));
    }
    let written = match finish {
        // What was begun again is left out; the text stands without it.
        Finish::Length if draft.is_again() => "",
        Finish::Length => return Err(unusable(draft.unfinished())),
        _ => written,
    };
    let kept = draft.checked(written, job);
    // What may be written again is English.
    if draft.before.is_none() && job.job.options.language.is_usual() && !draft.known(job)?.is_empty() {
        let lost = frame::shortened(written, &kept.text, &draft.sections);
        if !lost.is_empty() {
            return Ok(Next::Again(Box::new(draft.again(&lost, kept, job)?)));
        }
    }
    let part = draft.part;
    let (markdown, grounding, facts) = draft.published(kept, job);
    if part == Part::Review {
        job.review = Some(Review {
            markdown,
            grounding,
            facts,
        });
        return Ok(Next::Done);
    }
    let stance = stance_of(job);
    job.report = Some(Report {
        markdown,
        recommendation: stance.call.into(),
        stance: Some(stance),
        written_by: Writer::Model,
        grounding,
        facts,
    });
    Ok(Hindsight::of(job)?.map_or(Next::Done, |_| Next::Write(Part::Review)))
}

fn hindsight(job: &InFlight) -> Result<Hindsight<'_>, StageError> {
    Hindsight::of(job)?.ok_or_else(|| internal("there is no forecast to review"))
}

/// The summary of the job's headlines.
fn summary_of(job: &InFlight) -> Option<&str> {
    job.sentiment.as_ref()?.summary.as_deref()
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

fn request(job: &InFlight, prompt: Prompt, max_tokens: usize, grammar: Grammar, sampling: ReportSampling) -> Generate {
    Generate {
        prompt,
        sequences: 1,
        max_tokens,
        sampling: Sampling {
            temperature: sampling.temperature.unwrap_or(TEMPERATURE),
            top_k: 40,
            top_p: 0.95,
            // The grammar may forbid the model's favourite tokens and leave a long tail of noise; min-p sampling cuts it off.
            min_p: 0.3,
            repeat_penalty: sampling.repeat_penalty.unwrap_or(REPEAT_PENALTY),
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
