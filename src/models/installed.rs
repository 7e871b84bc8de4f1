//! The model files that came with an installation: `share/tripod/models/ID/FILE` beside the folder of the program. A model and the
//! name of a file come in, its path goes out. Nothing is checked here.

use std::path::PathBuf;

/// The path of this file, if it came along.
pub(super) fn installed(id: &str, file: &str) -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let models = program.parent()?.parent()?.join("share/tripod/models");
    Some(models.join(id).join(file)).filter(|path| path.is_file())
}

/// The Python interpreter beside the program: a wheel is installed there by the pip that belongs to it.
pub(super) fn python_beside() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.join("python3")).filter(|path| path.exists())
}
