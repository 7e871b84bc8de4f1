//! Gradients of each architecture's adapters against finite differences, and what a pass layer by layer must not change.

#![allow(clippy::expect_used, clippy::panic)]

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use super::*;
use crate::convert::{GroupedConfig, LatentConfig, RotaryConfig, RotaryPairs, RotaryScaling, Yarn};
use crate::market::simulate::Random;
use crate::train::lora::{LoraOptions, attach};
use crate::train::model::finite_differences::check_model;

/// A tiny decoder with random weights that depend on each tensor's name.
fn decoder(config: DecoderConfig, place: Place) -> Decoder {
    decoder_in(config, BaseWeights::Stored, place)
}

fn decoder_in(config: DecoderConfig, base: BaseWeights, place: Place) -> Decoder {
    // qwen2 is the tied one here, and has biases on queries, keys and values.
    let biased: &[&str] = if config.tied {
        &["q_proj.bias", "k_proj.bias", "v_proj.bias"]
    } else {
        &[]
    };
    Decoder::build(config, base, place, &mut |name, shape| {
        if name.ends_with(".bias") && !biased.iter().any(|end| name.ends_with(end)) {
            return Ok(None);
        }
        let seed = name
            .bytes()
            .fold(7_u64, |seed, byte| seed.wrapping_mul(131).wrapping_add(u64::from(byte)));
        let mut random = Random::new(seed);
        let norm = if name.contains("norm") { 1.0 } else { 0.0 };
        let deviation = if name.contains("embed") { 1.0 } else { 0.4 };
        let values = (0..shape.iter().product())
            .map(|_| (norm + deviation * random.normal()) as f32)
            .collect();
        Ok(Some(Stored {
            values,
            storage: Storage::F32,
        }))
    })
    .expect("a decoder")
}

fn grouped(heads: usize, key_value_heads: usize) -> AttentionConfig {
    AttentionConfig::Grouped(GroupedConfig {
        heads,
        key_value_heads,
        head: 4,
    })
}

fn latent(query_rank: Option<usize>) -> AttentionConfig {
    AttentionConfig::Latent(LatentConfig {
        heads: 2,
        query_rank,
        key_value_rank: 5,
        plain: 3,
        rotated: 4,
        value: 2,
    })
}

fn config(attention: AttentionConfig, scaling: RotaryScaling) -> DecoderConfig {
    let pairs = match attention {
        AttentionConfig::Grouped(_) => RotaryPairs::Halves,
        AttentionConfig::Latent(_) => RotaryPairs::Neighbours,
    };
    DecoderConfig {
        vocabulary: 11,
        width: 8,
        layers: 2,
        feed_forward: 6,
        norm_epsilon: 1e-6,
        tied: matches!(&attention, AttentionConfig::Grouped(grouped) if grouped.heads == 2),
        context: 64,
        rotary: RotaryConfig {
            theta: 100.0,
            scaling,
            pairs,
        },
        attention,
    }
}

/// Each architecture, and with it each way to stretch the wavelengths.
fn architectures() -> Vec<(&'static str, DecoderConfig)> {
    let divisors = RotaryScaling::Divisors(vec![1.0, 5.0]);
    let yarn = RotaryScaling::Yarn(Yarn {
        factor: 4.0,
        original: 16.0,
        fast: 4.0,
        slow: 1.0,
        rotated_scale: 1.04,
        score_scale: 1.2,
    });
    vec![
        ("llama", config(grouped(4, 2), divisors)),
        ("qwen2", config(grouped(2, 2), RotaryScaling::None)),
        ("deepseek", config(latent(None), yarn)),
        (
            "deepseek with narrow queries",
            config(latent(Some(6)), RotaryScaling::None),
        ),
    ]
}

fn double() -> Place {
    Place {
        device: Device::default(),
        precision: DType::F64,
    }
}

/// Adapters on all linear maps; neither of their matrices is zero.
fn adapt(decoder: &mut Decoder, dropout: f64) {
    let options = LoraOptions {
        rank: 2,
        alpha: 3.0,
        dropout,
        ..LoraOptions::default()
    };
    attach(decoder, &options).expect("adapters");
    let place = decoder.place().clone();
    let mut random = Random::new(5);
    for parameter in decoder.parameters() {
        let ParameterTensor::Matrix(tensor) = parameter.tensor else {
            panic!("an adapter's matrix")
        };
        let [rows, columns] = tensor.dims();
        let values: Vec<f64> = (0..rows * columns).map(|_| 0.3 * random.normal()).collect();
        *tensor = place.tensor(TensorData::new(values, [rows, columns]));
    }
}

const TOKENS: [[i32; 7]; 2] = [[1, 5, 3, 9, 2, 0, 10], [4, 4, 8, 1, 7, 6, 2]];

fn tokens() -> Tensor<2, Int> {
    Tensor::from_data(TOKENS, &Device::default())
}

/// Weights of the logits whose weighted sum is the loss.
fn targets(decoder: &Decoder) -> Tensor<2> {
    let values: Vec<f64> = (0..14 * 11)
        .map(|index| f64::from(index * 29 % 13) / 13.0 - 0.5)
        .collect();
    decoder.place().tensor(TensorData::new(values, [14, 11]))
}

fn loss(decoder: &Decoder) -> f64 {
    let hidden = decoder.hidden(tokens()).reshape([14, 8]);
    (decoder.logits(hidden) * targets(decoder)).sum().into_scalar()
}

/// The gradient of each parameter, row by row.
fn gradients(decoder: &mut Decoder) -> Vec<Vec<f64>> {
    let gradients = decoder.gradients(tokens(), |decoder, hidden| {
        let logits = decoder.logits(hidden.reshape([14, 8]));
        Ok((logits * targets(decoder)).sum())
    });
    let gradients = gradients.expect("gradients").into_iter();
    gradients
        .map(|gradient| gradient.expect("a gradient").iter::<f64>().collect())
        .collect()
}

/// The largest magnitude.
fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn matrix<'a>(parameters: &'a mut [Parameter<'_>], index: usize) -> &'a mut Tensor<2> {
    match &mut parameters[index].tensor {
        ParameterTensor::Matrix(tensor) => tensor,
        ParameterTensor::Vector(_) => panic!("an adapter has no vectors"),
    }
}

#[test]
fn the_gradient_of_every_adapter_is_its_slope() {
    for (_, config) in architectures() {
        let mut decoder = decoder(config, double());
        adapt(&mut decoder, 0.2);
        Model::enter(&mut decoder, Mode::Training { seed: 3 });
        check_model(&mut decoder, &TOKENS.concat(), TOKENS.len());
    }
}

#[test]
fn gradients_layer_by_layer_are_those_of_one_record() {
    for (name, config) in architectures() {
        let mut decoder = decoder(config, double());
        adapt(&mut decoder, 0.2);
        Model::enter(&mut decoder, Mode::Training { seed: 3 });
        let by_layer = gradients(&mut decoder);
        for parameter in decoder.parameters() {
            if let ParameterTensor::Matrix(tensor) = parameter.tensor {
                *tensor = tensor.clone().autodiff().require_grad();
            }
        }
        let hidden = decoder.hidden(tokens()).reshape([14, 8]);
        let mut record = (decoder.logits(hidden) * targets(&decoder)).sum().backward();
        for (index, expected) in by_layer.into_iter().enumerate() {
            let whole = matrix(&mut decoder.parameters(), index)
                .grad_remove(&mut record)
                .expect("a gradient");
            let differences: Vec<f64> = whole
                .to_data()
                .iter::<f64>()
                .zip(&expected)
                .map(|(a, b)| a - b)
                .collect();
            let error = largest(&differences) / largest(&expected);
            assert!(error < 1e-12, "{name}: parameter {index}: {error}");
        }
    }
}

#[test]
fn an_adapter_that_has_not_learned_changes_no_bit() {
    for (name, config) in architectures() {
        let mut decoder = decoder(config, Place::default());
        let before = decoder.forward(tokens()).to_data();
        attach(&mut decoder, &LoraOptions::default()).expect("adapters");
        assert_eq!(before, decoder.forward(tokens()).to_data(), "{name}");
    }
}

#[test]
fn layers_below_the_lowest_adapter_are_not_computed_again() {
    let (_, config) = architectures().swap_remove(0);
    let mut decoder = decoder(config, double());
    let options = LoraOptions {
        targets: vec!["layers.1.mlp.up_proj".into()],
        ..LoraOptions::default()
    };
    attach(&mut decoder, &options).expect("an adapter");
    let gradients = gradients(&mut decoder);
    assert_eq!(gradients.iter().map(Vec::len).collect::<Vec<_>>(), [32 * 8, 6 * 32]);
    // B is zero, so only B has a gradient yet.
    assert!(largest(&gradients[0]) == 0.0 && largest(&gradients[1]) > 0.0);
}

#[test]
fn dropout_follows_its_seed_and_is_off_in_evaluation() {
    let (_, config) = architectures().swap_remove(2);
    let mut decoder = decoder(config, double());
    adapt(&mut decoder, 0.5);
    let mut with = |mode: Mode| {
        Model::enter(&mut decoder, mode);
        loss(&decoder)
    };
    let evaluated = with(Mode::Evaluation);
    let one = with(Mode::Training { seed: 1 });
    assert_eq!(one, with(Mode::Training { seed: 1 }));
    assert_ne!(one, with(Mode::Training { seed: 2 }));
    assert_ne!(one, evaluated);
    assert_eq!(evaluated, with(Mode::Evaluation));
}

#[test]
fn a_frozen_base_in_eight_bits_is_near_and_in_four_bits_less_so() {
    let (_, config) = architectures().swap_remove(2);
    let logits = |base: BaseWeights| decoder_in(config.clone(), base, Place::default()).forward(tokens());
    let exact = logits(BaseWeights::Stored);
    let scale: f64 = exact.clone().abs().mean().into_scalar();
    let distance = |base: BaseWeights| {
        let error: f64 = (logits(base) - exact.clone()).abs().mean().into_scalar();
        error / scale
    };
    let (eight, four) = (distance(BaseWeights::Eight), distance(BaseWeights::Four));
    assert!(eight > 0.0 && eight < 0.1, "{eight}");
    assert!(four > eight && four < 1.0, "{four}");
}
