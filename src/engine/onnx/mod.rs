//! The ONNX Runtime backend: a BERT-like model that returns probabilities or vectors for texts. The runtime's environment lives until
//! the process ends; the session and the tokenizer belong to the arena. Outputs are copied before the session is freed.
//!
//! Each module imports only from modules later in this list: open, session, tokens, runtime, file, options.

mod file;
mod open;
mod options;
mod runtime;
mod session;
mod tokens;

pub(super) use self::file::BertFile;
pub(super) use self::open::{BertWork, Opening, with_model};
pub use self::options::OnnxOptions;
pub use self::runtime::probe_runtime;
