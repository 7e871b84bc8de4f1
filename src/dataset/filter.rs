//! Copies a dataset without the records that exceed a limit, and from one file format into another. A file goes in and a file with
//! its manifest comes out; the first is not changed.

use std::path::Path;

use chrono::Utc;

use super::chunk::{Broken, Chunk};
use super::error::DatasetError;
use super::filtered::{Dropped, FilteredFrom, Limits};
use super::manifest::{DataFile, Manifest};
use super::output::{Output, Piece, Shaper};
use super::record::Record;
use super::scan::scan;
use crate::engine::{EngineError, TokenCounter};

/// What to copy, and how.
#[derive(Debug)]
pub struct Filter<'a> {
    /// The limits.
    pub limits: Limits,
    /// Counts tokens, if the limits have a number of them.
    pub counter: Option<&'a TokenCounter>,
    /// The compression level of the new file.
    pub level: i32,
    /// Threads that work on the file.
    pub threads: usize,
    /// Whether to replace the new file, if it exists.
    pub fresh: bool,
}

/// What was copied.
#[derive(Debug)]
pub struct Filtered {
    /// The new file.
    pub file: DataFile,
    /// Prompts in it.
    pub prompts: u64,
    /// Prompts that were left out.
    pub dropped: Dropped,
    /// Whether a manifest stands beside it: that of the first file with what changed.
    pub has_manifest: bool,
}

/// Copies `from` into `out`; the names tell the formats. `watch` is told how many prompts are read and returns false to interrupt.
///
/// # Errors
///
/// When a file cannot be read or written, when a line is not a record, when the tokenizer fails, or when `out` exists. Then `out`
/// is as it was before.
pub fn filter(
    from: &Path,
    out: &Path,
    filter: &Filter<'_>,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<Filtered, DatasetError> {
    if out.exists() && !filter.fresh {
        return Err(DatasetError::Other {
            path: out.to_owned(),
            reason: "exists already",
        });
    }
    let manifest = Manifest::read(from)?;
    let mut output = Output::begin(out, filter.level)?;
    let shaper = output.shaper();
    let (mut prompts, mut dropped) = (0, Dropped::default());
    let ending = scan(
        from,
        filter.threads,
        |chunk| filter.kept(&chunk, shaper, from, out),
        |kept| {
            let kept = kept?;
            prompts += kept.prompts;
            dropped.add(kept.dropped);
            output.write(kept.piece)?;
            if watch(prompts + dropped.total()) {
                return Ok(());
            }
            Err(DatasetError::Choice("interrupted; nothing was written".to_owned()))
        },
    )?;
    ending.map_err(|broken| broken.into_error(from))?;
    let has_manifest = manifest.is_some();
    let file = output.finish(|file| {
        let Some(manifest) = manifest else {
            return Ok(());
        };
        let filtered = FilteredFrom {
            name: manifest.file.name.clone(),
            sha256: manifest.file.sha256.clone(),
            limits: filter.limits.clone(),
            dropped,
        };
        let manifest = Manifest {
            tripod: env!("CARGO_PKG_VERSION").to_owned(),
            created: Utc::now(),
            file: file.clone(),
            prompts,
            filtered: Some(filtered),
            ..manifest
        };
        manifest.write(out)
    })?;
    Ok(Filtered {
        file,
        prompts,
        dropped,
        has_manifest,
    })
}

/// What is kept of a piece.
struct Kept {
    prompts: u64,
    dropped: Dropped,
    piece: Piece,
}

/// The limit that a record exceeds.
enum Exceeded {
    Ticker,
    Context,
    Horizon,
    Tokens,
}

impl Filter<'_> {
    fn kept(&self, chunk: &Chunk, shaper: Shaper, from: &Path, out: &Path) -> Result<Kept, DatasetError> {
        let mut kept = Vec::new();
        let mut dropped = Dropped::default();
        for (line, record) in chunk.records() {
            let at = |reason: String| {
                Broken {
                    line: Some(line),
                    reason,
                }
                .into_error(from)
            };
            let record = record.map_err(|reason| at(format!("it is not a whole record: {reason}")))?;
            match self.exceeded(&record).map_err(|error| at(error.to_string()))? {
                None => kept.push(record),
                Some(Exceeded::Ticker) => dropped.ticker += 1,
                Some(Exceeded::Context) => dropped.context += 1,
                Some(Exceeded::Horizon) => dropped.horizon += 1,
                Some(Exceeded::Tokens) => dropped.tokens += 1,
            }
        }
        Ok(Kept {
            prompts: kept.len() as u64,
            dropped,
            piece: shaper.piece(kept).map_err(DatasetError::write(out))?,
        })
    }

    fn exceeded(&self, record: &Record<'_>) -> Result<Option<Exceeded>, EngineError> {
        let limits = &self.limits;
        if !limits.tickers.is_empty() && !limits.tickers.iter().any(|ticker| *ticker == record.ticker) {
            return Ok(Some(Exceeded::Ticker));
        }
        if limits.context.is_some_and(|most| record.context > most) {
            return Ok(Some(Exceeded::Context));
        }
        if limits.horizon.is_some_and(|most| record.horizon > most) {
            return Ok(Some(Exceeded::Horizon));
        }
        if let (Some(most), Some(counter)) = (limits.tokens, self.counter) {
            let tokens = counter.count(&record.prompt, true)? + counter.count(&record.completion, false)?;
            if tokens > most {
                return Ok(Some(Exceeded::Tokens));
            }
        }
        Ok(None)
    }
}
