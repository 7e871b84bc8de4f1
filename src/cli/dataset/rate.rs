//! Shows on standard error how many things are done, how many a second, and how long the rest takes: a bar on a terminal, a line
//! now and then elsewhere, nothing when quiet.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Time between two lines where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// Counts what is done.
pub(super) struct Rate {
    /// What is done with what, such as `labelled 3 of 44 headlines`.
    verb: String,
    things: &'static str,
    /// How many there are, where that is known.
    of: Option<u64>,
    done: u64,
    /// What an earlier run did.
    before: u64,
    begun: Instant,
    last_line: Instant,
    quiet: bool,
    bar: Option<ProgressBar>,
}

impl Rate {
    /// Begins to count.
    pub(super) fn new(quiet: bool, verb: impl Into<String>, of: Option<u64>, things: &'static str) -> Self {
        let now = Instant::now();
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(of, ProgressDrawTarget::stderr_with_hz(4));
            let template = if of.is_some() {
                "{bar:24} {msg}"
            } else {
                "{spinner} {msg}"
            };
            // The templates are valid constants. If one were not, the default style would show the same figures.
            bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Rate {
            verb: verb.into(),
            things,
            of,
            done: 0,
            before: 0,
            begun: now,
            last_line: now,
            quiet,
            bar,
        }
    }

    /// One more is done.
    pub(super) fn advance(&mut self) {
        self.set(self.done + 1, self.before);
    }

    /// So many are done, of which an earlier run did `before`.
    pub(super) fn set(&mut self, done: u64, before: u64) {
        (self.done, self.before) = (done, before);
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(self.line());
        } else if !self.quiet && self.last_line.elapsed() >= PAUSE {
            self.last_line = Instant::now();
            anstream::eprintln!("{}", self.line());
        }
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Removes the bar and prints the last line.
    pub(super) fn finish(self) {
        self.clear();
        if !self.quiet {
            let seconds = self.begun.elapsed().as_secs_f64();
            anstream::eprintln!("{}, {} in {seconds:.1} s", self.counted(), self.rate());
        }
    }

    fn counted(&self) -> String {
        let of = self.of.map_or(String::new(), |of| format!(" of {of}"));
        format!("{} {}{of} {}", self.verb, self.done, self.things)
    }

    fn a_second(&self) -> f64 {
        (self.done - self.before) as f64 / self.begun.elapsed().as_secs_f64().max(1e-3)
    }

    fn rate(&self) -> String {
        let rate = self.a_second();
        let digits = usize::from(rate < 10.0);
        format!("{rate:.digits$} {}/s", self.things)
    }

    fn line(&self) -> String {
        let rate = self.a_second();
        let left = self.of.filter(|_| rate > 0.0).map_or(String::new(), |of| {
            format!(", {:.0} s left", of.saturating_sub(self.done) as f64 / rate)
        });
        format!("{}, {}{left}", self.counted(), self.rate())
    }
}
