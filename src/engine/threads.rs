//! The default number of compute threads.

/// One fewer than the number of cores, at least one: a compute thread that waits for a busy core stalls all others.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
