//! `tripod models convert`: a checkpoint becomes a GGUF file with a manifest, or a LoRA adapter a GGUF adapter. The path of the
//! file goes to standard output; progress and notes go to standard error.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use crate::cli::output::{check_file, check_folder};
use crate::convert::{ConvertOptions, ConvertProgress, Labels, Quantity, convert};
use crate::engine::{Cancel, default_threads};
use crate::formats::PromptFormat;
use crate::models::FormatName;

/// Arguments of `tripod models convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The folder of a checkpoint: config.json, tokenizer.json and safetensors
    #[arg(value_name = "DIR")]
    checkpoint: PathBuf,
    /// How the weights are stored: q8_0, q4_k_m, f16 or f32
    #[arg(long, default_value_t = Quantity::Q8_0)]
    to: Quantity,
    /// The folder of a LoRA adapter, as PEFT saves it; alone it becomes a GGUF adapter for the converted checkpoint
    #[arg(long, value_name = "ADAPTER")]
    lora: Option<PathBuf>,
    /// Put the adapter into the weights instead
    #[arg(long, requires = "lora")]
    merge: bool,
    /// The file to write; by default DIR-q8_0.gguf, or ADAPTER.gguf, in the current directory
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The prompt format that the model was trained on; the manifest then makes it a forecaster
    #[arg(long, value_name = "FORMAT")]
    prompt_format: Option<PromptFormat>,
    /// The last day of the model's training data, for the manifest
    #[arg(long, value_name = "DATE")]
    trained_until: Option<NaiveDate>,
}

/// Converts, and prints the path of the file.
///
/// # Errors
/// Those of [`convert`], and an interruption.
pub(super) async fn run(args: ConvertArgs, out: &mut (dyn Write + Send)) -> anyhow::Result<()> {
    check_folder(&args.checkpoint)?;
    args.lora.as_deref().map_or(Ok(()), check_folder)?;
    let options = options(args)?;
    check_file(&options.out)?;
    let path = options.out.clone();
    let cancel = Cancel::new();
    let flag = cancel.clone();
    let work = tokio::task::spawn_blocking(move || {
        let display = Display::new();
        let converted = convert(&options, &flag, &mut |step| display.show(step));
        display.clear();
        converted
    });
    tokio::pin!(work);
    let converted = tokio::select! {
        done = &mut work => done??,
        _ = tokio::signal::ctrl_c() => {
            cancel.cancel();
            work.await??
        }
    };
    for note in &converted.notes {
        eprintln!("note: {note}");
    }
    if let Some(manifest) = &converted.manifest {
        eprintln!("{}: written", manifest.display());
    }
    eprintln!("{}: written, {}", path.display(), HumanBytes(converted.bytes));
    writeln!(out, "{}", path.display())?;
    Ok(())
}

fn options(args: ConvertArgs) -> anyhow::Result<ConvertOptions> {
    let adapter_alone = args.lora.as_ref().filter(|_| !args.merge);
    let out = match (args.out, adapter_alone) {
        (Some(out), _) => out,
        (None, Some(adapter)) => PathBuf::from(format!("{}.gguf", name_of(adapter)?)),
        (None, None) => PathBuf::from(format!("{}-{}.gguf", name_of(&args.checkpoint)?, args.to)),
    };
    let prompt_format = args
        .prompt_format
        .map(|format| FormatName::try_from(format.to_string()));
    Ok(ConvertOptions {
        checkpoint: args.checkpoint,
        quantity: args.to,
        adapter: args.lora,
        merge: args.merge,
        out,
        labels: Labels {
            prompt_format: prompt_format.transpose().map_err(anyhow::Error::msg)?,
            trained_until: args.trained_until,
        },
        threads: default_threads(),
    })
}

/// The name of a folder, whatever way it is written.
fn name_of(folder: &Path) -> anyhow::Result<String> {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    match whole.file_name() {
        Some(name) => Ok(name.to_string_lossy().into_owned()),
        None => anyhow::bail!("name the file with --out"),
    }
}

/// Shows the progress on standard error: a bar on a terminal, else a line for each stage.
struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len}  {msg}");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar }
    }

    fn show(&self, step: ConvertProgress) {
        match (&self.bar, step) {
            (Some(bar), ConvertProgress::Tensor { name, done, of }) => {
                bar.set_length(of as u64);
                bar.set_position(done as u64);
                bar.set_message(name);
            }
            (Some(bar), ConvertProgress::Quantising) => bar.set_message("quantising"),
            (Some(bar), ConvertProgress::Hashing) => bar.set_message("hashing"),
            (None, ConvertProgress::Tensor { done: 0, of, .. }) => eprintln!("converting {of} tensors"),
            (None, ConvertProgress::Tensor { .. }) => {}
            (None, ConvertProgress::Quantising) => eprintln!("quantising"),
            (None, ConvertProgress::Hashing) => eprintln!("hashing"),
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
