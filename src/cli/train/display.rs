//! What a training run shows: a bar on a terminal, a line at the end, and the losses as a picture.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::human_bytes;
use crate::grounding::grouped;
use crate::render::{Curve, curves};
use crate::train::{Ending, Outcome, Progress, read_log};

/// Draws the losses in the log of a folder.
pub(super) fn draw_losses(name: &str, folder: &Path) -> anyhow::Result<()> {
    let log = read_log(folder)?;
    let training = log.iter().map(|line| (line.step as f64, line.loss)).collect();
    let validation = log
        .iter()
        .filter_map(|line| Some((line.step as f64, line.validation_loss?)))
        .collect();
    let lines = [
        Curve {
            name: "training, each batch",
            points: training,
            pale: true,
        },
        Curve {
            name: "validation, averaged weights",
            points: validation,
            pale: false,
        },
    ];
    let path = folder.join("loss.svg");
    let file = tempfile::Builder::new()
        .prefix(".loss-")
        .suffix(".svg")
        .tempfile_in(folder)?;
    curves(&format!("Loss of {name}"), "nats a token", &lines, file.path())
        .with_context(|| format!("cannot draw {}", path.display()))?;
    file.persist(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// The end of a run in a line.
pub(super) fn told(outcome: &Outcome, folder: &str) -> String {
    let validation = outcome
        .validation_loss
        .map_or(String::new(), |loss| format!(", validation loss {loss:.4} nats"));
    let done = format!(
        "{} steps, {} tokens in {:.0} s{validation}",
        grouped(outcome.step as f64, 0),
        grouped(outcome.tokens as f64, 0),
        outcome.seconds
    );
    match outcome.ending {
        Ending::Complete => format!("trained {done}"),
        Ending::NoImprovement => format!("stopped early, since the validation loss no longer falls: {done}"),
        Ending::MaxSteps => format!("stopped at --max-steps: {done}; go on with --resume"),
        Ending::Interrupted => format!("interrupted: {done}; the checkpoint is in {folder}, go on with --resume"),
    }
}

/// Shows the state of the run on a terminal, and nothing elsewhere: the log holds it.
pub(super) struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    /// A display for a run of so many steps.
    pub(super) fn new(quiet: bool, steps: u64) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr_with_hz(4));
            // The template is a valid constant. If it were not, the default style would show the same figures.
            bar.set_style(
                ProgressStyle::with_template("{bar:20} {pos}/{len} {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        Display { bar }
    }

    /// Shows the state after a step.
    pub(super) fn show(&self, progress: &Progress) {
        let Some(bar) = &self.bar else {
            return;
        };
        let validation = progress
            .validation_loss
            .map_or(String::new(), |loss| format!(", validation {loss:.4}"));
        bar.set_position(progress.step);
        bar.set_message(format!(
            "loss {:.4}{validation}, {} tokens/s, {}, {} s left",
            progress.loss,
            grouped(progress.tokens_per_second, 0),
            human_bytes(progress.memory),
            progress.remaining.as_secs()
        ));
    }

    /// Removes the bar.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
