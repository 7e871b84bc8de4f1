//! From a model's id and hash to its files, in the process that opens them. A job names its models by id and hash; which files
//! those are on this machine is settled here, from settings that are plain data and can be sent to that process once. It looks at
//! the cache and never asks the network.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::error::ModelsError;
use super::kinds::{Profile, Role};
use super::registry::Registry;
use super::resolve::ModelChoice;
use super::resolved::{ResolvedAdapter, ResolvedModel};

/// Where this process finds model files.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ModelFiles {
    /// The cache directory.
    pub cache: PathBuf,
    /// Folders of the user's own manifests.
    pub manifests: Vec<PathBuf>,
    /// Files that the user named by path.
    pub own: Vec<OwnFile>,
    /// Adapters that the user named by path.
    #[serde(default)]
    pub adapters: Vec<PathBuf>,
    /// The set of models whose manifests stand for the user's own files.
    pub profile: Option<Profile>,
    /// All manifests, read at the first use.
    #[serde(skip)]
    registry: OnceLock<Registry>,
}

/// A file that the user named by path for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnFile {
    /// The role it fills.
    pub role: Role,
    /// The weights.
    pub path: PathBuf,
}

impl ModelFiles {
    /// The files below a cache directory, with the bundled manifests and those of the user's folders.
    pub fn new(cache: &Cache, manifests: &[PathBuf], profile: Profile) -> Self {
        ModelFiles {
            cache: cache.root().to_owned(),
            manifests: manifests.to_vec(),
            profile: Some(profile),
            ..ModelFiles::default()
        }
    }

    /// The same, and a file that the user named for a role, where the choice is one.
    #[must_use]
    pub fn with(mut self, role: Role, choice: Option<&ModelChoice>) -> Self {
        if let Some(ModelChoice::Path(path)) = choice {
            let path = path.clone();
            self.own.push(OwnFile { role, path });
        }
        self
    }

    /// The same, and an adapter that the user named, if there is one.
    #[must_use]
    pub fn with_adapter(mut self, path: Option<&Path>) -> Self {
        self.adapters.extend(path.map(Path::to_owned));
        self
    }

    /// The file of an adapter that the user named, verified: its content has the hash that is asked for.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Another`] when the file has another hash by now, [`ModelsError::UnknownModel`], [`ModelsError::NoSuchFile`],
    /// or [`ModelsError::Io`].
    pub fn find_adapter(&self, id: &str, sha256: &str) -> Result<ResolvedAdapter, ModelsError> {
        let cache = Cache::at(&self.cache);
        let named = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy() == id);
        let mut found = None;
        for path in self.adapters.iter().filter(named) {
            let adapter = ResolvedAdapter::of(&cache, path)?;
            if adapter.sha256 == sha256 {
                return Ok(adapter);
            }
            found = Some(adapter);
        }
        let found = found.ok_or_else(|| ModelsError::NoSuchFile {
            role: "adapter".into(),
            path: id.into(),
        })?;
        Err(ModelsError::Another {
            id: found.id,
            path: found.path,
            expected: sha256.to_owned(),
            found: found.sha256,
            mend: "ask again, so that the file is looked at as it is now".into(),
        })
    }

    /// The files of a model, verified: their content has the hash that is asked for.
    ///
    /// # Errors
    ///
    /// [`ModelsError::Another`] with both hashes when this machine has other content under the id, [`ModelsError::Missing`] and
    /// [`ModelsError::Corrupt`] naming the command that mends them, [`ModelsError::UnknownModel`], [`ModelsError::NoSuchFile`],
    /// or [`ModelsError::Io`].
    pub fn find(&self, id: &str, sha256: &str) -> Result<ResolvedModel, ModelsError> {
        let cache = Cache::at(&self.cache);
        let registry = self.registry()?;
        let named = |own: &&OwnFile| own.path.file_name().is_some_and(|name| name.to_string_lossy() == id);
        let mut found = None;
        for own in self.own.iter().filter(named) {
            let choice = ModelChoice::Path(own.path.clone());
            let profile = self.profile.unwrap_or(Profile::Demo);
            let model = registry.resolve_role(&cache, own.role, profile, Some(&choice))?;
            if model.sha256 == sha256 {
                return Ok(model);
            }
            found = Some(model);
        }
        let model = match found {
            Some(model) => model,
            None => registry.resolve_id(&cache, id)?,
        };
        if model.sha256 == sha256 {
            return Ok(model);
        }
        Err(ModelsError::Another {
            mend: if model.manifest.files.is_empty() {
                "ask again, so that the file is looked at as it is now".into()
            } else {
                format!("run `tripod models pull {id}` and ask again")
            },
            id: model.id,
            path: model.weights,
            expected: sha256.to_owned(),
            found: model.sha256,
        })
    }

    /// The folder of downloaded models.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.cache.join("models")
    }

    /// Every file and folder that a model can be read from: the downloaded models, the user's own files with what lies beside them, and
    /// manifests.
    pub(crate) fn readable(&self) -> Vec<PathBuf> {
        let own = self.own.iter().map(|own| &own.path).chain(&self.adapters);
        let beside = own.flat_map(|path| parts_beside(path));
        [self.downloads()]
            .into_iter()
            .chain(self.manifests.iter().cloned())
            .chain(beside)
            .collect()
    }

    fn registry(&self) -> Result<&Registry, ModelsError> {
        if let Some(registry) = self.registry.get() {
            return Ok(registry);
        }
        let read = Registry::load(&self.manifests)?;
        Ok(self.registry.get_or_init(|| read))
    }
}

/// A model's file and those in its folder that belong to models.
fn parts_beside(path: &Path) -> Vec<PathBuf> {
    const OF_MODELS: [&str; 7] = ["gguf", "onnx", "data", "onnx_data", "json", "toml", "txt"];
    let is_part = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        OF_MODELS.iter().any(|known| extension == *known)
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new(".")))
        .into_iter()
        .flatten()
        .flatten();
    let beside = entries.map(|entry| entry.path()).filter(is_part);
    std::iter::once(path.to_owned()).chain(beside).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn files(directory: &Path, own: &[&Path]) -> ModelFiles {
        let cache = Cache::at(directory.join("cache"));
        own.iter()
            .fold(ModelFiles::new(&cache, &[], Profile::Demo), |files, path| {
                files.with(Role::Reporter, Some(&ModelChoice::Path((*path).to_owned())))
            })
    }

    #[test]
    fn two_files_of_one_name_are_told_apart_by_their_hashes_and_other_content_is_refused_with_both() {
        let directory = tempfile::tempdir().unwrap();
        let path = |folder: &str| {
            fs::create_dir_all(directory.path().join(folder)).unwrap();
            let path = directory.path().join(folder).join("mine.gguf");
            fs::write(&path, folder).unwrap();
            path
        };
        let (one, other) = (path("one"), path("other"));
        let hash = |path: &Path| super::super::hash::hash_file(path).unwrap().0;
        let files = files(directory.path(), &[&one, &other]);
        for path in [&one, &other] {
            let model = files.find("mine.gguf", &hash(path)).unwrap();
            assert_eq!(model.weights, fs::canonicalize(path).unwrap());
        }
        let asked = hash(&one);
        fs::write(&one, "changed since").unwrap();
        fs::write(&other, "changed as well").unwrap();
        let message = files.find("mine.gguf", &asked).unwrap_err().to_string();
        for part in ["mine.gguf", &asked, &hash(&other), "ask again"] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }

    #[test]
    fn a_model_that_is_not_there_is_named_with_the_command_that_fetches_it() {
        let directory = tempfile::tempdir().unwrap();
        let files = files(directory.path(), &[]);
        let missing = files.find("smollm2-135m-instruct", "0").unwrap_err();
        let message = missing.to_string();
        assert!(
            message.contains("tripod models pull smollm2-135m-instruct"),
            "{message}"
        );
        assert!(matches!(
            files.find("nobody", "0"),
            Err(ModelsError::UnknownModel { .. })
        ));
    }

    #[test]
    fn an_adapter_is_found_by_its_hash_and_another_content_is_refused_with_both() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.gguf");
        fs::write(&path, "adapter").unwrap();
        let hash = super::super::hash::hash_file(&path).unwrap().0;
        let files = files(directory.path(), &[]).with_adapter(Some(&path));
        assert_eq!(files.find_adapter("a.gguf", &hash).unwrap().sha256, hash);
        assert!(files.find_adapter("b.gguf", &hash).is_err());
        fs::write(&path, "changed since").unwrap();
        let message = files.find_adapter("a.gguf", &hash).unwrap_err().to_string();
        assert!(message.contains(&hash) && message.contains("ask again"), "{message}");
    }

    #[test]
    fn the_settings_travel_as_plain_data() {
        let directory = tempfile::tempdir().unwrap();
        let mine = directory.path().join("mine.gguf");
        fs::write(&mine, "weights").unwrap();
        let sent = files(directory.path(), &[&mine]);
        let hash = super::super::hash::hash_file(&mine).unwrap().0;
        sent.find("mine.gguf", &hash).unwrap();
        let received: ModelFiles = serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap();
        assert_eq!(received.find("mine.gguf", &hash).unwrap().sha256, hash);
    }
}
