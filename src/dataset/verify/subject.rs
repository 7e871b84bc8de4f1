//! A file to verify, with its manifest and the series that the manifest names, as far as there are any.

use std::path::PathBuf;
use std::sync::Arc;

use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Manifest;
use crate::dataset::pack::SeriesPack;

/// A file, and what it can be compared with.
#[derive(Debug)]
pub struct Subject {
    /// The file.
    pub path: PathBuf,
    /// Its manifest, if it has one.
    pub(super) manifest: Option<Manifest>,
    /// The manifest with the series, or why they are not at hand.
    pub(super) source: Result<Source, String>,
}

/// A manifest with the series that it names.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) manifest: Manifest,
    /// The real series; `None` where all are simulated.
    pub(super) pack: Option<Arc<SeriesPack>>,
}

impl Subject {
    /// A file with the manifest beside it. `series` opens the real series that a manifest names.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be read.
    pub fn open(
        path: PathBuf,
        series: &mut dyn FnMut(&Manifest) -> Result<Arc<SeriesPack>, String>,
    ) -> Result<Self, DatasetError> {
        let manifest = Manifest::read(&path)?;
        let source = match &manifest {
            None => Err("there is no manifest beside it".to_owned()),
            Some(manifest) => source(manifest, series),
        };
        Ok(Subject { path, manifest, source })
    }
}

fn source(
    manifest: &Manifest,
    series: &mut dyn FnMut(&Manifest) -> Result<Arc<SeriesPack>, String>,
) -> Result<Source, String> {
    let pack = match &manifest.recipe.series {
        None => None,
        Some(stated) => {
            let pack = series(manifest)?;
            if pack.sha256() != stated {
                return Err("its sources have other prices now than when it was made".to_owned());
            }
            Some(pack)
        }
    };
    Ok(Source {
        manifest: manifest.clone(),
        pack,
    })
}
