//! Reads the files of later stages into the system's page cache while this one computes, so that they are there when their arena
//! opens. Only what the budget holds beside the open arena; what is read stays the system's to take back.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// A thread that reads; dropping this stops it after its current piece.
#[derive(Debug)]
pub(super) struct ReadAhead {
    stop: Arc<AtomicBool>,
}

impl ReadAhead {
    /// Reads files in their order, as far as they fit into `room` bytes together.
    pub(crate) fn start(files: &[PathBuf], room: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let files = fitting(files, room);
        if !files.is_empty() {
            let stop = Arc::clone(&stop);
            let reading = std::thread::Builder::new().name("read ahead".into());
            // Without a thread the file is read when it is opened.
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

fn fitting(files: &[PathBuf], room: u64) -> Vec<PathBuf> {
    let mut left = room;
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
    fn files_are_read_in_their_order_as_far_as_there_is_room() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, size: usize| {
            let path = directory.path().join(name);
            std::fs::write(&path, vec![0; size]).unwrap();
            path
        };
        let files = [file("a", 30), file("b", 50), file("c", 10)];
        assert_eq!(fitting(&files, 100), files);
        assert_eq!(
            fitting(&files, 79),
            files[..1],
            "none is left out before one that is read"
        );
        assert!(fitting(&files, 29).is_empty());
        assert!(fitting(&[directory.path().join("none")], u64::MAX - 1).is_empty());
    }
}
