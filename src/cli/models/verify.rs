//! `tripod models verify`: hashes files and compares them with what they must be. One line a file.

use std::io::Write;

use indicatif::HumanBytes;

use crate::models::{Cache, Manifest, ModelsError, Platform};

/// Hashes the files of these models for a platform, and the requantized copies. Returns `false` when one is wrong. A model that was never
/// pulled is wrong only where it was `named`.
pub(super) fn verify(
    cache: &Cache,
    manifests: &[&Manifest],
    platform: &Platform,
    named: bool,
    out: &mut dyn Write,
) -> anyhow::Result<bool> {
    let mut right = true;
    for manifest in manifests {
        for file in manifest.files_for(platform) {
            match cache.verify(&manifest.id, file) {
                Ok(found) => writeln!(out, "ok       {}/{}  {}", manifest.id, file.name, found.sha256)?,
                Err(ModelsError::Missing { .. }) if !named => {}
                Err(ModelsError::Missing { .. }) => {
                    right = false;
                    writeln!(
                        out,
                        "missing  {}/{}: run `tripod models pull {}`",
                        manifest.id, file.name, manifest.id
                    )?;
                }
                Err(error) => {
                    right = false;
                    writeln!(
                        out,
                        "WRONG    {}/{}: {:#}",
                        manifest.id,
                        file.name,
                        anyhow::Error::new(error)
                    )?;
                }
            }
        }
    }
    for (copy, whole) in cache.verify_copies() {
        right &= whole;
        if whole {
            writeln!(out, "ok       {}", copy.display())?;
        } else {
            writeln!(
                out,
                "WRONG    {}: a requantized copy that was damaged; it is removed and written again when it is needed",
                copy.display()
            )?;
        }
    }
    let freed = cache.remove_copies_of_nothing()?;
    if freed > 0 {
        writeln!(
            out,
            "removed  {} of requantized copies whose originals are gone",
            HumanBytes(freed)
        )?;
    }
    Ok(right)
}
