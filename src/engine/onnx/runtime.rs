//! The ONNX Runtime library and its environment: loaded once from a file and kept until the process ends.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::engine::error::EngineError;

/// The environment and the library it came from. ONNX Runtime allows one environment per process.
static LOADED: Mutex<Option<(PathBuf, &'static Environment)>> = Mutex::new(None);

/// The environment of this process, created from `library` at the first call.
///
/// # Errors
///
/// [`EngineError::Runtime`] if the library is missing, is not ONNX Runtime or is too old, or if another one is loaded already.
pub(super) fn environment(library: Option<&Path>) -> Result<&'static Environment, EngineError> {
    let library = library.ok_or_else(|| EngineError::Runtime {
        path: PathBuf::from("libonnxruntime"),
        reason: "no file is known; run `tripod models pull onnxruntime` or set ORT_DYLIB_PATH".into(),
    })?;
    let fail = |reason: String| EngineError::Runtime {
        path: library.to_owned(),
        reason,
    };
    // If a thread panicked while it held the lock, the value is unchanged.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((path, environment)) = loaded.as_ref()
        && path == library
    {
        return Ok(environment);
    }
    if !library.is_file() {
        return Err(fail(
            "there is no such file; run `tripod models pull onnxruntime` or set ORT_DYLIB_PATH".into(),
        ));
    }
    if let Some((path, _)) = loaded.as_ref() {
        return Err(fail(format!("this process already runs on {}", path.display())));
    }
    let builder = ort::init_from(library).map_err(|error| {
        fail(format!(
            "{error}; ONNX Runtime 1.24 or newer for this machine is needed"
        ))
    })?;
    let environment = builder
        .with_name("tripod")
        // This does not cover the telemetry at start-up; `prepare_process` of the command line turns that off.
        .with_telemetry(false)
        .build()
        .map_err(|error| fail(error.to_string()))?;
    // Leaked on purpose: dropping it would shut down ONNX Runtime, and a process cannot create a second environment.
    let environment: &'static Environment = Box::leak(Box::new(environment));
    *loaded = Some((library.to_owned(), environment));
    Ok(environment)
}

/// Loads the library to check that it works; for `tripod doctor`.
///
/// # Errors
///
/// [`EngineError::Runtime`] with advice.
pub fn probe_runtime(library: &Path) -> Result<(), EngineError> {
    environment(Some(library)).map(|_| ())
}
