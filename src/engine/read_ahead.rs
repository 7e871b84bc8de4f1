//! Reads the files of later stages into the system's page cache while the current stage computes, so that they load faster. It
//! reads only as much as the budget has left beside the open arena. The system may evict the pages at any time.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// The reading thread. Dropping this stops it after the current piece.
#[derive(Debug)]
pub(super) struct ReadAhead {
    stop: Arc<AtomicBool>,
}

impl ReadAhead {
    /// Reads the files in order, as far as they fit into `free` bytes together.
    pub(crate) fn start(files: &[PathBuf], free: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let files = fitting(files, free);
        if !files.is_empty() {
            let stop = Arc::clone(&stop);
            let reading = std::thread::Builder::new().name("read ahead".into());
            // If no thread can be started, the file is read when its arena opens.
            let _ = reading.spawn(move || files.iter().for_each(|file| read(file, &stop)));
        }
        ReadAhead { stop }
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn fitting(files: &[PathBuf], free: u64) -> Vec<PathBuf> {
    let mut left = free;
    let fits = |path: &&PathBuf| {
        let size = std::fs::metadata(path).map_or(u64::MAX, |metadata| metadata.len());
        let rest = left.checked_sub(size);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    files.iter().take_while(fits).cloned().collect()
}

fn read(path: &PathBuf, stop: &AtomicBool) {
    let Ok(mut file) = File::open(path) else { return };
    let mut piece = vec![0; PIECE];
    while !stop.load(Ordering::Relaxed) && matches!(file.read(&mut piece), Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_are_read_in_order_as_far_as_they_fit() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, size: usize| {
            let path = directory.path().join(name);
            std::fs::write(&path, vec![0; size]).unwrap();
            path
        };
        let files = [file("a", 30), file("b", 50), file("c", 10)];
        assert_eq!(fitting(&files, 100), files);
        assert_eq!(fitting(&files, 79), files[..1], "no file is skipped for a later one");
        assert!(fitting(&files, 29).is_empty());
        assert!(fitting(&[directory.path().join("none")], u64::MAX - 1).is_empty());
    }
}
