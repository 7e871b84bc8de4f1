//! A dataset file under way: records go in and a file in the format of its name comes out, complete or not at all, with its size and
//! hash.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::encoding::Encoding;
use super::error::DatasetError;
use super::file_kind::FileKind;
use super::manifest::{DataFile, readable_by_all};
use super::parquet::ParquetWriter;
use super::record::Record;

/// A file that gets its name when it is complete.
pub(super) struct Output {
    path: PathBuf,
    level: i32,
    form: Form,
}

enum Form {
    Lines(Encoding, Counted),
    Parquet(Box<ParquetWriter<Counted>>),
}

/// Records in the form in which the file takes them.
pub(super) enum Piece {
    /// Lines, compressed already.
    Lines(Vec<u8>),
    /// Rows.
    Rows(Vec<Record<'static>>),
}

impl Output {
    /// Begins the file as `PATH.part`. One that a killed run left behind is replaced.
    pub(super) fn begin(path: &Path, level: i32) -> Result<Self, DatasetError> {
        let failed = DatasetError::write(path);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        match std::fs::remove_file(path.with_file_name(&name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let file = tempfile::Builder::new()
            .prefix(&name)
            .rand_bytes(0)
            .permissions(readable_by_all())
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(&failed)?;
        let file = Counted {
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: Sha256::new(),
            bytes: 0,
        };
        let form = match FileKind::of(path) {
            FileKind::Lines(encoding) => Form::Lines(encoding, file),
            FileKind::Parquet => {
                let writer = ParquetWriter::new(file, level).map_err(|error| failed(error.into()))?;
                Form::Parquet(Box::new(writer))
            }
        };
        Ok(Output {
            path: path.to_owned(),
            level,
            form,
        })
    }

    /// How a thread prepares records for [`Output::write`].
    pub(super) fn shaper(&self) -> Shaper {
        Shaper {
            encoding: match &self.form {
                Form::Lines(encoding, _) => Some(*encoding),
                Form::Parquet(_) => None,
            },
            level: self.level,
        }
    }

    /// Appends a piece.
    pub(super) fn write(&mut self, piece: Piece) -> Result<(), DatasetError> {
        let written = match (&mut self.form, piece) {
            (Form::Lines(_, file), Piece::Lines(bytes)) => file.write_all(&bytes),
            (Form::Parquet(writer), Piece::Rows(records)) => records
                .iter()
                .try_for_each(|record| writer.push(record))
                .map_err(io::Error::from),
            // A shaper makes the pieces that its output takes.
            (Form::Lines(..), Piece::Rows(_)) | (Form::Parquet(_), Piece::Lines(_)) => {
                Err(io::Error::other("lines and rows do not go into the same file"))
            }
        };
        written.map_err(DatasetError::write(&self.path))
    }

    /// Completes the file. `before` runs when all is written and the file does not have its name yet.
    pub(super) fn finish(
        self,
        before: impl FnOnce(&DataFile) -> Result<(), DatasetError>,
    ) -> Result<DataFile, DatasetError> {
        let failed = DatasetError::write(&self.path);
        let mut file = match self.form {
            Form::Lines(encoding, mut file) => {
                // A compressed file of nothing is an empty frame, not an empty file.
                if file.bytes == 0 {
                    let nothing = encoding.encode(Vec::new(), self.level);
                    file.write_all(&nothing.map_err(&failed)?).map_err(&failed)?;
                }
                file
            }
            Form::Parquet(writer) => writer.finish().map_err(|error| failed(error.into()))?,
        };
        file.flush().map_err(&failed)?;
        let made = DataFile {
            name: self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: file.bytes,
            sha256: hex::encode(file.hasher.finalize()),
        };
        let file = file.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(&failed)?;
        before(&made)?;
        let _: File = file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(made)
    }
}

/// Turns records into pieces of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shaper {
    /// `None` for Parquet.
    encoding: Option<Encoding>,
    level: i32,
}

impl Shaper {
    /// The piece of these records.
    pub(super) fn piece(self, records: Vec<Record<'_>>) -> io::Result<Piece> {
        let Some(encoding) = self.encoding else {
            return Ok(Piece::Rows(records.into_iter().map(owned).collect()));
        };
        let mut lines = Vec::new();
        for record in &records {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        if lines.is_empty() {
            return Ok(Piece::Lines(lines));
        }
        encoding.encode(lines, self.level).map(Piece::Lines)
    }
}

fn owned(record: Record<'_>) -> Record<'static> {
    Record {
        prompt: record.prompt.into_owned().into(),
        completion: record.completion.into_owned().into(),
        ticker: record.ticker.into_owned().into(),
        from: record.from,
        split_day: record.split_day,
        horizon: record.horizon,
        context: record.context,
    }
}

/// A file that counts and hashes what is written.
struct Counted {
    file: BufWriter<NamedTempFile>,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
