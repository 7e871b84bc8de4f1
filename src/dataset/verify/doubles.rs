//! Finds prompts that stand twice in a dataset. Hashes with their places go in, pairs of places come out. Memory stays flat: the
//! hashes are spread over temporary files by their first byte, and one file is sorted at a time.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use sha2::{Digest, Sha256};

use crate::dataset::record::Record;

/// The number of temporary files. With 128 of them, 400 million prompts take 75 MB at a time to sort.
const BUCKETS: usize = 128;

/// Bytes that a bucket collects before it writes them to its file. A small dataset never writes one.
const BUFFER: usize = 48 << 10;

/// A hash of 16 bytes, a file's number and a line's.
const ENTRY: usize = 16 + 4 + 8;

/// A line of one of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The file's number.
    pub(super) file: u32,
    /// The line, from 1.
    pub(super) line: u64,
}

/// The hash of everything that makes a record what it is: the first 16 bytes of SHA-256. Among a billion records, two different
/// ones with the same hash have a probability of about 10⁻²¹.
pub(super) fn key(record: &Record<'_>) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for text in [&record.prompt, &record.completion, &record.ticker] {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(record.from.to_epoch_days().to_le_bytes());
    hasher.update(record.split_day.to_epoch_days().to_le_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize()[..16]);
    key
}

/// Collects the hashes of all records.
pub(super) struct Doubles {
    buckets: Vec<Bucket>,
}

#[derive(Default)]
struct Bucket {
    buffer: Vec<u8>,
    spilled: Option<File>,
}

impl Doubles {
    pub(super) fn new() -> Self {
        Doubles {
            buckets: (0..BUCKETS).map(|_| Bucket::default()).collect(),
        }
    }

    /// Adds a record.
    pub(super) fn add(&mut self, key: [u8; 16], place: Place) -> io::Result<()> {
        let bucket = &mut self.buckets[usize::from(key[0]) % BUCKETS];
        bucket.buffer.extend_from_slice(&key);
        bucket.buffer.extend_from_slice(&place.file.to_le_bytes());
        bucket.buffer.extend_from_slice(&place.line.to_le_bytes());
        if bucket.buffer.len() >= BUFFER {
            if bucket.spilled.is_none() {
                bucket.spilled = Some(tempfile::tempfile()?);
            }
            if let Some(file) = &mut bucket.spilled {
                file.write_all(&bucket.buffer)?;
            }
            bucket.buffer.clear();
        }
        Ok(())
    }

    /// Calls `each` with the place of every record that repeats an earlier one, and with the first of them.
    pub(super) fn find(self, mut each: impl FnMut(Place, Place)) -> io::Result<()> {
        for bucket in self.buckets {
            let entries = bucket.sorted()?;
            let mut first = None;
            for &(key, place) in &entries {
                match first {
                    Some((of, original)) if of == key => each(place, original),
                    _ => first = Some((key, place)),
                }
            }
        }
        Ok(())
    }
}

impl Bucket {
    fn sorted(self) -> io::Result<Vec<([u8; 16], Place)>> {
        let mut bytes = Vec::new();
        if let Some(mut file) = self.spilled {
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
        }
        bytes.extend_from_slice(&self.buffer);
        let mut entries: Vec<_> = bytes.chunks_exact(ENTRY).map(entry).collect();
        drop(bytes);
        entries.sort_unstable();
        Ok(entries)
    }
}

fn entry(bytes: &[u8]) -> ([u8; 16], Place) {
    let (mut key, mut file, mut line) = ([0; 16], [0; 4], [0; 8]);
    key.copy_from_slice(&bytes[..16]);
    file.copy_from_slice(&bytes[16..20]);
    line.copy_from_slice(&bytes[20..ENTRY]);
    let place = Place {
        file: u32::from_le_bytes(file),
        line: u64::from_le_bytes(line),
    };
    (key, place)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(keys: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
        let mut doubles = Doubles::new();
        for (line, number) in (1..).zip(keys) {
            let digest = Sha256::digest(number.to_le_bytes());
            let mut key = [0; 16];
            key.copy_from_slice(&digest[..16]);
            doubles.add(key, Place { file: 0, line }).unwrap();
        }
        let mut found = Vec::new();
        doubles
            .find(|place, original| found.push((place.line, original.line)))
            .unwrap();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_repetition_is_named_with_the_first() {
        assert_eq!(found([7, 8, 7, 9, 7, 8].into_iter()), [(3, 1), (5, 1), (6, 2)]);
        assert_eq!(found(0..1000), []);
    }

    #[test]
    fn a_repetition_is_found_when_the_hashes_were_written_to_files() {
        let many = BUCKETS as u64 * (BUFFER / ENTRY) as u64 * 2;
        assert_eq!(found((0..many).chain([12_345])), [(many + 1, 12_346)]);
    }

    #[test]
    fn text_that_moves_from_prompt_to_completion_changes_the_hash() {
        let record = |prompt: &'static str, completion: &'static str| Record {
            prompt: prompt.into(),
            completion: completion.into(),
            ticker: "A".into(),
            from: chrono::NaiveDate::MIN,
            split_day: chrono::NaiveDate::MIN,
            horizon: 1,
            context: 1,
        };
        assert_ne!(key(&record("ab", "c")), key(&record("a", "bc")));
        assert_eq!(key(&record("ab", "c")), key(&record("ab", "c")));
    }
}
