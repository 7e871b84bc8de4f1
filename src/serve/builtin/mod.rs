//! What the pipeline can do, as tools that a language model calls: a name, a description and a schema for each; arguments come in, a
//! short result as JSON goes out. The chat with `tripod` offers them, and every other door that speaks of tools can.

mod figures;
mod inputs;
mod run;
mod table;

pub(crate) use self::run::Caller;
pub(crate) use self::table::{BUILTIN, Builtin, find};
