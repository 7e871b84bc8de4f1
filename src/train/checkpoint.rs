//! Checkpoints: everything that a run needs to go on as if it had never stopped, in one safetensors file. The file is written
//! under another name and renamed, so that a process that dies while it writes loses no more than the steps since the last one.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::optimiser::State;
use super::options::Options;
use super::weights::Layout;

/// The name of the file in the folder of a run.
const FILE: &str = "checkpoint.safetensors";

/// The key of the run's facts in the file's metadata.
const FACTS: &str = "run";

/// A run at a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checkpoint {
    pub facts: Facts,
    pub state: State,
    /// The averaged weights of the lowest validation loss, where the run looks for them.
    pub best: Option<Vec<f32>>,
}

/// What a run knows besides its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub options: Options,
    /// Steps done.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Time spent in steps, over all processes.
    pub seconds: f64,
    /// The length of the log at this step.
    pub log_bytes: u64,
    /// The loss on the first batch before the first step.
    pub first_loss: f64,
    /// The validation loss measured last.
    pub validation_loss: Option<f64>,
    /// The lowest validation loss, and the step it was measured at.
    pub lowest: Option<(f64, u64)>,
    /// Measurements since then.
    pub waited: u64,
}

/// The path of the checkpoint in a run's folder.
pub(super) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Writes a checkpoint into a folder, over the one before.
pub(super) fn save(checkpoint: &Checkpoint, layout: &Layout, folder: &Path) -> Result<(), TrainError> {
    let path = path(folder);
    let failed =
        |error: &dyn std::fmt::Display| TrainError::file(&path, format!("cannot write the checkpoint: {error}"));
    let mut tensors = Vec::new();
    for (part, values) in parts(checkpoint) {
        for entry in &layout.entries {
            let bytes: Vec<u8> = values[entry.range.clone()]
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            tensors.push((format!("{part}/{}", entry.name), entry.shape.clone(), bytes));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|error| failed(&error))?;
    let facts = serde_json::to_string(&checkpoint.facts).map_err(|error| failed(&error))?;
    let metadata = HashMap::from([(FACTS.to_owned(), facts)]);
    let bytes = serialize(views, Some(metadata)).map_err(|error| failed(&error))?;
    let written = tempfile::Builder::new()
        .prefix(".checkpoint-")
        .tempfile_in(folder)
        .and_then(|mut file| {
            std::io::Write::write_all(&mut file, &bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(std::io::Error::from)
        });
    written.map(drop).map_err(|error| failed(&error))
}

/// Reads the checkpoint of a folder, if there is one.
///
/// # Errors
///
/// If the file is damaged, or belongs to a run with other options or another model: names what differs.
pub(super) fn load(folder: &Path, options: &Options, layout: &Layout) -> Result<Option<Checkpoint>, TrainError> {
    let path = path(folder);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(TrainError::file(&path, format!("cannot read the checkpoint: {error}"))),
    };
    let damaged = |reason: String| {
        TrainError::file(
            &path,
            format!("the checkpoint is damaged ({reason}); delete it, and train again without --resume"),
        )
    };
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
    let facts = (metadata.metadata().as_ref().and_then(|metadata| metadata.get(FACTS)))
        .ok_or_else(|| damaged("it holds no facts of a run".into()))?;
    let facts: serde_json::Value = serde_json::from_str(facts).map_err(|error| damaged(error.to_string()))?;
    let asked = serde_json::to_value(options).map_err(|error| damaged(error.to_string()))?;
    if let Some(key) = first_difference(&asked, &facts["options"]) {
        let reason = format!(
            "the run in this folder has another `{key}`: {} instead of {}; resume with the same options, or choose another --out",
            facts["options"][&key], asked[&key]
        );
        return Err(TrainError::file(&path, reason));
    }
    let facts: Facts = serde_json::from_value(facts).map_err(|error| damaged(error.to_string()))?;
    let tensors = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
    let part = |part: &str| -> Result<Vec<f32>, TrainError> {
        let mut values = Vec::new();
        for entry in &layout.entries {
            let tensor =
                (tensors.tensor(&format!("{part}/{}", entry.name))).map_err(|_| other_model(&path, &entry.name))?;
            if tensor.dtype() != Dtype::F32 || tensor.shape() != entry.shape {
                return Err(other_model(&path, &entry.name));
            }
            values.extend(
                tensor
                    .data()
                    .as_chunks()
                    .0
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes)),
            );
        }
        Ok(values)
    };
    let state = State {
        step: facts.step,
        values: part("weight")?,
        average: part("average")?,
        first: part("first")?,
        second: part("second")?,
    };
    let best = facts.lowest.map(|_| part("best")).transpose()?;
    Ok(Some(Checkpoint { facts, state, best }))
}

fn other_model(path: &Path, name: &str) -> TrainError {
    let reason =
        format!("the checkpoint is of another model: `{name}` is missing or has another shape; choose another --out");
    TrainError::file(path, reason)
}

fn parts(checkpoint: &Checkpoint) -> Vec<(&'static str, &[f32])> {
    let state = &checkpoint.state;
    let mut parts: Vec<(&str, &[f32])> = vec![
        ("weight", &state.values),
        ("average", &state.average),
        ("first", &state.first),
        ("second", &state.second),
    ];
    parts.extend(checkpoint.best.as_deref().map(|best| ("best", best)));
    parts
}

/// The first key of `asked` whose value is another in `kept`.
fn first_difference(asked: &serde_json::Value, kept: &serde_json::Value) -> Option<String> {
    let asked = asked.as_object()?;
    let differs = asked.iter().find(|(key, value)| kept.get(key.as_str()) != Some(value));
    differs.map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::weights::Entry;
    use super::*;

    fn layout(columns: usize) -> Layout {
        Layout {
            entries: vec![Entry {
                name: "a.weight".into(),
                shape: vec![2, columns],
                decays: true,
                range: 0..2 * columns,
            }],
        }
    }

    fn checkpoint() -> Checkpoint {
        let mut state = State::new(vec![1.5, -0.1, f32::MIN_POSITIVE, 7.0]);
        state.step = 12;
        state.second[3] = 1e-30;
        Checkpoint {
            facts: Facts {
                options: Options::default(),
                step: 12,
                tokens: 340,
                seconds: 1.25,
                log_bytes: 99,
                first_loss: 5.123_456_789_012_345,
                validation_loss: Some(0.1 + 0.2),
                lowest: Some((0.3, 10)),
                waited: 1,
            },
            best: Some(state.values.clone()),
            state,
        }
    }

    #[test]
    fn what_was_saved_is_read_again_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::default();
        assert_eq!(load(folder.path(), &options, &layout(2)).unwrap(), None);
        save(&checkpoint(), &layout(2), folder.path()).unwrap();
        assert_eq!(load(folder.path(), &options, &layout(2)).unwrap(), Some(checkpoint()));
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [FILE], "no temporary file stays");
    }

    #[test]
    fn a_checkpoint_of_another_run_or_model_is_refused_with_what_differs() {
        let folder = tempfile::tempdir().unwrap();
        save(&checkpoint(), &layout(2), folder.path()).unwrap();
        let other = Options {
            batch: 17,
            ..Options::default()
        };
        let message = load(folder.path(), &other, &layout(2)).unwrap_err().to_string();
        assert!(message.contains("another `batch`: 16 instead of 17"), "{message}");
        let message = load(folder.path(), &Options::default(), &layout(3))
            .unwrap_err()
            .to_string();
        assert!(message.contains("another model: `a.weight`"), "{message}");
    }

    #[test]
    fn a_truncated_checkpoint_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        save(&checkpoint(), &layout(2), folder.path()).unwrap();
        let whole = fs::read(path(folder.path())).unwrap();
        for length in [0, 5, 100, whole.len() - 1] {
            fs::write(path(folder.path()), &whole[..length]).unwrap();
            let message = load(folder.path(), &Options::default(), &layout(2))
                .unwrap_err()
                .to_string();
            assert!(message.contains("damaged"), "{length}: {message}");
        }
    }
}
