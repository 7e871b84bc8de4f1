//! OpenAI's API: chat, text completion, the list of models. A request is parsed and checked, answered by the pipeline (`tripod`) or by
//! a language model alone (`tripod-reporter`, `tripod-forecaster`), and goes out as a JSON object or as chunks of a stream.

pub(crate) mod chat;
mod chat_answer;
mod chunks;
mod comparison;
pub(crate) mod completions;
mod conversation;
pub(crate) mod embeddings;
mod folded;
mod follow_up;
mod frames;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzz;
mod later;
pub(crate) mod models;
mod parameters;
mod pipeline;
mod pipeline_answer;
mod pipeline_stream;
mod plan;
mod progress;
pub(super) mod project;
mod renames;
mod reporter;
mod request;
mod respond;
mod response;
mod rounds;
#[cfg(test)]
pub(super) mod sample_chunks;
mod schema;
mod text_completion;
mod tools;
mod validate;
mod writing;

pub(super) use self::chat_answer::ChatAnswer;
pub(super) use self::chunks::ChatChunk;
pub(super) use self::embeddings::{EmbeddingInput, check_embedder, texts};
pub(super) use self::models::{Served, continues_texts, served_ids};
pub(super) use self::parameters::{number, top_k};
pub(super) use self::pipeline_answer::report_text;
pub(super) use self::progress::line as progress_line;
pub(super) use self::renames::Renames;
pub(super) use self::request::{
    ChatMessage, ChatRequest, CompletionRequest, Content, JsonSchemaFormat, PromptText, ResponseFormat, Stop,
};
pub(super) use self::respond::{answer, complete, count};
pub(super) use self::response::{ChatCompletion, FinishReason, Usage};
pub(super) use self::tools::wire::{
    FunctionCall, FunctionDefinition, NamedFunction, NamedTool, PastFunctionCall, PastToolCall, ToolCallDelta,
    ToolChoice, ToolDefinition,
};
