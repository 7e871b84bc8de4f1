//! A question about an analysis that the conversation holds. Figures, dates and headlines are looked up; the rest the reporter answers
//! in a few sentences, of which those stay that the analysis bears out.

use std::sync::LazyLock;

use regex::Regex;

use super::chat_answer::ChatAnswer;
use super::later::later;
use super::reporter::instruct;
use super::response::Usage;
use super::validate::ValidChat;
use super::writing::{TextJob, random_seed, whole};
use crate::analysis::Analysis;
use crate::engine::Role;
use crate::grounding::{NOTHING_FURTHER, repair};
use crate::models;
use crate::prompt::Template;
use crate::serve::chat::{self, LookedUp};
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::Shared;
use crate::stages::with_evidence_of;

/// The longest answer of the reporter, in tokens.
const MOST_TOKENS: usize = 150;

/// Says that nothing of the reporter's answer held.
const NOTHING_HELD: &str = "What the reporter answered is not borne out by this analysis, so it is left out. Ask for a figure, a date or \
                            a headline of it; those are looked up.";

/// The stored analysis that the conversation refers to last.
pub(super) async fn analysis_of(app: &Shared, valid: &ValidChat) -> Option<Analysis> {
    let id = valid
        .messages
        .iter()
        .rev()
        .find_map(|message| ANALYSIS.find_iter(&message.content).last())?;
    let stored = app.store.get(id.as_str()).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the store cannot be read");
        None
    })?;
    serde_json::from_str(&stored)
        .inspect_err(|error| tracing::error!(%error, "a stored analysis cannot be read"))
        .ok()
}

/// Answers the last question about an analysis.
///
/// # Errors
///
/// A prompt that does not fit, a full queue, or an engine that failed.
pub(super) async fn answer(
    app: &Shared,
    client: Client,
    mut valid: ValidChat,
    analysis: Analysis,
) -> Result<ChatAnswer, ApiError> {
    let question = valid.messages.iter().rev().find(|message| message.role == Role::User);
    let looked_up = question.map_or(LookedUp::Open, |question| chat::look_up(&question.content, &analysis));
    if let LookedUp::Says(text) | LookedUp::NotHeld(text) = looked_up {
        return later(&valid, "", async { Ok((text, Usage::new(0, 0))) }).await;
    }
    instruct(&mut valid.messages, Template::ChatSystem, &serde_json::json!({}))?;
    let most = valid.options.max_tokens.unwrap_or(MOST_TOKENS).min(MOST_TOKENS);
    valid.options.max_tokens = Some(most);
    let job = TextJob {
        requests: vec![valid.text_request(models::Role::Reporter, random_seed())],
        param: "messages",
        echo: Vec::new(),
    };
    let shared = Shared::clone(app);
    let text = async move {
        let (answers, usage) = whole(&shared, client, job).await?;
        let written = answers.into_iter().next().map(|answer| answer.text).unwrap_or_default();
        Ok((held(&written, &analysis), usage))
    };
    later(&valid, "The reporter answers; its sentences are checked.\n", text).await
}

/// What the analysis bears out of a text.
fn held(written: &str, analysis: &Analysis) -> String {
    let (kept, _) = with_evidence_of(analysis, |evidence| repair(written, evidence));
    match kept.trim() {
        "" | NOTHING_FURTHER => NOTHING_HELD.to_owned(),
        kept => kept.to_owned(),
    }
}

/// The id of an analysis, which the answer that holds a report ends with.
static ANALYSIS: LazyLock<Regex> = LazyLock::new(|| chat::pattern(r"\banalysis-[0-9a-f]{32}\b"));

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn of_the_reporters_words_those_stay_that_the_analysis_bears_out() {
        let analysis = serde_json::from_str(include_str!("../../../tests/fixtures/chat/analysis.json")).unwrap();
        let written = "The last close is $56.14. The RSI is 71.2. You should buy the shares at once.";
        assert_eq!(held(written, &analysis), "The last close is $56.14.");
        assert_eq!(held("The RSI is 71.2.", &analysis), NOTHING_HELD);
    }
}
