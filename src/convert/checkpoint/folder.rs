//! Reads the small files of a checkpoint: JSON and text, each up to a limit.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::convert::error::ConvertError;

/// The folder of a checkpoint or an adapter.
#[derive(Debug)]
pub(in crate::convert) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// # Errors
    /// [`ConvertError::Damaged`] if it is not a folder.
    pub(in crate::convert) fn open(path: &Path) -> Result<Self, ConvertError> {
        match fs::metadata(path).map_err(ConvertError::io("read", path))?.is_dir() {
            true => Ok(Folder { path: path.to_owned() }),
            false => Err(ConvertError::damaged(
                path,
                "give the folder that holds config.json and the safetensors, not a file",
            )),
        }
    }

    /// Its path.
    pub(in crate::convert) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a file of this name.
    pub(in crate::convert) fn has(&self, name: &str) -> bool {
        self.path.join(name).is_file()
    }

    /// Reads a JSON file of at most `most` bytes; `None` if it is not there.
    ///
    /// # Errors
    /// [`ConvertError::Json`] for other JSON than expected, and those of [`Folder::text`].
    pub(in crate::convert) fn json<T: DeserializeOwned>(
        &self,
        name: &str,
        most: u64,
    ) -> Result<Option<T>, ConvertError> {
        let Some(text) = self.text(name, most)? else {
            return Ok(None);
        };
        match serde_json::from_str(&text) {
            Ok(value) => Ok(Some(value)),
            Err(source) => Err(ConvertError::Json {
                path: self.path.join(name),
                source,
            }),
        }
    }

    /// The same for a file that must be there.
    ///
    /// # Errors
    /// Those of [`Folder::json`], and [`ConvertError::Damaged`] if it is missing.
    pub(in crate::convert) fn required<T: DeserializeOwned>(&self, name: &str, most: u64) -> Result<T, ConvertError> {
        self.json(name, most)?
            .ok_or_else(|| ConvertError::damaged(&self.path, format!("{name} is missing")))
    }

    /// Reads a text of at most `most` bytes; `None` if it is not there.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] for a longer file, one that is not UTF-8 or not a regular file; [`ConvertError::File`].
    pub(in crate::convert) fn text(&self, name: &str, most: u64) -> Result<Option<String>, ConvertError> {
        let path = self.path.join(name);
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(ConvertError::io("read", &path))?,
        };
        if !metadata.is_file() {
            return Err(ConvertError::damaged(path, "it is not a regular file"));
        }
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
            .map_err(ConvertError::io("read", &path))?;
        if bytes.len() as u64 > most {
            let problem = format!("it is longer than {most} bytes, more than such a file can need");
            return Err(ConvertError::damaged(path, problem));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(ConvertError::damaged(path, "it is not UTF-8")),
        }
    }
}
