//! A Parquet file as its reader sees it: bytes up to its end, an error beyond it, and page headers whose sizes can be true. The library
//! believes what a header says: a few bytes can have it skip a billion times at a file's end, or ask for gigabytes of memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result};

use bytes::Bytes;
use parquet::errors::{self, ParquetError};
use parquet::file::reader::{ChunkReader, Length};

/// The longest header of a page, with its statistics.
const LONGEST_HEADER: usize = 64 << 10;

/// The bytes at the end of a file that are no page: where the footer begins.
const TAIL: u64 = 8;

/// A byte of a page stands for no more bytes than this: zstd's blocks of 128 KiB take four.
const MOST_FOR_A_BYTE: i64 = 32 << 10;

/// Any page may have this size, and none more than [`LARGEST_PAGE`].
const SMALL_PAGE: i64 = 64 << 10;

/// The largest page, in bytes: writers make pages of a mebibyte.
const LARGEST_PAGE: i64 = 256 << 20;

/// How deep structs of a header may be nested: the format has three levels.
const DEEPEST: usize = 8;

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
        let file = self.0.get_read(start)?.into_inner();
        let mut reader = BufReader::with_capacity(LONGEST_HEADER, UntilEnd(file));
        if start.saturating_add(TAIL) < Length::len(self) {
            check_header(reader.fill_buf()?)?;
        }
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> errors::Result<Bytes> {
        // Memory is asked for what is there, not for what a header claims.
        match start.checked_add(length as u64) {
            Some(end) if end <= Length::len(self) => self.0.get_bytes(start, length),
            _ => Err(ParquetError::EOF("the file ends too early".to_owned())),
        }
    }
}

/// Refuses the header of a page that cannot have the size which it claims.
fn check_header(header: &[u8]) -> errors::Result<()> {
    let sizes = Thrift(header).page_sizes();
    let (whole, packed) = sizes.ok_or_else(|| ParquetError::General("the header of a page is damaged".to_owned()))?;
    let most = packed.saturating_mul(MOST_FOR_A_BYTE).clamp(SMALL_PAGE, LARGEST_PAGE);
    if whole > most {
        return Err(ParquetError::General(format!(
            "a page of {packed} bytes claims to hold {whole}"
        )));
    }
    Ok(())
}

/// Bytes in Thrift's compact protocol, which page headers are written in
/// (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>). `None` where they end too early or are nested too
/// deep.
struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    /// The largest sizes that a page header states, in bytes: of the page unpacked (field 2) and packed (field 3).
    fn page_sizes(&mut self) -> Option<(i64, i64)> {
        let (mut whole, mut packed, mut id) = (0, 0, 0_i64);
        while let Some((kind, number)) = self.field(id)? {
            id = number;
            match (kind, id) {
                (5, 2) => whole = self.integer()?.max(whole),
                (5, 3) => packed = self.integer()?.max(packed),
                _ => self.skip(kind, DEEPEST)?,
            }
        }
        Some((whole, packed))
    }

    /// The type and number of the next field; `Some(None)` at the end of a struct.
    fn field(&mut self, before: i64) -> Option<Option<(u8, i64)>> {
        let head = self.byte()?;
        Some(match (head & 0xf, head >> 4) {
            (0, _) => None,
            (kind, 0) => Some((kind, self.integer()?)),
            (kind, step) => Some((kind, before.wrapping_add(i64::from(step)))),
        })
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        match kind {
            1 | 2 => {}
            3 => self.take(1)?,
            4..=6 => drop(self.varint()?),
            7 => self.take(8)?,
            8 => {
                let length = self.varint()?;
                self.take(usize::try_from(length).ok()?)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 {
                    self.varint()?
                } else {
                    u64::from(head >> 4)
                };
                for _ in 0..count {
                    // In a list, a truth value has a byte of its own.
                    self.skip(if head & 0xf <= 2 { 3 } else { head & 0xf }, deeper)?;
                }
            }
            12 => {
                let mut id = 0;
                while let Some((kind, number)) = self.field(id)? {
                    id = number;
                    self.skip(kind, deeper)?;
                }
            }
            // A page header has no maps.
            _ => return None,
        }
        Some(())
    }

    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A header with these two sizes below 64, in zigzag.
    fn header(whole: &[u8], packed: &[u8]) -> Vec<u8> {
        [b"\x15\x00\x15", whole, b"\x15", packed, b"\x2c\x15\x02\x00\x00"].concat()
    }

    #[test]
    fn a_page_holds_what_its_bytes_can_stand_for() {
        check_header(&header(b"\x08", b"\x08")).unwrap();
        // 2,000,000,000 in 30 bytes.
        let error = check_header(&header(b"\x80\xd0\xac\xf3\x0e", b"\x3c")).unwrap_err();
        assert!(
            error.to_string().contains("30 bytes claims to hold 2000000000"),
            "{error}"
        );
    }

    #[test]
    fn a_size_that_is_stated_twice_counts_with_the_larger_one() {
        let mut twice = header(b"\x08", b"\x08");
        twice.pop();
        twice.extend(b"\x05\x04\x80\xd0\xac\xf3\x0e\x00");
        assert_eq!(Thrift(&twice).page_sizes(), Some((2_000_000_000, 4)));
    }

    #[test]
    fn a_header_that_ends_too_early_is_nested_too_deep_or_counts_on_is_refused() {
        assert_eq!(Thrift(b"\x15\x00\x15\x08").page_sizes(), None);
        assert_eq!(Thrift(&[0x1c; 40]).page_sizes(), None);
        // A list of a billion strings.
        assert_eq!(Thrift(b"\x19\xf8\x80\x94\xeb\xdc\x03\x00\x00").page_sizes(), None);
    }
}
