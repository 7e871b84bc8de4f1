//! Gives the linear maps of a checkpoint their adapters. The maps are found by looking at the checkpoint, and a choice that
//! matches none of them is an error: such a run would train nothing.

use std::collections::BTreeSet;

use burn::tensor::TensorData;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use crate::train::TrainError;
use crate::train::model::decoder::{Adapter, Decoder};

/// The adapters of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraOptions {
    /// The rank.
    pub rank: usize,
    /// The adapter's output is multiplied by this over the rank.
    pub alpha: f64,
    /// The share of the adapters' inputs that is dropped in training.
    pub dropout: f64,
    /// Divide by the root of the rank instead of the rank (Kalajdzievski, 2023).
    pub rank_stabilised: bool,
    /// Which linear maps: the ends of their names, such as `q_proj` or `layers.3.mlp.up_proj`. Empty: all of attention and
    /// feed-forward part.
    pub targets: Vec<String>,
    /// The seed of the first values.
    pub seed: u64,
}

impl Default for LoraOptions {
    fn default() -> Self {
        Self {
            rank: 32,
            alpha: 64.0,
            dropout: 0.0,
            rank_stabilised: false,
            targets: Vec::new(),
            seed: 0,
        }
    }
}

impl LoraOptions {
    /// What the product of the two matrices is multiplied by.
    pub fn scale(&self) -> f64 {
        let rank = self.rank as f64;
        self.alpha / if self.rank_stabilised { rank.sqrt() } else { rank }
    }

    fn check(&self) -> Result<(), TrainError> {
        let refuse = |reason: String| Err(TrainError::Options(reason));
        if self.rank == 0 {
            return refuse("--rank 0 trains nothing; use at least 1".into());
        }
        if !self.alpha.is_finite() || self.alpha <= 0.0 {
            return refuse(format!(
                "--alpha {} must be above 0: it multiplies the adapters",
                self.alpha
            ));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return refuse(format!("--dropout {} must be at least 0 and below 1", self.dropout));
        }
        Ok(())
    }
}

/// What [`attach`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The ends of the adapted maps' names, as PEFT writes them.
    pub targets: Vec<String>,
    /// How many maps have an adapter.
    pub maps: usize,
    /// Numbers that learn.
    pub parameters: usize,
}

/// Gives each chosen linear map an adapter that changes nothing yet: A uniform within ±1/√in, B zero. Adapters that were there
/// before are replaced.
///
/// # Errors
/// [`TrainError::Options`] for settings out of range, and for a target that matches no map: it lists those that exist.
pub fn attach(decoder: &mut Decoder, options: &LoraOptions) -> Result<Attached, TrainError> {
    options.check()?;
    let names: Vec<String> = decoder.linears().map(|(name, _)| name).collect();
    if let Some(target) = options
        .targets
        .iter()
        .find(|target| !names.iter().any(|name| is_target(name, target)))
    {
        let kinds: BTreeSet<&str> = names.iter().map(|name| last(name)).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        return Err(TrainError::Options(format!(
            "--targets {target} names no linear map of this checkpoint; its maps are {}",
            kinds.join(", ")
        )));
    }
    let place = decoder.place().clone();
    let mut random = Pcg64Mcg::seed_from_u64(options.seed);
    let mut attached = Attached {
        targets: Vec::new(),
        maps: 0,
        parameters: 0,
    };
    let mut targets = BTreeSet::new();
    for (index, (name, linear)) in decoder.linears().enumerate() {
        let chosen = options.targets.iter().find(|target| is_target(&name, target));
        if chosen.is_none() && !options.targets.is_empty() {
            linear.adapter = None;
            continue;
        }
        targets.insert(chosen.map_or_else(|| last(&name).to_owned(), String::clone));
        let [outputs, inputs] = linear.shape();
        let rank = options.rank;
        let bound = (inputs as f32).sqrt().recip();
        let down: Vec<f32> = (0..rank * inputs).map(|_| bound * symmetric(&mut random)).collect();
        linear.adapter = Some(Adapter {
            down: place.tensor(TensorData::new(down, [rank, inputs])),
            up: place.tensor(TensorData::new(vec![0.0_f32; outputs * rank], [outputs, rank])),
            scale: options.scale(),
            dropout: options.dropout,
            stream: index as u64,
        });
        attached.maps += 1;
        attached.parameters += rank * (inputs + outputs);
    }
    if attached.maps == 0 {
        return Err(TrainError::Options(
            "the checkpoint has no linear map to adapt: nothing would be trained".into(),
        ));
    }
    attached.targets = targets.into_iter().collect();
    Ok(attached)
}

/// PEFT's rule: the whole name, or its end after a dot.
fn is_target(name: &str, target: &str) -> bool {
    name.strip_suffix(target)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Uniform in [−1, 1).
fn symmetric(random: &mut Pcg64Mcg) -> f32 {
    // 24 bits fit a float's mantissa.
    (random.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0
}
