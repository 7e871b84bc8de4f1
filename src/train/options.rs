//! The options of a training run: what decides its result, and how this process carries it out.

use std::ops::Range;
use std::path::PathBuf;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::error::TrainError;

/// What decides the result of a run. Two runs with the same options, model and examples give the same bytes. A checkpoint keeps
/// them, and a run is resumed only with the same ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Steps of the optimiser.
    pub steps: u64,
    /// Sequences a step.
    pub batch: usize,
    /// Sequences that go through the model at once. The gradients of a batch are added up over as many passes as it takes.
    pub micro_batch: usize,
    /// The seed of the order of the examples and of dropout.
    pub seed: u64,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Steps in which the rate rises from 0 to the highest.
    pub warmup: u64,
    /// The rate at the end, as a share of the highest.
    pub final_rate: f64,
    /// AdamW's decay of the mean of the gradients.
    pub beta1: f64,
    /// AdamW's decay of the mean of their squares.
    pub beta2: f64,
    /// AdamW's ε.
    pub epsilon: f64,
    /// Weight decay of the matrices of linear layers.
    pub weight_decay: f64,
    /// The highest norm of the gradient; a longer one is shortened to it. 0: no limit.
    pub clip: f64,
    /// The decay of the moving average of the weights. 0: no averaging.
    pub averaging: f64,
    /// Steps between two measurements of the validation loss. 0: none.
    pub validate_every: u64,
    /// How many of the validation examples are used, from the first.
    pub validation_examples: u64,
    /// Stop after so many measurements without a lower validation loss, and keep the weights of the lowest. `None`: never.
    pub patience: Option<u64>,
    /// Stop with an error if the loss on the first batch is the same after so many steps. 0: no check.
    pub stall_steps: u64,
    /// Spreads each target over the neighbouring words of a graded vocabulary. `None`: one target a position.
    pub smoothing: Option<Smoothing>,
    /// The numbers that the device computes with. The weights themselves are kept in 32 bits.
    pub precision: Precision,
    /// What the examples are made of, in any words: a run is resumed only on the same data.
    pub data: String,
}

/// Numbers that a device computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits with the exponent of 32.
    Bf16,
}

/// Targets spread over neighbours, for words that stand for numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Smoothing {
    /// The words that stand for numbers, in their order.
    pub graded: Range<u32>,
    /// The standard deviation of the normal weights, in words.
    pub deviation: f64,
}

/// How this process carries a run out. Nothing here changes the result.
#[derive(Debug, Clone)]
pub struct Session {
    /// The folder of the checkpoint and the log.
    pub folder: PathBuf,
    /// Go on from the checkpoint in the folder, if there is one.
    pub resume: bool,
    /// Passes that are computed at the same time.
    pub threads: usize,
    /// Stop after this step of the run, with a checkpoint, before the run is complete.
    pub max_steps: Option<u64>,
    /// Steps between two checkpoints. 0: only at the end.
    pub checkpoint_every: u64,
    /// The device that computes.
    pub device: Device,
    /// Keep fewer activations and compute the others again in the backward pass.
    pub recompute: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            steps: 1_000,
            batch: 16,
            micro_batch: 16,
            seed: 1,
            learning_rate: 2.5e-3,
            warmup: 100,
            final_rate: 0.0,
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.1,
            clip: 1.0,
            averaging: 0.995,
            validate_every: 100,
            validation_examples: 256,
            patience: None,
            stall_steps: 20,
            smoothing: None,
            precision: Precision::F32,
            data: String::new(),
        }
    }
}

impl Options {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// Names the option that is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        let problem = if self.steps == 0 {
            "--steps must be at least 1".to_owned()
        } else if self.batch == 0 || self.micro_batch == 0 {
            "--batch and --micro-batch must be at least 1".to_owned()
        } else if !self.learning_rate.is_finite() || self.learning_rate <= 0.0 {
            format!("--learning-rate must be above 0, not {}", self.learning_rate)
        } else if self.warmup >= self.steps {
            format!(
                "--warmup of {} steps leaves none of the {} for training; lower it",
                self.warmup, self.steps
            )
        } else if !(0.0..=1.0).contains(&self.final_rate) {
            format!(
                "--final-rate is a share of the learning rate, from 0 to 1, not {}",
                self.final_rate
            )
        } else if !share(self.beta1) || !share(self.beta2) {
            "--beta1 and --beta2 must be from 0 to below 1".to_owned()
        } else if !self.epsilon.is_finite() || self.epsilon <= 0.0 {
            "--epsilon must be above 0".to_owned()
        } else if !self.weight_decay.is_finite() || self.weight_decay < 0.0 {
            "--weight-decay must be 0 or more".to_owned()
        } else if !self.clip.is_finite() || self.clip < 0.0 {
            "--clip must be 0 (no limit) or more".to_owned()
        } else if !share(self.averaging) {
            "--averaging must be from 0 to below 1".to_owned()
        } else if self.patience == Some(0) {
            "--patience must be at least 1".to_owned()
        } else if self.patience.is_some() && self.validate_every == 0 {
            "--patience needs the validation loss; give --validate-every".to_owned()
        } else if self
            .smoothing
            .as_ref()
            .is_some_and(|smoothing| !smoothing.deviation.is_finite() || smoothing.deviation <= 0.0)
        {
            "--smoothing must be above 0; leave it out for one target a position".to_owned()
        } else {
            return Ok(());
        };
        Err(TrainError::Options(problem))
    }
}
