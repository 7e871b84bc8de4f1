//! The targets of the fuzzer, by name: bytes come in, nothing goes out. A target gives the bytes to a parser on the way by which a
//! stranger's come, and fails where the parser accepts what breaks its promises. Here are the table, the tools that targets share, and
//! the test that replays what the fuzzer keeps (`fuzz/corpus`). In no build that ships.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use std::cell::RefCell;
use std::path::Path;

use tokio::runtime::{Builder, Runtime};

use crate::{convert, engine, host, market, models, news, render, serve};

/// What a target does with bytes.
type Target = fn(&[u8]);

/// Every target.
const TARGETS: [(&str, Target); 18] = [
    ("chart_answers", market::fuzz::chart_answer),
    ("checkpoints", convert::fuzz::checkpoint),
    ("engine_lines", host::fuzz::line),
    ("gguf_headers", engine::fuzz::gguf_header),
    ("headline_files", news::fuzz::headline_file),
    ("json_schemas", serve::fuzz::json_schema),
    ("listings", market::fuzz::listings),
    ("lock_files", models::fuzz::lock_file),
    ("messages", serve::fuzz::message),
    ("model_manifests", models::fuzz::manifest),
    ("news_answers", news::fuzz::answer),
    ("price_answers", market::fuzz::price_answer),
    ("price_parquet", market::fuzz::parquet),
    ("price_tables", market::fuzz::table),
    ("reports", render::fuzz::report),
    ("request_bodies", serve::fuzz::request_body),
    ("tickers", market::fuzz::ticker),
    ("tool_calls", serve::fuzz::tool_calls),
];

/// Gives `bytes` to the target with this name.
///
/// # Panics
///
/// Without such a target, and when the target finds a fault.
pub fn run(name: &str, bytes: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("a target");
    target(bytes);
}

/// The longest text of an error: a stranger's input may stand in it, but not whole.
const LONGEST_ERROR: usize = 2048;

/// An error of the server or of a service: its text goes into answers, so it must be short and plain.
pub(crate) fn check_told(error: &dyn std::error::Error) {
    let mut link = Some(error);
    while let Some(error) = link {
        check_text(&error.to_string(), LONGEST_ERROR);
        link = error.source();
    }
}

/// A text that a user is shown: no longer than `most` bytes, without control characters but line ends.
pub(crate) fn check_text(text: &str, most: usize) {
    assert!(text.len() <= most, "{} bytes of text", text.len());
    let odd = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    assert!(odd.is_none(), "{odd:?} in {text:?}");
}

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    static FOLDER: RefCell<tempfile::TempDir> = RefCell::new(folder());
}

/// A folder of its own, in memory where the system has one there.
pub(crate) fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    }
    .expect("a folder")
}

/// Waits for an answer on this thread.
pub(crate) fn wait<T>(answer: impl Future<Output = T>) -> T {
    RUNTIME.with(|runtime| runtime.block_on(answer))
}

/// Reads a file of this name with these bytes.
pub(crate) fn with_file<T>(name: &str, bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        let result = read(&path);
        std::fs::remove_file(&path).expect("the file");
        result
    })
}

/// The first byte, which chooses, and the others.
pub(crate) fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::panic::catch_unwind;
    use std::path::PathBuf;

    use super::*;

    /// More would not be a small corpus.
    const MOST_BYTES: u64 = 200 * 1024;

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_the_fuzzer_keeps_breaks_no_parser() {
        let (mut bytes, mut broken) = (0, Vec::new());
        for (name, target) in TARGETS {
            for path in files(&Path::new("fuzz/corpus").join(name)) {
                let input = fs::read(&path).unwrap();
                bytes += input.len() as u64;
                if catch_unwind(|| target(&input)).is_err() {
                    broken.push(path);
                }
            }
        }
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(bytes <= MOST_BYTES, "the corpus has {bytes} bytes");
    }

    #[test]
    fn every_target_has_a_corpus() {
        let targets: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let folders: BTreeSet<String> = files(Path::new("fuzz/corpus")).into_iter().map(stem).collect();
        assert_eq!(folders, targets);
    }
}
