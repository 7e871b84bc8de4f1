//! `tripod dataset filter`: a copy of a data set without what exceeds a limit, also from one file format into another.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::rate::Rate;
use super::workers::WorkerArgs;
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_file, check_input, print};
use crate::dataset::{Filter, Filtered, Limits, filter};
use crate::engine::{TokenCounter, human_bytes};
use crate::grounding::grouped;
use crate::market::Ticker;

/// Arguments of `tripod dataset filter`.
#[derive(Debug, Args)]
pub struct FilterArgs {
    /// The file to copy: JSON Lines, also as .gz or .zst, or .parquet
    #[arg(value_name = "FILE")]
    input: PathBuf,

    /// The file to write; its name tells the format in the same way
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Leave out prompts with more closes
    #[arg(long, value_name = "N")]
    max_context: Option<u16>,

    /// Leave out completions with more closes
    #[arg(long, value_name = "N")]
    max_horizon: Option<u16>,

    /// Leave out prompts that have more tokens together with their completion
    #[arg(long, value_name = "N", requires = "tokenizer")]
    max_tokens: Option<usize>,

    /// The tokenizer that counts them: a GGUF model or a tokenizer.json
    #[arg(long, value_name = "FILE", requires = "max_tokens")]
    tokenizer: Option<PathBuf>,

    /// Keep only this ticker; may be given several times
    #[arg(long = "ticker", value_name = "TICKER")]
    tickers: Vec<Ticker>,

    /// Compression level
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(i32).range(1..=19))]
    level: i32,

    /// Replace the file to write, if it exists
    #[arg(long)]
    fresh: bool,

    #[command(flatten)]
    workers: WorkerArgs,
}

/// Runs the command.
pub fn run(args: &FilterArgs, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    check_input(&args.input)?;
    check_file(&args.out)?;
    args.tokenizer.as_deref().map_or(Ok(()), check_input)?;
    let cancel = cancel_on_interrupt(runtime);
    let counter = args.tokenizer.as_deref().map(TokenCounter::open).transpose()?;
    let name = args.tokenizer.as_ref().and_then(|path| path.file_name());
    let how = Filter {
        limits: Limits {
            context: args.max_context,
            horizon: args.max_horizon,
            tokens: args.max_tokens,
            tokenizer: name.map(|name| name.to_string_lossy().into_owned()),
            tickers: args.tickers.iter().map(Ticker::to_string).collect(),
        },
        counter: counter.as_ref(),
        level: args.level,
        threads: args.workers.threads(),
        fresh: args.fresh,
    };
    let mut rate = Rate::new(args.workers.quiet, "read", None, "prompts");
    let filtered = filter(&args.input, &args.out, &how, &mut |prompts| {
        rate.set(prompts, 0);
        !cancel.is_cancelled()
    });
    rate.clear();
    report(args, &filtered?)
}

fn report(args: &FilterArgs, filtered: &Filtered) -> anyhow::Result<ExitCode> {
    let count = |count: u64| grouped(count as f64, 0);
    let mut text = format!(
        "wrote {}: {} prompts, {}\n",
        args.out.display(),
        count(filtered.prompts),
        human_bytes(filtered.file.bytes)
    );
    let dropped = filtered.dropped;
    for (why, dropped) in [
        ("of other tickers", dropped.ticker),
        ("with a longer context", dropped.context),
        ("with a longer horizon", dropped.horizon),
        ("with more tokens", dropped.tokens),
    ] {
        if dropped > 0 {
            text += &format!("left out {} {why}\n", count(dropped));
        }
    }
    if !filtered.has_manifest {
        text += &format!("{} has no manifest, so neither has the copy\n", args.input.display());
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
