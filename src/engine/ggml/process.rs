//! The llama.cpp backend of this process: started at first use, with its log redirected to `tracing`, and never stopped.

use std::sync::OnceLock;

use llama_cpp_2::llama_backend::LlamaBackend;

use super::logs;
use super::variants::load;
use crate::engine::error::EngineError;

/// The backend, started at the first call.
///
/// # Errors
///
/// [`EngineError::Native`] if llama.cpp does not start.
pub fn backend() -> Result<&'static LlamaBackend, EngineError> {
    static BACKEND: OnceLock<Result<LlamaBackend, String>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        logs::install();
        load()?;
        LlamaBackend::init().map_err(|error| error.to_string())
    });
    backend.as_ref().map_err(|reason| EngineError::Native {
        operation: "starting llama.cpp",
        reason: reason.clone(),
    })
}
