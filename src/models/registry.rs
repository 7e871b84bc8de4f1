//! The manifests, bundled and the user's own, by id or role. Reads manifest files and nothing else; whether a model's files are
//! present is the concern of [`crate::models::resolve`].

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ModelsError;
use super::kinds::{Profile, Role};
use super::manifest::Manifest;

/// The manifests of `models/`, compiled in. A test compares this list with the directory.
const BUNDLED: &[(&str, &str)] = &[
    ("finbert.toml", include_str!("../../models/finbert.toml")),
    (
        "llama-3.2-3b-instruct.toml",
        include_str!("../../models/llama-3.2-3b-instruct.toml"),
    ),
    (
        "llama-3.2-3b-instruct-uncensored.toml",
        include_str!("../../models/llama-3.2-3b-instruct-uncensored.toml"),
    ),
    (
        "minilm-l6-v2-encoder.toml",
        include_str!("../../models/minilm-l6-v2-encoder.toml"),
    ),
    ("onnxruntime.toml", include_str!("../../models/onnxruntime.toml")),
    (
        "qwen2.5-coder-1.5b-instruct.toml",
        include_str!("../../models/qwen2.5-coder-1.5b-instruct.toml"),
    ),
    (
        "sentiment-headlines-minilm.toml",
        include_str!("../../models/sentiment-headlines-minilm.toml"),
    ),
    ("shape-finbert.toml", include_str!("../../models/shape-finbert.toml")),
    (
        "shape-finbert-fp32.toml",
        include_str!("../../models/shape-finbert-fp32.toml"),
    ),
    (
        "shape-llama-3.2-3b-q2_k.toml",
        include_str!("../../models/shape-llama-3.2-3b-q2_k.toml"),
    ),
    (
        "shape-llama-3.2-3b-q4_k_m.toml",
        include_str!("../../models/shape-llama-3.2-3b-q4_k_m.toml"),
    ),
    (
        "shape-tinydeepseek-0.5b-q4_k_m.toml",
        include_str!("../../models/shape-tinydeepseek-0.5b-q4_k_m.toml"),
    ),
    (
        "shape-tinydeepseek-0.5b-q8_0.toml",
        include_str!("../../models/shape-tinydeepseek-0.5b-q8_0.toml"),
    ),
    (
        "smollm2-135m-instruct.toml",
        include_str!("../../models/smollm2-135m-instruct.toml"),
    ),
    (
        "tinydeepseek-0.5b.toml",
        include_str!("../../models/tinydeepseek-0.5b.toml"),
    ),
    (
        "tripod-embedder.toml",
        include_str!("../../models/tripod-embedder.toml"),
    ),
    (
        "tripod-forecaster.toml",
        include_str!("../../models/tripod-forecaster.toml"),
    ),
];

/// Every known manifest. A user's manifest wins over a bundled one with the same id, or for the same role of a profile.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Bundled first, then the user's directories in order; ids are unique.
    manifests: Vec<Manifest>,
}

impl Registry {
    /// The bundled manifests.
    ///
    /// # Errors
    /// Those of [`Manifest::parse`].
    pub fn bundled() -> Result<Registry, ModelsError> {
        let manifests = BUNDLED
            .iter()
            .map(|(name, text)| Manifest::parse(text, name))
            .collect::<Result<_, _>>()?;
        Ok(Registry { manifests })
    }

    /// The bundled manifests and every `*.toml` of these directories.
    ///
    /// # Errors
    /// [`ModelsError::Io`] for a directory or file that cannot be read, those of [`Manifest::parse`], and
    /// [`ModelsError::Invalid`] when two files of one directory carry the same id.
    pub fn load(directories: &[PathBuf]) -> Result<Registry, ModelsError> {
        let mut registry = Registry::bundled()?;
        for directory in directories {
            let own = read_directory(directory)?;
            registry
                .manifests
                .retain(|known| own.iter().all(|manifest| manifest.id != known.id));
            registry.manifests.extend(own);
        }
        Ok(registry)
    }

    /// The manifest of this id.
    ///
    /// # Errors
    /// [`ModelsError::UnknownModel`] with the ids there are.
    pub fn get(&self, id: &str) -> Result<&Manifest, ModelsError> {
        self.manifests.iter().find(|manifest| manifest.id == id).ok_or_else(|| {
            let mut known: Vec<_> = self.manifests.iter().map(|manifest| manifest.id.as_str()).collect();
            known.sort_unstable();
            ModelsError::UnknownModel {
                id: id.into(),
                known: known.join(", "),
            }
        })
    }

    /// All manifests, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Manifest> {
        let mut sorted: Vec<_> = self.manifests.iter().collect();
        sorted.sort_by(|a, b| a.id.cmp(&b.id));
        sorted.into_iter()
    }

    /// The model that fills a role in a profile.
    ///
    /// # Errors
    /// [`ModelsError::NoModelFor`].
    pub fn filling(&self, role: Role, profile: Profile) -> Result<&Manifest, ModelsError> {
        self.manifests
            .iter()
            .rev()
            .find(|manifest| manifest.fills(role, profile))
            .ok_or_else(|| ModelsError::NoModelFor {
                role: role.to_string(),
                profile: profile.to_string(),
            })
    }

    /// The model that a file without a manifest stands in for: the one that fills the role in the profile when it is named, else
    /// the one that fills it.
    ///
    /// # Errors
    /// [`ModelsError::NoModelFor`].
    pub(super) fn like(&self, role: Role, profile: Profile) -> Result<&Manifest, ModelsError> {
        let named = |manifest: &&Manifest| manifest.on_request.contains(&role) && manifest.profiles.contains(&profile);
        match self.manifests.iter().rev().find(named) {
            Some(manifest) => Ok(manifest),
            None => self.filling(role, profile),
        }
    }

    /// All models that a profile needs, library and encoder included, each once. Those that are built locally come last, because
    /// they are built from the others.
    pub fn profile(&self, profile: Profile) -> Vec<&Manifest> {
        let mut needed: Vec<&Manifest> = Vec::new();
        for manifest in Role::ALL.iter().filter_map(|role| self.filling(*role, profile).ok()) {
            if needed.iter().all(|known| known.id != manifest.id) {
                needed.push(manifest);
            }
        }
        needed.sort_by_key(|manifest| manifest.is_built());
        needed
    }
}

fn read_directory(directory: &Path) -> Result<Vec<Manifest>, ModelsError> {
    let entries = fs::read_dir(directory).map_err(ModelsError::io("read the manifests in", directory))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(ModelsError::io("read the manifests in", directory))?
            .path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut manifests: Vec<Manifest> = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(ModelsError::io("read", &path))?;
        let origin = path.display().to_string();
        let mut manifest = Manifest::parse(&text, &origin)?;
        if manifests.iter().any(|known| known.id == manifest.id) {
            return Err(ModelsError::Invalid {
                origin,
                problem: format!("a second manifest with id `{}` in this directory", manifest.id),
            });
        }
        manifest.directory = Some(directory.to_path_buf());
        manifests.push(manifest);
    }
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::models::kinds::{Format, Part, Platform};

    #[test]
    fn the_folder_of_manifests_and_the_bundled_list_are_equal() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let mut on_disk: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".toml"))
            .collect();
        on_disk.sort();
        let mut bundled: Vec<_> = BUNDLED.iter().map(|(name, _)| (*name).to_owned()).collect();
        bundled.sort();
        assert_eq!(on_disk, bundled);
    }

    #[test]
    fn every_bundled_manifest_reads_and_its_file_is_named_after_its_id() {
        let registry = Registry::bundled().unwrap();
        for ((name, _), manifest) in BUNDLED.iter().zip(&registry.manifests) {
            assert_eq!(*name, format!("{}.toml", manifest.id));
        }
    }

    #[test]
    fn each_profile_fills_each_role_of_the_three_stages_exactly_once() {
        let registry = Registry::bundled().unwrap();
        for profile in Profile::ALL {
            for role in [Role::Forecaster, Role::Sentiment, Role::Reporter, Role::Library] {
                let filling: Vec<_> = registry
                    .iter()
                    .filter(|m| m.fills(role, *profile))
                    .map(|m| &m.id)
                    .collect();
                assert_eq!(filling.len(), 1, "{profile} {role}: {filling:?}");
            }
        }
    }

    #[test]
    fn everything_a_demo_needs_from_a_registry_is_pinned_by_hash_and_size() {
        let registry = Registry::bundled().unwrap();
        let demo = registry.profile(Profile::Demo);
        assert_eq!(
            demo.last().unwrap().id,
            "sentiment-headlines-minilm",
            "what is built comes last"
        );
        for manifest in demo {
            for file in manifest
                .files
                .iter()
                .filter(|file| matches!(file.sources[0], crate::models::source::Source::Package { .. }))
            {
                assert!(
                    file.sha256.is_some() && file.bytes.is_some(),
                    "{}/{}",
                    manifest.id,
                    file.name
                );
            }
        }
    }

    #[test]
    fn random_weights_are_in_no_profile_but_the_one_for_measuring_and_say_what_they_are() {
        let registry = Registry::bundled().unwrap();
        for manifest in registry.iter() {
            assert_eq!(
                manifest.random_weights,
                manifest.id.starts_with("shape-"),
                "{}",
                manifest.id
            );
            if manifest.random_weights {
                assert!(manifest.profiles.iter().all(|profile| *profile == Profile::SeedShape));
                assert!(manifest.description.contains("its output is noise"), "{}", manifest.id);
            }
        }
    }

    #[test]
    fn the_demo_s_forecaster_is_trained_and_its_reporter_forecasts_only_when_it_is_named() {
        let registry = Registry::bundled().unwrap();
        let forecaster = registry.filling(Role::Forecaster, Profile::Demo).unwrap();
        let reporter = registry.filling(Role::Reporter, Profile::Demo).unwrap();
        assert!(!forecaster.zero_shot && !forecaster.measured.is_empty());
        assert!(reporter.has(Role::Forecaster) && reporter.zero_shot);
        assert_eq!(registry.like(Role::Forecaster, Profile::Demo).unwrap(), reporter);
        assert_eq!(registry.like(Role::Reporter, Profile::Demo).unwrap(), reporter);
        let seed = registry.filling(Role::Forecaster, Profile::Seed).unwrap();
        assert_eq!(registry.like(Role::Forecaster, Profile::Seed).unwrap(), seed);
    }

    #[test]
    fn the_runtime_library_is_there_for_three_platforms() {
        let registry = Registry::bundled().unwrap();
        let library = registry.get("onnxruntime").unwrap();
        assert_eq!(library.format, Format::SharedLibrary);
        for (os, arch) in [("linux", "x86_64"), ("linux", "aarch64"), ("macos", "aarch64")] {
            assert!(
                library.part(Part::Library, &Platform::new(os, arch)).is_some(),
                "{os}-{arch}"
            );
        }
        assert!(library.part(Part::Library, &Platform::new("macos", "x86_64")).is_none());
    }

    #[test]
    fn a_users_manifest_wins_over_the_bundled_one_of_the_same_id_and_of_the_same_role() {
        let directory = tempfile::tempdir().unwrap();
        let text = include_str!("../../models/llama-3.2-3b-instruct.toml");
        fs::write(directory.path().join("a.toml"), text.replace("about 2 GB", "mine")).unwrap();
        let other = text.replace("id = \"llama-3.2-3b-instruct\"", "id = \"mine\"");
        let second = tempfile::tempdir().unwrap();
        fs::write(second.path().join("b.toml"), other).unwrap();

        let registry = Registry::load(&[directory.path().into()]).unwrap();
        assert_eq!(
            registry.get("llama-3.2-3b-instruct").unwrap().directory.as_deref(),
            Some(directory.path())
        );
        let registry = Registry::load(&[directory.path().into(), second.path().into()]).unwrap();
        assert_eq!(registry.filling(Role::Reporter, Profile::Seed).unwrap().id, "mine");
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_known_ones_and_never_used_as_a_path() {
        let error = Registry::bundled()
            .unwrap()
            .get("../../etc/passwd")
            .unwrap_err()
            .to_string();
        assert!(error.contains("smollm2-135m-instruct"), "{error}");
    }
}
