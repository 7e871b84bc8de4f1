//! What one server can do and in which words it is asked, as a probe found it. Plain data.

use serde::{Deserialize, Serialize};

use crate::engine::remote::ask::Described;

/// A server's program, by what it says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Family {
    /// vLLM.
    Vllm,
    /// llama.cpp's server.
    LlamaServer,
    /// Any other.
    Other,
}

/// The field that holds an answer to a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RegexField {
    /// `structured_outputs: {"regex": …}`: vLLM since 0.11.
    StructuredOutputs,
    /// `guided_regex`: vLLM before.
    GuidedRegex,
    /// `grammar` in GBNF: llama-server.
    Grammar,
}

/// What one server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Dialect {
    pub(super) family: Family,
    pub(super) regex: Option<RegexField>,
    pub(super) json_schema: bool,
    /// It takes `n`.
    pub(super) sequences: bool,
    /// The same seed gave the same text twice.
    pub(super) seed: bool,
    pub(super) logprobs: bool,
    /// It counts tokens at the end of a stream.
    pub(super) usage: bool,
    pub(super) context_length: Option<usize>,
}

impl Dialect {
    /// What all of several servers can do.
    pub(super) fn of_all(dialects: &[Dialect], context: Option<usize>, at_once: usize) -> Described {
        let all = |can: fn(&Dialect) -> bool| dialects.iter().all(can);
        let contexts = dialects.iter().filter_map(|dialect| dialect.context_length);
        Described {
            regex: all(|dialect| dialect.regex.is_some()),
            json_schema: all(|dialect| dialect.json_schema),
            sequences: all(|dialect| dialect.sequences),
            seed: all(|dialect| dialect.seed),
            logprobs: all(|dialect| dialect.logprobs),
            context_length: contexts.chain(context).min(),
            at_once,
        }
    }
}
