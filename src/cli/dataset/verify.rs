//! `tripod dataset verify`: a data set in, a statement of what was proved out, or its faults with file and line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use tokio::runtime::Runtime;

use super::rate::Rate;
use super::sources::SourcesAgain;
use super::workers::WorkerArgs;
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_input, print};
use crate::config::Config;
use crate::dataset::{Check, DatasetError, Subject, Verification, verify};
use crate::grounding::grouped;

/// Arguments of `tripod dataset verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The files: JSON Lines, also as .gz or .zst, or Parquet; all shards of a data set together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Prove that no window of the files shares a day of its ticker with these, such as a test part
    #[arg(long, value_name = "FILE", num_args = 1..)]
    against: Vec<PathBuf>,

    #[command(flatten)]
    workers: WorkerArgs,
}

/// Runs the command. Exit code 1 if there is a fault.
pub fn run(args: &VerifyArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    args.files
        .iter()
        .chain(&args.against)
        .try_for_each(|path| check_input(path))?;
    let cancel = cancel_on_interrupt(runtime);
    let mut sources = SourcesAgain::new(config, runtime, &cancel);
    let mut open = |paths: &[PathBuf]| -> Result<Vec<Subject>, DatasetError> {
        let mut series = |manifest: &_| sources.series(manifest);
        paths
            .iter()
            .map(|path| Subject::open(path.clone(), &mut series))
            .collect()
    };
    let (files, against) = (open(&args.files)?, open(&args.against)?);
    let mut rate = Rate::new(args.workers.quiet, "read", None, "prompts");
    let found = verify(&files, &against, args.workers.threads(), &mut |prompts| {
        rate.set(prompts, 0);
        !cancel.is_cancelled()
    });
    rate.clear();
    report(&found?)
}

fn report(found: &Verification) -> anyhow::Result<ExitCode> {
    for fault in &found.faults {
        let line = fault.line.map_or(String::new(), |line| format!(", line {line}"));
        anstream::eprintln!("error: {}{line}: {}", fault.file.display(), fault.kind);
    }
    let unlisted = found.fault_count - found.faults.len() as u64;
    if unlisted > 0 {
        anstream::eprintln!("error: and {} more", count(unlisted));
    }
    for (check, reason) in &found.skipped {
        anstream::eprintln!("not proved that {}: {reason}", check.statement());
    }
    if found.fault_count > 0 {
        let faults = if found.fault_count == 1 { "fault" } else { "faults" };
        anstream::eprintln!(
            "{} {faults} in {} prompts",
            count(found.fault_count),
            count(found.prompts)
        );
        return Ok(ExitCode::FAILURE);
    }
    let proved: Vec<&str> = found.proved.iter().copied().map(Check::statement).collect();
    print(&format!("{} prompts: {}\n", count(found.prompts), proved.join("; ")))?;
    Ok(ExitCode::SUCCESS)
}

fn count(count: u64) -> String {
    grouped(count as f64, 0)
}
