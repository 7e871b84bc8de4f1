//! `tripod completions SHELL` and `tripod man DIR`: write completion scripts and manual pages, generated from the definition of
//! the command line. Need no configuration.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Command};
use clap_complete::Shell;

use super::output::print;

/// Arguments of `tripod completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell; load the printed script from its start-up file
    shell: Shell,
}

/// Arguments of `tripod man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The directory for the pages, created if it does not exist
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// Prints the completion script.
pub fn print_script(args: &CompletionsArgs, command: Command) -> anyhow::Result<ExitCode> {
    print(&script(args.shell, command)?)?;
    Ok(ExitCode::SUCCESS)
}

/// Generates the completion script of a shell.
pub fn script(shell: Shell, mut command: Command) -> anyhow::Result<String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "tripod", &mut script);
    Ok(String::from_utf8(script)?)
}

/// Writes a manual page for the program and for each command except hidden ones.
pub fn write_pages(args: &ManArgs, command: Command) -> anyhow::Result<ExitCode> {
    let directory = &args.directory;
    std::fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(command, directory))
        .with_context(|| format!("cannot write manual pages into {}", directory.display()))?;
    Ok(ExitCode::SUCCESS)
}
