//! A folder as Hugging Face's libraries save it: JSON files and tensors in one safetensors file or several. Files are read within
//! limits, tensors one at a time; nothing is written. A file may be a link, as in the hub's cache; it must lead to a regular file.

mod folder;
mod safetensors;

pub(super) use self::folder::Folder;
pub(crate) use self::safetensors::ElementType;
pub(super) use self::safetensors::Shard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::ConvertError;

/// The tensors when they are in one file.
const SINGLE: &str = "model.safetensors";
/// The list of the files when they are in several.
const INDEX: &str = "model.safetensors.index.json";
/// Bytes of the longest index.
const LARGEST_INDEX: u64 = 64 << 20;
/// The most files of one checkpoint.
const MOST_SHARDS: usize = 1000;

/// The tensors of a checkpoint, by name.
#[derive(Debug)]
pub(super) struct Checkpoint {
    folder: PathBuf,
    shards: Vec<Shard>,
    /// Which shard holds a tensor.
    places: BTreeMap<String, usize>,
}

/// The part of the index that is used.
#[derive(Debug, Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Reads and checks the headers of all files.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] for a broken header, an index that names a file outside the folder or a tensor that its file
    /// lacks; [`ConvertError::File`] for a missing file.
    pub(super) fn open(folder: &Folder) -> Result<Self, ConvertError> {
        let root = folder.path().to_owned();
        let index = folder.json::<Index>(INDEX, LARGEST_INDEX)?;
        let Some(index) = index else {
            if !folder.has(SINGLE) {
                let problem =
                    format!("neither {SINGLE} nor {INDEX} is there: give the folder of a checkpoint in safetensors");
                return Err(ConvertError::damaged(root, problem));
            }
            let shard = Shard::open(&folder.path().join(SINGLE))?;
            let places = shard.names().map(|name| (name.to_owned(), 0)).collect();
            return Ok(Checkpoint {
                folder: root,
                shards: vec![shard],
                places,
            });
        };
        let damaged = |problem: String| ConvertError::damaged(root.join(INDEX), problem);
        let mut names: Vec<&String> = index.weight_map.values().collect();
        names.sort_unstable();
        names.dedup();
        if names.len() > MOST_SHARDS {
            return Err(damaged(format!(
                "it names {} files; {MOST_SHARDS} are the most",
                names.len()
            )));
        }
        let mut shards = Vec::new();
        for name in &names {
            if name.contains(['/', '\\', '\0']) || !name.ends_with(".safetensors") {
                return Err(damaged(format!(
                    "`{name}` is not the name of a safetensors file in this folder"
                )));
            }
            shards.push(Shard::open(&root.join(name))?);
        }
        let mut places = BTreeMap::new();
        for (tensor, file) in &index.weight_map {
            let place = names.binary_search(&file).unwrap_or(0);
            if shards[place].entry(tensor).is_none() {
                return Err(damaged(format!(
                    "it places {tensor} in {file}, which has no such tensor"
                )));
            }
            places.insert(tensor.clone(), place);
        }
        Ok(Checkpoint {
            folder: root,
            shards,
            places,
        })
    }

    /// Where it lies.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The files of its tensors.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.shards.iter().map(Shard::path)
    }

    /// The names of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// A tensor's shape, the slowest dimension first.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        Some(&self.shards[*self.places.get(name)?].entry(name)?.shape)
    }

    /// A tensor's element type.
    pub(super) fn element_type(&self, name: &str) -> Option<ElementType> {
        Some(self.shards[*self.places.get(name)?].entry(name)?.kind)
    }

    /// Reads one tensor.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] if it is missing, [`ConvertError::File`] if it cannot be read.
    pub(super) fn read(&self, name: &str) -> Result<Vec<f32>, ConvertError> {
        match self.places.get(name) {
            Some(place) => self.shards[*place].read(name),
            None => Err(ConvertError::damaged(
                &self.folder,
                format!("the tensor {name} is missing"),
            )),
        }
    }
}
