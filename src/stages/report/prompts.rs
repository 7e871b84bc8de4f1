//! The reporter's prompts: facts and headlines come in, a conversation goes out.

use serde::Serialize;

use super::readings::{mood, readings};
use crate::analysis::{Label, ScoredHeadline, Sentiment};
use crate::engine::Prompt;
use crate::grounding::Fact;
use crate::prompt::{PromptError, Template, render};
use crate::stages::conversation::conversation;
use crate::stages::in_flight::InFlight;

/// A headline as it appears in a prompt.
#[derive(Serialize)]
pub(super) struct LabelledTitle<'a> {
    label: Label,
    title: &'a str,
}

pub(super) fn labelled(headlines: &[ScoredHeadline], limit: usize) -> Vec<LabelledTitle<'_>> {
    headlines
        .iter()
        .take(limit)
        .map(|headline| LabelledTitle {
            label: headline.label,
            title: &headline.title,
        })
        .collect()
}

/// The headlines, with which the prompts of summary and report begin. Empty when there are none.
fn news(job: &InFlight) -> Result<String, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        headlines: Vec<LabelledTitle<'a>>,
    }
    let headlines = job.sentiment.as_ref().map_or(&[][..], |sentiment| &sentiment.headlines);
    if headlines.is_empty() {
        return Ok(String::new());
    }
    let context = Context {
        company: job.company(),
        ticker: job.job.series.ticker.as_str(),
        headlines: labelled(headlines, MOST_HEADLINES),
    };
    Ok(render(Template::News, &context)?.trim_end().to_owned())
}

/// Renders the prompt for the sentiment summary.
pub(super) fn summary_prompt(job: &InFlight, sentiment: &Sentiment) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        news: String,
        mood: &'static str,
    }
    let user = render(
        Template::Summary,
        &Context {
            company: job.company(),
            news: news(job)?,
            mood: mood(sentiment),
        },
    )?;
    conversation(Template::ReportSystem, user)
}

/// Renders the prompt for the report, with `facts` for a model that may quote them.
pub(super) fn report_prompt(
    job: &InFlight,
    facts: &[Fact],
    sentiment_summary: Option<&str>,
) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        facts: &'a [Fact],
        readings: Vec<String>,
        sentiment_summary: Option<&'a str>,
        news: String,
        warnings: &'a [String],
    }
    let user = render(
        Template::Report,
        &Context {
            company: job.company(),
            ticker: job.job.series.ticker.as_str(),
            facts,
            readings: readings(job),
            sentiment_summary,
            news: news(job)?,
            warnings: job
                .forecast
                .as_ref()
                .filter(|_| !facts.is_empty())
                .map_or(&[][..], |forecast| &forecast.warnings),
        },
    )?;
    conversation(Template::ReportSystem, user)
}

/// The maximum number of headlines in a prompt; more would only lengthen it.
pub(super) const MOST_HEADLINES: usize = 20;
