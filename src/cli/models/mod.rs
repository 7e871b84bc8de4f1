//! `tripod models list|pull|verify|path|rm|convert`: manages the manifests and the model cache, and converts checkpoints. Results go to standard output for
//! scripts; progress and errors go to standard error. Exit code 1 when a model could not be pulled or verified.

mod convert;
mod verify;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::cli::ending::Ending;
use crate::models::{
    Cache, FileState, Format, Manifest, ModelsError, Part, Profile, PullOptions, PullProgress, Pulled, Puller,
    Registry, Role, Source,
};

/// Arguments of `tripod models`.
#[derive(Debug, Args)]
pub struct ModelsArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show every known model and whether its files are downloaded
    List {
        /// Only the models of one profile: demo, standard, seed or seed-shape (random weights in the seed's shapes, for measuring)
        #[arg(long)]
        profile: Option<Profile>,
        /// Include the models with random weights, which are for measuring only
        #[arg(long, conflicts_with = "profile")]
        all: bool,
        /// Print JSON with every file
        #[arg(long)]
        json: bool,
    },
    /// Download models; without an id, all that the profile needs
    Pull {
        /// Ids from `models list`
        ids: Vec<String>,
        /// The profile: demo, standard, seed or seed-shape
        #[arg(long, conflicts_with = "ids")]
        profile: Option<Profile>,
        /// Download files again even when they exist, and accept content that differs from the lock file
        #[arg(long)]
        force: bool,
        /// Take the weights of this one model from a file, or from hub:OWNER/NAME[@REVISION]/PATH
        #[arg(long, value_name = "SOURCE")]
        from: Option<String>,
    },
    /// Hash the files and compare with the manifests; without an id, all downloaded models
    Verify {
        /// Ids from `models list`
        ids: Vec<String>,
    },
    /// Print the path of a model's weights
    Path {
        /// An id from `models list`
        id: String,
    },
    /// Delete the files of models
    Rm {
        /// Ids from `models list`
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Convert a checkpoint of Hugging Face's libraries to GGUF, or a LoRA adapter to a GGUF adapter
    Convert(convert::ConvertArgs),
}

/// What the commands work on.
#[derive(Debug)]
pub struct ModelsContext {
    /// The cache directory.
    pub cache: Cache,
    /// All manifests.
    pub registry: Registry,
    /// Settings of a download.
    pub pull: PullOptions,
    /// The configured profile.
    pub profile: Profile,
}

/// Runs the command and writes to standard output.
///
/// # Errors
/// An unknown id or an unreadable cache. A failure of one model among several is printed and sets exit code 1.
pub async fn run(args: ModelsArgs, context: &ModelsContext) -> anyhow::Result<ExitCode> {
    let right = execute(args, context, &mut std::io::stdout()).await?;
    Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the command and writes to `out`. Returns `false` when a model could not be pulled or failed verification.
///
/// # Errors
/// Those of [`run`].
pub async fn execute(args: ModelsArgs, context: &ModelsContext, out: &mut (dyn Write + Send)) -> anyhow::Result<bool> {
    match args.command {
        Command::List { profile, all, json } => list(context, shown(context, profile, all), json, out),
        Command::Pull {
            ids,
            profile,
            force,
            from,
        } => {
            let manifests = match ids.is_empty() {
                true => context.registry.profile(profile.unwrap_or(context.profile)),
                false => named(context, &ids)?,
            };
            anyhow::ensure!(from.is_none() || ids.len() == 1, "--from needs exactly one id");
            let from = from.as_deref().map(Source::from_flag).transpose()?;
            let options = PullOptions {
                force: force || from.is_some(),
                from,
                ..context.pull.clone()
            };
            tokio::select! {
                right = pull(context, &manifests, &options) => Ok(right),
                _ = tokio::signal::ctrl_c() => Err(Ending::Interrupted("; run the same command again to resume").into()),
            }
        }
        Command::Verify { ids } => {
            let manifests = match ids.is_empty() {
                true => context.registry.iter().collect(),
                false => named(context, &ids)?,
            };
            verify::verify(&context.cache, &manifests, &context.pull.platform, !ids.is_empty(), out)
        }
        Command::Path { id } => {
            let manifest = context.registry.get(&id)?;
            let main = manifest
                .files_for(&context.pull.platform)
                .find(|file| file.part.is_main());
            let Some(file) = main else {
                anyhow::bail!("`{id}` has no file for {}", context.pull.platform)
            };
            writeln!(out, "{}", context.cache.verified(&id, file)?.path.display())?;
            Ok(true)
        }
        Command::Convert(args) => {
            convert::run(args, out).await?;
            Ok(true)
        }
        Command::Rm { ids } => {
            for manifest in named(context, &ids)? {
                let freed = context.cache.remove(&manifest.id)?;
                writeln!(out, "{}: {} removed", manifest.id, HumanBytes(freed))?;
            }
            Ok(true)
        }
    }
}

fn named<'a>(context: &'a ModelsContext, ids: &[String]) -> Result<Vec<&'a Manifest>, ModelsError> {
    ids.iter().map(|id| context.registry.get(id)).collect()
}

/// One model in `list`.
#[derive(Debug, Serialize)]
struct Row<'a> {
    id: &'a str,
    roles: &'a [Role],
    profiles: &'a [Profile],
    format: Format,
    state: &'static str,
    bytes: Option<u64>,
    licence: &'a str,
    description: &'a str,
    files: Vec<FileRow<'a>>,
}

/// One file of a model in `list --json`.
#[derive(Debug, Serialize)]
struct FileRow<'a> {
    name: &'a str,
    part: Part,
    state: &'static str,
    /// Bytes on disk when the file is present, else the length in the manifest.
    bytes: Option<u64>,
    sha256: Option<&'a str>,
    path: String,
}

/// The models that `list` shows: those of a profile, or all except those with random weights.
fn shown(context: &ModelsContext, profile: Option<Profile>, all: bool) -> Vec<&Manifest> {
    let shown = |manifest: &&Manifest| match profile {
        Some(profile) => manifest.profiles.contains(&profile),
        None => all || !manifest.random_weights,
    };
    context.registry.iter().filter(shown).collect()
}

fn list(context: &ModelsContext, manifests: Vec<&Manifest>, json: bool, out: &mut dyn Write) -> anyhow::Result<bool> {
    let rows = manifests
        .into_iter()
        .map(|manifest| row(context, manifest))
        .collect::<Result<Vec<_>, _>>()?;
    if json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(true);
    }
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(["ID", "ROLE", "PROFILE", "SIZE", "STATE", "LICENCE"]);
    for row in &rows {
        let size = row
            .bytes
            .map_or_else(|| "?".to_owned(), |bytes| HumanBytes(bytes).to_string());
        table.add_row([
            row.id,
            &words(row.roles),
            &words(row.profiles),
            &size,
            row.state,
            row.licence,
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(true)
}

fn row<'a>(context: &ModelsContext, manifest: &'a Manifest) -> Result<Row<'a>, ModelsError> {
    let mut files = Vec::new();
    for file in manifest.files_for(&context.pull.platform) {
        let (state, here) = match context.cache.state(&manifest.id, file)? {
            FileState::Present { bytes } => ("present", Some(bytes)),
            FileState::Partial { .. } => ("partial", None),
            FileState::Missing => ("missing", None),
            FileState::Corrupt => ("corrupt", None),
            FileState::Outdated => ("outdated", None),
        };
        let path = context.cache.path(&manifest.id, file).display().to_string();
        files.push(FileRow {
            name: &file.name,
            part: file.part,
            state,
            bytes: here.or(file.bytes),
            sha256: file.sha256.as_deref(),
            path,
        });
    }
    let all = |state| files.iter().all(|file| file.state == state);
    let any = |state| files.iter().any(|file| file.state == state);
    let state = match () {
        () if manifest.remote.is_some() => "remote",
        () if files.is_empty() => "unavailable",
        () if any("corrupt") => "corrupt",
        () if any("outdated") => "outdated",
        () if all("present") => "present",
        () if all("missing") => "missing",
        () => "partial",
    };
    Ok(Row {
        id: &manifest.id,
        roles: &manifest.roles,
        profiles: &manifest.profiles,
        format: manifest.format,
        state,
        bytes: files.iter().map(|file| file.bytes).sum(),
        licence: &manifest.licence,
        description: &manifest.description,
        files,
    })
}

fn words<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

async fn pull(context: &ModelsContext, manifests: &[&Manifest], options: &PullOptions) -> bool {
    let mut puller = Puller::new(&context.cache, options);
    let mut display = Display::new();
    let mut right = true;
    for manifest in manifests {
        let pulled = puller.pull(manifest, &mut |step| display.show(step)).await;
        display.clear();
        if let Err(error) = pulled {
            right = false;
            eprintln!("error: {}: {:#}", manifest.id, anyhow::Error::new(error));
        }
    }
    right
}

/// Shows the progress of a download on standard error: a bar on a terminal, else one line for each step.
struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.set_style(ProgressStyle::default_spinner());
            bar
        });
        Self { bar }
    }

    fn show(&mut self, step: PullProgress) {
        match (&self.bar, step) {
            (_, PullProgress::Done { file, bytes, how }) => {
                let how = match how {
                    Pulled::AlreadyThere => "already downloaded",
                    Pulled::Shared => "shared with another model",
                    Pulled::Installed => "from the installation",
                    Pulled::Fetched => "fetched",
                };
                self.say(&format!("{file}: {how}, {}", HumanBytes(bytes)));
            }
            (_, PullProgress::Waiting { reason, delay }) => match delay {
                Some(delay) => self.say(&format!("{reason}; retrying in {:.0} s", delay.as_secs_f32().ceil())),
                None => self.say(&reason),
            },
            (Some(bar), PullProgress::Trying { file, source }) => {
                bar.reset();
                bar.set_style(ProgressStyle::default_spinner());
                bar.enable_steady_tick(std::time::Duration::from_millis(120));
                bar.set_message(format!("{file} from {source}"));
            }
            (None, PullProgress::Trying { file, source }) => eprintln!("{file}: downloading from {source}"),
            (Some(bar), PullProgress::Begun { total, from }) => {
                if let Some(total) = total {
                    bar.set_length(total);
                    let template = "{bar:24} {bytes}/{total_bytes} {bytes_per_sec}, {eta} left  {msg}";
                    bar.set_style(
                        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
                    );
                }
                bar.set_position(from);
                bar.reset_eta();
            }
            (Some(bar), PullProgress::Advanced { bytes }) => bar.inc(bytes),
            (None, PullProgress::Begun { .. } | PullProgress::Advanced { .. }) => {}
        }
    }

    /// Prints a permanent line, above the bar if there is one.
    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.disable_steady_tick();
            bar.finish_and_clear();
        }
    }
}
