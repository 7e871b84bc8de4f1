//! Options of the commands that work on a data set with several threads.

use std::num::NonZero;

use clap::Args;

/// Number of threads, and whether to show progress.
#[derive(Debug, Args)]
pub(super) struct WorkerArgs {
    /// Threads that work on the file [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    workers: Option<u16>,

    /// Show no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl WorkerArgs {
    /// The number of threads.
    pub(super) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        self.workers.map_or_else(cores, usize::from)
    }
}
