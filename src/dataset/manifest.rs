//! The manifest of a data set's file: what it was made from, and what it must be.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use super::filtered::FilteredFrom;
use super::origin::SeriesOrigin;
use super::recipe::Recipe;
use super::shard::Shard;

/// Stands beside a file as `FILE.manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of Tripod that wrote the file.
    pub tripod: String,
    /// When it was finished.
    pub created: DateTime<Utc>,
    /// The file.
    pub file: DataFile,
    /// Prompts in the file.
    pub prompts: u64,
    /// Windows that were drawn and that the prompt format could not write.
    pub refused: u64,
    /// Which shard of the data set it is.
    pub shard: Option<Shard>,
    /// SHA-256 of the recipe.
    pub recipe_sha256: String,
    /// What decides the content.
    pub recipe: Recipe,
    /// Where the real series came from.
    pub origins: Vec<SeriesOrigin>,
    /// What the file was filtered from, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filtered: Option<FilteredFrom>,
}

/// A file as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

impl Manifest {
    /// Where the manifest of a file is.
    pub fn path(file: &Path) -> PathBuf {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".manifest.json");
        file.with_file_name(name)
    }

    /// The manifest of a file; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read or is no manifest.
    pub fn read(file: &Path) -> Result<Option<Self>, DatasetError> {
        let path = Self::path(file);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(DatasetError::read(&path))?,
        };
        let manifest = serde_json::from_slice(&text)
            .map_err(|error| DatasetError::damaged(&path, format!("it is not the manifest of a data set: {error}")))?;
        Ok(Some(manifest))
    }

    /// Writes the manifest beside its file, completely or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), DatasetError> {
        let path = Self::path(file);
        let failed = DatasetError::write(&path);
        let text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut temporary = tempfile::Builder::new()
            .prefix(".tripod-")
            .permissions(readable_by_all())
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(&failed)?;
        temporary.write_all(text.as_bytes()).map_err(&failed)?;
        temporary.write_all(b"\n").map_err(&failed)?;
        temporary.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// The permissions of a usual file; the process's mask is applied to them. A temporary file is readable by its owner only.
pub(super) fn readable_by_all() -> Permissions {
    Permissions::from_mode(0o666)
}
