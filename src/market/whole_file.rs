//! A Parquet file as its reader sees it: bytes up to its end, and an error beyond it. The library skips what it does not need without
//! looking whether there was anything to skip, so that a header of a few bytes can have it skip a billion times at a file's end.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result};

use bytes::Bytes;
use parquet::errors;
use parquet::file::reader::{ChunkReader, Length};

/// An open file.
pub(crate) struct WholeFile(pub(crate) File);

/// Reads a file; at its end it fails.
pub(crate) struct UntilEnd(File);

impl Read for UntilEnd {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() => Err(Error::new(ErrorKind::UnexpectedEof, "the file ends too early")),
            count => Ok(count),
        }
    }
}

impl Length for WholeFile {
    fn len(&self) -> u64 {
        Length::len(&self.0)
    }
}

impl ChunkReader for WholeFile {
    type T = BufReader<UntilEnd>;

    fn get_read(&self, start: u64) -> errors::Result<Self::T> {
        Ok(BufReader::new(UntilEnd(self.0.get_read(start)?.into_inner())))
    }

    fn get_bytes(&self, start: u64, length: usize) -> errors::Result<Bytes> {
        // Memory is asked for what is there, not for what a header claims.
        match start.checked_add(length as u64) {
            Some(end) if end <= Length::len(self) => self.0.get_bytes(start, length),
            _ => Err(errors::ParquetError::EOF("the file ends too early".to_owned())),
        }
    }
}
