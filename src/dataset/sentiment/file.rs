//! The file of rows, JSON Lines: each finished row is appended and flushed to disk before the next counts, so that a killed run
//! can go on. Knows which headlines it has, and writes the changes of the next day where they were not known before.

use std::collections::{BTreeMap, HashSet};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::error::SentimentError;
use super::lines::each_row;
use super::question::PROMPT_VERSION;
use super::row::{LabelRow, RowKey, model_name};
use super::story::Story;
use crate::analysis::{Label, ModelRef};
use crate::news::same_words;

/// The rows of earlier runs, and the file for new ones.
#[derive(Debug)]
pub(crate) struct LabelFile {
    path: PathBuf,
    file: File,
    /// The files that this one replaced. Each stays locked, so that a run that has opened one of them does not write into it.
    replaced: Vec<File>,
    keys: HashSet<RowKey>,
    /// The words of every headline.
    stories: HashSet<String>,
    labels: BTreeMap<Label, usize>,
    /// Rows whose change of the next day is not known.
    unknown: usize,
    /// Whether the first row replaces what the file holds.
    replaces: bool,
}

/// Whether a headline is in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    /// It is.
    Labelled,
    /// A headline of the same story is, of another day or for another ticker.
    SameStory,
    /// It is not.
    New,
}

impl LabelFile {
    /// Opens or creates the file at `path`; with `fresh`, its content is not read, and the first new row replaces it. `model` is
    /// the one that labels further rows.
    ///
    /// # Errors
    ///
    /// [`SentimentError`] naming the file: it cannot be opened, another run writes it, a line is no row, or a row was labelled by
    /// another model or another prompt. The file is then left as it is.
    pub(crate) fn open(path: &Path, fresh: bool, model: &ModelRef) -> Result<Self, SentimentError> {
        let failed = |doing| io(doing, path);
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        let file = options.open(path).map_err(failed("open"))?;
        lock(&file, path)?;
        let mut opened = LabelFile {
            path: path.into(),
            file,
            replaced: Vec::new(),
            keys: HashSet::new(),
            stories: HashSet::new(),
            labels: [Label::Positive, Label::Negative, Label::Neutral]
                .map(|label| (label, 0))
                .into(),
            unknown: 0,
            replaces: fresh,
        };
        if !fresh {
            let whole = opened.read(&model_name(model))?;
            opened.file.set_len(whole).map_err(failed("write to"))?;
        }
        opened.file.seek(SeekFrom::End(0)).map_err(failed("write to"))?;
        Ok(opened)
    }

    /// Whether a headline needs no label any more.
    pub(crate) fn has(&self, story: &Story) -> Present {
        let headline = &story.headline;
        let key = RowKey::new(&story.ticker, &headline.title, headline.published_at.date_naive());
        if self.keys.contains(&key) {
            Present::Labelled
        } else if self.stories.contains(&same_words(&headline.title, &headline.source)) {
            Present::SameStory
        } else {
            Present::New
        }
    }

    /// Appends a row.
    ///
    /// # Errors
    ///
    /// [`SentimentError::Io`], for example when the disk is full.
    pub(crate) fn append(&mut self, row: &LabelRow) -> Result<(), SentimentError> {
        let mut write = || -> std::io::Result<()> {
            let mut text = serde_json::to_vec(row)?;
            text.push(b'\n');
            if self.replaces {
                self.file.set_len(0)?;
                self.file.rewind()?;
                self.replaces = false;
            }
            self.file.write_all(&text)?;
            self.file.sync_data()
        };
        write().map_err(io("write to", &self.path))?;
        self.note(row);
        Ok(())
    }

    /// Rows by label, each label included.
    pub(crate) fn labels(&self) -> &BTreeMap<Label, usize> {
        &self.labels
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.labels.values().sum()
    }

    /// Writes the change of the next day into every row that lacks it and for which `actual` knows it. The file is replaced whole
    /// or not at all. Returns the number of rows that were completed.
    ///
    /// # Errors
    ///
    /// As [`LabelFile::open`].
    pub(crate) fn complete(&mut self, actual: &dyn Fn(&LabelRow) -> Option<f64>) -> Result<usize, SentimentError> {
        if self.unknown == 0 {
            return Ok(0);
        }
        let failed = |doing| io(doing, &self.path);
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let new = tempfile::Builder::new()
            .prefix(".tripod-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(failed("write beside"))?;
        let mut writer = BufWriter::new(new.as_file());
        let mut completed = 0;
        each_row(&self.file, &self.path, &mut |_, mut row| {
            if row.actual_next_day_change.is_none() {
                row.actual_next_day_change = actual(&row);
                completed += usize::from(row.actual_next_day_change.is_some());
            }
            let mut write = || -> std::io::Result<()> {
                serde_json::to_writer(&mut writer, &row)?;
                writer.write_all(b"\n")
            };
            write().map_err(failed("write beside"))
        })?;
        let flushed = writer.flush();
        drop(writer);
        if completed > 0 {
            flushed
                .and_then(|()| new.as_file().sync_data())
                .map_err(failed("write beside"))?;
            lock(new.as_file(), &self.path)?;
            let permissions = self.file.metadata().map_err(failed("read"))?.permissions();
            new.as_file().set_permissions(permissions).map_err(failed("write to"))?;
            let new = new
                .persist(&self.path)
                .map_err(|error| failed("replace")(error.error))?;
            self.replaced.push(std::mem::replace(&mut self.file, new));
            self.unknown -= completed;
        }
        self.file.seek(SeekFrom::End(0)).map_err(io("write to", &self.path))?;
        Ok(completed)
    }

    /// Reads the rows; returns the length in bytes of all complete lines.
    fn read(&mut self, model: &str) -> Result<u64, SentimentError> {
        let reader = self.file.try_clone().map_err(io("read", &self.path))?;
        let path = self.path.clone();
        each_row(&reader, &path, &mut |line, row| {
            if row.model != model || row.prompt_version != PROMPT_VERSION {
                return Err(SentimentError::OtherLabels {
                    path: path.clone(),
                    line,
                    found: format!("{} with {}", row.model, row.prompt_version),
                    wanted: format!("{model} with {PROMPT_VERSION}"),
                });
            }
            self.note(&row);
            Ok(())
        })
    }

    fn note(&mut self, row: &LabelRow) {
        self.keys.insert(row.key());
        self.stories.insert(same_words(&row.title, &row.source));
        *self.labels.entry(row.label).or_default() += 1;
        self.unknown += usize::from(row.actual_next_day_change.is_none());
    }
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> SentimentError {
    let path = path.to_owned();
    move |source| SentimentError::Io { doing, path, source }
}

fn lock(file: &File, path: &Path) -> Result<(), SentimentError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => SentimentError::Busy { path: path.into() },
        TryLockError::Error(source) => io("lock", path)(source),
    })
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
