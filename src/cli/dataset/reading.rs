//! What the commands that read a data set share: the number of threads, and the progress on standard error.

use std::io::IsTerminal;
use std::num::NonZero;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Options of commands that read a data set.
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

/// How far a file is read: a line on a terminal, nothing elsewhere.
pub(super) struct Reading {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Reading {
    pub(super) fn new(quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
            bar.with_style(ProgressStyle::default_spinner())
        });
        Self {
            bar,
            since: Instant::now(),
        }
    }

    pub(super) fn read(&self, prompts: u64) {
        if let Some(bar) = &self.bar {
            let rate = prompts as f64 / self.since.elapsed().as_secs_f64().max(1e-3);
            bar.set_message(format!("{prompts} prompts read, {rate:.0} prompts/s"));
            bar.tick();
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
