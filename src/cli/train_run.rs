//! Carries `tripod train` out: finds the examples, runs the loop, and writes the trained model beside its log.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use burn::tensor::Device;
use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::runtime::Runtime;

use super::interrupt::cancel_on_interrupt;
use super::train::{DeviceName, TrainArgs, TrainingData};
use super::train_lora::LoraRun;
use crate::config::Config;
use crate::dataset::{
    Collected, Draw, FileExamples, FreshExamples, Mixture, Part, Plan, Recipe, SeriesOrigin, Split, collect,
};
use crate::engine::memory::keep_heap;
use crate::engine::{Cancel, human_bytes};
use crate::formats::{PromptFormat, WordVocabulary};
use crate::grounding::grouped;
use crate::models::hash_file;
use crate::render::{Curve, curves};
use crate::train::model::Model;
use crate::train::model::llama::{Llama, LlamaConfig};
use crate::train::{
    Card, Ending, Examples, Options, Outcome, Progress, Session, Smoothing, Stretch, Tokenise, Watch, export, read_log,
    run as train,
};

/// Runs the command. Exit code 0 when the run is complete, or stopped where `--max-steps` says; 130 when it was interrupted.
pub fn run(args: &TrainArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    keep_heap();
    let job = Job {
        args,
        subject: match &args.lora.lora {
            Some(folder) => Subject::Lora(Box::new(LoraRun::open(&args.lora, folder)?)),
            None => Subject::Llama(vocabulary(args.data.format)?),
        },
        device: device(args.device)?,
        threads: config.engine.llama.threads,
        cancel: cancel_on_interrupt(runtime),
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    if args.data.data.is_empty() {
        job.on_drawn()
    } else {
        job.on_files()
    }
}

fn vocabulary(format: PromptFormat) -> anyhow::Result<&'static WordVocabulary> {
    format.vocabulary().with_context(|| {
        format!("{format} has no vocabulary of its own, so no model can be trained from scratch for it; use returns-v4")
    })
}

fn device(name: DeviceName) -> anyhow::Result<Device> {
    match name {
        DeviceName::Cpu => Ok(Device::flex()),
        #[cfg(feature = "train-cuda")]
        DeviceName::Cuda => Ok(Device::cuda(0)),
        #[cfg(not(feature = "train-cuda"))]
        DeviceName::Cuda => {
            anyhow::bail!(
                "this program cannot train on CUDA; build it with `cargo build --release --features train-cuda`"
            )
        }
        #[cfg(feature = "train-metal")]
        DeviceName::Metal => Ok(Device::metal(Default::default())),
        #[cfg(not(feature = "train-metal"))]
        DeviceName::Metal => {
            anyhow::bail!(
                "this program cannot train on Metal; build it with `cargo build --release --features train-metal`"
            )
        }
    }
}

struct Job<'a> {
    args: &'a TrainArgs,
    subject: Subject,
    device: Device,
    threads: usize,
    cancel: Cancel,
}

/// What is trained.
enum Subject {
    /// A small llama with this vocabulary, from random weights.
    Llama(&'static WordVocabulary),
    /// Adapters of a checkpoint.
    Lora(Box<LoraRun>),
}

/// What the examples are, in words for the checkpoint and for the model's description.
struct Described {
    exactly: String,
    shortly: String,
    until: Option<NaiveDate>,
}

impl Job<'_> {
    /// Trains on files of the factory.
    fn on_files(&self) -> anyhow::Result<ExitCode> {
        let data = &self.args.data;
        let read = |paths: &[PathBuf]| FileExamples::read(paths, self.tokens(), self.threads);
        let all = read(&data.data)?;
        let hash = |path: &PathBuf| hash_file(path).with_context(|| format!("cannot read {}", path.display()));
        let hashes = data.data.iter().chain(&data.validation).map(|path| Ok(hash(path)?.0));
        let described = Described {
            exactly: hashes.collect::<anyhow::Result<Vec<_>>>()?.join(" "),
            shortly: format!("{} examples of files", grouped(all.len() as f64, 0)),
            until: None,
        };
        if !data.validation.is_empty() {
            return self.train(&all, &read(&data.validation)?, &described);
        }
        let held_out = self.args.optimiser.validation_examples.min(all.len() / 10);
        let border = all.len() - held_out;
        let (training, validation) = (Stretch::new(&all, 0..border), Stretch::new(&all, border..all.len()));
        self.train(&training, &validation, &described)
    }

    /// Trains on examples that are drawn anew.
    fn on_drawn(&self) -> anyhow::Result<ExitCode> {
        let data = &self.args.data;
        let origin = data.origin();
        let collected = origin
            .as_ref()
            .map(|origin| collect(origin, &self.args.out))
            .transpose()?;
        for (name, reason) in collected.iter().flat_map(|collected| &collected.failures) {
            anstream::eprintln!("error: {name}: {reason}");
        }
        let recipe = data.recipe(self.args.optimiser.seed, collected.as_ref())?;
        let held_out = data.held_out(&recipe)?;
        let pack = collected.as_ref().map(|collected| &collected.pack);
        let (plan, held_out) = (Plan::new(&recipe, pack)?, Plan::new(&held_out, pack)?);
        let described = Described {
            exactly: recipe.sha256(),
            shortly: describe(&recipe, origin.as_ref()),
            until: recipe.mixture.has_real().then(|| recipe.split.day.pred_opt()).flatten(),
        };
        let training = FreshExamples::new(&plan, data.simulate, self.tokens());
        let validation = FreshExamples::new(&held_out, self.args.optimiser.validation_examples, self.tokens());
        self.train(&training, &validation, &described)
    }

    /// How texts become examples.
    fn tokens(&self) -> &dyn Tokenise {
        match &self.subject {
            Subject::Llama(_) => &self.args.data.format,
            Subject::Lora(lora) => lora.tokens(),
        }
    }

    fn train(&self, training: &dyn Examples, validation: &dyn Examples, data: &Described) -> anyhow::Result<ExitCode> {
        match &self.subject {
            Subject::Llama(vocabulary) => self.train_llama(vocabulary, training, validation, data),
            Subject::Lora(lora) => self.train_adapters(lora, training, validation, data),
        }
    }

    fn train_llama(
        &self,
        vocabulary: &WordVocabulary,
        training: &dyn Examples,
        validation: &dyn Examples,
        data: &Described,
    ) -> anyhow::Result<ExitCode> {
        let args = self.args;
        let options = args.options(Some(vocabulary), 2.5e-3, data.exactly.clone());
        let mut model = Llama::random(args.llama(vocabulary), args.optimiser.seed, &self.device)?;
        let outcome = self.learn(&options, &mut model, training, validation)?;
        if !outcome.is_complete() {
            return Ok(stopped(&outcome));
        }
        let what = format!(
            "A llama of {:.2} million parameters, trained from scratch",
            model.count() as f64 / 1e6
        );
        let exported = export(&mut model, &self.card(&what, &outcome, data), &args.out)?;
        for path in [&exported.weights, &exported.manifest] {
            anstream::eprintln!("wrote {}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    fn train_adapters(
        &self,
        lora: &LoraRun,
        training: &dyn Examples,
        validation: &dyn Examples,
        data: &Described,
    ) -> anyhow::Result<ExitCode> {
        let args = self.args;
        let mut adapted = lora.load(args.optimiser.seed, &self.device)?;
        anstream::eprintln!("{}", adapted.told());
        let exactly = format!("{} of {}", adapted.exactly(), data.exactly);
        let options = args.options(None, 2e-4, exactly);
        let outcome = self.learn(&options, &mut adapted.decoder, training, validation)?;
        if !outcome.is_complete() {
            return Ok(stopped(&outcome));
        }
        let card = self.card(&adapted.described(), &outcome, data);
        for path in lora.write(&mut adapted, &card, &args.out, &self.cancel)? {
            anstream::eprintln!("wrote {}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Runs the loop, with its display, and draws the losses.
    fn learn<M>(
        &self,
        options: &Options,
        model: &mut M,
        training: &dyn Examples,
        validation: &dyn Examples,
    ) -> anyhow::Result<Outcome>
    where
        M: Model + Clone + Send + Sync,
    {
        let args = self.args;
        let session = Session {
            folder: args.out.clone(),
            resume: args.resume,
            threads: self.threads,
            max_steps: args.max_steps,
            checkpoint_every: args.checkpoint_every,
            device: self.device.clone(),
            recompute: args.recompute,
        };
        let display = Display::new(args.quiet, options.steps);
        let mut watch = Watch {
            cancel: &self.cancel,
            show: &mut |progress| display.show(progress),
        };
        let outcome = train(options, &session, model, training, validation, &mut watch);
        display.clear();
        let outcome = outcome?;
        anstream::eprintln!("{}", told(&outcome, &args.out.display().to_string()));
        draw_losses(&args.name, &args.out)?;
        Ok(outcome)
    }

    fn card(&self, what: &str, outcome: &Outcome, data: &Described) -> Card {
        let validation = outcome.validation_loss.map_or(String::new(), |loss| {
            format!(" Validation loss {loss:.4} nats a token.")
        });
        let description = format!(
            "{what} by `tripod train` on {}: {} steps, {:.1} million tokens.{validation}",
            data.shortly,
            grouped(outcome.step as f64, 0),
            outcome.tokens as f64 / 1e6
        );
        Card {
            id: self.args.name.clone(),
            licence: self.args.licence.clone(),
            description,
            format: self.args.data.format,
            trained_until: data.until,
        }
    }
}

/// The exit code of a run that is not complete.
fn stopped(outcome: &Outcome) -> ExitCode {
    if outcome.ending == Ending::Interrupted {
        ExitCode::from(130)
    } else {
        ExitCode::SUCCESS
    }
}

impl TrainArgs {
    fn llama(&self, vocabulary: &WordVocabulary) -> LlamaConfig {
        let sizes = &self.model;
        LlamaConfig {
            vocabulary: vocabulary.pieces().len(),
            width: sizes.width,
            layers: sizes.layers,
            heads: sizes.heads,
            kv_heads: sizes.kv_heads.unwrap_or(sizes.heads),
            ffn: sizes.ffn,
            context: sizes.window,
            rope_theta: 10_000.0,
            norm_epsilon: 1e-5,
            tied: sizes.tied,
        }
    }

    fn options(&self, vocabulary: Option<&WordVocabulary>, learning_rate: f64, data: String) -> Options {
        let optimiser = &self.optimiser;
        let graded = vocabulary
            .and_then(WordVocabulary::graded)
            .filter(|_| optimiser.smoothing > 0.0);
        Options {
            steps: optimiser.steps,
            batch: optimiser.batch,
            micro_batch: optimiser.micro_batch,
            seed: optimiser.seed,
            learning_rate: optimiser.learning_rate.unwrap_or(learning_rate),
            warmup: optimiser.warmup.min(optimiser.steps.saturating_sub(1)),
            final_rate: optimiser.final_rate,
            beta1: optimiser.beta1,
            beta2: optimiser.beta2,
            epsilon: 1e-8,
            weight_decay: optimiser.weight_decay,
            clip: optimiser.clip,
            averaging: optimiser.averaging,
            validate_every: optimiser.validate_every,
            validation_examples: optimiser.validation_examples,
            patience: optimiser.patience,
            stall_steps: optimiser.stall_steps,
            smoothing: graded.map(|graded| Smoothing {
                graded,
                deviation: optimiser.smoothing,
            }),
            data,
        }
    }
}

impl TrainingData {
    fn origin(&self) -> Option<SeriesOrigin> {
        let csv = self.csv.clone().map(|folder| SeriesOrigin::Csv { folder });
        let parquet = self.parquet.clone().map(|folder| SeriesOrigin::Parquet { folder });
        let demo = self.demo.then(|| SeriesOrigin::Demo { tickers: Vec::new() });
        csv.or(parquet).or(demo)
    }

    fn recipe(&self, seed: u64, collected: Option<&Collected>) -> anyhow::Result<Recipe> {
        let usual = if collected.is_some() {
            Mixture::REAL
        } else {
            Mixture::SIMULATED
        };
        let mixture = self.mix.unwrap_or(usual);
        anyhow::ensure!(
            collected.is_some() || !mixture.has_real(),
            "the mixture has real examples and there is no source; give --csv DIR, --parquet DIR or --demo"
        );
        let draw = Draw::uniform(self.context.clone(), self.horizon.clone());
        let pack = collected.map(|collected| &collected.pack);
        let day = match (self.split_day, pack) {
            (None, Some(pack)) => Split::usual_day(pack)?,
            (day, _) => day.unwrap_or_default(),
        };
        Ok(Recipe {
            version: Recipe::VERSION,
            format: self.format,
            seed,
            count: self.simulate,
            part: Part::Train,
            split: Split {
                day,
                gap: draw.longest_horizon(),
                test_tickers: pack.map_or(Vec::new(), |pack| Split::held_out(pack, self.test_tickers, seed)),
            },
            draw,
            mixture,
            series: pack.map(|pack| pack.sha256().to_owned()),
        })
    }

    /// The recipe of the validation examples: what training leaves out.
    fn held_out(&self, training: &Recipe) -> anyhow::Result<Recipe> {
        let has_tickers = !training.split.test_tickers.is_empty();
        anyhow::ensure!(
            has_tickers || training.mixture.has_simulated(),
            "no ticker is held out for validation; raise --test-tickers, or give simulated examples a share by --mix"
        );
        let mixture = if has_tickers {
            training.mixture
        } else {
            Mixture::SIMULATED
        };
        Ok(Recipe {
            part: Part::Test,
            mixture,
            ..training.clone()
        })
    }
}

fn describe(recipe: &Recipe, origin: Option<&SeriesOrigin>) -> String {
    let real = match origin {
        Some(SeriesOrigin::Demo { .. }) => "the bundled prices",
        Some(_) => "daily prices",
        None => "",
    };
    let before = recipe.split.day;
    match (recipe.mixture.has_real(), recipe.mixture.has_simulated()) {
        (true, true) => format!("{real} before {before} and simulated ones"),
        (true, false) => format!("{real} before {before}"),
        _ => "simulated prices".to_owned(),
    }
}

/// Draws the losses in the log of a folder.
fn draw_losses(name: &str, folder: &Path) -> anyhow::Result<()> {
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
fn told(outcome: &Outcome, folder: &str) -> String {
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
struct Display {
    bar: Option<ProgressBar>,
}

impl Display {
    fn new(quiet: bool, steps: u64) -> Self {
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

    fn show(&self, progress: &Progress) {
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

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
