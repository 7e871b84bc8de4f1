//! A checkpoint of the architectures llama, qwen2 or DeepSeek-V3 (with a dense feed-forward part) whose weights stay as they
//! are, with low-rank adapters that learn. Token ids go in, logits come out. It reads no file.
//!
//! The memory of a training step is what decides whether such a model can be trained on a small machine. So a frozen matrix
//! becomes a tensor only while it is used, and the gradients are computed layer by layer: see its [`Model::gradients`].

mod backward;
mod build;
mod feed_forward;
mod grouped;
mod latent;
mod layer;
mod linear;
mod matrix;
mod norm;
mod pass;
mod place;
mod rotary;
#[cfg(test)]
mod tests;

use burn::tensor::{Int, Tensor, TensorData};

pub use self::build::{BaseWeights, Stored, Tensors};
use self::layer::Layer;
pub(crate) use self::linear::Adapter;
pub use self::linear::Linear;
pub use self::matrix::{FrozenMatrix, Storage};
use self::norm::RmsNorm;
use self::pass::Pass;
pub use self::place::Place;
use super::{Mode, Model, Parameter, ParameterTensor, layers};
use crate::convert::{AttentionConfig, DecoderConfig};
use crate::train::TrainError;

/// A checkpoint with its weights and adapters. A clone shares the weights.
#[derive(Debug, Clone)]
pub struct Decoder {
    config: DecoderConfig,
    place: Place,
    embedding: FrozenMatrix,
    layers: Vec<Layer>,
    norm: RmsNorm,
    /// The embedding itself where they are tied.
    head: FrozenMatrix,
    dropout: Option<u64>,
}

impl Decoder {
    /// The shape.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// Where it computes.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Bytes of the frozen matrices as they are kept.
    pub fn frozen_bytes(&mut self) -> usize {
        let head = if self.config.tied { 0 } else { self.head.bytes() };
        let linears: usize = self.linears().map(|(_, linear)| linear.weight.bytes()).sum();
        self.embedding.bytes() + head + linears
    }

    /// The linear maps of all layers with their names, always in the same order. The output matrix is not among them.
    pub fn linears(&mut self) -> impl Iterator<Item = (String, &mut Linear)> {
        self.layers.iter_mut().enumerate().flat_map(|(index, layer)| {
            let linears = layer.linears().into_iter();
            linears.map(move |(part, linear)| (format!("model.layers.{index}.{part}"), linear))
        })
    }

    /// The hidden states [positions, width] before the first layer, and what the layers share.
    fn begin(&self, tokens: &Tensor<2, Int>) -> (Tensor<2>, Pass) {
        let ids: Vec<u32> = tokens.to_data().iter::<u32>().collect();
        let rotated = match &self.config.attention {
            AttentionConfig::Grouped(grouped) => grouped.head,
            AttentionConfig::Latent(latent) => latent.rotated,
        };
        let pass = Pass::new(&self.config.rotary, rotated, tokens.dims(), &self.place, self.dropout);
        (self.embedding.select(&ids, &self.place), pass)
    }
}

impl Model for Decoder {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn context(&self) -> usize {
        self.config.context
    }

    fn hidden(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [batch, length] = tokens.dims();
        let (mut x, pass) = self.begin(&tokens);
        for layer in &self.layers {
            x = layer.forward(x, &pass);
        }
        self.norm.forward(x).reshape([batch, length, self.config.width])
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        layers::linear(hidden, &self.head.tensor(&self.place))
    }

    fn gradients<R>(&mut self, tokens: Tensor<2, Int>, root: R) -> Result<Vec<Option<TensorData>>, TrainError>
    where
        R: FnOnce(&Self, Tensor<3>) -> Result<Tensor<1>, TrainError>,
    {
        let gradients = self.layer_gradients(tokens, |hidden| {
            let hidden = hidden.autodiff().require_grad();
            let mut found = root(self, hidden.clone())?.backward();
            hidden
                .grad_remove(&mut found)
                .ok_or_else(|| TrainError::Loss("the loss does not depend on the model's hidden states".into()))
        })?;
        Ok(gradients
            .into_iter()
            .map(|gradient| gradient.map(Tensor::into_data))
            .collect())
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        let mut list = Vec::new();
        for (name, linear) in self.linears() {
            let Some(adapter) = &mut linear.adapter else { continue };
            for (matrix, tensor) in [("lora_A", &mut adapter.down), ("lora_B", &mut adapter.up)] {
                list.push(Parameter {
                    // The name in an adapter of PEFT.
                    name: format!("base_model.model.{name}.{matrix}.weight"),
                    tensor: ParameterTensor::Matrix(tensor),
                    decays: true,
                });
            }
        }
        list
    }

    fn enter(&mut self, mode: Mode) {
        self.dropout = match mode {
            Mode::Training { seed } => Some(seed),
            Mode::Evaluation => None,
        };
    }
}
