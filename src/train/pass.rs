//! Passes through a model: the loss of a batch and its gradient, added up over as many passes as the batch takes, and the loss of
//! examples without gradients. The order of adding does not depend on the number of threads.

use burn::Tensor;
use burn::tensor::{DType, Device, Int, TensorData};

use super::batch::{Rectangle, Sizes, checked};
use super::error::TrainError;
use super::example::{Example, Examples};
use super::loss::{Loss, Spread, loss};
use super::model::{Mode, Model};
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
            kind: DType::F32,
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
                let Loss { nats, root } = forward(&model, part, &self.spread, Some(total), &place.device)?;
                let root = root.ok_or_else(|| TrainError::Loss("the loss has no gradient".into()))?;
                if !root.is_tracked() {
                    let reason = "no trainable parameter has a part in the loss; the choice of what trains is wrong";
                    return Err(TrainError::Loss(reason.into()));
                }
                Ok((nats, gradients(&mut model, self.layout, &mut root.backward())?))
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
            kind: DType::F32,
        };
        put(&mut model, self.layout, values, &place);
        model.enter(Mode::Evaluation);
        let mut nats = 0.0;
        for part in examples.chunks(self.micro_batch) {
            nats += forward(&model, part, &Spread::new(None), None, &place.device)?.nats;
        }
        Ok(nats / weight(examples))
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

/// The loss of examples that go through the model together.
fn forward(
    model: &dyn Model,
    examples: &[Example],
    spread: &Spread,
    total: Option<f64>,
    device: &Device,
) -> Result<Loss, TrainError> {
    let rectangle = Rectangle::of(examples);
    let (rows, length) = (rectangle.rows, rectangle.length);
    let tokens: Tensor<2, Int> = Tensor::from_data(TensorData::new(rectangle.inputs, [rows, length]), device);
    let hidden = model.hidden(tokens);
    let [_, _, width] = hidden.dims();
    let mut hidden = hidden.reshape([rows * length, width]);
    if let Some(positions) = rectangle.positions {
        let count = positions.len();
        hidden = hidden.select(0, Tensor::from_data(TensorData::new(positions, [count]), device));
    }
    loss(
        model.logits(hidden),
        &rectangle.targets,
        &rectangle.weights,
        spread,
        total,
    )
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
