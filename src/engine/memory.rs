//! The memory of this process by the kernel's counters, and returning freed heap pages to the system.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Resident memory of this process in bytes; zeros if the platform has no such counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resident {
    /// Anonymous pages: heap, KV cache, buffers.
    pub anon: u64,
    /// File-backed pages: mapped weights, libraries.
    pub file: u64,
}

/// The highest value of each counter, in bytes, not necessarily at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Peak {
    /// Anonymous pages.
    pub anon: u64,
    /// File-backed pages.
    pub file: u64,
    /// The sum of both at one moment.
    pub total: u64,
}

/// Reads the counters now.
#[cfg(target_os = "linux")]
pub fn resident() -> Resident {
    // `statm` is cheaper to read than `status` and has the same counters: resident minus shared memory is anonymous.
    let counters = procfs::process::Process::myself().and_then(|process| process.statm());
    counters.map_or_else(
        |_| Resident::default(),
        |counters| Resident {
            anon: counters.resident.saturating_sub(counters.shared) * procfs::page_size(),
            file: counters.shared * procfs::page_size(),
        },
    )
}

/// Reads the counters now.
#[cfg(not(target_os = "linux"))]
pub fn resident() -> Resident {
    Resident::default()
}

/// Memory that programs can still allocate without swapping, in bytes; `None` if the platform does not report it.
pub(crate) fn available() -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        use procfs::Current;
        procfs::Meminfo::current().ok().and_then(|info| info.mem_available)
    }
    #[cfg(not(target_os = "linux"))]
    None
}

/// Makes the C heap return large blocks at once and use few heap arenas. Call it once, before threads start: by default glibc
/// keeps hundreds of MiB after a model is freed, because its mmap threshold grows with the blocks that were freed.
pub(crate) fn tune_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "mallopt has no safe binding")]
        // SAFETY: mallopt takes two integers, touches only the allocator's settings and is safe to call at any time.
        unsafe {
            libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 128 * 1024);
            libc::mallopt(libc::M_ARENA_MAX, 2);
        }
    }
}

/// Makes the C heap keep what was freed, for work that allocates blocks of megabytes again and again and opens no model. With the
/// settings of [`tune_heap`], each such block costs the system as much as it takes to fill.
pub fn keep_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "mallopt has no safe binding")]
        // SAFETY: mallopt takes two integers, touches only the allocator's settings and is safe to call at any time.
        unsafe {
            // The largest threshold that glibc accepts.
            libc::mallopt(libc::M_MMAP_THRESHOLD, 32 << 20);
            libc::mallopt(libc::M_TRIM_THRESHOLD, 256 << 20);
        }
    }
}

/// Returns freed heap pages to the system.
pub(super) fn trim_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "malloc_trim has no safe binding")]
        // SAFETY: malloc_trim takes an integer, releases only pages that the allocator holds free, and is thread-safe.
        unsafe {
            libc::malloc_trim(0);
        }
    }
}

/// Reads the counters on a separate thread and records the highest values. The kernel records the peak of the total only, not of
/// anonymous and file-backed memory separately.
#[derive(Debug)]
pub(super) struct PeakWatch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    stop: AtomicBool,
    anon: AtomicU64,
    file: AtomicU64,
    total: AtomicU64,
}

impl Shared {
    fn note(&self) {
        let now = resident();
        self.anon.fetch_max(now.anon, Ordering::Relaxed);
        self.file.fetch_max(now.file, Ordering::Relaxed);
        self.total.fetch_max(now.anon + now.file, Ordering::Relaxed);
    }
}

impl PeakWatch {
    /// The time between reads; one read costs tens of microseconds.
    const INTERVAL: Duration = Duration::from_millis(10);

    /// Starts watching.
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        shared.note();
        let watched = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("arena-watch".into())
            .stack_size(128 * 1024)
            .spawn(move || {
                while !watched.stop.load(Ordering::Relaxed) {
                    watched.note();
                    std::thread::park_timeout(Self::INTERVAL);
                }
            });
        // If no thread can be started, the peaks come from the calls of `note` after loading and after running.
        PeakWatch {
            shared,
            thread: thread.ok(),
        }
    }

    /// Reads the counters now, besides the regular reads.
    pub fn note(&self) {
        self.shared.note();
    }

    /// The highest figures so far.
    pub fn peak(&self) -> Peak {
        Peak {
            anon: self.shared.anon.load(Ordering::Relaxed),
            file: self.shared.file.load(Ordering::Relaxed),
            total: self.shared.total.load(Ordering::Relaxed),
        }
    }
}

impl Drop for PeakWatch {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_watch_sees_a_block_that_was_allocated_and_freed() {
        let watch = PeakWatch::start();
        let before = resident().anon;
        // Much larger than what the tests beside this one free meanwhile.
        let block = std::hint::black_box(vec![1u8; 256 << 20]);
        watch.note();
        drop(block);
        assert!(
            watch.peak().anon >= before + (128 << 20),
            "peak {} before {before}",
            watch.peak().anon
        );
    }
}
