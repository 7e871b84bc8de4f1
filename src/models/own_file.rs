//! A model that a user gives by path. A manifest beside the file describes it; without one it stands in for a model of the profile.

use std::fs;
use std::path::Path;

use super::cache::Cache;
use super::error::ModelsError;
use super::kinds::{Format, Part, Role};
use super::manifest::Manifest;
use super::resolved::{ResolvedModel, may_fill, name_of};

/// A user's own file in a role. Without a manifest beside it, it is used like `stands_for`.
///
/// # Errors
/// [`ModelsError::NoSuchFile`] for the file or one that must lie beside it, [`ModelsError::Parse`], [`ModelsError::Invalid`] and
/// [`ModelsError::WrongRole`] for a manifest that does not fit, [`ModelsError::Io`].
pub(super) fn own_file(
    cache: &Cache,
    role: Role,
    path: &Path,
    stands_for: &Manifest,
) -> Result<ResolvedModel, ModelsError> {
    present(role.as_str(), path)?;
    let beside = path.with_extension("toml");
    if beside.is_file() {
        described(cache, role, path, &beside)
    } else {
        bare(cache, role, path, stands_for)
    }
}

/// As its manifest says, `FILE.toml` beside `FILE.gguf`: training and conversion write it. The manifest's other files must lie
/// there, too.
fn described(cache: &Cache, role: Role, path: &Path, beside: &Path) -> Result<ResolvedModel, ModelsError> {
    let origin = beside.display().to_string();
    let text = fs::read_to_string(beside).map_err(ModelsError::io("read", beside))?;
    let manifest = Manifest::parse(&text, &origin)?;
    may_fill(&manifest, role)?;
    let name = name_of(path);
    let invalid = |problem: String| ModelsError::Invalid {
        origin: origin.clone(),
        problem,
    };
    let model = ResolvedModel::found(name.clone(), manifest, |file| {
        if file.part == Part::Weights && file.name != name {
            return Err(invalid(format!(
                "its weights are called {}, not {name}: rename one of the two files",
                file.name
            )));
        }
        let place = path.with_file_name(&file.name);
        present(file.part.as_str(), &place)?;
        let found = cache.fingerprint(&place)?;
        if file.sha256.as_ref().is_some_and(|hash| *hash != found.sha256) {
            return Err(invalid(format!(
                "it was written for another {}, whose sha256 is now {}: make both anew, or move this manifest away",
                file.name, found.sha256
            )));
        }
        Ok(found)
    })?;
    // Other parts find the file again by its name, as they do without a manifest.
    Ok(ResolvedModel {
        manifest: Manifest {
            id: name,
            profiles: Vec::new(),
            files: Vec::new(),
            ..model.manifest
        },
        ..model
    })
}

/// In the place of `stands_for`. An ONNX file needs its `tokenizer.json` beside it.
fn bare(cache: &Cache, role: Role, path: &Path, stands_for: &Manifest) -> Result<ResolvedModel, ModelsError> {
    let tokenizer = match stands_for.format {
        Format::Onnx => {
            let beside = path.with_file_name("tokenizer.json");
            present(role.as_str(), &beside)?;
            Some(beside)
        }
        _ => None,
    };
    let weights = cache.fingerprint(path)?;
    let id = name_of(path);
    let manifest = Manifest {
        description: format!("Given by path, used as {}.", stands_for.id),
        ..stands_for.in_place_of(id.clone(), role)
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

fn present(role: &str, path: &Path) -> Result<(), ModelsError> {
    if path.is_file() {
        return Ok(());
    }
    Err(ModelsError::NoSuchFile {
        role: role.into(),
        path: path.into(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::models::kinds::Profile;
    use crate::models::registry::Registry;

    fn empty_cache() -> (tempfile::TempDir, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        (directory, cache)
    }

    fn like(role: Role, profile: Profile) -> Manifest {
        Registry::bundled().unwrap().like(role, profile).unwrap().clone()
    }

    #[test]
    fn a_file_of_ones_own_keeps_the_prompt_format_and_the_labels_of_the_profile() {
        let (directory, cache) = empty_cache();
        let mine = directory.path().join("Mine.gguf");
        fs::write(&mine, "weights").unwrap();
        let seed = like(Role::Forecaster, Profile::Seed);
        let model = own_file(&cache, Role::Forecaster, &mine, &seed).unwrap();
        assert_eq!(model.id, "Mine.gguf");
        assert_eq!(model.manifest.prompt_format, seed.prompt_format);
        assert_eq!((model.bytes, model.sha256.len()), (7, 64));
    }

    #[test]
    fn a_manifest_beside_a_file_of_ones_own_describes_it() {
        let (directory, cache) = empty_cache();
        let mine = directory.path().join("mine.gguf");
        fs::write(&mine, "weights").unwrap();
        let resolve = |role| own_file(&cache, role, &mine, &like(role, Profile::Demo));
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
            refused(Role::Forecaster).contains("another mine.gguf"),
            "{}",
            refused(Role::Forecaster)
        );
    }

    #[test]
    fn an_onnx_file_of_ones_own_needs_its_tokenizer_beside_it() {
        let (directory, cache) = empty_cache();
        let mine = directory.path().join("mine.onnx");
        fs::write(&mine, "graph").unwrap();
        let resolve = || own_file(&cache, Role::Sentiment, &mine, &like(Role::Sentiment, Profile::Demo));
        assert!(resolve().unwrap_err().to_string().contains("tokenizer.json"));
        fs::write(directory.path().join("tokenizer.json"), "{}").unwrap();
        let model = resolve().unwrap();
        assert!(model.tokenizer.unwrap().ends_with("tokenizer.json"));
        assert_eq!(model.manifest.labels.len(), 3);
    }
}
