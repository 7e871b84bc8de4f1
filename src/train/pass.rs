//! Passes through a model: the loss of a batch and its gradient, added up over as many passes as the batch takes, and the loss of
//! examples without gradients. The order of adding does not depend on the number of threads.

use burn::Tensor;
use burn::tensor::{DType, Device, FloatDType, Int, TensorData};

use super::batch::{Rectangle, Sizes, checked};
use super::error::TrainError;
use super::example::{Example, Examples};
use super::loss::{Loss, Spread, loss};
use super::model::{Mode, Model};
use super::options::Precision;
use super::weights::{Layout, Place, gradients, put};
use crate::market::simulate::mix;

/// What all passes share.
pub(super) struct Passes<'a> {
    pub layout: &'a Layout,
    pub spread: Spread,
    pub micro_batch: usize,
    pub threads: usize,
    pub device: Device,
    pub recompute: bool,
    pub precision: Precision,
}

/// The loss of a batch, and its gradient by every weight.
pub(super) struct Step {
    /// The mean loss a unit of weight, in nats.
    pub loss: f64,
    pub gradient: Vec<f32>,
}

impl Passes<'_> {
    /// The loss and gradient of a batch at these weights. `seed` is for dropout.
    pub(super) fn step<M>(&self, model: &M, values: &[f32], batch: &[Example], seed: u64) -> Result<Step, TrainError>
    where
        M: Model + Clone + Send + Sync,
    {
        let total = weight(batch);
        if total <= 0.0 {
            return Err(TrainError::Loss(
                "no token of a batch has a weight, so there is nothing to learn from it; check the weights of the examples".into(),
            ));
        }
        let place = Place {
            device: self.recording(),
            kind: self.kind(),
        };
        let parts: Vec<(u64, &[Example])> = (0..).zip(batch.chunks(self.micro_batch)).collect();
        let mut nats = 0.0;
        let mut gradient = vec![0.0; values.len()];
        for together in parts.chunks(self.threads.max(1)) {
            let one = |&(number, part): &(u64, &[Example])| -> Result<(f64, Vec<f32>), TrainError> {
                let mut model = model.clone();
                put(&mut model, self.layout, values, &place);
                model.enter(Mode::Training {
                    seed: mix(seed, number),
                });
                let rectangle = Rectangle::of(part);
                let mut nats = 0.0;
                let found = model.gradients(rectangle.input(&place.device), |model, hidden| {
                    let loss = of_hidden(model, hidden, &rectangle, &self.spread, Some(total))?;
                    nats = loss.nats;
                    loss.root
                        .ok_or_else(|| TrainError::Loss("the loss has no gradient".into()))
                })?;
                Ok((nats, gradients(self.layout, found)?))
            };
            let done: Vec<Result<_, TrainError>> = if let [alone] = together {
                vec![one(alone)]
            } else {
                std::thread::scope(|scope| {
                    let started: Vec<_> = together.iter().map(|part| scope.spawn(move || one(part))).collect();
                    let stopped = |_| Err(TrainError::Device("a thread of the training stopped".into()));
                    started
                        .into_iter()
                        .map(|thread| thread.join().unwrap_or_else(stopped))
                        .collect()
                })
            };
            for part in done {
                let (part_nats, part_gradient) = part?;
                nats += part_nats;
                gradient
                    .iter_mut()
                    .zip(part_gradient)
                    .for_each(|(sum, part)| *sum += part);
            }
        }
        Ok(Step {
            loss: nats / total,
            gradient,
        })
    }

    /// The mean loss a unit of weight of these examples, without smoothing, dropout and gradients.
    pub(super) fn evaluate<M>(&self, model: &M, values: &[f32], examples: &[Example]) -> Result<f64, TrainError>
    where
        M: Model + Clone,
    {
        let mut model = model.clone();
        let place = Place {
            device: self.device.clone(),
            kind: self.kind(),
        };
        put(&mut model, self.layout, values, &place);
        model.enter(Mode::Evaluation);
        let mut nats = 0.0;
        for part in examples.chunks(self.micro_batch) {
            let rectangle = Rectangle::of(part);
            let hidden = model.hidden(rectangle.input(&place.device));
            nats += of_hidden(&model, hidden, &rectangle, &Spread::new(None), None)?.nats;
        }
        Ok(nats / weight(examples))
    }

    fn kind(&self) -> DType {
        match self.precision {
            Precision::F32 => DType::F32,
            Precision::Bf16 => DType::BF16,
        }
    }

    fn recording(&self) -> Device {
        let device = self.device.clone().autodiff();
        if self.recompute {
            device.gradient_checkpointing()
        } else {
            device
        }
    }
}

/// The loss of examples that went through the model together.
fn of_hidden(
    model: &dyn Model,
    hidden: Tensor<3>,
    rectangle: &Rectangle,
    spread: &Spread,
    total: Option<f64>,
) -> Result<Loss, TrainError> {
    let [rows, length, width] = hidden.dims();
    let mut hidden = hidden.reshape([rows * length, width]);
    if let Some(positions) = &rectangle.positions {
        let positions = TensorData::new(positions.clone(), [positions.len()]);
        let positions = Tensor::from_data(positions, &hidden.device());
        hidden = hidden.select(0, positions);
    }
    let mut logits = model.logits(hidden);
    if logits.dtype() != DType::F32 {
        // The probabilities of a large vocabulary need 32 bits.
        logits = logits.cast(FloatDType::F32);
    }
    loss(logits, &rectangle.targets, &rectangle.weights, spread, total)
}

impl Rectangle {
    /// The tokens that go in, `[rows, length]`.
    fn input(&self, device: &Device) -> Tensor<2, Int> {
        Tensor::from_data(TensorData::new(self.inputs.clone(), [self.rows, self.length]), device)
    }
}

/// The sum of the weights of examples.
fn weight(examples: &[Example]) -> f64 {
    let weights = examples.iter().flat_map(|example| &example.weights);
    weights.map(|&weight| f64::from(weight)).sum()
}

/// The first validation examples, by length.
pub(super) fn held_out(examples: &dyn Examples, count: u64, sizes: Sizes) -> Result<Vec<Example>, TrainError> {
    let mut read = (0..examples.len().min(count))
        .map(|index| checked(examples, index, sizes))
        .collect::<Result<Vec<_>, _>>()?;
    read.sort_by_key(|example| example.tokens.len());
    if !read.is_empty() && weight(&read) <= 0.0 {
        return Err(TrainError::Loss(
            "no token of the validation examples has a weight".into(),
        ));
    }
    Ok(read)
}
