//! `tripod config show` and `tripod config init`: the settings and where each comes from, and a first configuration file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::{ArgMatches, Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets};
use tempfile::NamedTempFile;

use super::ending::wrong_use;
use super::output::print;
use crate::config::{EXAMPLE, Setting, Settings, origins};
use crate::render;

/// Arguments of `tripod config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show each setting, its value, and where that comes from; of keys only whether they are set
    Show {
        /// Print a JSON array
        #[arg(long)]
        json: bool,
    },
    /// Write a configuration file with every setting as a comment; one that is there is left as it is
    Init,
}

/// Runs the command. `flags` are the parsed arguments of the program.
pub fn run(args: &ConfigArgs, settings: Settings, flags: &ArgMatches) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Show { json } => show(settings, flags, json),
        Action::Init => {
            let path = settings
                .file()
                .context("there is no home directory for a configuration file; name one with --config")?;
            init(&path)
        }
    }
}

fn show(settings: Settings, flags: &ArgMatches, json: bool) -> anyhow::Result<ExitCode> {
    let found = origins(&settings, flags).map_err(wrong_use)?;
    // A value that is wrong is an error here too, as it is for every other command.
    settings.clone().with_file_and_secrets().map_err(wrong_use)?;
    if json {
        print(&(serde_json::to_string_pretty(&found)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    match settings.file() {
        Some(path) if path.exists() => anstream::eprintln!("the configuration file is {}", path.display()),
        Some(path) => anstream::eprintln!(
            "there is no configuration file {}; `tripod config init` writes one",
            path.display()
        ),
        None => {}
    }
    print(&table(&found))?;
    Ok(ExitCode::SUCCESS)
}

fn table(found: &[Setting]) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(["KEY", "VALUE", "FROM"]);
    for one in found {
        let value = one.value.as_deref().map_or("–".to_owned(), render::clean);
        table.add_row([one.key.clone(), value, one.from.clone()]);
    }
    format!("{}\n", table.trim_fmt())
}

fn init(path: &Path) -> anyhow::Result<ExitCode> {
    let cannot = || format!("cannot write {}", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(cannot).map_err(wrong_use)?;
    // Readable by its owner alone; it gets its name when it is whole.
    let mut file = NamedTempFile::new_in(folder).with_context(cannot).map_err(wrong_use)?;
    file.write_all(EXAMPLE.as_bytes()).with_context(cannot)?;
    file.persist_noclobber(path)
        .map_err(|refused| match refused.error.kind() {
            ErrorKind::AlreadyExists => wrong_use(anyhow!(
                "{} is there already and is left as it is; `tripod config show` says what it sets",
                path.display()
            )),
            _ => wrong_use(anyhow::Error::new(refused.error).context(cannot())),
        })?;
    anstream::eprintln!("wrote {}", path.display());
    Ok(ExitCode::SUCCESS)
}
