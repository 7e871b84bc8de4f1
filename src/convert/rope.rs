//! How rotary positions are stretched to longer contexts, from the keys of `config.json` to llama.cpp's.
//!
//! * linear: positions divided by a factor (Chen et al. 2023, "position interpolation")
//! * llama3: long wavelengths divided, short ones kept, and a blend between; llama.cpp takes the divisors as a tensor
//! * YaRN (Peng et al. 2023): a blend by wavelength, and attention made sharper or flatter

use std::f64::consts::TAU;

use super::config::{Config, RopeKeys};
use super::gguf_header::GgufValue;

/// The stretch of a checkpoint.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rope {
    /// None.
    Plain,
    /// Positions are divided by this.
    Linear(f64),
    /// The divisor of each frequency.
    Divisors(Vec<f32>),
    /// YaRN.
    Yarn(Yarn),
}

/// The parameters of YaRN.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Yarn {
    pub(super) factor: f64,
    pub(super) original_context: f64,
    pub(super) beta_fast: f64,
    pub(super) beta_slow: f64,
    /// Sines and cosines are multiplied by this.
    pub(super) rotation_scale: f64,
    /// Attention scores are multiplied by its square (DeepSeek only).
    pub(super) attention_scale: f64,
}

impl Rope {
    /// The stretch of heads with this many rotated dimensions.
    ///
    /// # Errors
    /// What is missing or has no counterpart in llama.cpp.
    pub(super) fn of(config: &Config, rotated: usize) -> Result<Rope, String> {
        let keys = config.rope_keys();
        let needed = |name: &str, value: Option<f64>| match value {
            Some(value) if value.is_finite() && value > 0.0 => Ok(value),
            _ => Err(format!("rope_scaling needs {name} as a number above 0")),
        };
        match keys.kind() {
            "default" => Ok(Rope::Plain),
            "linear" => Ok(Rope::Linear(needed("factor", keys.factor)?)),
            "llama3" => {
                let stretch = Llama3 {
                    factor: needed("factor", keys.factor)?,
                    low: needed("low_freq_factor", keys.low_freq_factor)?,
                    high: needed("high_freq_factor", keys.high_freq_factor)?,
                    original: needed(
                        "original_max_position_embeddings",
                        keys.original_max_position_embeddings,
                    )?,
                };
                Ok(Rope::Divisors(stretch.divisors(config.rope_theta(), rotated)))
            }
            "yarn" if keys.truncate == Some(false) => {
                Err("rope_scaling has truncate = false, and llama.cpp rounds YaRN's limits".into())
            }
            "yarn" => {
                let yarn = Yarn::of(&keys, config, needed("factor", keys.factor)?);
                match yarn.is_possible() {
                    true => Ok(Rope::Yarn(yarn)),
                    false => Err("rope_scaling of the type yarn needs a factor above 1, and positive scales".into()),
                }
            }
            other => Err(format!(
                "rope_scaling has the type {other}; default, linear, llama3 and yarn are possible"
            )),
        }
    }

    /// The keys for a graph whose attention has no scale of its own: llama and qwen2.
    pub(super) fn metadata(&self, architecture: &str) -> Vec<(String, GgufValue)> {
        let Rope::Yarn(yarn) = self else {
            return self.factor_metadata(architecture);
        };
        // llama.cpp multiplies by `1 + 0.1 ln factor` itself.
        let own = 1.0 + 0.1 * yarn.factor.ln();
        let mut metadata = self.factor_metadata(architecture);
        metadata.push(key(architecture, "attn_factor", yarn.rotation_scale / own));
        metadata
    }

    /// The keys for llama.cpp's `deepseek2`. With A = `attn_factor` and L = 10 × `yarn_log_multiplier`, it multiplies sines and
    /// cosines by A, and scores by the square of A (1 + 0.1 L ln factor); see `llama_context` and `deepseek2.cpp`.
    pub(super) fn deepseek_metadata(&self, architecture: &str) -> Vec<(String, GgufValue)> {
        let mut metadata = self.factor_metadata(architecture);
        if let Rope::Yarn(yarn) = self {
            let stretch = 0.1 * yarn.factor.ln();
            let log_multiplier = (yarn.attention_scale / yarn.rotation_scale - 1.0) / stretch;
            if log_multiplier.abs() < 1e-6 {
                // With L = 0 llama.cpp multiplies A by 1 + 0.1 ln factor.
                let own = 1.0 + stretch;
                metadata.push(key(architecture, "attn_factor", yarn.rotation_scale / own));
            } else {
                metadata.push(key(architecture, "attn_factor", yarn.rotation_scale));
                metadata.push(key(architecture, "yarn_log_multiplier", 0.1 * log_multiplier));
            }
        }
        metadata
    }

    fn factor_metadata(&self, architecture: &str) -> Vec<(String, GgufValue)> {
        let kind = |name: &str| {
            (
                format!("{architecture}.rope.scaling.type"),
                GgufValue::Text(name.into()),
            )
        };
        match self {
            Rope::Plain | Rope::Divisors(_) => Vec::new(),
            Rope::Linear(factor) => vec![kind("linear"), key(architecture, "factor", *factor)],
            Rope::Yarn(yarn) => vec![
                kind("yarn"),
                key(architecture, "factor", yarn.factor),
                key(architecture, "yarn_beta_fast", yarn.beta_fast),
                key(architecture, "yarn_beta_slow", yarn.beta_slow),
                (
                    format!("{architecture}.rope.scaling.original_context_length"),
                    GgufValue::U32(yarn.original_context as u32),
                ),
            ],
        }
    }
}

fn key(architecture: &str, name: &str, value: f64) -> (String, GgufValue) {
    (
        format!("{architecture}.rope.scaling.{name}"),
        GgufValue::F32(value as f32),
    )
}

impl Yarn {
    fn is_possible(&self) -> bool {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        self.factor > 1.0
            && [self.original_context, self.beta_fast, self.beta_slow]
                .into_iter()
                .all(positive)
            && positive(self.rotation_scale)
            && positive(self.attention_scale)
    }

    /// As `transformers` reads the keys.
    fn of(keys: &RopeKeys, config: &Config, factor: f64) -> Self {
        let scale = |multiplier: f64| match factor > 1.0 {
            true => 0.1 * multiplier * factor.ln() + 1.0,
            false => 1.0,
        };
        let [mscale, all] = [keys.mscale, keys.mscale_all_dim].map(|value| value.unwrap_or(0.0));
        let rotation_scale = keys.attention_factor.unwrap_or(match mscale != 0.0 && all != 0.0 {
            true => scale(mscale) / scale(all),
            false => scale(1.0),
        });
        Yarn {
            factor,
            original_context: keys
                .original_max_position_embeddings
                .unwrap_or(config.max_position_embeddings as f64),
            beta_fast: keys.beta_fast.unwrap_or(32.0),
            beta_slow: keys.beta_slow.unwrap_or(1.0),
            rotation_scale,
            attention_scale: if all == 0.0 { 1.0 } else { scale(all) },
        }
    }
}

/// The stretch of Llama 3.1.
struct Llama3 {
    factor: f64,
    low: f64,
    high: f64,
    original: f64,
}

impl Llama3 {
    fn divisors(&self, theta: f64, rotated: usize) -> Vec<f32> {
        let divisor = |pair: usize| {
            let wavelength = TAU * theta.powf(2.0 * pair as f64 / rotated as f64);
            if wavelength < self.original / self.high {
                1.0
            } else if wavelength > self.original / self.low {
                self.factor
            } else {
                let smooth = (self.original / wavelength - self.low) / (self.high - self.low);
                1.0 / ((1.0 - smooth) / self.factor + smooth)
            }
        };
        (0..rotated / 2).map(|pair| divisor(pair) as f32).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_divisors_of_llama_3_are_1_for_short_wavelengths_and_the_factor_for_long_ones() {
        let stretch = Llama3 {
            factor: 32.0,
            low: 1.0,
            high: 4.0,
            original: 8192.0,
        };
        let divisors = stretch.divisors(500_000.0, 64);
        assert_eq!(divisors.len(), 32);
        assert_eq!((divisors[0], divisors[31]), (1.0, 32.0));
        assert!(divisors.is_sorted());
        assert!(
            divisors.iter().any(|divisor| (1.1..31.0).contains(divisor)),
            "a blend between"
        );
    }

    /// What llama.cpp makes of the keys: the factor of sines and cosines, and that of the scores.
    fn deepseek(yarn: Yarn) -> (f64, f64) {
        let factor = yarn.factor;
        let metadata = Rope::Yarn(yarn).deepseek_metadata("deepseek2");
        let value = |name: &str| {
            metadata.iter().find_map(|(key, value)| match value {
                GgufValue::F32(number) if key.ends_with(name) => Some(f64::from(*number)),
                _ => None,
            })
        };
        let own = 1.0 + 0.1 * factor.ln();
        let multiplier = value("yarn_log_multiplier").map_or(0.0, |number| number / 0.1);
        let attention = value("attn_factor").unwrap() * if multiplier == 0.0 { own } else { 1.0 };
        let score = attention * (1.0 + 0.1 * multiplier * factor.ln());
        (attention, score * score)
    }

    #[test]
    fn deepseeks_yarn_keeps_both_of_its_scales() {
        for (rotation_scale, attention_scale) in [(1.0, 1.3689), (1.0, 1.26), (1.1, 1.2), (1.3689, 1.0), (1.2, 1.2)] {
            let (rotation, score) = deepseek(Yarn {
                factor: 40.0,
                original_context: 4096.0,
                beta_fast: 32.0,
                beta_slow: 1.0,
                rotation_scale,
                attention_scale,
            });
            assert!(
                (rotation - rotation_scale).abs() < 1e-5,
                "{rotation} for {rotation_scale}"
            );
            assert!(
                (score - attention_scale * attention_scale).abs() < 1e-4,
                "{score} for {attention_scale}"
            );
        }
    }
}
