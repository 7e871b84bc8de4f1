//! Tests of whole runs at a tiny size: what a user would lose if the loop were wrong.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use burn::Tensor;
use burn::tensor::{Device, Int};

use super::model::llama::{Llama, LlamaConfig};
use super::model::{Model, Parameter, ParameterTensor};
use super::*;
use crate::engine::Cancel;
use crate::market::simulate::Random;

/// Sequences that repeat a random word and the one after it, of different lengths.
struct Pairs {
    count: u64,
    seed: u64,
}

impl Examples for Pairs {
    fn len(&self) -> u64 {
        self.count
    }

    fn get(&self, index: u64) -> Result<Example, TrainError> {
        let mut random = Random::new(self.seed.wrapping_mul(1_000).wrapping_add(index));
        let word = 3 + random.below(12) as u32;
        let length = 6 + random.below(8);
        let mut tokens: Vec<u32> = (0..length).map(|at| word + (at % 2) as u32).collect();
        tokens[0] = 1;
        let mut weights = vec![1.0; length];
        weights[0] = 0.0;
        weights[1] = 0.0;
        Ok(Example { tokens, weights })
    }
}

fn llama() -> Llama {
    let config = LlamaConfig {
        vocabulary: 16,
        width: 16,
        layers: 2,
        heads: 2,
        kv_heads: 1,
        ffn: 24,
        context: 16,
        rope_theta: 10_000.0,
        norm_epsilon: 1e-5,
        tied: false,
    };
    Llama::random(config, 9, &Device::flex()).unwrap()
}

fn options() -> Options {
    Options {
        steps: 24,
        batch: 4,
        micro_batch: 2,
        learning_rate: 1e-2,
        warmup: 4,
        averaging: 0.9,
        validate_every: 8,
        validation_examples: 6,
        stall_steps: 4,
        smoothing: Some(Smoothing {
            graded: 3..16,
            deviation: 0.7,
        }),
        data: "pairs".into(),
        ..Options::default()
    }
}

fn session(folder: &Path) -> Session {
    Session {
        folder: folder.into(),
        resume: false,
        threads: 1,
        max_steps: None,
        checkpoint_every: 5,
        device: Device::flex(),
        recompute: false,
    }
}

const TRAINING: Pairs = Pairs {
    count: 1 << 30,
    seed: 1,
};
const VALIDATION: Pairs = Pairs { count: 6, seed: 2 };

fn train(options: &Options, session: &Session, model: &mut Llama) -> Result<Outcome, TrainError> {
    train_on(options, session, model, &TRAINING)
}

fn train_on(
    options: &Options,
    session: &Session,
    model: &mut Llama,
    examples: &dyn Examples,
) -> Result<Outcome, TrainError> {
    let cancel = Cancel::new();
    let mut watch = Watch {
        cancel: &cancel,
        show: &mut |_| {},
    };
    run(options, session, model, examples, &VALIDATION, &mut watch)
}

fn checkpoint_without_times(folder: &Path) -> Vec<u8> {
    let (layout, _) = weights::read(&mut llama()).unwrap();
    let mut kept = checkpoint::load(folder, &options(), &layout).unwrap().unwrap();
    kept.facts.seconds = 0.0;
    let copy = tempfile::tempdir().unwrap();
    checkpoint::save(&kept, &layout, copy.path()).unwrap();
    fs::read(checkpoint::path(copy.path())).unwrap()
}

#[test]
fn a_tiny_model_overfits_one_batch() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        steps: 120,
        smoothing: None,
        validate_every: 0,
        weight_decay: 0.0,
        ..options()
    };
    let four = Pairs { count: 4, seed: 3 };
    train_on(&options, &session(folder.path()), &mut llama(), &four).unwrap();
    let log = read_log(folder.path()).unwrap();
    let last = log.last().unwrap().loss;
    assert!(log[0].loss > 2.0 && last < 0.02, "{} → {last}", log[0].loss);
}

#[test]
fn training_lowers_the_validation_loss_and_leaves_the_averaged_weights_in_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = llama();
    let options = Options { steps: 80, ..options() };
    let outcome = train(&options, &session(folder.path()), &mut model).unwrap();
    assert_eq!((outcome.ending, outcome.step), (Ending::Complete, 80));
    let log = read_log(folder.path()).unwrap();
    assert_eq!(log.len(), 80);
    let measured: Vec<f64> = log.iter().filter_map(|line| line.validation_loss).collect();
    assert_eq!(measured.len(), 10);
    assert!(measured[9] < 0.5 * measured[0], "{measured:?}");
    assert_eq!(outcome.validation_loss, Some(measured[9]));
    let (layout, values) = weights::read(&mut model).unwrap();
    let kept = checkpoint::load(folder.path(), &options, &layout).unwrap().unwrap();
    assert_eq!(values, kept.state.average);
    assert_ne!(values, kept.state.values);
}

#[test]
fn a_resumed_run_equals_an_uninterrupted_one_to_the_bit() {
    let whole = tempfile::tempdir().unwrap();
    train(&options(), &session(whole.path()), &mut llama()).unwrap();
    let parts = tempfile::tempdir().unwrap();
    let stopped = Session {
        max_steps: Some(7),
        ..session(parts.path())
    };
    let outcome = train(&options(), &stopped, &mut llama()).unwrap();
    assert_eq!((outcome.ending, outcome.step), (Ending::MaxSteps, 7));
    // A process that is killed has written more of the log than its last checkpoint knows of.
    let log = parts.path().join("log.jsonl");
    let mut text = fs::read(&log).unwrap();
    text.extend(b"{\"step\":8,\"toke");
    fs::write(&log, text).unwrap();
    let resumed = Session {
        resume: true,
        ..session(parts.path())
    };
    let mut model = llama();
    let outcome = train(&options(), &resumed, &mut model).unwrap();
    assert_eq!((outcome.ending, outcome.step), (Ending::Complete, 24));
    assert_eq!(
        checkpoint_without_times(parts.path()),
        checkpoint_without_times(whole.path())
    );
    assert_eq!(
        fs::read(&log).unwrap(),
        fs::read(whole.path().join("log.jsonl")).unwrap()
    );
    // A complete run does nothing more, and its weights are in the model again.
    let mut again = llama();
    assert_eq!(train(&options(), &resumed, &mut again).unwrap(), outcome);
    assert_eq!(
        weights::read(&mut again).unwrap().1,
        weights::read(&mut model).unwrap().1
    );
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    train(&options(), &session(one.path()), &mut llama()).unwrap();
    let threads = Session {
        threads: 2,
        ..session(two.path())
    };
    train(&options(), &threads, &mut llama()).unwrap();
    assert_eq!(
        checkpoint_without_times(one.path()),
        checkpoint_without_times(two.path())
    );
}

#[test]
fn computing_activations_again_changes_the_gradient_by_rounding_only() {
    let (kept, again) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    train(&options(), &session(kept.path()), &mut llama()).unwrap();
    let recompute = Session {
        recompute: true,
        ..session(again.path())
    };
    train(&options(), &recompute, &mut llama()).unwrap();
    let (kept, again) = (read_log(kept.path()).unwrap(), read_log(again.path()).unwrap());
    for (kept, again) in kept.iter().zip(&again) {
        assert!((kept.loss - again.loss).abs() < 1e-4, "{kept:?} {again:?}");
    }
}

#[test]
fn an_interrupted_run_stops_with_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = Cancel::new();
    let mut watch = Watch {
        cancel: &cancel,
        show: &mut |progress| {
            if progress.step == 3 {
                cancel.cancel();
            }
        },
    };
    let mut model = llama();
    let outcome = run(
        &options(),
        &session(folder.path()),
        &mut model,
        &TRAINING,
        &VALIDATION,
        &mut watch,
    )
    .unwrap();
    assert_eq!((outcome.ending, outcome.step), (Ending::Interrupted, 3));
    assert!(checkpoint::path(folder.path()).exists());
}

#[test]
fn a_second_run_does_not_overwrite_the_first() {
    let folder = tempfile::tempdir().unwrap();
    train(&options(), &session(folder.path()), &mut llama()).unwrap();
    let message = train(&options(), &session(folder.path()), &mut llama())
        .unwrap_err()
        .to_string();
    assert!(message.contains("--resume") && message.contains("--out"), "{message}");
}

#[test]
fn a_loss_that_does_not_move_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        learning_rate: 1e-12,
        weight_decay: 0.0,
        ..options()
    };
    let message = train(&options, &session(folder.path()), &mut llama())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("after 4 steps") && message.contains("nothing is learned"),
        "{message}"
    );
}

#[test]
fn a_loss_that_is_no_number_stops_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        learning_rate: 1e30,
        clip: 0.0,
        stall_steps: 0,
        ..options()
    };
    let message = train(&options, &session(folder.path()), &mut llama())
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("is not a number") && message.contains("--learning-rate"),
        "{message}"
    );
}

#[test]
fn a_run_that_no_longer_improves_stops_early_and_keeps_the_best_weights() {
    let folder = tempfile::tempdir().unwrap();
    // Validation examples of other words than the training ones: the loss on them soon rises.
    struct Few;
    impl Examples for Few {
        fn len(&self) -> u64 {
            1
        }
        fn get(&self, _: u64) -> Result<Example, TrainError> {
            Ok(Example {
                tokens: vec![1, 3, 4, 3, 4, 3],
                weights: vec![0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            })
        }
    }
    let options = Options {
        steps: 200,
        validate_every: 2,
        patience: Some(3),
        smoothing: None,
        ..options()
    };
    let mut model = llama();
    let outcome = train_on(&options, &session(folder.path()), &mut model, &Few).unwrap();
    assert_eq!(outcome.ending, Ending::NoImprovement);
    let log = read_log(folder.path()).unwrap();
    let measured: Vec<f64> = log.iter().filter_map(|line| line.validation_loss).collect();
    let lowest = measured.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(outcome.validation_loss, Some(lowest));
    assert_eq!(measured[measured.len() - 4], lowest);
    // Going on with it ends at once, with the same weights.
    let resumed = Session {
        resume: true,
        ..session(folder.path())
    };
    let mut again = llama();
    let after = train_on(&options, &resumed, &mut again, &Few).unwrap();
    assert_eq!(after.ending, Ending::NoImprovement);
    assert_eq!(
        weights::read(&mut again).unwrap().1,
        weights::read(&mut model).unwrap().1
    );
}

/// A llama with a parameter that its output does not depend on.
#[derive(Clone)]
struct Forgetful {
    llama: Llama,
    unused: Tensor<1>,
}

impl Model for Forgetful {
    fn vocabulary(&self) -> usize {
        self.llama.vocabulary()
    }

    fn context(&self) -> usize {
        self.llama.context()
    }

    fn hidden(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        self.llama.hidden(tokens)
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        self.llama.logits(hidden)
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        let mut parameters = self.llama.parameters();
        parameters.push(Parameter {
            name: "model.unused.weight".into(),
            tensor: ParameterTensor::Vector(&mut self.unused),
            decays: false,
        });
        parameters
    }
}

#[test]
fn a_parameter_without_a_gradient_stops_the_run_before_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = Forgetful {
        llama: llama(),
        unused: Tensor::ones([4], &Device::flex()),
    };
    let cancel = Cancel::new();
    let mut watch = Watch {
        cancel: &cancel,
        show: &mut |_| {},
    };
    let ended = run(
        &options(),
        &session(folder.path()),
        &mut model,
        &TRAINING,
        &VALIDATION,
        &mut watch,
    );
    let message = ended.unwrap_err().to_string();
    assert!(
        message.contains("model.unused.weight") && message.contains("does not depend"),
        "{message}"
    );
    assert!(read_log(folder.path()).unwrap().is_empty());
}

#[test]
fn a_sequence_is_learned_the_same_whatever_stands_beside_it() {
    let mut model = llama();
    let (layout, values) = weights::read(&mut model).unwrap();
    let passes = pass::Passes {
        layout: &layout,
        spread: loss::Spread::new(None),
        micro_batch: 8,
        threads: 1,
        device: Device::flex(),
        recompute: false,
        precision: Precision::F32,
    };
    // Lengths from 6 to 13, so that all but the longest are padded.
    let batch: Vec<Example> = (0..8).map(|index| TRAINING.get(index).unwrap()).collect();
    let together = passes.step(&model, &values, &batch, 1).unwrap();
    let weight = |example: &Example| example.weights.iter().map(|&weight| f64::from(weight)).sum::<f64>();
    let total: f64 = batch.iter().map(weight).sum();
    let (mut loss, mut gradient) = (0.0, vec![0.0; values.len()]);
    for example in &batch {
        let alone = passes.step(&model, &values, std::slice::from_ref(example), 1).unwrap();
        let share = weight(example) / total;
        loss += share * alone.loss;
        gradient
            .iter_mut()
            .zip(&alone.gradient)
            .for_each(|(sum, part)| *sum += share as f32 * part);
    }
    assert!((together.loss - loss).abs() < 1e-6, "{} {loss}", together.loss);
    for (together, alone) in together.gradient.iter().zip(&gradient) {
        assert!((together - alone).abs() < 1e-5, "{together} {alone}");
    }
}
