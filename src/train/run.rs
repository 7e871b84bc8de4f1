//! A training run: a model and examples go in; the averaged weights come out, with a log and a checkpoint in the run's folder.

use std::time::{Duration, Instant};

use super::batch::{Batches, Rectangle, Sizes};
use super::checkpoint::{self, Checkpoint, Facts};
use super::error::TrainError;
use super::example::{Example, Examples};
use super::log::{Log, LogLine};
use super::loss::Spread;
use super::model::Model;
use super::optimiser::{State, clip};
use super::options::{Options, Session};
use super::pass::{Passes, held_out};
use super::schedule::learning_rate;
use super::weights::{self, Layout, Place};
use crate::engine::Cancel;
use crate::engine::memory::resident;
use crate::market::simulate::mix;

/// How a run is watched and stopped.
pub struct Watch<'a> {
    /// Once set, the run stops after the step it is in, with a checkpoint.
    pub cancel: &'a Cancel,
    /// Called after every step.
    pub show: &'a mut dyn FnMut(&Progress),
}

/// The state of a run after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Steps of the whole run.
    pub steps: u64,
    /// The loss of the last batch, in nats.
    pub loss: f64,
    /// The validation loss measured last.
    pub validation_loss: Option<f64>,
    /// Tokens seen, over all processes.
    pub tokens: u64,
    /// Tokens a second of this process.
    pub tokens_per_second: f64,
    /// Memory of this process in bytes.
    pub memory: u64,
    /// The time that the rest takes at this rate.
    pub remaining: Duration,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All steps are done.
    Complete,
    /// The validation loss stopped falling.
    NoImprovement,
    /// The step after which this process was to stop is done.
    MaxSteps,
    /// It was interrupted.
    Interrupted,
}

/// What a run has come to. The model that was trained holds the averaged weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Steps done.
    pub step: u64,
    /// Tokens seen.
    pub tokens: u64,
    /// Time spent in steps, over all processes.
    pub seconds: f64,
    /// The validation loss of the weights in the model: the lowest with early stopping, else the last.
    pub validation_loss: Option<f64>,
}

impl Outcome {
    /// True if the run is over, so that its model can be exported.
    pub fn is_complete(&self) -> bool {
        matches!(self.ending, Ending::Complete | Ending::NoImprovement)
    }
}

/// Trains a model and leaves the averaged weights in it.
///
/// # Errors
///
/// If the options do not fit, an example is wrong, a parameter gets no gradient, the loss does not move or is not a number, or a
/// file cannot be read or written. A checkpoint that was written before stays.
pub fn run<M>(
    options: &Options,
    session: &Session,
    model: &mut M,
    training: &dyn Examples,
    validation: &dyn Examples,
    watch: &mut Watch<'_>,
) -> Result<Outcome, TrainError>
where
    M: Model + Clone + Send + Sync,
{
    options.check()?;
    let (layout, initial) = weights::read(model)?;
    let sizes = Sizes {
        vocabulary: model.vocabulary(),
        context: model.context(),
    };
    let mut run = Run {
        passes: Passes {
            layout: &layout,
            spread: Spread::new(options.smoothing.as_ref()),
            micro_batch: options.micro_batch,
            threads: session.threads,
            device: session.device.clone(),
            recompute: session.recompute,
            precision: options.precision,
        },
        batches: Batches::new(training, options.batch, options.seed, sizes)?,
        validation: held_out(validation, validation_count(options), sizes)?,
        options,
        session,
        layout: &layout,
    };
    let outcome = run.train(model, initial, watch)?;
    Ok(outcome)
}

fn validation_count(options: &Options) -> u64 {
    if options.validate_every == 0 {
        0
    } else {
        options.validation_examples
    }
}

struct Run<'a> {
    options: &'a Options,
    session: &'a Session,
    layout: &'a Layout,
    passes: Passes<'a>,
    batches: Batches<'a>,
    validation: Vec<Example>,
}

impl Run<'_> {
    fn train<M>(&mut self, model: &mut M, initial: Vec<f32>, watch: &mut Watch<'_>) -> Result<Outcome, TrainError>
    where
        M: Model + Clone + Send + Sync,
    {
        let options = self.options;
        let mut now = self.begin(model, initial)?;
        let mut log = Log::open(&self.session.folder, now.facts.log_bytes)?;
        let clock = Clock::start(&now.facts);
        let ending = loop {
            if let Some(ending) = self.ending(&now.facts, watch) {
                break ending;
            }
            let line = self.step(model, &mut now)?;
            log.write(&line)?;
            clock.note(&mut now.facts);
            (watch.show)(&clock.progress(&now.facts, &line, options.steps));
            let every = self.session.checkpoint_every;
            if every > 0 && now.facts.step.is_multiple_of(every) {
                self.save(&mut now, &mut log)?;
            }
        };
        self.save(&mut now, &mut log)?;
        let values = now.best.as_ref().unwrap_or(&now.state.average);
        let place = Place {
            device: self.session.device.clone(),
            kind: burn::tensor::DType::F32,
        };
        weights::put(model, self.layout, values, &place);
        let lowest = now.facts.lowest.map(|(loss, _)| loss);
        Ok(Outcome {
            ending,
            step: now.facts.step,
            tokens: now.facts.tokens,
            seconds: now.facts.seconds,
            validation_loss: lowest.or(now.facts.validation_loss),
        })
    }

    /// The checkpoint in the folder, or the state before the first step.
    fn begin<M: Model + Clone>(&mut self, model: &M, initial: Vec<f32>) -> Result<Checkpoint, TrainError> {
        let folder = &self.session.folder;
        std::fs::create_dir_all(folder).map_err(|error| TrainError::file(folder, error))?;
        if self.session.resume {
            if let Some(found) = checkpoint::load(folder, self.options, self.layout)? {
                return Ok(found);
            }
        } else if checkpoint::path(folder).exists() {
            let reason = "the folder holds a run already; go on with it by --resume, or choose another --out";
            return Err(TrainError::file(folder, reason));
        }
        let first = self.batches.of_step(0)?;
        let first_loss = self.passes.evaluate(model, &initial, &first)?;
        Ok(Checkpoint {
            facts: Facts {
                options: self.options.clone(),
                step: 0,
                tokens: 0,
                seconds: 0.0,
                log_bytes: 0,
                first_loss,
                validation_loss: None,
                lowest: None,
                waited: 0,
            },
            state: State::new(initial),
            best: None,
        })
    }

    fn ending(&self, facts: &Facts, watch: &Watch<'_>) -> Option<Ending> {
        if facts.step >= self.options.steps {
            Some(Ending::Complete)
        } else if self.options.patience.is_some_and(|patience| facts.waited >= patience) {
            Some(Ending::NoImprovement)
        } else if self.session.max_steps.is_some_and(|last| facts.step >= last) {
            Some(Ending::MaxSteps)
        } else {
            watch.cancel.is_cancelled().then_some(Ending::Interrupted)
        }
    }

    /// One step of the optimiser, and the measurements that are due after it.
    fn step<M>(&mut self, model: &M, now: &mut Checkpoint) -> Result<LogLine, TrainError>
    where
        M: Model + Clone + Send + Sync,
    {
        let options = self.options;
        let batch = self.batches.of_step(now.state.step)?;
        let mut step = self
            .passes
            .step(model, &now.state.values, &batch, mix(options.seed, now.state.step))?;
        self.check_gradient(&step.gradient, step.loss, now.state.step)?;
        let rate = learning_rate(options, now.state.step);
        let gradient_norm = clip(&mut step.gradient, options.clip);
        now.state.update(self.layout, &step.gradient, rate, options);
        now.facts.step = now.state.step;
        now.facts.tokens += Rectangle::tokens(&batch);
        if now.facts.step == options.stall_steps {
            self.check_movement(model, now)?;
        }
        let every = options.validate_every;
        let due = every > 0 && (now.facts.step.is_multiple_of(every) || now.facts.step == options.steps);
        let validation_loss = if due && !self.validation.is_empty() {
            Some(self.validate(model, now)?)
        } else {
            None
        };
        Ok(LogLine {
            step: now.facts.step,
            tokens: now.facts.tokens,
            loss: step.loss,
            learning_rate: rate,
            gradient_norm,
            validation_loss,
        })
    }

    fn validate<M: Model + Clone>(&self, model: &M, now: &mut Checkpoint) -> Result<f64, TrainError> {
        let loss = self.passes.evaluate(model, &now.state.average, &self.validation)?;
        now.facts.validation_loss = Some(loss);
        if self.options.patience.is_some() {
            if now.facts.lowest.is_none_or(|(lowest, _)| loss < lowest) {
                now.facts.lowest = Some((loss, now.facts.step));
                now.facts.waited = 0;
                now.best = Some(now.state.average.clone());
            } else {
                now.facts.waited += 1;
            }
        }
        Ok(loss)
    }

    fn check_gradient(&self, gradient: &[f32], loss: f64, step: u64) -> Result<(), TrainError> {
        let advice = "lower --learning-rate, raise --warmup or set --clip";
        if !loss.is_finite() {
            let step = step + 1;
            return Err(TrainError::Loss(format!(
                "the loss is not a number in step {step}; {advice}"
            )));
        }
        let broken = gradient.iter().position(|value| !value.is_finite());
        let entry = broken.and_then(|at| self.layout.entries.iter().find(|entry| entry.range.contains(&at)));
        match entry {
            None => Ok(()),
            Some(entry) => Err(TrainError::Parameter {
                name: entry.name.clone(),
                reason: format!("its gradient is not a number in step {}; {advice}", step + 1),
            }),
        }
    }

    /// A run that learns nothing is stopped early: the loss on the first batch must differ from what it was at the start.
    fn check_movement<M: Model + Clone>(&mut self, model: &M, now: &Checkpoint) -> Result<(), TrainError> {
        let first = self.batches.of_step(0)?;
        let loss = self.passes.evaluate(model, &now.state.values, &first)?;
        let was = now.facts.first_loss;
        if (loss - was).abs() > 1e-6 * was.abs() {
            return Ok(());
        }
        Err(TrainError::Loss(format!(
            "the loss on the first batch is {loss:.6} after {} steps, as it was at the start: nothing is learned. Check the learning \
             rate, what trains, and the weights of the examples",
            now.facts.step
        )))
    }

    fn save(&self, now: &mut Checkpoint, log: &mut Log) -> Result<(), TrainError> {
        now.facts.log_bytes = log.sync()?;
        checkpoint::save(now, self.layout, &self.session.folder)
    }
}

/// The time and the tokens of this process.
struct Clock {
    begun: Instant,
    seconds_before: f64,
    tokens_before: u64,
    steps_before: u64,
}

impl Clock {
    fn start(facts: &Facts) -> Self {
        Clock {
            begun: Instant::now(),
            seconds_before: facts.seconds,
            tokens_before: facts.tokens,
            steps_before: facts.step,
        }
    }

    fn note(&self, facts: &mut Facts) {
        facts.seconds = self.seconds_before + self.begun.elapsed().as_secs_f64();
    }

    fn progress(&self, facts: &Facts, line: &LogLine, steps: u64) -> Progress {
        let seconds = self.begun.elapsed().as_secs_f64().max(1e-3);
        let a_step = seconds / (facts.step - self.steps_before).max(1) as f64;
        let memory = resident();
        Progress {
            step: facts.step,
            steps,
            loss: line.loss,
            validation_loss: facts.validation_loss,
            tokens: facts.tokens,
            tokens_per_second: (facts.tokens - self.tokens_before) as f64 / seconds,
            memory: memory.anon + memory.file,
            remaining: Duration::from_secs_f64(a_step * (steps - facts.step) as f64),
        }
    }
}
