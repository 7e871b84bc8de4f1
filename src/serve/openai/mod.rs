//! What every OpenAI client speaks: chat, text completion, the list of models. Requests are read into types and checked here,
//! done by the pipeline (`tripod`) or by a language model alone, and answered in the very frames that the clients read.

pub mod chat;
mod chunks;
pub mod completions;
mod conversation;
pub mod models;
mod parameters;
mod pipeline;
mod progress;
mod request;
mod response;
mod schema;
mod validate;
mod writing;
