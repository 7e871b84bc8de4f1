//! The model `tripod`: a checked chat request comes in; an analysis, a question back to the user, or the reporter's answer to a
//! follow-up goes out.

use std::sync::Arc;

use super::chat_answer::ChatAnswer;
use super::later::later;
use super::pipeline_answer::{AnswerForm, metadata, usage};
use super::pipeline_stream::streamed;
use super::plan::{Plan, plan};
use super::response::{Answer, ChatCompletion, Envelope, Usage};
use super::validate::ValidChat;
use super::{comparison, follow_up, project, reporter, rounds};
use crate::prompt::Template;
use crate::serve::http::{ApiError, Client};
use crate::serve::runs::{Asking, Finished, Shared, ask_named, outcome, succeeded};

/// Answers a chat with the pipeline.
///
/// # Errors
///
/// A parameter or a schema that the pipeline cannot honour, a full queue, or a run that failed.
pub(super) async fn answer(app: &Shared, client: Client, mut valid: ValidChat) -> Result<ChatAnswer, ApiError> {
    refuse_unsupported(&valid)?;
    if valid.tools.may_be_called() {
        return rounds::answer(app, client, valid).await;
    }
    let form = match (&valid.json_schema, &valid.options.grammar) {
        (Some(named), _) => {
            project::check(&named.schema)?;
            AnswerForm::Fields(Arc::new(named.schema.clone()))
        }
        (None, Some(_)) => AnswerForm::Whole,
        (None, None) => AnswerForm::Report,
    };
    match plan(app, &valid).await {
        Plan::Analyse(question) => {
            let (id, reader) = ask_named(app, client, *question, Asking::default())?;
            if valid.stream {
                return Ok(ChatAnswer::Stream(streamed(id, reader, &valid, form)));
            }
            let finished = succeeded(outcome(reader).await?)?;
            whole(&valid, &finished, &form)
        }
        Plan::Compare(questions) => match form {
            AnswerForm::Report => comparison::answer(app, client, &valid, *questions).await,
            AnswerForm::Whole | AnswerForm::Fields(_) => Err(ApiError::invalid(
                "messages",
                "a comparison of two securities is a table in Markdown; ask for one security, or leave response_format out",
            )),
        },
        Plan::FollowUp => {
            if matches!(form, AnswerForm::Report)
                && let Some(analysis) = follow_up::analysis_of(app, &valid).await
            {
                return follow_up::answer(app, client, valid, analysis).await;
            }
            reporter::instruct(&mut valid.messages, Template::ChatSystem, &serde_json::json!({}))?;
            reporter::answer(app, client, valid).await
        }
        Plan::AskBack(text) => match form {
            AnswerForm::Report => later(&valid, "", async { Ok((text, Usage::new(0, 0))) }).await,
            // A client that parses the answer can handle an error, but not prose.
            AnswerForm::Whole | AnswerForm::Fields(_) => Err(ApiError::invalid("messages", text)),
        },
    }
}

/// Refuses parameters that the pipeline cannot honour.
fn refuse_unsupported(valid: &ValidChat) -> Result<(), ApiError> {
    let options = &valid.options;
    let refused = [
        ("n", options.sequences > 1),
        ("stop", !options.stop.is_empty()),
        ("logprobs", options.logprobs.is_some()),
        ("logit_bias", !options.sampling.logit_bias.is_empty()),
        ("presence_penalty", options.sampling.presence_penalty != 0.0),
        ("frequency_penalty", options.sampling.frequency_penalty != 0.0),
    ];
    match refused.iter().find(|(_, is_set)| *is_set) {
        Some((param, _)) => Err(ApiError::invalid(
            *param,
            format!("the model tripod does not take {param}; tripod-reporter does"),
        )),
        None => Ok(()),
    }
}

fn whole(valid: &ValidChat, finished: &Finished, form: &AnswerForm) -> Result<ChatAnswer, ApiError> {
    let text = form.text(&finished.analysis)?;
    let envelope = Envelope::new("chatcmpl", &valid.model);
    let answer = Answer::of_text(text);
    let completion = ChatCompletion::new(envelope, vec![answer], usage(finished), Some(metadata(finished)));
    Ok(ChatAnswer::Whole(Box::new(completion)))
}
