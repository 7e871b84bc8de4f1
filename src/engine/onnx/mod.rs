//! A BERT-like classifier on ONNX Runtime: texts in, probabilities out. The runtime's environment lives for the process; the
//! session and the tokenizer belong to the arena. Outputs are copied out before the session goes.
//!
//! Imports go down this order: open, session, tokens, runtime, file, options.

mod file;
mod open;
mod options;
mod runtime;
mod session;
mod tokens;

pub(super) use self::file::ClassifierFile;
pub(super) use self::open::{Opening, with_model};
pub use self::options::OnnxOptions;
pub use self::runtime::probe_runtime;
