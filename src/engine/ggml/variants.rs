//! A portable build carries ggml's code for processors once for each generation of them, as libraries in `lib/tripod` beside the
//! folder of the program. The best for this processor is loaded when llama.cpp starts. Any other build has one version linked in,
//! and none of this does anything.

use std::path::PathBuf;

/// The libraries' names begin so; the processor they are for follows.
const PREFIX: &str = "libggml-cpu-";

/// The folder of the libraries, in a portable build.
pub fn variants_folder() -> Option<PathBuf> {
    if !cfg!(feature = "portable") {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    Some(program.parent()?.parent()?.join("lib/tripod"))
}

/// Loads the best version.
#[cfg(feature = "portable")]
pub(super) fn load() -> Result<(), String> {
    let folder = variants_folder()
        // The binding panics on other paths.
        .filter(|folder| folder.to_str().is_some())
        .ok_or("the path of this program is not UTF-8: install it elsewhere")?;
    llama_cpp_2::llama_backend::load_backends_from_path(&folder);
    if llama_cpp_2::list_llama_ggml_backend_devices().is_empty() {
        let folder = folder.display();
        return Err(format!(
            "{folder} holds no library for this processor ({PREFIX}*.so): install Tripod again"
        ));
    }
    Ok(())
}

/// Nothing to load.
#[cfg(not(feature = "portable"))]
pub(super) fn load() -> Result<(), String> {
    Ok(())
}

/// The processor that the loaded version is for, as `zen4`. `None` before llama.cpp has started, and where one version is linked in.
pub fn loaded_variant() -> Option<String> {
    let mapped = std::fs::read_to_string("/proc/self/maps").ok()?;
    variant_of(&mapped)
}

/// The processor in the name of the first such library among the files that a process has mapped.
fn variant_of(mapped: &str) -> Option<String> {
    let (_, rest) = mapped.split_once(PREFIX)?;
    let (name, _) = rest.split_once(".so")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variant_is_read_off_the_name_of_its_library() {
        let mapped = "7f00-7f01 r-xp 0 fe:00 1 /usr/lib/tripod/libggml-base.so.0\n7f01-7f02 r-xp 0 fe:00 2 /usr/lib/tripod/libggml-cpu-zen4.so\n";
        assert_eq!(variant_of(mapped).as_deref(), Some("zen4"));
        assert_eq!(variant_of("7f00-7f01 r-xp 0 fe:00 1 /usr/lib/libc.so.6\n"), None);
    }
}
