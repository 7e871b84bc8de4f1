//! Writes a data set, or a shard of it, into a file: threads write blocks, and one of them puts the blocks into the file in their
//! order. Memory holds a few blocks, whatever the size of the file.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

use chrono::Utc;

use super::encoding::Encoding;
use super::error::DatasetError;
use super::file_kind::FileKind;
use super::journal::{Identity, Journal};
use super::manifest::{DataFile, Manifest};
use super::origin::SeriesOrigin;
use super::output::{Output, Piece};
use super::plan::{Block, Plan};
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
}

/// Writes the file, or goes on with it. A Parquet file cannot be continued in its middle: it is written whole, or begun again.
/// `watch` is told the progress and returns false to interrupt the run.
///
/// # Errors
/// When a series or a file cannot be read or written, when the file belongs to another recipe, and
/// [`DatasetError::Interrupted`].
pub fn generate(
    plan: &Plan<'_>,
    job: &Job,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<Generated, DatasetError> {
    let path = job.path(plan);
    if job.fresh {
        Journal::remove(&path)?;
    } else if path.exists() {
        let there = Manifest::read(&path)?.filter(|manifest| job.is_made(plan, manifest));
        let manifest = there.ok_or(DatasetError::Other {
            path: path.clone(),
            reason: "exists already",
        })?;
        return Ok(Generated {
            path,
            manifest,
            was_there: true,
        });
    }
    let blocks = plan.blocks_of(job.shard);
    let manifest = match FileKind::of(&path) {
        FileKind::Lines(encoding) => lines(plan, job, &path, blocks, encoding, watch)?,
        FileKind::Parquet => rows(plan, job, &path, blocks, watch)?,
    };
    Ok(Generated {
        path,
        manifest,
        was_there: false,
    })
}

impl Job {
    fn path(&self, plan: &Plan<'_>) -> PathBuf {
        self.shard
            .map_or_else(|| self.out.clone(), |shard| shard.file(&self.out, plan.recipe()))
    }

    /// Whether a manifest is that of the file that this job writes.
    fn is_made(&self, plan: &Plan<'_>, manifest: &Manifest) -> bool {
        manifest.recipe_sha256 == plan.recipe().sha256() && manifest.shard == self.shard && manifest.filtered.is_none()
    }

    fn manifest(&self, plan: &Plan<'_>, file: DataFile, prompts: u64, refused: u64) -> Manifest {
        Manifest {
            tripod: env!("CARGO_PKG_VERSION").to_owned(),
            created: Utc::now(),
            file,
            prompts,
            refused,
            shard: self.shard,
            recipe_sha256: plan.recipe().sha256(),
            recipe: plan.recipe().clone(),
            origins: self.origins.clone(),
            filtered: None,
        }
    }
}

/// A block as it stands in the file.
struct Encoded<T> {
    content: T,
    prompts: u64,
    refused: u64,
}

/// Writes JSON Lines, noting in a journal how far the file is.
fn lines(
    plan: &Plan<'_>,
    job: &Job,
    path: &Path,
    blocks: Range<u64>,
    encoding: Encoding,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<Manifest, DatasetError> {
    let identity = Identity {
        recipe: plan.recipe().sha256(),
        first: blocks.start,
        until: blocks.end,
        level: job.level,
    };
    let mut journal = Journal::open(path, &identity)?;
    let rest = blocks.start + journal.written().blocks..blocks.end;
    let mut progress = Progress {
        prompts: journal.written().prompts,
        resumed: journal.written().prompts,
    };
    let mut noted = 0;
    let encode = |block: Block| encoding.encode(block.lines.into_bytes(), job.level);
    in_order(plan, job, path, rest, encode, |encoded| {
        journal.append(&encoded.content, encoded.prompts, encoded.refused)?;
        noted += 1;
        progress.prompts = journal.written().prompts;
        let goes_on = watch(progress);
        if noted % BLOCKS_A_NOTE == 0 || !goes_on {
            journal.note()?;
        }
        Ok(goes_on)
    })?;
    journal.finish(path, |written, sha256| {
        let file = DataFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: written.bytes,
            sha256: sha256.to_owned(),
        };
        let manifest = job.manifest(plan, file, written.prompts, written.refused);
        manifest.write(path)?;
        Ok(manifest)
    })
}

/// Writes a Parquet file.
fn rows(
    plan: &Plan<'_>,
    job: &Job,
    path: &Path,
    blocks: Range<u64>,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<Manifest, DatasetError> {
    let mut output = Output::begin(path, job.level)?;
    let shaper = output.shaper();
    let mut progress = Progress { prompts: 0, resumed: 0 };
    let mut refused = 0;
    let encode = |block: Block| shaper.piece(block.lines.records()?);
    in_order(plan, job, path, blocks, encode, |encoded: Encoded<Piece>| {
        output.write(encoded.content)?;
        progress.prompts += encoded.prompts;
        refused += encoded.refused;
        Ok(watch(progress))
    })?;
    let mut manifest = None;
    output.finish(|file| {
        let made = job.manifest(plan, file.clone(), progress.prompts, refused);
        made.write(path)?;
        manifest = Some(made);
        Ok(())
    })?;
    manifest.ok_or_else(|| DatasetError::damaged(path, "its manifest was not written"))
}

/// Threads encode blocks; `take` gets them in their order, and returns false to interrupt the run.
fn in_order<T: Send>(
    plan: &Plan<'_>,
    job: &Job,
    path: &Path,
    blocks: Range<u64>,
    encode: impl Fn(Block) -> std::io::Result<T> + Sync,
    mut take: impl FnMut(Encoded<T>) -> Result<bool, DatasetError>,
) -> Result<(), DatasetError> {
    let encode = |number: u64| {
        let block = plan.block(number)?;
        let (prompts, refused) = (block.lines.len() as u64, block.refused);
        Ok(Encoded {
            content: encode(block).map_err(DatasetError::write(path))?,
            prompts,
            refused,
        })
    };
    let mut prompts = 0;
    std::thread::scope(|scope| {
        let threads = job.threads.max(1);
        // Thread t encodes every `threads`-th block, so that the blocks arrive in order by asking the threads in turn.
        let workers: Vec<Receiver<Result<Encoded<T>, DatasetError>>> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(1);
                let mine = blocks.clone().skip(thread).step_by(threads);
                let encode = &encode;
                scope.spawn(move || {
                    for number in mine {
                        let encoded = encode(number);
                        let is_over = encoded.is_err();
                        if sender.send(encoded).is_err() || is_over {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (worker, _) in workers.iter().cycle().zip(blocks.clone()) {
            let encoded = worker.recv().unwrap_or_else(|_| {
                Err(DatasetError::Choice(
                    "a thread of the factory ended early; run the command again".to_owned(),
                ))
            })?;
            prompts += encoded.prompts;
            if !take(encoded)? {
                return Err(DatasetError::Interrupted { prompts });
            }
        }
        Ok(())
    })
}
