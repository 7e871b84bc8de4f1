//! Finds out what a server can do: asks it for its models, then for a few answers of some tokens, each with one thing that it may or may
//! not know. What it says of itself only decides in which order things are tried. No data of the user's goes along.

use futures_util::future::join5;
use serde_json::{Value, json};

use super::collect::{Collected, Collector};
use super::dialect::{Dialect, Family, RegexField};
use super::exchange::Line;
use super::fault::Fault;
use super::server::Server;
use super::wire::{Chunk, ModelCard, ModelList};
use crate::engine::remote::ask::Writing;
use crate::engine::request::{Prompt, Sampling};

/// A pattern that no model writes by chance.
const PATTERN: &str = "zq[0-9]{3}";

/// The fields that hold an answer to a pattern, by the server's program.
fn regex_fields(family: Family) -> &'static [RegexField] {
    match family {
        Family::Vllm => &[RegexField::StructuredOutputs, RegexField::GuidedRegex],
        Family::LlamaServer => &[RegexField::Grammar],
        Family::Other => &[
            RegexField::StructuredOutputs,
            RegexField::Grammar,
            RegexField::GuidedRegex,
        ],
    }
}

/// What a server says of itself and of a model: its program, and the most tokens of a prompt and its answer.
pub(super) async fn said_of(line: &Line, server: &Server, model: &str) -> Result<(Family, Option<usize>), Fault> {
    let card = card(line, server, model).await?;
    let family = card.as_ref().map_or(Family::Other, family);
    let context = card.and_then(|card| {
        let meta = card.meta.unwrap_or_default();
        card.max_model_len.or(meta.n_ctx).or(meta.n_ctx_train)
    });
    Ok((family, context))
}

/// Probes a server for a model, which is asked through chats or only continues texts.
pub(super) async fn probe(
    line: &Line,
    server: &Server,
    model: &str,
    chats: bool,
    (family, context_length): (Family, Option<usize>),
) -> Result<Dialect, Fault> {
    let probe = Probe {
        line,
        server,
        model,
        chats,
    };
    // Whether it answers at all; the others may be refused for what they ask.
    probe.ask(json!({}), 1).await?;
    let (regex, json_schema, sequences, seed, logprobs) = join5(
        probe.regex(family),
        probe.json_schema(),
        probe.sequences(),
        probe.seed(),
        probe.logprobs(),
    )
    .await;
    let usage = probe.usage().await;
    Ok(Dialect {
        family,
        regex,
        json_schema,
        sequences,
        seed,
        logprobs,
        usage,
        context_length,
    })
}

/// The server's entry for the model. A server that lists its models and not this one is misconfigured; one that lists none may work.
async fn card(line: &Line, server: &Server, model: &str) -> Result<Option<ModelCard>, Fault> {
    let list: ModelList = match line.get(server, &["models"], line.timing.first).await {
        Ok(list) => list,
        Err(Fault::Refused(reason)) if reason.contains("HTTP 404") => return Ok(None),
        Err(fault) => return Err(fault),
    };
    // llama-server answers to any name.
    let lenient = model.is_empty() || list.data.iter().any(|card| family(card) == Family::LlamaServer);
    let names: Vec<String> = list
        .data
        .iter()
        .take(8)
        .map(|card| crate::text::clean(&card.id))
        .collect();
    let mut cards = list.data.into_iter();
    let found = cards.find(|card| card.id == model || lenient);
    if found.is_none() && !names.is_empty() {
        let reason = format!("{} has no model `{model}`; it has {}", server.shown, names.join(", "));
        return Err(Fault::Refused(reason));
    }
    Ok(found)
}

fn family(card: &ModelCard) -> Family {
    match card.owned_by.as_str() {
        "vllm" => Family::Vllm,
        "llamacpp" => Family::LlamaServer,
        _ => Family::Other,
    }
}

struct Probe<'a> {
    line: &'a Line,
    server: &'a Server,
    model: &'a str,
    chats: bool,
}

impl Probe<'_> {
    /// Asks for an answer with some more fields.
    async fn ask(&self, fields: Value, sequences: usize) -> Result<Collected, Fault> {
        let mut body = json!({"max_tokens": 8, "temperature": 0, "stream": false});
        let path: &[&str] = if self.chats {
            body["messages"] = json!([{"role": "user", "content": "Say hello."}]);
            &["chat", "completions"]
        } else {
            body["prompt"] = "Hello".into();
            &["completions"]
        };
        if !self.model.is_empty() {
            body["model"] = self.model.into();
        }
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
        }
        let chunk: Chunk = self.line.ask(self.server, path, &body, self.line.timing.first).await?;
        let request = Writing {
            prompt: Prompt::Plain(String::new()),
            sequences,
            max_tokens: 8,
            sampling: Sampling::default(),
            stop: Vec::new(),
            grammar: None,
            logprobs: Some(1),
            live: false,
        };
        let broken = |reason: String| Fault::Broken(format!("{}: {reason}", self.server.shown));
        let mut collector = Collector::new(&request);
        collector.add(chunk).map_err(broken)?;
        collector.finish().map_err(broken)
    }

    /// The text of an answer; empty where there is none.
    async fn text(&self, fields: Value) -> String {
        let answer = self.ask(fields, 1).await;
        let completion = answer.ok().and_then(|answer| answer.completions.into_iter().next());
        completion.map(|completion| completion.text).unwrap_or_default()
    }

    async fn regex(&self, family: Family) -> Option<RegexField> {
        for &field in regex_fields(family) {
            let text = self.text(match field {
                RegexField::StructuredOutputs => json!({"structured_outputs": {"regex": PATTERN}}),
                RegexField::GuidedRegex => json!({"guided_regex": PATTERN}),
                RegexField::Grammar => json!({"grammar": "root ::= \"zq\" [0-9]{3}"}),
            });
            let text = text.await;
            let digits = text.strip_prefix("zq").unwrap_or_default();
            if digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Some(field);
            }
        }
        None
    }

    async fn json_schema(&self) -> bool {
        if !self.chats {
            return false;
        }
        let schema = json!({
            "type": "object",
            "properties": {"zq": {"type": "string", "enum": ["a"]}},
            "required": ["zq"],
            "additionalProperties": false,
        });
        let format =
            json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}});
        let text = self.text(json!({"response_format": format, "max_tokens": 24})).await;
        serde_json::from_str::<Value>(&text).is_ok_and(|value| value == json!({"zq": "a"}))
    }

    async fn sequences(&self) -> bool {
        let answer = self.ask(json!({"n": 2, "temperature": 1, "max_tokens": 1}), 2).await;
        answer.is_ok_and(|answer| answer.completions.len() == 2)
    }

    async fn seed(&self) -> bool {
        let draw = || self.text(json!({"seed": 7, "temperature": 1, "max_tokens": 16}));
        let (one, other) = (draw().await, draw().await);
        !one.is_empty() && one == other
    }

    async fn logprobs(&self) -> bool {
        let fields = match self.chats {
            true => json!({"logprobs": true, "top_logprobs": 1}),
            false => json!({"logprobs": 1}),
        };
        let answer = self.ask(fields, 1).await;
        answer.is_ok_and(|answer| answer.tokens.first().is_some_and(|tokens| !tokens.is_empty()))
    }

    /// Whether it counts tokens in a stream: whether it takes the field, which older ones refuse.
    async fn usage(&self) -> bool {
        let fields = json!({"stream": true, "stream_options": {"include_usage": true}, "max_tokens": 1});
        // The answer is a stream, which is no JSON; only a refusal says no.
        !matches!(self.ask(fields, 1).await, Err(Fault::Refused(_)))
    }
}
