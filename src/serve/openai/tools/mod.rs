//! Function calling: the tools of a request come in, what the prompt says of them, the grammar of the answer and the calls in it go out.
//! A client runs its tools itself.

mod choice;
mod definition;
mod own;
mod past;
mod reading;
#[cfg(test)]
mod tests;
pub(super) mod wire;

pub(super) use self::choice::Tools;
pub(super) use self::own::own;
pub(super) use self::past::calls as past_calls;
pub(super) use self::reading::{AnswerReader, Part, whole};
