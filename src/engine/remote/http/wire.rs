//! The answers of servers as types: whole ones, and the chunks of a stream. Everything may be absent, because servers differ.

use serde::Deserialize;
use serde_json::Value;

use crate::engine::answer::{TokenChoice, TokenProbability};

/// An answer, or a chunk of one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Chunk {
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Usage>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub(super) prompt_tokens: u64,
    #[serde(default)]
    pub(super) completion_tokens: u64,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) index: usize,
    /// Of a chat's chunk.
    pub(super) delta: Option<Said>,
    /// Of a whole chat.
    pub(super) message: Option<Said>,
    /// Of a completion.
    pub(super) text: Option<String>,
    pub(super) finish_reason: Option<String>,
    /// vLLM: the stop text that ended it.
    pub(super) stop_reason: Option<Value>,
    pub(super) logprobs: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    pub(super) content: Option<String>,
    pub(super) tool_calls: Option<Vec<SaidCall>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct SaidCall {
    pub(super) index: Option<usize>,
    pub(super) function: Option<SaidFunction>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct SaidFunction {
    pub(super) name: Option<String>,
    pub(super) arguments: Option<String>,
}

/// The models of a server.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelList {
    #[serde(default)]
    pub(super) data: Vec<ModelCard>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelCard {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) owned_by: String,
    /// vLLM.
    pub(super) max_model_len: Option<usize>,
    /// llama-server.
    pub(super) meta: Option<ModelMeta>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelMeta {
    pub(super) n_ctx: Option<usize>,
    pub(super) n_ctx_train: Option<usize>,
}

/// A label with its probability, as `/predict` answers.
#[derive(Debug, Deserialize)]
pub(super) struct Scored {
    pub(super) label: String,
    pub(super) score: f32,
}

/// The tokens of a choice with their probabilities, in either form of OpenAI's API.
pub(super) fn tokens(logprobs: &Value) -> Vec<TokenChoice> {
    if let Some(content) = logprobs.get("content").and_then(Value::as_array) {
        return content.iter().filter_map(in_chat).collect();
    }
    let list = |name: &str| {
        logprobs
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (texts, probabilities, tops) = (list("tokens"), list("token_logprobs"), list("top_logprobs"));
    texts
        .iter()
        .zip(&probabilities)
        .enumerate()
        .filter_map(|(index, (text, logprob))| {
            let top = tops.get(index).and_then(Value::as_object);
            let mut top: Vec<TokenProbability> = top
                .into_iter()
                .flatten()
                .filter_map(|(text, logprob)| probability(text, logprob))
                .collect();
            top.sort_by(|a, b| b.logprob.total_cmp(&a.logprob));
            let token = probability(text.as_str()?, logprob)?;
            Some(TokenChoice { token, top })
        })
        .collect()
}

fn in_chat(token: &Value) -> Option<TokenChoice> {
    let one = |value: &Value| {
        let mut one = probability(value.get("token")?.as_str()?, value.get("logprob")?)?;
        if let Some(bytes) = value.get("bytes").and_then(Value::as_array) {
            let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            one.bytes = bytes.collect::<Option<_>>()?;
        }
        Some(one)
    };
    let top = token.get("top_logprobs").and_then(Value::as_array);
    Some(TokenChoice {
        token: one(token)?,
        top: top.into_iter().flatten().filter_map(one).collect(),
    })
}

fn probability(text: &str, logprob: &Value) -> Option<TokenProbability> {
    Some(TokenProbability {
        bytes: text.as_bytes().to_vec(),
        logprob: logprob.as_f64()? as f32,
    })
}
