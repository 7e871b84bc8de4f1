//! Fetches a local file: one that the user names, or one that a script of this repository built. It is copied into the partial
//! file and hashed on the way. A script may also write the partial file itself; that one is only hashed.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::content::Fetched;
use super::disk::FreeSpace;
use super::error::ModelsError;
use super::hash::hash_file;
use super::lock::FileGuard;
use super::part::PartFile;

/// Where a `file` source points: under the home directory, absolute, or relative to the manifest's folder.
pub(super) fn locate(path: &str, manifest_directory: Option<&Path>) -> PathBuf {
    if let (Some(below), Some(home)) = (path.strip_prefix("~/"), std::env::home_dir()) {
        return home.join(below);
    }
    // Joining an absolute path yields that path.
    manifest_directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path))
}

/// Where a `build` source's output lies: under the given repository, else under the nearest folder above the current one
/// that holds the script.
///
/// # Errors
/// [`ModelsError::NotBuilt`] with `command` when the output is not there.
pub(super) fn built(
    script: &str,
    output: &str,
    command: &str,
    repository: Option<&Path>,
) -> Result<PathBuf, ModelsError> {
    let here = std::env::current_dir().unwrap_or_default();
    let root = match repository {
        Some(root) => Some(root),
        None => here.ancestors().find(|folder| folder.join(script).is_file()),
    };
    match root.map(|root| root.join(output)) {
        Some(path) if path.is_file() => Ok(path),
        path => Err(ModelsError::NotBuilt {
            path: path.unwrap_or_else(|| output.into()),
            command: command.into(),
        }),
    }
}

/// Copies a file into the partial file. The guard is held until the last byte, even when the future is dropped.
///
/// # Errors
/// [`ModelsError::NoLocalFile`], [`ModelsError::DiskFull`], [`ModelsError::Io`].
pub(super) async fn copy(
    from: PathBuf,
    hint: Option<&str>,
    part: &PartFile,
    free_space: &FreeSpace,
    guard: &Arc<FileGuard>,
) -> Result<Fetched, ModelsError> {
    if !from.is_file() {
        return Err(ModelsError::NoLocalFile {
            path: from,
            hint: hint.map(|hint| format!(": {hint}")).unwrap_or_default(),
        });
    }
    let (part, free_space, guard) = (part.clone(), free_space.clone(), Arc::clone(guard));
    let task = tokio::task::spawn_blocking(move || {
        let _held = guard;
        copy_now(&from, &part, &free_space)
    });
    task.await.map_err(ModelsError::Task)?
}

/// Takes over the partial file that a script has written; a script gives it this name only when it is complete. The guard is held
/// until it is hashed, even when the future is dropped.
///
/// # Errors
/// [`ModelsError::NotBuilt`] with `command` when the script has not run, [`ModelsError::Io`].
pub(super) async fn left(command: &str, part: &PartFile, guard: &Arc<FileGuard>) -> Result<Fetched, ModelsError> {
    let path = part.path().to_path_buf();
    if !path.is_file() {
        return Err(ModelsError::NotBuilt {
            path,
            command: command.into(),
        });
    }
    let guard = Arc::clone(guard);
    let task = tokio::task::spawn_blocking(move || {
        let _held = guard;
        let (sha256, bytes) = hash_file(&path).map_err(ModelsError::io("read", &path))?;
        Ok(Fetched {
            sha256,
            bytes,
            commit: None,
            etag: None,
        })
    });
    task.await.map_err(ModelsError::Task)?
}

/// Writes a file that is part of the program into the partial file.
///
/// # Errors
/// [`ModelsError::DiskFull`], [`ModelsError::Io`].
pub(super) fn put(bytes: &[u8], part: &PartFile, free_space: &FreeSpace) -> Result<Fetched, ModelsError> {
    pour(bytes, bytes.len() as u64, Path::new("the program"), part, free_space)
}

fn copy_now(from: &Path, part: &PartFile, free_space: &FreeSpace) -> Result<Fetched, ModelsError> {
    let input = File::open(from).map_err(ModelsError::io("read", from))?;
    let length = input.metadata().map_err(ModelsError::io("read", from))?.len();
    pour(input, length, from, part, free_space)
}

/// Writes all of `input` into the partial file. `from` names it in messages.
fn pour(
    mut input: impl Read,
    length: u64,
    from: &Path,
    part: &PartFile,
    free_space: &FreeSpace,
) -> Result<Fetched, ModelsError> {
    free_space.check(part.path(), length)?;
    let (mut out, mut hasher, mut bytes) = (part.start(None)?, Sha256::new(), 0);
    let mut block = vec![0; 1 << 20];
    loop {
        let read = match input.read(&mut block) {
            Ok(0) => {
                return Ok(Fetched {
                    sha256: hex::encode(hasher.finalize()),
                    bytes,
                    commit: None,
                    etag: None,
                });
            }
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ModelsError::io("read", from)(error)),
        };
        out.write_all(&block[..read])
            .map_err(|error| part.written(error, length.saturating_sub(bytes)))?;
        hasher.update(&block[..read]);
        bytes += read as u64;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_relative_source_lies_beside_its_manifest_and_an_absolute_one_where_it_says() {
        let folder = Path::new("/manifests");
        assert_eq!(locate("w.gguf", Some(folder)), Path::new("/manifests/w.gguf"));
        assert_eq!(locate("/w.gguf", Some(folder)), Path::new("/w.gguf"));
        assert_eq!(locate("w.gguf", None), Path::new("w.gguf"));
    }

    #[test]
    fn what_was_not_built_yet_is_answered_with_the_command_that_builds_it() {
        let repository = tempfile::tempdir().unwrap();
        let find = || {
            built(
                "models/x/build.py",
                "models/x/build/m.onnx",
                "make it",
                Some(repository.path()),
            )
        };
        let error = find().unwrap_err().to_string();
        assert!(error.contains("make it"), "{error}");
        let output = repository.path().join("models/x/build");
        std::fs::create_dir_all(&output).unwrap();
        std::fs::write(output.join("m.onnx"), "graph").unwrap();
        assert!(find().unwrap().is_file());
    }
}
