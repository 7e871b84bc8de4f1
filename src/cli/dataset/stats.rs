//! `tripod dataset stats`: what a data set is made of, as text with small histograms or as JSON.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::rate::Rate;
use super::workers::WorkerArgs;
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_input, print};
use crate::dataset::{Bar, DatasetStats, Spread, StatsOptions, dataset_stats};
use crate::engine::{TokenCounter, human_bytes};
use crate::grounding::grouped;

/// The width of the longest bar in characters.
const WIDTH: f64 = 32.0;

/// Arguments of `tripod dataset stats`.
#[derive(Debug, Args)]
pub struct StatsArgs {
    /// The files: JSON Lines, also as .gz or .zst, or Parquet
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Count tokens too, with a GGUF model's or a tokenizer.json's tokenizer
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,

    /// Prompts whose tokens are counted
    #[arg(long, default_value_t = 1_000, value_name = "N", requires = "tokenizer")]
    sample: usize,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    workers: WorkerArgs,
}

/// Runs the command.
pub fn run(args: &StatsArgs, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    args.files
        .iter()
        .chain(&args.tokenizer)
        .try_for_each(|path| check_input(path))?;
    let cancel = cancel_on_interrupt(runtime);
    let counter = args.tokenizer.as_deref().map(TokenCounter::open).transpose()?;
    let options = StatsOptions {
        counter: counter.as_ref(),
        sample: args.sample,
        threads: args.workers.threads(),
    };
    let mut rate = Rate::new(args.workers.quiet, "read", None, "prompts");
    let stats = dataset_stats(&args.files, &options, &mut |prompts| {
        rate.set(prompts, 0);
        !cancel.is_cancelled()
    });
    rate.clear();
    let stats = stats?;
    print(&if args.json {
        serde_json::to_string_pretty(&stats)? + "\n"
    } else {
        text(&stats)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(stats: &DatasetStats) -> String {
    // Writing into a string cannot fail.
    let mut text = String::new();
    let _ = writeln!(text, "prompts  {}, {}", count(stats.prompts), human_bytes(stats.bytes));
    let named = stats.most_prompts.iter();
    let named: Vec<String> = named
        .map(|ticker| format!("{} {}", ticker.ticker, count(ticker.prompts)))
        .collect();
    let more = if stats.tickers > named.len() { ", …" } else { "" };
    let _ = writeln!(
        text,
        "tickers  {}: {}{more}",
        count(stats.tickers as u64),
        named.join(", ")
    );
    if let (Some(from), Some(last)) = (stats.from, stats.last_split_day) {
        let _ = writeln!(text, "days     from {from}; the last split day is {last}");
    }
    // Years are written without separators between thousands.
    histogram(&mut text, "year of the split day", stats.years.as_ref(), |year| {
        format!("{year:.0}")
    });
    let number = |value: f64| grouped(value, usize::from(value.fract() != 0.0));
    histogram(&mut text, "context, closes", stats.context.as_ref(), number);
    histogram(&mut text, "horizon, closes", stats.horizon.as_ref(), number);
    let price = |value: f64| grouped(value, 2);
    histogram(&mut text, "last close", stats.last_close.as_ref(), price);
    histogram(
        &mut text,
        "prompt, characters",
        stats.prompt_characters.as_ref(),
        number,
    );
    histogram(
        &mut text,
        "completion, characters",
        stats.completion_characters.as_ref(),
        number,
    );
    if let Some(tokens) = &stats.tokens {
        let titled = |what: &str| format!("{what}, tokens, in a sample of {}", count(tokens.sample as u64));
        histogram(&mut text, &titled("prompt"), tokens.prompt.as_ref(), number);
        histogram(&mut text, &titled("completion"), tokens.completion.as_ref(), number);
        histogram(&mut text, &titled("both"), tokens.both.as_ref(), number);
    }
    text
}

fn histogram(text: &mut String, title: &str, spread: Option<&Spread>, number: impl Fn(f64) -> String) {
    let Some(spread) = spread else { return };
    let _ = writeln!(
        text,
        "\n{title}: {} to {}, median {}, mean {}",
        number(spread.min),
        number(spread.max),
        number(spread.median),
        number(spread.mean)
    );
    let label = |bar: &Bar| {
        let (from, to) = (number(bar.from), number(bar.to));
        if from == to { from } else { format!("{from} to {to}") }
    };
    let labels: Vec<String> = spread.histogram.iter().map(label).collect();
    let widest = labels.iter().map(String::len).max().unwrap_or_default();
    let highest = spread.histogram.iter().map(|bar| bar.count).max().unwrap_or_default();
    for (bar, label) in spread.histogram.iter().zip(&labels) {
        let share = bar.count as f64 / highest.max(1) as f64;
        let _ = writeln!(text, "  {label:>widest$} {} {}", blocks(share), count(bar.count));
    }
}

/// A bar of block characters, to an eighth of a character; a share above nothing has at least the thinnest.
fn blocks(share: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * WIDTH * 8.0).round().max(if share > 0.0 { 1.0 } else { 0.0 }) as usize;
    "█".repeat(eighths / 8) + PARTS[eighths % 8]
}

fn count(count: u64) -> String {
    grouped(count as f64, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(blocks(1.0), "█".repeat(32));
        assert_eq!(blocks(0.5), "█".repeat(16));
        assert_eq!(blocks(1.0 / 256.0), "▏");
        assert_eq!(blocks(1e-6), "▏");
        assert_eq!(blocks(0.0), "");
    }

    #[test]
    fn a_histogram_has_a_line_a_bar() {
        let bar = |from, to, count| Bar { from, to, count };
        let spread = Spread {
            min: 1.0,
            median: 5.5,
            mean: 6.3,
            max: 1500.0,
            histogram: vec![bar(1.0, 1.0, 10), bar(5.0, 1500.0, 20)],
        };
        let mut text = String::new();
        histogram(&mut text, "horizon", Some(&spread), |value| {
            grouped(value, usize::from(value.fract() != 0.0))
        });
        let half = "█".repeat(16);
        assert_eq!(
            text,
            format!(
                "\nhorizon: 1 to 1,500, median 5.5, mean 6.3\n           1 {half} 10\n  5 to 1,500 {half}{half} 20\n"
            )
        );
    }
}
