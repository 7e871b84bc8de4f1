//! Resolves a role to files that may be loaded: the profile's model, another one by id, or a user's own file. Hashes files that
//! were not hashed before; never uses the network, and names `tripod models pull` where that is needed.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::cache::Cache;
use super::error::ModelsError;
use super::kinds::{Format, Part, Platform, Profile, Role};
use super::manifest::Manifest;
use super::registry::Registry;

/// The manifest that stands for the native library of the sentiment stage.
const ONNXRUNTIME: &str = "onnxruntime";

/// A user's choice instead of the profile's model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The id of a manifest.
    Id(String),
    /// A GGUF or ONNX file of their own.
    Path(PathBuf),
}

impl FromStr for ModelChoice {
    type Err = Infallible;

    /// A text with a slash, or that ends in `.gguf` or `.onnx`, is a path; any other is an id.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let path = text.contains(['/', '\\']) || text.ends_with(".gguf") || text.ends_with(".onnx");
        Ok(if path {
            ModelChoice::Path(text.into())
        } else {
            ModelChoice::Id(text.into())
        })
    }
}

/// A model whose files are present and verified.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedModel {
    /// The manifest's id; for a user's own file its name.
    pub id: String,
    /// What is known of it. For a user's own file without a manifest beside it this is that of a model of the profile under the file's name:
    /// the prompt format, the labels and the context are taken over.
    pub manifest: Manifest,
    /// The weights.
    pub weights: PathBuf,
    /// The tokenizer, where the format keeps it apart.
    pub tokenizer: Option<PathBuf>,
    /// The adapter on the weights, if there is one.
    pub adapter: Option<ResolvedAdapter>,
    /// SHA-256 of the weights.
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
            Some(ModelChoice::Path(path)) => match described(cache, role, path)? {
                Some(model) => Ok(model),
                None => own_file(cache, role, path, self.like(role, profile)?),
            },
            Some(ModelChoice::Id(id)) => {
                let manifest = self.get(id)?;
                may_fill(manifest, role)?;
                from_cache(cache, manifest)
            }
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

fn from_cache(cache: &Cache, manifest: &Manifest) -> Result<ResolvedModel, ModelsError> {
    let platform = Platform::host();
    let file = manifest
        .part(Part::Weights, &platform)
        .ok_or_else(|| not_for(manifest, Part::Weights, &platform))?;
    let weights = cache.verified(&manifest.id, file)?;
    let (mut tokenizer, mut adapter) = (None, None);
    for beside in manifest
        .files_for(&platform)
        .filter(|beside| beside.part != Part::Weights)
    {
        let found = cache.verified(&manifest.id, beside)?;
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
        id: manifest.id.clone(),
        manifest: manifest.clone(),
        weights: weights.path,
        tokenizer,
        adapter,
        sha256: weights.sha256,
        bytes: weights.bytes,
    })
}

fn may_fill(manifest: &Manifest, role: Role) -> Result<(), ModelsError> {
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

/// A user's own file with a manifest beside it: `FILE.toml` beside `FILE.gguf`, as training and conversion write it. `None` without
/// one. The manifest's other files must lie there, too.
fn described(cache: &Cache, role: Role, path: &Path) -> Result<Option<ResolvedModel>, ModelsError> {
    let beside = path.with_extension("toml");
    if !path.is_file() || !beside.is_file() {
        return Ok(None);
    }
    let origin = beside.display().to_string();
    let text = fs::read_to_string(&beside).map_err(ModelsError::io("read", &beside))?;
    let manifest = Manifest::parse(&text, &origin)?;
    may_fill(&manifest, role)?;
    let platform = Platform::host();
    let invalid = |problem: String| ModelsError::Invalid {
        origin: origin.clone(),
        problem,
    };
    let file = manifest
        .part(Part::Weights, &platform)
        .ok_or_else(|| not_for(&manifest, Part::Weights, &platform))?;
    if file.name != name_of(path) {
        return Err(invalid(format!(
            "its weights are called {}, not {}: rename one of the two files",
            file.name,
            name_of(path)
        )));
    }
    let weights = cache.fingerprint(path)?;
    if file.sha256.as_ref().is_some_and(|hash| *hash != weights.sha256) {
        return Err(invalid(format!(
            "it was written for other weights: {} has the sha256 {}; make both anew, or move this manifest away",
            file.name, weights.sha256
        )));
    }
    let (mut tokenizer, mut adapter) = (None, None);
    for part in manifest.files_for(&platform) {
        let place = path.with_file_name(&part.name);
        match part.part {
            Part::Tokenizer | Part::Adapter if !place.is_file() => {
                return Err(ModelsError::NoSuchFile {
                    role: part.part.to_string(),
                    path: place,
                });
            }
            Part::Tokenizer => tokenizer = Some(place),
            Part::Adapter => {
                adapter = Some(ResolvedAdapter {
                    id: part.name.clone(),
                    sha256: cache.fingerprint(&place)?.sha256,
                    path: place,
                });
            }
            _ => {}
        }
    }
    // Other parts find the file again by its name, as they do without a manifest.
    let id = name_of(path);
    let manifest = Manifest {
        id: id.clone(),
        profiles: Vec::new(),
        files: Vec::new(),
        ..manifest
    };
    Ok(Some(ResolvedModel {
        id,
        weights: weights.path,
        tokenizer,
        adapter,
        sha256: weights.sha256,
        bytes: weights.bytes,
        manifest,
    }))
}

/// A user's own file in the place of `stands_for`. An ONNX file needs its `tokenizer.json` beside it.
fn own_file(cache: &Cache, role: Role, path: &Path, stands_for: &Manifest) -> Result<ResolvedModel, ModelsError> {
    let no_such = |path: &Path| ModelsError::NoSuchFile {
        role: role.to_string(),
        path: path.into(),
    };
    if !path.is_file() {
        return Err(no_such(path));
    }
    let tokenizer = match stands_for.format {
        Format::Onnx => {
            let beside = path.with_file_name("tokenizer.json");
            if !beside.is_file() {
                return Err(no_such(&beside));
            }
            Some(beside)
        }
        _ => None,
    };
    let weights = cache.fingerprint(path)?;
    let id = name_of(path);
    let manifest = Manifest {
        id: id.clone(),
        description: format!("Given by path, used as {}.", stands_for.id),
        licence: "unknown".into(),
        roles: vec![role],
        profiles: Vec::new(),
        on_request: Vec::new(),
        files: Vec::new(),
        // The context length of the replaced model does not apply; a GGUF holds its own.
        context: if stands_for.format == Format::Gguf {
            None
        } else {
            stands_for.context
        },
        chat_template: None,
        // A user's own reporter is assumed to be larger than the demo's.
        quotes_figures: true,
        random_weights: false,
        base: None,
        merged: None,
        // What was measured of the replaced model says nothing about this one.
        measured: Vec::new(),
        ..stands_for.clone()
    };
    Ok(ResolvedModel {
        id,
        manifest,
        weights: weights.path,
        tokenizer,
        adapter: None,
        sha256: weights.sha256,
        bytes: weights.bytes,
    })
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn not_for(manifest: &Manifest, part: Part, platform: &Platform) -> ModelsError {
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

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
    }

    #[test]
    fn a_file_of_ones_own_keeps_the_prompt_format_and_the_labels_of_the_profile() {
        let (directory, cache) = empty_cache();
        let registry = Registry::bundled().unwrap();
        let mine = directory.path().join("Mine.gguf");
        fs::write(&mine, "weights").unwrap();
        let choice = ModelChoice::Path(mine.clone());
        let model = registry
            .resolve_role(&cache, Role::Forecaster, Profile::Seed, Some(&choice))
            .unwrap();
        assert_eq!(model.id, "Mine.gguf");
        assert_eq!(
            model.manifest.prompt_format,
            registry.filling(Role::Forecaster, Profile::Seed).unwrap().prompt_format
        );
        assert_eq!((model.bytes, model.sha256.len()), (7, 64));
    }

    #[test]
    fn a_manifest_beside_a_file_of_ones_own_describes_it() {
        let (directory, cache) = empty_cache();
        let registry = Registry::bundled().unwrap();
        let mine = directory.path().join("mine.gguf");
        fs::write(&mine, "weights").unwrap();
        let resolve = |role| registry.resolve_role(&cache, role, Profile::Demo, Some(&ModelChoice::Path(mine.clone())));
        let bare = resolve(Role::Forecaster).unwrap();
        assert_eq!(
            (bare.id.as_str(), bare.manifest.zero_shot),
            ("mine.gguf", true),
            "as a general model"
        );

        let write = |name: &str, sha256: &str| {
            let text = format!(
                "id = \"mine\"\nroles = [\"forecaster\"]\nformat = \"gguf\"\nlicence = \"MIT\"\ndescription = \"Mine.\"\n\
                 prompt_format = \"returns-v4\"\n[[files]]\nname = \"{name}\"\npart = \"weights\"\nsha256 = \"{sha256}\"\n\
                 [[files.sources]]\nkind = \"file\"\npath = \"{name}\"\n"
            );
            fs::write(directory.path().join("mine.toml"), text).unwrap();
        };
        write("mine.gguf", &bare.sha256);
        let model = resolve(Role::Forecaster).unwrap();
        assert_eq!((model.id.as_str(), model.manifest.zero_shot), ("mine.gguf", false));
        assert_eq!(model.manifest.prompt_format.as_ref().unwrap().to_string(), "returns-v4");
        let refused = |role| resolve(role).unwrap_err().to_string();
        assert!(
            refused(Role::Reporter).contains("forecaster"),
            "{}",
            refused(Role::Reporter)
        );
        write("other.gguf", &bare.sha256);
        assert!(
            refused(Role::Forecaster).contains("rename"),
            "{}",
            refused(Role::Forecaster)
        );
        write("mine.gguf", &"0".repeat(64));
        assert!(
            refused(Role::Forecaster).contains("other weights"),
            "{}",
            refused(Role::Forecaster)
        );
    }

    #[test]
    fn an_onnx_file_of_ones_own_needs_its_tokenizer_beside_it() {
        let (directory, cache) = empty_cache();
        let registry = Registry::bundled().unwrap();
        let mine = directory.path().join("mine.onnx");
        fs::write(&mine, "graph").unwrap();
        let choice = ModelChoice::Path(mine);
        let resolve = || registry.resolve_role(&cache, Role::Sentiment, Profile::Demo, Some(&choice));
        assert!(resolve().unwrap_err().to_string().contains("tokenizer.json"));
        fs::write(directory.path().join("tokenizer.json"), "{}").unwrap();
        let model = resolve().unwrap();
        assert!(model.tokenizer.unwrap().ends_with("tokenizer.json"));
        assert_eq!(model.manifest.labels.len(), 3);
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
