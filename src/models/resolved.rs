//! A model whose files are present: which file is the weights, which the tokenizer, which the adapter. Files are looked up by a
//! function that is handed in; nothing is loaded.

use std::path::{Path, PathBuf};

use super::cache::{Cache, CachedFile};
use super::error::ModelsError;
use super::kinds::{Part, Platform, Role};
use super::manifest::{Manifest, ModelFile};

/// A model whose files are present and verified.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedModel {
    /// The manifest's id; for a user's own file its name.
    pub id: String,
    /// What is known of it. For a user's own file without a manifest beside it, this is the manifest of a model of the profile, under
    /// the file's name.
    pub manifest: Manifest,
    /// The weights; empty for a model on other machines.
    pub weights: PathBuf,
    /// The tokenizer, where the format keeps it apart.
    pub tokenizer: Option<PathBuf>,
    /// The adapter on the weights, if there is one.
    pub adapter: Option<ResolvedAdapter>,
    /// SHA-256 of the weights; empty for a model on other machines.
    pub sha256: String,
    /// Length of the weights in bytes.
    pub bytes: u64,
}

/// An adapter whose file is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedAdapter {
    /// The name of its file.
    pub id: String,
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl ResolvedAdapter {
    /// A user's own adapter.
    ///
    /// # Errors
    /// [`ModelsError::NoSuchFile`] or [`ModelsError::Io`].
    pub fn of(cache: &Cache, path: &Path) -> Result<Self, ModelsError> {
        if !path.is_file() {
            return Err(ModelsError::NoSuchFile {
                role: "adapter".into(),
                path: path.into(),
            });
        }
        let found = cache.fingerprint(path)?;
        Ok(ResolvedAdapter {
            id: name_of(path),
            path: found.path,
            sha256: found.sha256,
        })
    }
}

impl ResolvedModel {
    /// A model on other machines: no file and no hash is known of it.
    pub(super) fn elsewhere(manifest: Manifest) -> Self {
        ResolvedModel {
            id: manifest.id.clone(),
            manifest,
            weights: PathBuf::new(),
            tokenizer: None,
            adapter: None,
            sha256: String::new(),
            bytes: 0,
        }
    }

    /// The model of a manifest, under this name, with the files that `find` finds for this platform.
    ///
    /// # Errors
    /// [`ModelsError::NotForPlatform`] without weights for it, and those of `find`.
    pub(super) fn found(
        id: String,
        manifest: Manifest,
        find: impl Fn(&ModelFile) -> Result<CachedFile, ModelsError>,
    ) -> Result<Self, ModelsError> {
        let platform = Platform::host();
        let file = manifest
            .part(Part::Weights, &platform)
            .ok_or_else(|| not_for(&manifest, Part::Weights, &platform))?;
        let weights = find(file)?;
        let (mut tokenizer, mut adapter) = (None, None);
        for beside in manifest
            .files_for(&platform)
            .filter(|beside| beside.part != Part::Weights)
        {
            let found = find(beside)?;
            match beside.part {
                Part::Tokenizer => tokenizer = Some(found.path),
                Part::Adapter => {
                    adapter = Some(ResolvedAdapter {
                        id: beside.name.clone(),
                        path: found.path,
                        sha256: found.sha256,
                    });
                }
                _ => {}
            }
        }
        Ok(ResolvedModel {
            id,
            manifest,
            weights: weights.path,
            tokenizer,
            adapter,
            sha256: weights.sha256,
            bytes: weights.bytes,
        })
    }
}

/// Refuses a role that a model does not have.
pub(super) fn may_fill(manifest: &Manifest, role: Role) -> Result<(), ModelsError> {
    if manifest.has(role) {
        return Ok(());
    }
    let roles: Vec<_> = manifest.roles.iter().map(|role| role.as_str()).collect();
    Err(ModelsError::WrongRole {
        id: manifest.id.clone(),
        role: role.to_string(),
        roles: roles.join(", "),
    })
}

/// The name of a file, without its folder.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The error of a model without this part for a platform.
pub(super) fn not_for(manifest: &Manifest, part: Part, platform: &Platform) -> ModelsError {
    let hint = if part == Part::Library {
        "; install it and set ORT_DYLIB_PATH"
    } else {
        ""
    };
    ModelsError::NotForPlatform {
        id: manifest.id.clone(),
        part: part.to_string(),
        platform: platform.to_string(),
        hint: hint.into(),
    }
}
