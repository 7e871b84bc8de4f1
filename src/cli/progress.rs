//! Shows the engine's events on standard error: a progress bar on a terminal, plain lines elsewhere, nothing when quiet.

use std::cell::RefCell;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::analysis::{Event, StageName, TextPart};
use crate::engine::human_bytes;
use crate::stages::STAGES;

/// Shows events as they arrive.
pub struct Progress {
    style: Style,
    state: RefCell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Bar,
    Lines,
    Quiet,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    /// Whether a model is open: a text that comes without one was written by code.
    open: bool,
    /// The last characters of the text that the model is writing.
    tail: String,
    /// Seconds that were left of a wait for a service when it was told last.
    waiting: Option<u64>,
}

/// Number of characters of that text on the progress line.
const TAIL: usize = 60;

impl Progress {
    /// Creates the progress display of this process.
    pub fn new(quiet: bool) -> Self {
        let style = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Style::Quiet,
            (false, true) => Style::Bar,
            (false, false) => Style::Lines,
        };
        Progress {
            style,
            state: RefCell::default(),
        }
    }

    /// Shows an event.
    pub fn show(&self, event: &Event) {
        if self.style == Style::Quiet {
            return;
        }
        match event {
            Event::StageOpened { .. } => self.state.borrow_mut().open = true,
            Event::StageClosed { .. } => self.state.borrow_mut().open = false,
            Event::Text { part, .. } if !self.state.borrow().open => {
                if *part == TextPart::Report {
                    anstream::eprintln!("✓ {}: written by rules", place(StageName::REPORT));
                }
                return;
            }
            _ => {}
        }
        match self.style {
            Style::Quiet => {}
            Style::Lines => self.line(event),
            Style::Bar => self.draw(event),
        }
    }

    fn line(&self, event: &Event) {
        match event {
            Event::StageOpened {
                stage,
                model,
                need_bytes,
                ..
            } => match need_bytes {
                0 => anstream::eprintln!("{}: asking {model}", place(*stage)),
                need => anstream::eprintln!("{}: opening {model}, needs {}", place(*stage), human_bytes(*need)),
            },
            Event::StageClosed { row } => anstream::eprintln!("{}", closed(row)),
            Event::StageFailed { stage, message, .. } => anstream::eprintln!("error: {stage}: {message}"),
            // One line a wait, not one a second.
            Event::Waiting { host, seconds } => {
                let before = self.state.borrow_mut().waiting.replace(*seconds);
                if before.is_none_or(|before| *seconds > before) {
                    anstream::eprintln!("{}", wait(host, *seconds));
                }
            }
            _ => {}
        }
    }

    /// Prints a line above the progress bar.
    pub fn say(&self, text: &str) {
        match (self.style, &self.state.borrow().bar) {
            (Style::Quiet, _) => {}
            (_, Some(bar)) => bar.suspend(|| anstream::eprintln!("{text}")),
            (_, None) => anstream::eprintln!("{text}"),
        }
    }

    /// Removes the progress bar.
    pub fn finish(&self) {
        if let Some(bar) = self.state.borrow_mut().bar.take() {
            bar.finish_and_clear();
        }
    }

    fn draw(&self, event: &Event) {
        let mut state = self.state.borrow_mut();
        match event {
            Event::StageOpened {
                stage,
                model,
                need_bytes,
                ..
            } => {
                let bar = ProgressBar::with_draw_target(Some(100), ProgressDrawTarget::stderr_with_hz(12));
                bar.set_style(bar_style());
                bar.set_prefix(place(*stage));
                bar.set_message(match need_bytes {
                    0 => format!("asking {model}"),
                    need => format!("loading {model}, {}", human_bytes(*need)),
                });
                state.tail.clear();
                if let Some(old) = state.bar.replace(bar) {
                    old.finish_and_clear();
                }
            }
            Event::StageClosed { row } => {
                if let Some(bar) = state.bar.take() {
                    bar.finish_and_clear();
                }
                anstream::eprintln!("{}", closed(row));
            }
            Event::Waiting { host, seconds } => {
                let bar = state.bar.get_or_insert_with(|| {
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(12));
                    bar.set_style(bar_style());
                    bar.set_prefix("gathering");
                    bar
                });
                bar.set_message(wait(host, *seconds));
            }
            Event::StageFailed { stage, message, .. } => {
                if let Some(bar) = state.bar.take() {
                    bar.finish_and_clear();
                }
                anstream::eprintln!("✗ {stage}: {message}");
            }
            other => {
                let State { bar, tail, .. } = &mut *state;
                if let Some(bar) = bar {
                    advance(bar, tail, other);
                }
            }
        }
    }
}

fn advance(bar: &ProgressBar, tail: &mut String, event: &Event) {
    let set = |position: usize, length: usize| {
        bar.set_length(length as u64);
        bar.set_position(position as u64);
    };
    match event {
        Event::Loading { fraction, .. } => set((fraction * 100.0) as usize, 100),
        Event::Prefill { tokens, of, .. } => {
            set(*tokens, *of);
            bar.set_message(format!("evaluating the prompt, {tokens} of {of} tokens"));
        }
        Event::Decoded { tokens, of, stage, .. } => {
            set(*tokens, *of);
            if *stage == StageName::FORECAST {
                bar.set_message(format!("sampling paths, {tokens} tokens"));
            }
        }
        Event::Text { text, .. } => {
            tail.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
            let surplus = tail.chars().count().saturating_sub(TAIL);
            *tail = tail.chars().skip(surplus).collect();
            bar.set_message(format!("…{tail}"));
        }
        Event::HeadlinesScored { count, .. } => bar.set_message(format!("{count} headlines scored")),
        _ => {}
    }
}

fn wait(host: &str, seconds: u64) -> String {
    format!("{host} asks for fewer requests: going on in {seconds} s")
}

fn closed(row: &crate::analysis::LedgerRow) -> String {
    if let Some(remote) = &row.remote {
        let requests: u64 = remote.answered.values().sum();
        return format!(
            "✓ {} by {}: {:.1} s, {requests} requests to {} servers, {} sent again",
            place(row.stage),
            row.model,
            (row.load_ms + row.run_ms) / 1e3,
            remote.answered.len(),
            remote.retries,
        );
    }
    format!(
        "✓ {} by {}: {:.1} s, used {} of memory, freed {}",
        place(row.stage),
        row.model,
        (row.load_ms + row.run_ms) / 1e3,
        human_bytes(row.anon_peak.saturating_sub(row.anon_before)),
        human_bytes(row.freed_bytes),
    )
}

/// The stage's number among all stages: `1/3 forecast`.
fn place(stage: StageName) -> String {
    format!("{}/{} {stage}", STAGES.number(stage), STAGES.rows().len())
}

fn bar_style() -> ProgressStyle {
    // The template is a valid constant. If it were not, the default style would show the same figures.
    ProgressStyle::with_template("{prefix:<13} {bar:24} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar())
}
