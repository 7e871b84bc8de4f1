//! Backs the weights with large pages (2 MiB instead of 4 KiB). Every token reads all weights; with large pages that needs a
//! five-hundredth of the address translations. If the system does not provide large pages, nothing changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

#[cfg(target_os = "linux")]
use crate::engine::llama::tuning::{LARGE_BLOCK, PAGES_AT_A_TIME};

/// A large block of the heap: its start address and its length in bytes.
type Block = (u64, usize);

/// Requests large pages for blocks that are filled from the beginning. The system zeroes a page when it is first touched, which
/// takes longer than reading a file into it, so a thread touches pages from the end meanwhile.
#[derive(Debug)]
pub(super) struct LargePages {
    /// The blocks that existed before the weights were allocated; `None` after the first call of `take`.
    before: Option<Vec<Block>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LargePages {
    /// Records the existing blocks; call it before the weights are allocated.
    pub(crate) fn before_allocating() -> Self {
        LargePages {
            before: Some(large_blocks()),
            stop: Arc::default(),
            thread: None,
        }
    }

    /// Requests large pages for every new large block and starts touching them. Only the first call has an effect.
    pub(crate) fn take(&mut self) {
        let Some(before) = self.before.take() else {
            return;
        };
        let mut blocks = without(large_blocks(), &before);
        blocks.retain(|block| advise(*block));
        let stop = Arc::clone(&self.stop);
        let thread = std::thread::Builder::new().name("large pages".into());
        // If no thread can be started, each page is zeroed when it is first written to.
        let taking = thread.spawn(move || blocks.iter().for_each(|block| take_from_end(*block, &stop)));
        self.thread = taking.ok();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for LargePages {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.join();
    }
}

/// The parts of the blocks that overlap none of `others`. (The system merges a new block with an adjacent old one.)
fn without(blocks: Vec<Block>, others: &[Block]) -> Vec<Block> {
    others.iter().fold(blocks, |blocks, &(from, length)| {
        let to = from + length as u64;
        let parts = |(begin, length): Block| {
            let end = begin + length as u64;
            [(begin, end.min(from)), (begin.max(to), end)]
        };
        let parts = blocks.into_iter().flat_map(parts);
        let parts = parts.filter(|(begin, end)| begin < end);
        parts
            .filter_map(|(begin, end)| Some((begin, usize::try_from(end - begin).ok()?)))
            .collect()
    })
}

/// The large anonymous mappings of this process.
#[cfg(target_os = "linux")]
fn large_blocks() -> Vec<Block> {
    use procfs::process::{MMPermissions, MMapPath, Process};
    let maps = Process::myself().and_then(|process| process.maps());
    let writable = MMPermissions::READ | MMPermissions::WRITE | MMPermissions::PRIVATE;
    maps.into_iter()
        .flatten()
        .filter(|map| map.pathname == MMapPath::Anonymous && map.perms == writable)
        .map(|map| (map.address.0, map.address.1 - map.address.0))
        .filter(|&(_, length)| length >= LARGE_BLOCK)
        .filter_map(|(begin, length)| Some((begin, usize::try_from(length).ok()?)))
        .collect()
}

#[cfg(not(target_os = "linux"))]
fn large_blocks() -> Vec<Block> {
    Vec::new()
}

/// Requests large pages for the part of a block that is not yet written to. Returns whether the system accepts.
#[cfg(target_os = "linux")]
fn advise(block: Block) -> bool {
    madvise(block, libc::MADV_HUGEPAGE)
}

#[cfg(not(target_os = "linux"))]
fn advise(_: Block) -> bool {
    false
}

/// Touches the pages of a block piece by piece from its end, until all are touched, `stop` is set or the system refuses.
#[cfg(target_os = "linux")]
fn take_from_end((begin, length): Block, stop: &AtomicBool) {
    let mut left = length;
    while left > 0 && !stop.load(Ordering::Relaxed) {
        let piece = left.min(PAGES_AT_A_TIME);
        left -= piece;
        if !madvise((begin + left as u64, piece), libc::MADV_POPULATE_WRITE) {
            return;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn take_from_end(_: Block, _: &AtomicBool) {}

#[cfg(target_os = "linux")]
fn madvise((begin, length): Block, advice: libc::c_int) -> bool {
    #[expect(unsafe_code, reason = "madvise has no safe binding")]
    // SAFETY: both kinds of advice used here change how memory is backed and never its content, whatever the range holds by
    // now; the kernel refuses a range that has been unmapped since.
    let refused = unsafe { libc::madvise(begin as *mut libc::c_void, length, advice) } != 0;
    if refused {
        let error = std::io::Error::last_os_error();
        tracing::debug!(%error, advice, "the system gave no large pages");
    }
    !refused
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use procfs::process::{Process, VmFlags};

    use super::*;
    use crate::engine::llama::options::large_pages_are_given;

    #[test]
    fn a_new_block_gets_large_pages_before_anything_is_written_and_stays_what_it_was() {
        if !large_pages_are_given() {
            return;
        }
        let mut pages = LargePages::before_allocating();
        let new = vec![0u8; 64 << 20];
        pages.take();
        pages.join();
        let middle = new.as_ptr() as u64 + new.len() as u64 / 2;
        let maps = Process::myself().and_then(|process| process.smaps()).unwrap();
        let holds = |(begin, end): (u64, u64)| (begin..end).contains(&middle);
        let map = maps.into_iter().find(|map| holds(map.address)).unwrap();
        assert!(map.extension.vm_flags.contains(VmFlags::HG));
        assert!(map.extension.map["Rss"] >= 60 << 20, "{:?}", map.extension.map);
        assert_eq!(new.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 0);
        // The kernel merges adjacent mappings, so a small block may be part of a large one.
        assert!(
            large_blocks()
                .iter()
                .any(|&(begin, length)| holds((begin, begin + length as u64)))
        );
        assert!(large_blocks().iter().all(|&(_, length)| length as u64 >= LARGE_BLOCK));
    }

    #[test]
    fn what_was_there_before_is_no_part_of_a_new_block() {
        assert_eq!(without(vec![(100, 50)], &[(10, 20), (300, 5)]), [(100, 50)]);
        assert_eq!(without(vec![(100, 50)], &[(100, 50)]), []);
        assert_eq!(without(vec![(100, 50)], &[(90, 20)]), [(110, 40)]);
        assert_eq!(without(vec![(100, 50)], &[(140, 20)]), [(100, 40)]);
        assert_eq!(
            without(vec![(100, 50)], &[(110, 10), (130, 10)]),
            [(100, 10), (120, 10), (140, 10)]
        );
    }
}
