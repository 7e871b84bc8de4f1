//! Writes a data set, or a shard of it, into a file: threads write blocks, and one of them puts the blocks into the file in their
//! order. Memory holds a few blocks, whatever the size of the file.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

use chrono::Utc;

use super::encoding::Encoding;
use super::error::DatasetError;
use super::journal::{Identity, Journal};
use super::manifest::{DataFile, Manifest};
use super::origin::SeriesOrigin;
use super::plan::Plan;
use super::shard::Shard;

/// Blocks between two notes of how far the file is.
const BLOCKS_A_NOTE: u64 = 16;

/// Where to write, and how.
#[derive(Debug, Clone)]
pub struct Job {
    /// The data set's file; the ending of its name decides the compression. A shard's name is made from it.
    pub out: PathBuf,
    /// Which share to write; all of it where there is none.
    pub shard: Option<Shard>,
    /// Threads that write prompts.
    pub threads: usize,
    /// The compression level.
    pub level: i32,
    /// Whether to replace what is there.
    pub fresh: bool,
    /// Where the real series came from.
    pub origins: Vec<SeriesOrigin>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// The file.
    pub path: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Whether an earlier run had already finished it.
    pub was_there: bool,
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Prompts in the file.
    pub prompts: u64,
    /// Of these, prompts that an earlier run wrote.
    pub resumed: u64,
    /// Prompts that the file is to have.
    pub of: u64,
    /// When this run began to write.
    pub since: Instant,
}

/// Writes the file, or goes on with it. `watch` is told the progress and returns false to interrupt the run.
///
/// # Errors
/// When a series or a file cannot be read or written, when the file belongs to another recipe, and
/// [`DatasetError::Interrupted`].
pub fn generate(
    plan: &Plan<'_>,
    job: &Job,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<Generated, DatasetError> {
    let recipe = plan.recipe();
    let path = job
        .shard
        .map_or_else(|| job.out.clone(), |shard| shard.file(&job.out, recipe));
    let hash = recipe.sha256();
    if job.fresh {
        Journal::remove(&path)?;
    } else if path.exists() {
        return match Manifest::read(&path)? {
            Some(manifest)
                if manifest.recipe_sha256 == hash && manifest.shard == job.shard && manifest.filtered.is_none() =>
            {
                Ok(Generated {
                    path,
                    manifest,
                    was_there: true,
                })
            }
            _ => Err(DatasetError::Other {
                path,
                reason: "exists already",
            }),
        };
    }
    let blocks = job.shard.map_or(0..plan.blocks(), |shard| shard.blocks(plan.blocks()));
    let identity = Identity {
        recipe: hash.clone(),
        first: blocks.start,
        until: blocks.end,
        level: job.level,
    };
    let mut journal = Journal::open(&path, &identity)?;
    let rest = blocks.start + journal.written().blocks..blocks.end;
    let mut progress = Progress {
        prompts: journal.written().prompts,
        resumed: journal.written().prompts,
        of: plan.prompts(blocks),
        since: Instant::now(),
    };
    std::thread::scope(|scope| {
        let threads = job.threads.max(1);
        let encoding = Encoding::of(&job.out);
        // Thread t writes every `threads`-th block, so that the blocks arrive in order by asking the threads in turn.
        let workers: Vec<Receiver<Result<Encoded, DatasetError>>> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(1);
                let mine = rest.clone().skip(thread).step_by(threads);
                scope.spawn(move || {
                    for block in mine {
                        let encoded = encode(plan, block, encoding, job);
                        let is_over = encoded.is_err();
                        if sender.send(encoded).is_err() || is_over {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        let mut noted = 0;
        for (worker, _) in workers.iter().cycle().zip(rest.clone()) {
            let encoded = worker.recv().unwrap_or_else(|_| {
                Err(DatasetError::Choice(
                    "a thread of the factory ended early; run the command again".to_owned(),
                ))
            })?;
            journal.append(&encoded.bytes, encoded.prompts, encoded.refused)?;
            noted += 1;
            if noted % BLOCKS_A_NOTE == 0 {
                journal.note()?;
            }
            progress.prompts = journal.written().prompts;
            if !watch(progress) {
                journal.note()?;
                return Err(DatasetError::Interrupted {
                    prompts: progress.prompts,
                });
            }
        }
        Ok(())
    })?;
    let mut manifest = None;
    journal.finish(&path, |written, sha256| {
        let made = Manifest {
            tripod: env!("CARGO_PKG_VERSION").to_owned(),
            created: Utc::now(),
            file: DataFile {
                name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                bytes: written.bytes,
                sha256: sha256.to_owned(),
            },
            prompts: written.prompts,
            refused: written.refused,
            shard: job.shard,
            recipe_sha256: hash,
            recipe: recipe.clone(),
            origins: job.origins.clone(),
            filtered: None,
        };
        made.write(&path)?;
        manifest = Some(made);
        Ok(())
    })?;
    let Some(manifest) = manifest else {
        return Err(DatasetError::damaged(&path, "its manifest was not written"));
    };
    Ok(Generated {
        path,
        manifest,
        was_there: false,
    })
}

/// A block as it stands in the file.
struct Encoded {
    bytes: Vec<u8>,
    prompts: u64,
    refused: u64,
}

fn encode(plan: &Plan<'_>, block: u64, encoding: Encoding, job: &Job) -> Result<Encoded, DatasetError> {
    let block = plan.block(block)?;
    let prompts = block.lines.len() as u64;
    let bytes = encoding.encode(block.lines.into_bytes(), job.level);
    Ok(Encoded {
        bytes: bytes.map_err(DatasetError::write(&job.out))?,
        prompts,
        refused: block.refused,
    })
}
