//! The log of a run: one JSON object a line for each step. It holds no times, so that a resumed run writes the same bytes as an
//! uninterrupted one.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::TrainError;

/// The name of the file in the folder of a run.
const FILE: &str = "log.jsonl";

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number, from 1.
    pub step: u64,
    /// Tokens seen up to here.
    pub tokens: u64,
    /// The mean loss of the batch before the step, in nats, on smoothed targets if the run has such.
    pub loss: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The norm of the gradient before it was shortened.
    pub gradient_norm: f64,
    /// The mean loss of the averaged weights on the validation examples, in nats, on the targets themselves; after some steps
    /// only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
}

/// The log, open for appending.
pub(super) struct Log {
    path: PathBuf,
    file: BufWriter<File>,
    bytes: u64,
}

impl Log {
    /// Opens the log of a folder and cuts it to its first `bytes`: what a checkpoint knows of.
    pub(super) fn open(folder: &Path, bytes: u64) -> Result<Self, TrainError> {
        let path = path(folder);
        let failed = |error: std::io::Error| TrainError::file(&path, format!("cannot open the log: {error}"));
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        if length < bytes {
            let reason = format!(
                "the log has {length} bytes, but the checkpoint knows of {bytes}; restore the file or choose another --out"
            );
            return Err(TrainError::file(&path, reason));
        }
        file.set_len(bytes).map_err(failed)?;
        Ok(Log {
            file: BufWriter::new(file),
            path,
            bytes,
        })
    }

    /// Appends a line.
    pub(super) fn write(&mut self, line: &LogLine) -> Result<(), TrainError> {
        let mut text = serde_json::to_vec(line).map_err(|error| TrainError::file(&self.path, error))?;
        text.push(b'\n');
        self.bytes += text.len() as u64;
        let written = self.file.write_all(&text).and_then(|()| self.file.flush());
        written.map_err(|error| TrainError::file(&self.path, format!("cannot write the log: {error}")))
    }

    /// Makes sure that the log is on disk, and returns its length.
    pub(super) fn sync(&mut self) -> Result<u64, TrainError> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| TrainError::file(&self.path, format!("cannot write the log: {error}")))?;
        Ok(self.bytes)
    }
}

/// The path of the log in a run's folder.
fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The lines of a run's log.
///
/// # Errors
///
/// If the file cannot be read, or a line is not one of a log.
pub fn read_log(folder: &Path) -> Result<Vec<LogLine>, TrainError> {
    let path = path(folder);
    let text = std::fs::read_to_string(&path).map_err(|error| TrainError::file(&path, error))?;
    (1..)
        .zip(text.lines())
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| TrainError::file(&path, format!("line {number}: {error}")))
        })
        .collect()
}
