//! What every OpenAI client speaks: chat, text completion, the list of models. Requests are read into types and checked here,
//! done by the pipeline (`tripod`) or by a language model alone, and answered in the very frames that the clients read.

pub(crate) mod chat;
mod chunks;
pub(crate) mod completions;
mod conversation;
pub(crate) mod models;
mod parameters;
mod pipeline;
mod progress;
mod project;
mod request;
mod response;
mod schema;
mod validate;
mod writing;
