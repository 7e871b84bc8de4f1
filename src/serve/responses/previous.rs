//! Going on from a response: its id comes in, the conversation that it stands for goes out. Only analyses are kept, so only the id of
//! a response that tells of one stands for anything; the id holds that of the analysis.

use uuid::Uuid;

use crate::serve::http::ApiError;
use crate::serve::openai::{ChatMessage, Content, report_text};
use crate::serve::runs::Shared;

const PREFIX: &str = "resp_";
const ANALYSIS: &str = "analysis-";
/// Hexadecimal digits of an analysis' id and of a response's own part after them.
const DIGITS: usize = 32;

/// The id of a new response: its own digits, after those of the analysis that it tells of.
pub(super) fn response_id(analysis: Option<&str>) -> String {
    let own = Uuid::now_v7().simple();
    let digits = analysis.and_then(|id| id.strip_prefix(ANALYSIS)).unwrap_or_default();
    format!("{PREFIX}{digits}{own}")
}

/// The id of the analysis that a response tells of.
fn analysis_of(response: &str) -> Option<String> {
    let digits = response.strip_prefix(PREFIX)?;
    let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let of_analysis = digits.get(..DIGITS).filter(|_| is_hex && digits.len() == 2 * DIGITS)?;
    Some(format!("{ANALYSIS}{of_analysis}"))
}

/// What was said before: the question for the analysis, and the answer.
pub(super) struct Earlier {
    /// The analysis' id.
    pub(super) analysis: String,
    /// The conversation.
    pub(super) messages: Vec<ChatMessage>,
}

/// The conversation that a response ended.
///
/// # Errors
///
/// [`ApiError::Invalid`] for an id that stands for no stored analysis.
pub(super) async fn earlier(app: &Shared, response: &str) -> Result<Earlier, ApiError> {
    let unknown = || {
        ApiError::invalid(
            "previous_response_id",
            "only a response that tells of a stored analysis can be gone on from; send the items of the conversation again in input",
        )
    };
    let id = analysis_of(response).ok_or_else(unknown)?;
    let stored = app.store.get(&id).await.map_err(|error| {
        tracing::error!(%error, "the store cannot be read");
        ApiError::Internal
    })?;
    let analysis = serde_json::from_str(&stored.ok_or_else(unknown)?).map_err(|error| {
        tracing::error!(%error, id, "a stored analysis cannot be read");
        ApiError::Internal
    })?;
    let said = |role: &str, text: String| ChatMessage {
        role: Some(role.to_owned()),
        content: Some(Content::Text(text)),
        ..ChatMessage::default()
    };
    let (question, answer) = report_text(&analysis);
    Ok(Earlier {
        analysis: id,
        messages: vec![said("user", question), said("assistant", answer)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_response_names_its_analysis_and_is_its_own() {
        let analysis = format!("{ANALYSIS}{}", "0123456789abcdef".repeat(2));
        let (one, other) = (response_id(Some(&analysis)), response_id(Some(&analysis)));
        assert_ne!(one, other);
        assert_eq!(analysis_of(&one), Some(analysis));
    }

    #[test]
    fn other_ids_name_none() {
        let plain = response_id(None);
        let long = format!("{PREFIX}{}", "é".repeat(DIGITS));
        for id in [
            "",
            "resp_",
            "resp_123",
            "analysis-1",
            &plain,
            &long,
            &format!("{PREFIX}{}", "g".repeat(64)),
        ] {
            assert_eq!(analysis_of(id), None, "{id}");
        }
    }
}
