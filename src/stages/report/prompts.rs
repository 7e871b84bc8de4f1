//! The reporter's prompts: facts, labels and headlines come in, a conversation goes out. A headline's words go into the summary's
//! prompt alone, numbered and between marks that no headline holds; one that gives orders goes into none.

use serde::Serialize;

use super::frame::Section;
use super::readings::{mood, readings};
use super::wording::Mood;
use crate::analysis::{Label, ScoredHeadline, Sentiment};
use crate::engine::Prompt;
use crate::grounding::{Call, Fact, Locale, Stance};
use crate::prompt::{PromptError, Template, render};
use crate::stages::conversation::conversation;
use crate::stages::in_flight::InFlight;

/// The maximum number of headlines in a prompt; more would only lengthen it.
const MOST_HEADLINES: usize = 20;

/// What a prompt asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The sections; those that code writes alone are not asked for.
    pub sections: &'a [Section],
    /// Whether sentences of the sections were struck, so that one is asked for in the plainest words.
    pub again: bool,
}

impl<'a> Asked<'a> {
    /// All sections, for the first time.
    pub(super) fn first(sections: &'a [Section]) -> Self {
        Asked { sections, again: false }
    }

    /// The titles of the sections.
    pub(super) fn titles(&self) -> Vec<&'static str> {
        let asked = self.sections.iter().filter(|section| section.asked);
        asked.map(|section| section.title).collect()
    }
}

/// A headline as it appears in a prompt, with its number in the analysis.
#[derive(Serialize)]
struct NumberedTitle<'a> {
    number: usize,
    label: Label,
    title: &'a str,
}

/// The headlines that the reporter may read: those that give no orders.
pub(super) fn shown(sentiment: &Sentiment) -> impl Iterator<Item = (usize, &ScoredHeadline)> {
    let numbered = (1..).zip(&sentiment.headlines);
    numbered.filter(|(_, headline)| !headline.flagged).take(MOST_HEADLINES)
}

/// Renders the prompt for the sentiment summary.
pub(super) fn summary_prompt(job: &InFlight, sentiment: &Sentiment) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        headlines: Vec<NumberedTitle<'a>>,
        mood: &'static str,
        language: Option<&'static str>,
        cited: &'static str,
    }
    let headlines = shown(sentiment).map(|(number, headline)| NumberedTitle {
        number,
        label: headline.label,
        title: &headline.title,
    });
    let user = render(
        Template::Summary,
        &Context {
            company: job.company(),
            ticker: job.job.series.ticker.as_str(),
            headlines: headlines.collect(),
            mood: match mood(sentiment) {
                Mood::Good => "good",
                Mood::Mixed => "mixed",
                Mood::Bad => "bad",
            },
            language: language(job),
            cited: match job.job.options.language {
                Locale::En => "headline",
                Locale::De => "Schlagzeile",
            },
        },
    )?;
    conversation(Template::ReportSystem, user)
}

/// Renders the prompt for the sections that the model is asked for, with `facts` for a model that may quote them.
pub(super) fn report_prompt(
    job: &InFlight,
    facts: &[Fact],
    stance: &Stance,
    asked: Asked<'_>,
    sentiment_summary: Option<&str>,
) -> Result<Prompt, PromptError> {
    #[derive(Serialize)]
    struct Context<'a> {
        company: &'a str,
        ticker: &'a str,
        facts: &'a [Fact],
        readings: Vec<String>,
        sentiment_summary: Option<&'a str>,
        call: &'static str,
        because: &'a [String],
        sections: Vec<&'static str>,
        again: bool,
        warnings: &'a [String],
        language: Option<&'static str>,
    }
    let if_quoted = |sentences: &'_ [String]| {
        if facts.is_empty() {
            Vec::new()
        } else {
            sentences.to_vec()
        }
    };
    let warnings = job.forecast.as_ref().map_or(&[][..], |forecast| &forecast.warnings);
    let (because, warnings) = (if_quoted(&stance.because), if_quoted(warnings));
    let user = render(
        Template::Report,
        &Context {
            company: job.company(),
            ticker: job.job.series.ticker.as_str(),
            facts,
            readings: readings(job),
            sentiment_summary,
            call: match stance.call {
                Call::Buy => "to buy",
                Call::Hold => "to hold",
                Call::Sell => "to sell",
                Call::None => "",
            },
            because: &because,
            sections: asked.titles(),
            again: asked.again,
            warnings: &warnings,
            language: language(job),
        },
    )?;
    conversation(Template::ReportSystem, user)
}

/// The language that a prompt must ask for: none for English, which the prompts are written in.
pub(super) fn language(job: &InFlight) -> Option<&'static str> {
    let locale = job.job.options.language;
    (!locale.is_usual()).then(|| locale.name())
}
