//! Keeps a cache folder within a size. Its files can be generated again.

use std::fs;
use std::path::Path;

/// Removes the least recently modified files of a folder until it holds at most `largest` bytes.
pub(crate) fn prune(directory: &Path, largest: u64) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        files.push((metadata.modified()?, metadata.len(), entry.path()));
    }
    files.sort();
    let mut held: u64 = files.iter().map(|(_, size, _)| size).sum();
    for (_, size, path) in files {
        if held <= largest {
            break;
        }
        fs::remove_file(path)?;
        held -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_folder_stays_small() {
        let directory = tempfile::tempdir().unwrap();
        for (number, age) in [(0, 30), (1, 20), (2, 10)] {
            let file = fs::File::create(directory.path().join(format!("{number}.state"))).unwrap();
            file.set_len(50).unwrap();
            let then = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            file.set_modified(then).unwrap();
        }
        prune(directory.path(), 100).unwrap();
        let mut left: Vec<_> = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["1.state", "2.state"]);
    }
}
