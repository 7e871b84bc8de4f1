//! Resolves a role to files that may be loaded: the profile's model, another one by id, or a user's own file. Hashes files that
//! were not hashed before; never uses the network, and names `tripod models pull` where that is needed.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use super::cache::Cache;
use super::error::ModelsError;
use super::kinds::{Format, Part, Platform, Profile, Role};
use super::manifest::Manifest;
use super::own_file::own_file;
use super::registry::Registry;
use super::remote::RemoteServers;
use super::resolved::{ResolvedModel, may_fill, not_for};

/// The manifest that stands for the native library of the sentiment stage.
const ONNXRUNTIME: &str = "onnxruntime";

/// A user's choice instead of the profile's model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The id of a manifest.
    Id(String),
    /// A GGUF or ONNX file of their own.
    Path(PathBuf),
    /// A model on another machine: `http://HOST:PORT/v1#MODEL`.
    Url(String),
}

impl FromStr for ModelChoice {
    type Err = Infallible;

    /// A text that begins with `http://` or `https://` is a URL; one with a slash, or that ends in `.gguf` or `.onnx`, a path; any
    /// other an id.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(ModelChoice::Url(text.into()));
        }
        let path = text.contains(['/', '\\']) || text.ends_with(".gguf") || text.ends_with(".onnx");
        Ok(if path {
            ModelChoice::Path(text.into())
        } else {
            ModelChoice::Id(text.into())
        })
    }
}

impl Registry {
    /// The files that fill a role: those of `choice`, else of the profile's model.
    ///
    /// # Errors
    /// [`ModelsError::Missing`] and [`ModelsError::Corrupt`], which name the command that fixes them;
    /// [`ModelsError::UnknownModel`], [`ModelsError::WrongRole`], [`ModelsError::NoSuchFile`] for a choice that cannot be;
    /// [`ModelsError::NoModelFor`], [`ModelsError::NotForPlatform`], [`ModelsError::Io`].
    pub fn resolve_role(
        &self,
        cache: &Cache,
        role: Role,
        profile: Profile,
        choice: Option<&ModelChoice>,
    ) -> Result<ResolvedModel, ModelsError> {
        match choice {
            Some(ModelChoice::Path(path)) => own_file(cache, role, path, self.like(role, profile)?),
            Some(ModelChoice::Id(id)) => {
                let manifest = self.get(id)?;
                may_fill(manifest, role)?;
                from_cache(cache, manifest)
            }
            Some(ModelChoice::Url(url)) => by_url(role, url, self.like(role, profile)?),
            None => from_cache(cache, self.filling(role, profile)?),
        }
    }

    /// The files of the model with this id.
    ///
    /// # Errors
    /// Those of [`Registry::resolve_role`] for a choice by id.
    pub(super) fn resolve_id(&self, cache: &Cache, id: &str) -> Result<ResolvedModel, ModelsError> {
        from_cache(cache, self.get(id)?)
    }

    /// The ONNX Runtime library. `ORT_DYLIB_PATH` wins over the pulled one.
    ///
    /// # Errors
    /// [`ModelsError::NoSuchFile`] when the variable names no file, else those of [`Registry::resolve_role`].
    pub fn onnxruntime_library(&self, cache: &Cache) -> Result<PathBuf, ModelsError> {
        let own = std::env::var_os("ORT_DYLIB_PATH")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        self.library(cache, own, &Platform::host())
    }

    fn library(&self, cache: &Cache, own: Option<PathBuf>, platform: &Platform) -> Result<PathBuf, ModelsError> {
        if let Some(path) = own {
            return if path.is_file() {
                Ok(path)
            } else {
                Err(ModelsError::NoSuchFile {
                    role: "ORT_DYLIB_PATH".into(),
                    path,
                })
            };
        }
        let manifest = self.get(ONNXRUNTIME)?;
        let file = manifest
            .part(Part::Library, platform)
            .ok_or_else(|| not_for(manifest, Part::Library, platform))?;
        Ok(cache.verified(&manifest.id, file)?.path)
    }
}

/// A model on another machine, used like `stands_for`.
fn by_url(role: Role, url: &str, stands_for: &Manifest) -> Result<ResolvedModel, ModelsError> {
    let servers = RemoteServers::of_url(url).map_err(|problem| ModelsError::Invalid {
        origin: format!("the {role}"),
        problem,
    })?;
    let bare = stands_for.in_place_of(servers.name(), role);
    Ok(ResolvedModel::elsewhere(Manifest {
        format: Format::Remote,
        description: format!("On another machine, used as {}.", stands_for.id),
        context: None,
        remote: Some(servers),
        ..bare
    }))
}

fn from_cache(cache: &Cache, manifest: &Manifest) -> Result<ResolvedModel, ModelsError> {
    if manifest.remote.is_some() {
        return Ok(ResolvedModel::elsewhere(manifest.clone()));
    }
    ResolvedModel::found(manifest.id.clone(), manifest.clone(), |file| {
        cache.verified(&manifest.id, file)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::fs;

    fn empty_cache() -> (tempfile::TempDir, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        (directory, cache)
    }

    #[test]
    fn a_model_that_was_never_pulled_is_answered_with_the_command_that_pulls_it() {
        let (_directory, cache) = empty_cache();
        let registry = Registry::bundled().unwrap();
        let error = registry
            .resolve_role(&cache, Role::Reporter, Profile::Demo, None)
            .unwrap_err();
        assert!(
            error.to_string().contains("tripod models pull smollm2-135m-instruct"),
            "{error}"
        );
        assert!(!cache.root().exists(), "looking must not write");
    }

    #[test]
    fn a_choice_is_a_path_when_it_looks_like_one() {
        let parsed = |text: &str| text.parse::<ModelChoice>().unwrap();
        assert_eq!(parsed("finbert"), ModelChoice::Id("finbert".into()));
        assert_eq!(parsed("my.gguf"), ModelChoice::Path("my.gguf".into()));
        assert_eq!(parsed("./models/mine"), ModelChoice::Path("./models/mine".into()));
        assert_eq!(
            parsed("http://gpu:1/v1#a.gguf"),
            ModelChoice::Url("http://gpu:1/v1#a.gguf".into())
        );
    }

    #[test]
    fn a_model_in_a_role_it_does_not_have_is_refused_with_the_roles_it_has() {
        let (_directory, cache) = empty_cache();
        let choice = ModelChoice::Id("finbert".into());
        let error = Registry::bundled()
            .unwrap()
            .resolve_role(&cache, Role::Reporter, Profile::Demo, Some(&choice))
            .unwrap_err();
        assert!(error.to_string().contains("sentiment"), "{error}");
    }

    #[test]
    fn a_library_of_ones_own_wins_and_must_be_there() {
        let (directory, cache) = empty_cache();
        let registry = Registry::bundled().unwrap();
        let own = directory.path().join("libonnxruntime.so");
        assert!(
            registry
                .library(&cache, Some(own.clone()), &Platform::host())
                .unwrap_err()
                .to_string()
                .contains("ORT_DYLIB_PATH")
        );
        fs::write(&own, "x").unwrap();
        assert_eq!(
            registry.library(&cache, Some(own.clone()), &Platform::host()).unwrap(),
            own
        );
    }

    #[test]
    fn a_platform_without_a_library_is_told_to_bring_its_own() {
        let (_directory, cache) = empty_cache();
        let error = Registry::bundled()
            .unwrap()
            .library(&cache, None, &Platform::new("macos", "x86_64"))
            .unwrap_err();
        assert!(error.to_string().contains("ORT_DYLIB_PATH"), "{error}");
    }
}
