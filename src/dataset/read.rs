//! Reads datasets: JSON Lines, plain or compressed with gzip or zstd, and Parquet. A file goes in and numbered pieces of records
//! come out. Holds a piece at a time, never the file.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::chunk::{Broken, Chunk};
use super::encoding::Encoding;
use super::file_kind::FileKind;
use super::line_chunks::Lines;
use super::parquet::ParquetRecords;

/// The pieces of a file.
pub(super) enum Chunks {
    /// Of JSON Lines.
    Lines(Lines),
    /// Of Parquet.
    Rows(Rows),
}

impl Chunks {
    /// Opens a file. Its name tells its format.
    pub(super) fn open(path: &Path) -> Result<Self, Broken> {
        let broken = |reason: String| Broken { line: None, reason };
        let open = || File::open(path).map_err(|error| broken(error.to_string()));
        let source: Box<dyn Read + Send> = match FileKind::of(path) {
            FileKind::Parquet => {
                let records = ParquetRecords::open(path).map_err(broken)?;
                return Ok(Chunks::Rows(Rows::new(records)));
            }
            FileKind::Lines(Encoding::Plain) => Box::new(open()?),
            FileKind::Lines(Encoding::Gzip) => Box::new(MultiGzDecoder::new(BufReader::new(open()?))),
            FileKind::Lines(Encoding::Zstd) => {
                let decoder = zstd::Decoder::new(open()?).map_err(|error| broken(error.to_string()))?;
                Box::new(decoder)
            }
        };
        Ok(Chunks::Lines(Lines::new(source)))
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Chunks::Lines(lines) => lines.next(),
            Chunks::Rows(rows) => rows.next(),
        }
    }
}

/// The rows of a Parquet file, a piece a row group.
pub(super) struct Rows {
    records: ParquetRecords,
    group: usize,
    next: u64,
}

impl Rows {
    fn new(records: ParquetRecords) -> Self {
        Rows {
            records,
            group: 0,
            next: 1,
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Chunk, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.group == self.records.groups() {
            return None;
        }
        let read = self.records.group(self.group);
        self.group += 1;
        match read {
            Ok(records) => {
                let first = self.next;
                self.next += records.len() as u64;
                Some(Ok(Chunk::Rows { first, records }))
            }
            Err((row, reason)) => {
                self.group = self.records.groups();
                Some(Err(Broken {
                    line: Some(self.next + row),
                    reason,
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;
    use crate::dataset::line_chunks::{CHUNK, MAX_LINE};
    use crate::dataset::parquet::ParquetWriter;
    use crate::dataset::record::Record;

    fn record(number: u16) -> Record<'static> {
        Record {
            prompt: format!("DATA: [1.00]\nnumber {number} \"quoted\" é").into(),
            completion: " [2.00]".into(),
            ticker: "AAPL".into(),
            from: "2001-02-03".parse().unwrap(),
            split_day: "2002-03-04".parse().unwrap(),
            horizon: number,
            context: u16::MAX,
        }
    }

    fn lines(numbers: impl IntoIterator<Item = u16>) -> Vec<u8> {
        let mut lines = Vec::new();
        for number in numbers {
            serde_json::to_writer(&mut lines, &record(number)).unwrap();
            lines.push(b'\n');
        }
        lines
    }

    struct Files(TempDir);

    impl Files {
        fn new() -> Self {
            Files(tempfile::tempdir().unwrap())
        }

        fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
            let path = self.0.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        }
    }

    /// The number of a line with the horizon of its record, or with what is wrong with it.
    type Read = (u64, Result<u16, String>);

    /// The lines of a file, and where reading ended.
    fn read(path: &Path) -> (Vec<Read>, Option<Broken>) {
        let mut found = Vec::new();
        let chunks = match Chunks::open(path) {
            Ok(chunks) => chunks,
            Err(broken) => return (found, Some(broken)),
        };
        for chunk in chunks {
            match chunk {
                Ok(chunk) => {
                    let records = chunk.records();
                    found.extend(records.map(|(line, read)| {
                        let known = read.map(|read| {
                            assert_eq!(read, record(read.horizon));
                            read.horizon
                        });
                        (line, known)
                    }));
                }
                Err(broken) => return (found, Some(broken)),
            }
        }
        (found, None)
    }

    fn numbered(numbers: impl IntoIterator<Item = u16>) -> Vec<Read> {
        (1..).zip(numbers.into_iter().map(Ok)).collect()
    }

    #[test]
    fn records_come_back_from_every_format() {
        let files = Files::new();
        let plain = files.write("a.jsonl", &lines(1..=1000));
        assert_eq!(read(&plain), (numbered(1..=1000), None));
        for (encoding, name) in [(Encoding::Gzip, "a.jsonl.gz"), (Encoding::Zstd, "a.jsonl.zst")] {
            // The factory writes many members, or frames, one after the other.
            let pieces = [1..=400, 401..=401, 402..=1000].map(|range| encoding.encode(lines(range), 3).unwrap());
            let path = files.write(name, &pieces.concat());
            assert_eq!(read(&path), (numbered(1..=1000), None), "{name}");
        }
        // More rows than a row group has.
        let mut writer = ParquetWriter::new(Vec::new(), 3).unwrap();
        for number in 1..=20_000 {
            writer.push(&record(number)).unwrap();
        }
        let path = files.write("a.parquet", &writer.finish().unwrap());
        assert_eq!(read(&path), (numbered(1..=20_000), None));
    }

    #[test]
    fn files_larger_than_a_piece_keep_their_line_numbers() {
        let files = Files::new();
        let text = lines(1..=30_000);
        assert!(text.len() > CHUNK);
        let path = files.write("a.jsonl", &text);
        assert_eq!(Chunks::open(&path).unwrap().count(), 2);
        assert_eq!(read(&path), (numbered(1..=30_000), None));
    }

    #[test]
    fn an_empty_file_has_no_records_and_the_last_line_needs_no_line_end() {
        let files = Files::new();
        assert_eq!(read(&files.write("a.jsonl", b"")), (Vec::new(), None));
        let nothing = Encoding::Gzip.encode(Vec::new(), 3).unwrap();
        assert_eq!(read(&files.write("a.jsonl.gz", &nothing)), (Vec::new(), None));
        let nothing = Encoding::Zstd.encode(Vec::new(), 3).unwrap();
        assert_eq!(read(&files.write("a.jsonl.zst", &nothing)), (Vec::new(), None));
        let nothing = ParquetWriter::new(Vec::new(), 3).unwrap().finish().unwrap();
        assert_eq!(read(&files.write("a.parquet", &nothing)), (Vec::new(), None));
        let text = lines(1..=2);
        let path = files.write("b.jsonl", text.strip_suffix(b"\n").unwrap());
        assert_eq!(read(&path), (numbered(1..=2), None));
    }

    #[test]
    fn a_line_that_is_no_record_is_named_and_the_others_are_read() {
        let files = Files::new();
        let whole = String::from_utf8(lines([7])).unwrap();
        let wrong = [
            (
                whole.trim_end()[..40].to_owned() + "\n",
                "EOF while parsing a string at column 40",
            ),
            ("\n".to_owned(), "it is empty"),
            (
                whole.replace("\"horizon\":7", "\"horizon\":7,\"more\":1"),
                "unknown field `more`",
            ),
            (whole.replace("\"horizon\":7,", ""), "missing field `horizon`"),
            (
                whole.replace("\"horizon\":7", "\"horizon\":\"7\""),
                "invalid type: string \"7\", expected u16",
            ),
            (whole.replace("2001-02-03", "2001-02-30"), "input is out of range"),
            (
                whole.replace("\"horizon\":7", "\"horizon\":7,\"horizon\":7"),
                "duplicate field `horizon`",
            ),
        ];
        for (line, reason) in wrong {
            let text = [lines([1, 2]), line.into_bytes(), lines([4])].concat();
            let (found, broken) = read(&files.write("a.jsonl", &text));
            assert_eq!(broken, None);
            let kinds: Vec<_> = found.iter().map(|(line, read)| (*line, read.is_ok())).collect();
            assert_eq!(kinds, [(1, true), (2, true), (3, false), (4, true)]);
            let said = found[2].1.as_ref().unwrap_err();
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn a_line_without_end_stops_reading_before_it_fills_the_memory() {
        let files = Files::new();
        let text = [lines([1, 2]), vec![b'x'; 3 * MAX_LINE]].concat();
        let (found, broken) = read(&files.write("a.jsonl", &text));
        assert_eq!(found, numbered([1, 2]));
        let broken = broken.unwrap();
        assert_eq!(broken.line, Some(3));
        assert!(broken.reason.contains("longer than 1 MiB"), "{}", broken.reason);
        // A long line that is not too long is read.
        let long = Record {
            prompt: "x".repeat(MAX_LINE - 200).into(),
            ..record(1)
        };
        let path = files.write("b.jsonl", &serde_json::to_vec(&long).unwrap());
        let chunks: Vec<Chunk> = Chunks::open(&path).unwrap().map(Result::unwrap).collect();
        assert!(chunks[0].records().all(|(_, read)| read == Ok(long.clone())));
    }

    #[test]
    fn a_compressed_file_that_is_cut_names_the_line_where_it_breaks() {
        let files = Files::new();
        for (encoding, name) in [(Encoding::Gzip, "a.jsonl.gz"), (Encoding::Zstd, "a.jsonl.zst")] {
            let [first, second] = [1..=10, 11..=5000].map(|range| encoding.encode(lines(range), 3).unwrap());
            let cut = [&first[..], &second[..second.len() / 2]].concat();
            let (found, broken) = read(&files.write(name, &cut));
            let line = broken.clone().unwrap().line.unwrap();
            assert!(
                line >= 11 && broken.unwrap().reason.contains("damaged or cut off"),
                "{name}"
            );
            assert_eq!(found, numbered(1..line as u16), "{name}");

            let mut damaged = [&first[..], &second[..]].concat();
            damaged[first.len()] ^= 0x55;
            let (found, broken) = read(&files.write(name, &damaged));
            assert_eq!((found, broken.unwrap().line), (numbered(1..=10), Some(11)), "{name}");
        }
    }

    #[test]
    fn a_parquet_file_that_is_cut_or_has_other_columns_is_refused() {
        let files = Files::new();
        let mut writer = ParquetWriter::new(Vec::new(), 3).unwrap();
        writer.push(&record(1)).unwrap();
        let whole = writer.finish().unwrap();
        for cut in [0, 3, whole.len() / 2, whole.len() - 1] {
            let (found, broken) = read(&files.write("a.parquet", &whole[..cut]));
            assert_eq!(found, []);
            let reason = broken.unwrap().reason;
            assert!(reason.contains("not a whole Parquet file"), "{reason}");
        }
        let (_, broken) = read(&files.write("b.jsonl.parquet", &lines([1])));
        assert!(broken.unwrap().reason.contains("not a whole Parquet file"));
        assert_eq!(read(&files.0.path().join("missing.jsonl")).1.unwrap().line, None);
    }
}
