//! Shows on standard error how many things of how many are done, and how many a second: a bar on a terminal, a line now and then
//! elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// Counts what is done.
pub(super) struct Rate {
    /// What is done with what, such as `labelled 3 of 44 headlines`.
    verb: &'static str,
    things: &'static str,
    of: usize,
    done: usize,
    begun: Instant,
    last_line: Instant,
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Rate {
    /// Begins to count.
    pub(super) fn new(quiet: bool, verb: &'static str, of: usize, things: &'static str) -> Self {
        let now = Instant::now();
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(of as u64), ProgressDrawTarget::stderr_with_hz(4));
            // The template is a valid constant. If it were not, the default style would show the same figures.
            bar.set_style(
                ProgressStyle::with_template("{bar:24} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Rate {
            verb,
            things,
            of,
            done: 0,
            begun: now,
            last_line: now,
            quiet,
            bar,
        }
    }

    /// One more is done.
    pub(super) fn advance(&mut self) {
        self.done += 1;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done as u64);
            bar.set_message(self.line());
        } else if !self.quiet && self.last_line.elapsed() >= PAUSE {
            self.last_line = Instant::now();
            anstream::eprintln!("{}", self.line());
        }
    }

    /// Removes the bar and prints the last line.
    pub(super) fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if !self.quiet {
            anstream::eprintln!("{} in {:.1} s", self.line(), self.begun.elapsed().as_secs_f64());
        }
    }

    fn line(&self) -> String {
        let seconds = self.begun.elapsed().as_secs_f64();
        let rate = self.done as f64 / seconds.max(1e-3);
        format!(
            "{} {} of {} {}, {rate:.1} rows/s",
            self.verb, self.done, self.of, self.things
        )
    }
}
