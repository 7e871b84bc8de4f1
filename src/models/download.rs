//! Downloads one file from a hub into its partial file: resumes after a broken connection, retries, and checks length and hash
//! against the manifest, the lock file and the hub's headers. The result is a complete, hashed partial file or an error; the
//! final name is never touched.

use std::path::Path;

use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::answer::Answer;
use super::content::{Fetched, Wanted};
use super::error::{BY_HUB, ModelsError};
use super::hash::feed;
use super::hub::{Hub, HubFile};
use super::options::PullOptions;
use super::part::{Marks, PartFile};
use super::progress::{Progress, PullProgress};
use super::refusal::Refusal;
use crate::net::Tries;

/// This much progress since the last failure resets the count of retries.
const PROGRESS: u64 = 1 << 20;
/// How often a download may restart at the first byte because the partial file held other content.
const FRESH_STARTS: u32 = 3;

/// Downloads a file with the retries that the options allow.
///
/// # Errors
/// That of the last try. After [`ModelsError::Cut`], [`ModelsError::Unreachable`] and [`ModelsError::DiskFull`] the partial file
/// is kept for the next pull; after a wrong hash or length it is deleted.
pub(super) async fn download(
    hub: &Hub,
    file: HubFile<'_>,
    part: &PartFile,
    wanted: &Wanted,
    options: &PullOptions,
    progress: Progress<'_>,
) -> Result<Fetched, ModelsError> {
    let (mut tries, mut fresh_starts, mut longest) = (Tries::new(options.retry), 0, 0);
    loop {
        let (error, asked) = match attempt(hub, file, part, wanted, options, &mut *progress).await {
            Ok(fetched) => return Ok(fetched),
            Err(Refusal::Final(error)) => return Err(*error),
            Err(Refusal::Anew(_)) if fresh_starts < FRESH_STARTS => {
                fresh_starts += 1;
                continue;
            }
            Err(Refusal::Anew(error)) => return Err(*error),
            Err(Refusal::Again { error, asked }) => (error, asked),
        };
        // Progress is measured against the longest file so far, so that a server that keeps starting over is given up.
        let length = length_of(part.path());
        if length >= longest + PROGRESS {
            longest = length;
            tries.progressed();
        }
        let Some(delay) = tries.after_failure(asked) else {
            return Err(*error);
        };
        progress(PullProgress::Waiting {
            reason: error.to_string(),
            delay: Some(delay),
        });
        tokio::time::sleep(delay).await;
    }
}

async fn attempt(
    hub: &Hub,
    file: HubFile<'_>,
    part: &PartFile,
    wanted: &Wanted,
    options: &PullOptions,
    progress: Progress<'_>,
) -> Result<Fetched, Refusal> {
    let what = file.to_string();
    let before = part.resumable(&what);
    let answer = hub.get(file, before.as_ref()).await?;
    let have = match (answer.response.status(), &before) {
        (StatusCode::OK, _) => 0,
        (_, Some((bytes, marks))) if answer.continues(*bytes, marks, wanted.sha256.is_some()) => *bytes,
        (status, before) => {
            part.discard()?;
            let error = ModelsError::Status {
                host: "the hub".into(),
                what,
                status: status.as_u16(),
            };
            return Err(if before.is_some() {
                Refusal::Anew(Box::new(error))
            } else {
                error.into()
            });
        }
    };
    let total = check_announcement(&answer, &what, wanted)?;
    options
        .free_space
        .check(part.path(), total.unwrap_or(have).saturating_sub(have))?;
    progress(PullProgress::Begun { total, from: have });

    let marks = Marks {
        source: what.clone(),
        identity: answer.identity.clone(),
        etag: answer.etag(),
    };
    let announced = answer.announced_hash().map(str::to_owned);
    let (commit, etag) = (answer.commit.clone(), answer.identity.clone());
    let (open, hasher) = match have {
        0 => (part.start(Some(&marks))?, Sha256::new()),
        _ => (part.go_on()?, hash_prefix(part.path(), have).await?),
    };
    let mut body = Body {
        what: &what,
        part,
        total,
        bytes: have,
        hasher,
    };
    // A 416 says that no bytes follow: the file was complete, and the body is an error page.
    if answer.response.status() != StatusCode::RANGE_NOT_SATISFIABLE {
        body.write(answer, open, progress).await?;
    }
    let (bytes, sha256) = (body.bytes, hex::encode(body.hasher.finalize()));

    let announced = Wanted {
        sha256: announced.map(|hash| (hash, BY_HUB)),
        bytes: None,
    };
    let checked = wanted
        .check_size(&what, bytes)
        .and_then(|()| wanted.check_hash(&what, &sha256))
        .and_then(|()| announced.check_hash(&what, &sha256));
    if let Err(error) = checked {
        part.discard()?;
        // The resumed part may have been of other content, so start anew; a download from the first byte gets no second chance.
        return Err(if have > 0 {
            Refusal::Anew(Box::new(error))
        } else {
            error.into()
        });
    }
    Ok(Fetched {
        sha256,
        bytes,
        commit,
        etag,
    })
}

/// Checks the announced hash and length before a byte is written. Returns the length, where it is known.
fn check_announcement(answer: &Answer, what: &str, wanted: &Wanted) -> Result<Option<u64>, ModelsError> {
    if let Some(announced) = answer.announced_hash() {
        wanted.check_hash(what, announced)?;
    }
    if let (Some(expected), Some(found)) = (answer.size, answer.sent_total())
        && expected != found
    {
        return Err(ModelsError::WrongSize {
            what: what.into(),
            expected,
            expected_by: BY_HUB,
            found,
        });
    }
    let total = answer.total();
    if let Some(total) = total {
        wanted.check_size(what, total)?;
    }
    if total.is_none() && !answer.is_framed() && wanted.sha256.is_none() && answer.announced_hash().is_none() {
        return Err(ModelsError::Unmeasured { what: what.into() });
    }
    Ok(total.or(wanted.bytes))
}

/// A response body being written to the partial file.
struct Body<'a> {
    what: &'a str,
    part: &'a PartFile,
    total: Option<u64>,
    bytes: u64,
    hasher: Sha256,
}

impl Body<'_> {
    /// Writes the body to its end. What arrived before a failure is on disk when this returns.
    async fn write(&mut self, mut answer: Answer, file: std::fs::File, progress: Progress<'_>) -> Result<(), Refusal> {
        let mut file = tokio::fs::File::from_std(file);
        let ended = loop {
            match answer.response.chunk().await {
                Ok(Some(chunk)) => {
                    let longer = self.bytes + chunk.len() as u64;
                    if let Some(total) = self.total.filter(|total| longer > *total) {
                        drop(file);
                        self.part.discard()?;
                        let error = ModelsError::WrongSize {
                            what: self.what.into(),
                            expected: total,
                            expected_by: BY_HUB,
                            found: longer,
                        };
                        return Err(error.into());
                    }
                    file.write_all(&chunk).await.map_err(|error| self.full(error))?;
                    self.hasher.update(&chunk);
                    self.bytes = longer;
                    progress(PullProgress::Advanced {
                        bytes: chunk.len() as u64,
                    });
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        file.flush().await.map_err(|error| self.full(error))?;
        match (ended, self.total) {
            (_, Some(announced)) if self.bytes < announced => Err(Refusal::again(ModelsError::Cut {
                what: self.what.into(),
                got: self.bytes,
                announced,
            })),
            (Some(error), None) => {
                let host = answer.response.url().host_str().unwrap_or("the hub").to_owned();
                Err(Refusal::again(ModelsError::Unreachable {
                    what: self.what.into(),
                    host,
                    source: error.without_url(),
                }))
            }
            _ => Ok(()),
        }
    }

    fn full(&self, error: std::io::Error) -> ModelsError {
        self.part
            .written(error, self.total.unwrap_or(self.bytes).saturating_sub(self.bytes))
    }
}

async fn hash_prefix(path: &Path, bytes: u64) -> Result<Sha256, ModelsError> {
    let path = path.to_owned();
    let task = tokio::task::spawn_blocking(move || {
        let mut hasher = Sha256::new();
        let file = std::fs::File::open(&path).map_err(ModelsError::io("read", &path))?;
        feed(&mut hasher, std::io::Read::take(file, bytes)).map_err(ModelsError::io("read", &path))?;
        Ok(hasher)
    });
    task.await.map_err(ModelsError::Task)?
}

fn length_of(path: &Path) -> u64 {
    std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or(0)
}
