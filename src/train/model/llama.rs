//! The llama architecture (Touvron et al., 2023): pre-norm decoder layers with rotary positions, grouped-query attention and a
//! gated feed-forward layer.

use burn::Tensor;
use burn::tensor::{Device, Int, TensorData};
use serde::{Deserialize, Serialize};

use super::layers::{Rope, attention, causal_mask, linear, rms_norm, swiglu};
use super::{Model, Parameter, ParameterTensor};
use crate::market::simulate::Random;
use crate::train::error::TrainError;

/// The sizes of a llama.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LlamaConfig {
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// Width of the hidden states.
    pub width: usize,
    /// Number of decoder layers.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; divides `heads`.
    pub kv_heads: usize,
    /// Width of the feed-forward layer.
    pub ffn: usize,
    /// Longest sequence in tokens.
    pub context: usize,
    /// Base of the rotary frequencies.
    pub rope_theta: f64,
    /// Added to the mean square in the norms.
    pub norm_epsilon: f64,
    /// True if the output layer is the transposed embedding.
    pub tied: bool,
}

impl LlamaConfig {
    /// The size of a head.
    pub fn head(&self) -> usize {
        self.width / self.heads.max(1)
    }

    /// Checks that the sizes fit together.
    ///
    /// # Errors
    ///
    /// Says which do not.
    pub fn check(&self) -> Result<(), TrainError> {
        let refuse = |reason: String| Err(TrainError::Options(reason));
        let sizes = [
            self.vocabulary,
            self.width,
            self.layers,
            self.heads,
            self.kv_heads,
            self.ffn,
            self.context,
        ];
        if sizes.contains(&0) {
            return refuse("every size of the model must be at least 1".into());
        }
        if !self.width.is_multiple_of(self.heads) || !self.head().is_multiple_of(2) {
            return refuse(format!(
                "a width of {} does not divide into {} heads of an even size; change --width or --heads",
                self.width, self.heads
            ));
        }
        if !self.heads.is_multiple_of(self.kv_heads) {
            return refuse(format!(
                "{} heads cannot share {} heads of keys and values; change --heads or --kv-heads",
                self.heads, self.kv_heads
            ));
        }
        Ok(())
    }
}

/// A llama with its weights.
#[derive(Debug, Clone)]
pub struct Llama {
    config: LlamaConfig,
    embedding: Tensor<2>,
    layers: Vec<Layer>,
    norm: Tensor<1>,
    /// `None` if tied.
    head: Option<Tensor<2>>,
}

#[derive(Debug, Clone)]
struct Layer {
    attention_norm: Tensor<1>,
    q: Tensor<2>,
    k: Tensor<2>,
    v: Tensor<2>,
    o: Tensor<2>,
    ffn_norm: Tensor<1>,
    gate: Tensor<2>,
    up: Tensor<2>,
    down: Tensor<2>,
}

impl Llama {
    /// A llama with random weights: normal, of the deviation 1/√in in linear layers, divided by √(2 layers) where a layer adds to
    /// the residual stream, and 0.02 in the embedding. The same seed gives the same weights.
    ///
    /// # Errors
    ///
    /// If the sizes do not fit together.
    pub fn random(config: LlamaConfig, seed: u64, device: &Device) -> Result<Self, TrainError> {
        config.check()?;
        let mut random = Random::new(seed);
        let mut matrix = |rows: usize, columns: usize, deviation: f64| {
            let values: Vec<f32> = (0..rows * columns)
                .map(|_| (random.normal() * deviation) as f32)
                .collect();
            Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), device)
        };
        let ones = || Tensor::<1>::ones([config.width], device);
        let (width, ffn) = (config.width, config.ffn);
        let inner = (width as f64).powf(-0.5);
        let residual = (2.0 * config.layers as f64).powf(-0.5);
        let kv_width = config.kv_heads * config.head();
        let embedding = matrix(config.vocabulary, width, 0.02);
        let layers = (0..config.layers)
            .map(|_| Layer {
                attention_norm: ones(),
                q: matrix(width, width, inner),
                k: matrix(kv_width, width, inner),
                v: matrix(kv_width, width, inner),
                o: matrix(width, width, inner * residual),
                ffn_norm: ones(),
                gate: matrix(ffn, width, inner),
                up: matrix(ffn, width, inner),
                down: matrix(width, ffn, (ffn as f64).powf(-0.5) * residual),
            })
            .collect();
        let head = (!config.tied).then(|| matrix(config.vocabulary, width, 0.02));
        Ok(Llama {
            embedding,
            layers,
            norm: ones(),
            head,
            config,
        })
    }

    /// The number of parameters.
    pub fn count(&mut self) -> usize {
        let size = |parameter: &Parameter<'_>| match &parameter.tensor {
            ParameterTensor::Vector(tensor) => tensor.shape().num_elements(),
            ParameterTensor::Matrix(tensor) => tensor.shape().num_elements(),
        };
        self.parameters().iter().map(size).sum()
    }

    /// The sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    fn attend(&self, layer: &Layer, x: Tensor<2>, batch: usize, rope: &Rope, mask: &Tensor<4>) -> Tensor<2> {
        let config = &self.config;
        let length = x.dims()[0] / batch;
        let heads = |x: Tensor<2>, heads: usize| x.reshape([batch, length, heads, config.head()]).swap_dims(1, 2);
        let q = rope.apply(heads(linear(x.clone(), &layer.q), config.heads));
        let k = rope.apply(heads(linear(x.clone(), &layer.k), config.kv_heads));
        let v = heads(linear(x, &layer.v), config.kv_heads);
        let scale = (config.head() as f64).powf(-0.5);
        let mixed = attention(q, k, v, mask, scale).swap_dims(1, 2);
        linear(mixed.reshape([batch * length, config.width]), &layer.o)
    }
}

impl Model for Llama {
    fn vocabulary(&self) -> usize {
        self.config.vocabulary
    }

    fn context(&self) -> usize {
        self.config.context
    }

    fn hidden(&self, tokens: Tensor<2, Int>) -> Tensor<3> {
        let [batch, length] = tokens.dims();
        let (width, epsilon) = (self.config.width, self.config.norm_epsilon);
        let rope = Rope::new(length, self.config.head(), self.config.rope_theta, &self.embedding);
        let mask = causal_mask(length, &self.embedding);
        let mut x = self.embedding.clone().select(0, tokens.reshape([batch * length]));
        for layer in &self.layers {
            let normed = rms_norm(x.clone(), &layer.attention_norm, epsilon);
            x = x + self.attend(layer, normed, batch, &rope, &mask);
            let normed = rms_norm(x.clone(), &layer.ffn_norm, epsilon);
            x = x + swiglu(normed, &layer.gate, &layer.up, &layer.down);
        }
        rms_norm(x, &self.norm, epsilon).reshape([batch, length, width])
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        linear(hidden, self.head.as_ref().unwrap_or(&self.embedding))
    }

    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        let mut list = vec![embedding("model.embed_tokens.weight", &mut self.embedding)];
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let name = |part: &str| format!("model.layers.{index}.{part}.weight");
            list.extend([
                norm(name("input_layernorm"), &mut layer.attention_norm),
                weight(name("self_attn.q_proj"), &mut layer.q),
                weight(name("self_attn.k_proj"), &mut layer.k),
                weight(name("self_attn.v_proj"), &mut layer.v),
                weight(name("self_attn.o_proj"), &mut layer.o),
                norm(name("post_attention_layernorm"), &mut layer.ffn_norm),
                weight(name("mlp.gate_proj"), &mut layer.gate),
                weight(name("mlp.up_proj"), &mut layer.up),
                weight(name("mlp.down_proj"), &mut layer.down),
            ]);
        }
        list.push(norm("model.norm.weight".into(), &mut self.norm));
        if let Some(head) = &mut self.head {
            list.push(embedding("lm_head.weight", head));
        }
        list
    }
}

fn weight(name: String, tensor: &mut Tensor<2>) -> Parameter<'_> {
    Parameter {
        name,
        tensor: ParameterTensor::Matrix(tensor),
        decays: true,
    }
}

fn embedding<'a>(name: &str, tensor: &'a mut Tensor<2>) -> Parameter<'a> {
    Parameter {
        name: name.into(),
        tensor: ParameterTensor::Matrix(tensor),
        decays: false,
    }
}

fn norm(name: String, tensor: &mut Tensor<1>) -> Parameter<'_> {
    Parameter {
        name,
        tensor: ParameterTensor::Vector(tensor),
        decays: false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::finite_differences::check_model;
    use super::*;

    fn config(tied: bool, kv_heads: usize) -> LlamaConfig {
        LlamaConfig {
            vocabulary: 11,
            width: 8,
            layers: 2,
            heads: 2,
            kv_heads,
            ffn: 12,
            context: 16,
            rope_theta: 100.0,
            norm_epsilon: 1e-5,
            tied,
        }
    }

    #[test]
    fn the_gradient_of_every_parameter_is_its_slope() {
        for (tied, kv_heads) in [(false, 2), (true, 1)] {
            let mut model = Llama::random(config(tied, kv_heads), 3, &Device::flex()).unwrap();
            check_model(&mut model, &[1, 4, 7, 2, 9, 10, 3, 3, 0, 5], 2);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_weights() {
        let weights = |seed| {
            let mut model = Llama::random(config(false, 2), seed, &Device::flex()).unwrap();
            crate::train::weights::read(&mut model).unwrap().1
        };
        assert_eq!(weights(1), weights(1));
        assert_ne!(weights(1), weights(2));
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_with_the_flag() {
        let refused = |change: fn(&mut LlamaConfig)| {
            let mut config = config(false, 2);
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|config| config.heads = 3).contains("--heads"));
        assert!(refused(|config| config.kv_heads = 3).contains("--kv-heads"));
        assert!(refused(|config| config.width = 6).contains("even size"));
        assert!(refused(|config| config.layers = 0).contains("at least 1"));
    }

    #[test]
    fn a_position_sees_nothing_that_follows_it() {
        let model = Llama::random(config(false, 2), 3, &Device::flex()).unwrap();
        let logits = |tokens: [i32; 5]| -> Vec<f32> {
            let tokens = Tensor::<2, Int>::from_data(TensorData::new(tokens.to_vec(), [1, 5]), &Device::flex());
            model
                .forward(tokens)
                .into_data()
                .convert::<f32>()
                .try_into_vec()
                .unwrap()
        };
        let (one, other) = (logits([1, 2, 3, 4, 5]), logits([1, 2, 3, 9, 9]));
        assert_eq!(one[..33], other[..33]);
        assert_ne!(one[33..], other[33..]);
    }
}
