//! Carries `tripod train` out: finds the examples, runs the loop, and writes the trained model beside its log.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use burn::tensor::Device;
use chrono::NaiveDate;
use tokio::runtime::Runtime;

use super::args::{DeviceName, PrecisionName, TrainArgs};
use super::data::describe;
use super::display::{Display, draw_losses, told};
use super::lora::LoraRun;
use crate::cli::ending::wrong_use;
use crate::cli::interrupt::cancel_on_interrupt;
use crate::cli::output::{check_folder, check_input};
use crate::config::Config;
use crate::dataset::{FileExamples, FreshExamples, Plan, collect};
use crate::engine::Cancel;
use crate::engine::memory::keep_heap;
use crate::formats::{PromptFormat, Vocabulary};
use crate::grounding::grouped;
use crate::market::Repair;
use crate::models::hash_file;
use crate::train::model::Model;
use crate::train::model::llama::{Llama, LlamaConfig};
use crate::train::{
    Card, Ending, Examples, Options, Outcome, Precision, Session, Smoothing, Stretch, Tokenise, Watch, export,
    run as train,
};

/// Runs the command. Exit code 0 when the run is complete, or stopped where `--max-steps` says; 130 when it was interrupted.
pub fn run(args: &TrainArgs, config: &Config, runtime: &Runtime) -> anyhow::Result<ExitCode> {
    keep_heap();
    anyhow::ensure!(
        args.from_scratch || args.lora.lora.is_some(),
        "say what to train: give --from-scratch, or --lora with the folder of a checkpoint"
    );
    anyhow::ensure!(
        args.lora.lora.is_none() || args.precision == PrecisionName::F32,
        "adapters are trained in f32, whatever the checkpoint is kept in; leave --precision out"
    );
    anyhow::ensure!(
        (args.device, args.precision) != (DeviceName::Cpu, PrecisionName::Bf16),
        "bf16 saves no time on the processor, which computes it by way of f32; leave --precision out, or give --device cuda"
    );
    let data = &args.data;
    for path in data.data.iter().chain(&data.validation) {
        check_input(path)?;
    }
    for folder in data.csv.iter().chain(&data.parquet).chain(&args.lora.lora) {
        check_folder(folder)?;
    }
    std::fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder {}", args.out.display()))
        .map_err(wrong_use)?;
    let job = Job {
        args,
        subject: match &args.lora.lora {
            Some(folder) => Subject::Lora(Box::new(LoraRun::open(&args.lora, folder)?)),
            None => Subject::Llama(vocabulary(args.data.format)?),
        },
        device: device(args.device)?,
        threads: config.engine.llama.threads,
        repair: config.repair,
        cancel: cancel_on_interrupt(runtime),
    };
    if args.data.data.is_empty() {
        job.on_drawn()
    } else {
        job.on_files()
    }
}

fn vocabulary(format: PromptFormat) -> anyhow::Result<&'static Vocabulary> {
    format.vocabulary().with_context(|| {
        format!(
            "{format} has no vocabulary of its own, so no model can be trained from scratch for it; use another --format, such \
             as returns-v4"
        )
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
    repair: Repair,
    threads: usize,
    cancel: Cancel,
}

/// What is trained.
enum Subject {
    /// A small llama with this vocabulary, from random weights.
    Llama(&'static Vocabulary),
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
            .map(|origin| collect(origin, self.repair, &self.args.out))
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
        vocabulary: &Vocabulary,
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
    fn llama(&self, vocabulary: &Vocabulary) -> LlamaConfig {
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

    fn options(&self, vocabulary: Option<&Vocabulary>, learning_rate: f64, data: String) -> Options {
        let optimiser = &self.optimiser;
        let graded = vocabulary
            .and_then(Vocabulary::graded)
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
            precision: match self.precision {
                PrecisionName::F32 => Precision::F32,
                PrecisionName::Bf16 => Precision::Bf16,
            },
            data,
        }
    }
}
