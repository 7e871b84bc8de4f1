//! Manifests and lock files that strangers wrote. Bytes come in; a manifest that is taken names files that are safe as names, and says
//! the same when it is written and read again.

#![allow(clippy::expect_used)]

use super::lock::Lock;
use super::manifest::Manifest;
use super::manifest_problem::is_name;
use crate::fuzz::folder;
use crate::net::in_full;

/// A user's manifest.
pub(crate) fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Manifest::parse(text, "own.toml") {
        Ok(manifest) => check_manifest(&manifest),
        Err(error) => drop(in_full(&error)),
    }
}

fn check_manifest(manifest: &Manifest) {
    assert!(is_name(&manifest.id), "{}", manifest.id);
    assert!(!manifest.roles.is_empty());
    for file in &manifest.files {
        assert!(is_name(&file.name), "{}", file.name);
        assert!(!file.sources.is_empty());
    }
    let written = toml::to_string(manifest).expect("TOML");
    let read = Manifest::parse(&written, "again").expect("a manifest");
    assert_eq!(&read, manifest);
}

/// The lock file of a cache.
pub(crate) fn lock_file(bytes: &[u8]) {
    let folder = folder();
    std::fs::create_dir(folder.path().join("models")).expect("a folder");
    std::fs::write(folder.path().join("models/lock.json"), bytes).expect("a file");
    match Lock::read(folder.path()) {
        Ok(lock) => {
            let added = |lock: &mut Lock| {
                lock.files.clear();
            };
            Lock::change(folder.path(), added).expect("a lock file that can be changed");
            let changed = Lock::read(folder.path()).expect("a lock file");
            assert!(changed.files.is_empty() && lock.files.is_empty() == (lock == changed));
        }
        Err(error) => drop(in_full(&error)),
    }
}
