//! OpenAI's Responses API: a request becomes a chat request, and the answer becomes output items or the events of a stream. Nothing
//! is kept but the analyses: an answer that tells of one can be gone on from by its id.

pub(crate) mod create;
mod events;
mod previous;
mod request;
mod response;
mod translate;
