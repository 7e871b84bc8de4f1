//! The arguments of `tripod train`.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use crate::cli::args::{closes, share};
use crate::dataset::Mixture;
use crate::formats::PromptFormat;

/// Arguments of `tripod train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Train a small llama from random weights, with the vocabulary of the prompt format
    #[arg(long, conflicts_with = "lora")]
    pub(super) from_scratch: bool,

    #[command(flatten)]
    pub(super) model: ModelSizes,

    #[command(flatten)]
    pub(super) lora: LoraArgs,

    #[command(flatten)]
    pub(super) data: TrainingData,

    #[command(flatten)]
    pub(super) optimiser: OptimiserArgs,

    /// The folder for the log, the checkpoint and the trained model
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// Go on with the run in the folder, if it holds one
    #[arg(long)]
    pub(super) resume: bool,

    /// Stop after this step with a checkpoint, before the run is complete
    #[arg(long, value_name = "N")]
    pub(super) max_steps: Option<u64>,

    /// Steps between two checkpoints; 0: only when the run stops
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(super) checkpoint_every: u64,

    /// The trained model's name, and that of its files
    #[arg(long, default_value = "forecaster", value_name = "NAME")]
    pub(super) name: String,

    /// The trained model's licence, for its manifest
    #[arg(long, default_value = "unstated", value_name = "TEXT")]
    pub(super) licence: String,

    /// The device that computes
    #[arg(long, value_enum, default_value_t = DeviceName::Cpu)]
    pub(super) device: DeviceName,

    /// The numbers that the device computes with
    #[arg(long, value_enum, default_value_t = PrecisionName::F32)]
    pub(super) precision: PrecisionName,

    /// Keep fewer activations and compute them again when the gradient needs them: less memory, more time
    #[arg(long)]
    pub(super) recompute: bool,

    /// Show no progress
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// The sizes of the model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(super) struct ModelSizes {
    /// Width of the hidden states
    #[arg(long, default_value_t = 96, value_name = "N")]
    pub(super) width: usize,

    /// Number of layers
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(super) layers: usize,

    /// Heads of attention
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub(super) heads: usize,

    /// Heads of keys and values [default: as many as --heads]
    #[arg(long, value_name = "N")]
    pub(super) kv_heads: Option<usize>,

    /// Width of the feed-forward layers
    #[arg(long, default_value_t = 256, value_name = "N")]
    pub(super) ffn: usize,

    /// Longest sequence that the model takes, in tokens
    #[arg(long, default_value_t = 512, value_name = "N")]
    pub(super) window: usize,

    /// Use the embedding as the output layer, too
    #[arg(long)]
    pub(super) tied: bool,
}

/// The adapters of a checkpoint.
#[derive(Debug, Args)]
#[command(next_help_heading = "LoRA")]
pub(super) struct LoraArgs {
    /// Train low-rank adapters for the checkpoint in this folder (llama, qwen2, DeepSeek-V3 with a dense feed-forward part); its
    /// own weights stay as they are
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["width", "layers", "heads", "kv_heads", "ffn", "window", "tied", "smoothing"]
    )]
    pub(super) lora: Option<PathBuf>,

    /// Rank of the adapters
    #[arg(long, default_value_t = 32, value_name = "N", requires = "lora")]
    pub(super) rank: usize,

    /// The adapters' outputs are multiplied by this over the rank [default: twice the rank]
    #[arg(long, value_name = "X", requires = "lora")]
    pub(super) alpha: Option<f64>,

    /// Divide by the root of the rank instead of the rank
    #[arg(long, requires = "lora")]
    pub(super) rslora: bool,

    /// Share of the adapters' inputs that is dropped in training
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", requires = "lora")]
    pub(super) dropout: f64,

    /// The linear maps that get an adapter, by the ends of their names, such as q_proj,v_proj [default: all of attention and
    /// feed-forward part]
    #[arg(long, value_delimiter = ',', value_name = "NAMES", requires = "lora")]
    pub(super) targets: Vec<String>,

    /// How the checkpoint's linear maps are kept in memory
    #[arg(long, value_enum, default_value_t = BaseForm::Stored, requires = "lora")]
    pub(super) base_weights: BaseForm,

    /// Which tokens are learned
    #[arg(long, value_enum, default_value_t = Learned::Completion, requires = "lora")]
    pub(super) loss: Learned,
}

/// How the checkpoint's linear maps are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum BaseForm {
    /// As in the file
    Stored,
    /// In 8 bits
    #[value(name = "8bit")]
    Eight,
    /// In 4 bits (NF4)
    #[value(name = "4bit")]
    Four,
}

/// Which tokens are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Learned {
    /// Those of the completion
    Completion,
    /// Those of the prompt, too
    All,
}

/// Where the examples come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Data")]
pub(super) struct TrainingData {
    /// Prompt format; from scratch returns-v4, whose tokens are words, or scaled-v3, stats-v2 or seed-v1, whose tokens are
    /// characters
    #[arg(long, default_value = "returns-v4", value_name = "FORMAT")]
    pub(super) format: PromptFormat,

    /// Files that `tripod dataset timeseries` wrote in this format [default: examples are drawn anew]
    #[arg(long, num_args = 1.., value_name = "FILE", conflicts_with_all = ["simulate", "csv", "parquet", "demo", "mix"])]
    pub(super) data: Vec<PathBuf>,

    /// Files with the validation examples [default: the last of --data]
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "data")]
    pub(super) validation: Vec<PathBuf>,

    /// Draw so many different examples, or endless: none twice
    #[arg(long, default_value = "endless", value_name = "N", value_parser = endless)]
    pub(super) simulate: u64,

    /// Draw real examples from a folder of CSV files, one a ticker, named after it
    #[arg(long, value_name = "DIR", conflicts_with_all = ["parquet", "demo"])]
    pub(super) csv: Option<PathBuf>,

    /// Draw real examples from a folder of Parquet files
    #[arg(long, value_name = "DIR", conflicts_with = "demo")]
    pub(super) parquet: Option<PathBuf>,

    /// Draw real examples from the bundled prices
    #[arg(long)]
    pub(super) demo: bool,

    /// Shares of real and simulated examples, such as real=0.25,simulated=0.75 [default: real=1 with a source, else simulated=1]
    #[arg(long, value_name = "SHARES")]
    pub(super) mix: Option<Mixture>,

    /// Closes in a prompt, from the fewest to the most
    #[arg(long, default_value = "180", value_name = "RANGE", value_parser = closes)]
    pub(super) context: RangeInclusive<u16>,

    /// Closes in a completion, from the fewest to the most
    #[arg(long, default_value = "30", value_name = "RANGE", value_parser = closes)]
    pub(super) horizon: RangeInclusive<u16>,

    /// Train on the days before this one [default: the day after four fifths of the days of the longest series]
    #[arg(long, value_name = "DATE")]
    pub(super) split_day: Option<NaiveDate>,

    /// Share of the tickers that are held out for validation; with 0, validation is on simulated examples
    #[arg(long, default_value_t = 0.1, value_name = "SHARE", value_parser = share)]
    pub(super) test_tickers: f64,
}

/// How the weights are found.
#[derive(Debug, Args)]
#[command(next_help_heading = "Optimiser")]
pub(super) struct OptimiserArgs {
    /// Steps of the optimiser
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) steps: u64,

    /// Sequences a step
    #[arg(long, default_value_t = 16, value_name = "N")]
    pub(super) batch: usize,

    /// Sequences that go through the model at once; a batch is several such passes. Changes memory and speed, not what is learned
    #[arg(long, default_value_t = 2, value_name = "N")]
    pub(super) micro_batch: usize,

    /// Random seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,

    /// The highest learning rate [default: 2.5e-3 from scratch, 2e-4 for adapters]
    #[arg(long, value_name = "RATE")]
    pub(super) learning_rate: Option<f64>,

    /// Steps in which the learning rate rises from 0 to its highest; it falls in half a cosine from there
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(super) warmup: u64,

    /// The learning rate of the last step, as a share of the highest
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub(super) final_rate: f64,

    /// AdamW's decay of the mean of the gradients
    #[arg(long, default_value_t = 0.9, value_name = "SHARE")]
    pub(super) beta1: f64,

    /// AdamW's decay of the mean of their squares
    #[arg(long, default_value_t = 0.95, value_name = "SHARE")]
    pub(super) beta2: f64,

    /// Weight decay of the linear layers
    #[arg(long, default_value_t = 0.1, value_name = "RATE")]
    pub(super) weight_decay: f64,

    /// The longest gradient; a longer one is shortened to it. 0: no limit
    #[arg(long, default_value_t = 1.0, value_name = "NORM")]
    pub(super) clip: f64,

    /// The decay of the moving average of the weights, which is what is written. 0: the last weights are written
    #[arg(long, default_value_t = 0.995, value_name = "SHARE")]
    pub(super) averaging: f64,

    /// Spread targets over neighbouring returns, with a standard deviation of so many words; 0: do not
    #[arg(long, default_value_t = 1.5, value_name = "WORDS")]
    pub(super) smoothing: f64,

    /// Steps between two measurements of the validation loss; 0: none
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(super) validate_every: u64,

    /// Validation examples
    #[arg(long, default_value_t = 256, value_name = "N")]
    pub(super) validation_examples: u64,

    /// Stop after so many measurements without a lower validation loss, and keep the weights of the lowest
    #[arg(long, value_name = "N")]
    pub(super) patience: Option<u64>,

    /// Stop with an error if the loss on the first batch is the same after so many steps; 0: never
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(super) stall_steps: u64,
}

/// A device that computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum DeviceName {
    /// The processor
    Cpu,
    /// A graphics card of NVIDIA; needs a build with `--features train-cuda`
    Cuda,
    /// A graphics card of Apple; needs a build with `--features train-metal`
    Metal,
}

/// Numbers that a device computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PrecisionName {
    /// 32 bits
    F32,
    /// 16 bits, on a graphics card only
    Bf16,
}

/// More examples than any run sees.
const ENDLESS: u64 = 1 << 40;

fn endless(text: &str) -> Result<u64, String> {
    match text {
        "endless" => Ok(ENDLESS),
        number => number
            .parse()
            .ok()
            .filter(|count| (1..=ENDLESS).contains(count))
            .ok_or_else(|| format!("`{number}` is no number of examples: write a number from 1, or endless")),
    }
}
