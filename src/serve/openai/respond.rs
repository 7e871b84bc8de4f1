//! The one way to answer a conversation: a checked chat request comes in, the pipeline (`tripod`) or the reporter alone
//! (`tripod-reporter`) answers, and the answer goes out whole or as a stream of chunks. Every dialect translates into this and back.

use super::chat_answer::ChatAnswer;
use super::models::Served;
use super::validate::ValidChat;
use super::{pipeline, reporter};
use crate::models::Role;
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::Shared;

/// Answers a chat request.
///
/// # Errors
///
/// An unknown model, a parameter that the model cannot honour, a full queue, or work that failed before the answer began.
pub async fn respond(app: &Shared, client: Client, valid: ValidChat) -> Result<ChatAnswer, ApiError> {
    match Served::find(&valid.model)? {
        Served::Pipeline => pipeline::answer(app, client, valid).await,
        Served::Alone(Role::Reporter) => reporter::answer(app, client, valid).await,
        Served::Alone(_) => Err(ApiError::invalid(
            "model",
            "tripod-forecaster continues texts and does not chat: use POST /v1/completions",
        )),
    }
}
