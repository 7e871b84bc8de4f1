//! How many threads compute unless told otherwise.

/// One fewer than the cores there are, at least one: a compute thread that waits for a busy core stalls all others.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
