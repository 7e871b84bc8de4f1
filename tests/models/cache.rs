//! The model cache from outside: what is trusted, what is hashed again, which damage is detected, and what is never touched.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::support::{content, hub_manifest, sha256};
use tripod::models::{
    Cache, FileState, Manifest, ModelChoice, ModelsError, Profile, PullOptions, Puller, Registry, Role, Source,
};

/// A cache with one model, pulled from a local file.
struct Stocked {
    folder: tempfile::TempDir,
    cache: Cache,
    manifest: Manifest,
}

impl Stocked {
    async fn new() -> Stocked {
        Stocked::with(None).await
    }

    async fn with(pin: Option<&str>) -> Stocked {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("cache"));
        fs::write(folder.path().join("mine.gguf"), content(3000)).unwrap();
        let mut manifest = hub_manifest(pin.unwrap_or(""));
        manifest.files[0].sources = vec![Source::from_flag(folder.path().join("mine.gguf").to_str().unwrap()).unwrap()];
        let options = PullOptions::default();
        Puller::new(&cache, &options)
            .pull(&manifest, &mut |_| {})
            .await
            .unwrap();
        Stocked {
            folder,
            cache,
            manifest,
        }
    }

    fn path(&self) -> PathBuf {
        self.cache.path("little", &self.manifest.files[0])
    }

    fn verified(&self) -> Result<String, ModelsError> {
        self.cache
            .verified("little", &self.manifest.files[0])
            .map(|file| file.sha256)
    }

    /// Changes a byte but keeps length and modification time, as a failing disk does.
    fn rot(&self) {
        let modified = fs::metadata(self.path()).unwrap().modified().unwrap();
        let mut bytes = fs::read(self.path()).unwrap();
        bytes[7] ^= 1;
        fs::write(self.path(), bytes).unwrap();
        File::options()
            .write(true)
            .open(self.path())
            .unwrap()
            .set_modified(modified)
            .unwrap();
    }
}

#[tokio::test]
async fn a_file_whose_length_or_time_changed_is_hashed_again_before_it_is_handed_out() {
    let stocked = Stocked::new().await;
    let mut bytes = fs::read(stocked.path()).unwrap();
    bytes[7] ^= 1;
    fs::write(stocked.path(), &bytes).unwrap();
    File::options()
        .write(true)
        .open(stocked.path())
        .unwrap()
        .set_modified(SystemTime::now() + Duration::from_secs(9))
        .unwrap();
    let error = stocked.verified().unwrap_err();
    let ModelsError::Corrupt { expected, found, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!((expected, found), (&sha256(&content(3000)), &sha256(&bytes)));
    assert!(error.to_string().contains("w.gguf"), "{error}");
}

#[tokio::test]
async fn a_file_that_was_only_touched_is_hashed_once_and_trusted_again() {
    let stocked = Stocked::new().await;
    let earlier = SystemTime::now() - Duration::from_secs(1000);
    File::options()
        .write(true)
        .open(stocked.path())
        .unwrap()
        .set_modified(earlier)
        .unwrap();
    assert_eq!(stocked.verified().unwrap(), sha256(&content(3000)));
    let lock = fs::read_to_string(stocked.cache.root().join("models/lock.json")).unwrap();
    stocked.verified().unwrap();
    assert_eq!(
        fs::read_to_string(stocked.cache.root().join("models/lock.json")).unwrap(),
        lock
    );
}

#[tokio::test]
async fn rot_that_changes_neither_length_nor_time_is_found_by_verify() {
    let stocked = Stocked::new().await;
    stocked.rot();
    assert!(stocked.verified().is_ok(), "the cheap check does not read the file");
    assert!(matches!(
        stocked.cache.verify("little", &stocked.manifest.files[0]),
        Err(ModelsError::Corrupt { .. })
    ));
}

#[tokio::test]
async fn a_manifest_that_now_pins_another_hash_is_not_satisfied_by_the_old_file_and_pull_brings_the_new_one() {
    let mut stocked = Stocked::with(Some(&format!("sha256 = \"{}\"", sha256(&content(3000))))).await;
    fs::write(stocked.folder.path().join("mine.gguf"), "the next release").unwrap();
    stocked.manifest.files[0].sha256 = Some(sha256(b"the next release"));
    let error = stocked.verified().unwrap_err();
    assert!(matches!(error, ModelsError::Outdated { .. }), "{error}");
    let options = PullOptions::default();
    Puller::new(&stocked.cache, &options)
        .pull(&stocked.manifest, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(
        stocked.verified().unwrap(),
        sha256(b"the next release"),
        "what nobody changed is replaced unasked"
    );
}

#[tokio::test]
async fn removing_a_model_removes_its_files_and_no_others() {
    let stocked = Stocked::new().await;
    let neighbour = stocked.cache.root().join("models/little-2/w.gguf");
    fs::create_dir_all(neighbour.parent().unwrap()).unwrap();
    fs::write(&neighbour, "theirs").unwrap();
    assert_eq!(stocked.cache.remove("little").unwrap(), 3000);
    assert!(!stocked.path().exists() && neighbour.exists());
    assert!(matches!(stocked.verified(), Err(ModelsError::Missing { .. })));
    assert_eq!(
        stocked.cache.remove("little").unwrap(),
        0,
        "removing what is not there is no error"
    );
    assert!(stocked.folder.path().join("mine.gguf").exists());
}

#[tokio::test]
async fn the_four_states_of_a_file_are_told_apart() {
    let stocked = Stocked::new().await;
    let file = &stocked.manifest.files[0];
    let state = || stocked.cache.state("little", file).unwrap();
    assert_eq!(state(), FileState::Present { bytes: 3000 });
    fs::write(stocked.path(), "damaged").unwrap();
    assert_eq!(state(), FileState::Corrupt);
    fs::rename(stocked.path(), stocked.path().with_extension("gguf.part")).unwrap();
    assert_eq!(state(), FileState::Partial { bytes: 7 });
    stocked.cache.remove("little").unwrap();
    assert_eq!(state(), FileState::Missing);
}

#[tokio::test]
async fn a_manifest_of_ones_own_is_resolved_to_files_that_may_be_loaded() {
    let stocked = Stocked::new().await;
    let own = stocked.folder.path().join("manifests");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("little.toml"), toml::to_string(&stocked.manifest).unwrap()).unwrap();
    let registry = Registry::load(&[own]).unwrap();
    let choice = ModelChoice::Id("little".into());
    let resolve = || registry.resolve_role(&stocked.cache, Role::Reporter, Profile::Demo, Some(&choice));
    let model = resolve().unwrap();
    assert_eq!(
        (model.weights, model.bytes, model.sha256),
        (stocked.path(), 3000, sha256(&content(3000)))
    );
    fs::write(stocked.path(), "damaged").unwrap();
    assert!(
        matches!(resolve(), Err(ModelsError::Corrupt { .. })),
        "nothing damaged is handed to an engine"
    );
}

#[test]
fn a_file_given_by_path_is_known_again_until_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let path = folder.path().join("mine.gguf");
    fs::write(&path, "one").unwrap();
    assert_eq!(cache.fingerprint(&path).unwrap().sha256, sha256(b"one"));
    let lock = fs::read_to_string(cache.root().join("models/lock.json")).unwrap();
    assert_eq!(cache.fingerprint(&path).unwrap().bytes, 3);
    assert_eq!(fs::read_to_string(cache.root().join("models/lock.json")).unwrap(), lock);
    fs::write(&path, "three").unwrap();
    assert_eq!(
        cache.fingerprint(&path).unwrap().sha256,
        sha256(b"three"),
        "a user's own file may change"
    );
}
