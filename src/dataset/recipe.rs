//! Everything that decides what a data set contains. Equal recipes give equal examples, on any machine and with any number of
//! threads.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::draw::Draw;
use super::part::{Part, Split};
use crate::formats::PromptFormat;

/// What to draw, and how to write it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The version of the factory that the recipe is for, [`Recipe::VERSION`].
    pub version: u32,
    /// How prompts and completions are written.
    pub format: PromptFormat,
    /// Where all draws start.
    pub seed: u64,
    /// Prompts to draw in all, over all shards.
    pub count: u64,
    /// The lengths of the windows.
    pub draw: Draw,
    /// Which part of the days and tickers.
    pub part: Part,
    /// Where the parts meet.
    pub split: Split,
    /// The shares of real and simulated prompts.
    pub mixture: Mixture,
    /// The hash of the real series, `None` without any.
    pub series: Option<String>,
}

impl Recipe {
    /// The version of this factory. It changes whenever equal recipes would give other examples than before.
    pub const VERSION: u32 = 1;

    /// Closes of each simulated series: its longest window, and room for windows to start at different days.
    pub fn simulated_days(&self) -> usize {
        const ROOM: usize = 302;
        usize::from(self.draw.longest_context()) + usize::from(self.draw.longest_horizon()) + ROOM
    }

    /// SHA-256 of the recipe: what the name of a shard promises about its content.
    pub fn sha256(&self) -> String {
        // A struct of plain fields always serialises.
        let text = serde_json::to_vec(self).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }
}

/// The shares of real and of simulated prompts, in millionths, so that they are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mixture {
    real: u32,
}

impl Mixture {
    const WHOLE: u32 = 1_000_000;

    /// Real series only.
    pub const REAL: Self = Self { real: Self::WHOLE };

    /// Simulated series only.
    pub const SIMULATED: Self = Self { real: 0 };

    /// Whether there are real prompts.
    pub fn has_real(self) -> bool {
        self.real > 0
    }

    /// Whether there are simulated prompts.
    pub fn has_simulated(self) -> bool {
        self.real < Self::WHOLE
    }

    /// How many of the first `count` places are real: as near to the share as whole numbers allow.
    pub(super) fn real_among(self, count: u64) -> u64 {
        (u128::from(count) * u128::from(self.real) / u128::from(Self::WHOLE)) as u64
    }
}

impl FromStr for Mixture {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no mixture: write shares that add up to 1, such as real=0.3,simulated=0.7");
        let (mut real, mut simulated) = (None, None);
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(wrong)?;
            let share: f64 = share.trim().parse().map_err(|_| wrong())?;
            let place = match name.trim() {
                "real" => &mut real,
                "simulated" => &mut simulated,
                _ => return Err(wrong()),
            };
            if !(0.0..=1.0).contains(&share) || place.replace(share).is_some() {
                return Err(wrong());
            }
        }
        let (real, simulated) = match (real, simulated) {
            (Some(real), Some(simulated)) => (real, simulated),
            (Some(real), None) => (real, 1.0 - real),
            (None, Some(simulated)) => (1.0 - simulated, simulated),
            (None, None) => return Err(wrong()),
        };
        if (real + simulated - 1.0).abs() > 1e-6 {
            return Err(wrong());
        }
        Ok(Self {
            real: (real * f64::from(Self::WHOLE)).round() as u32,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_is_shares_that_add_up_to_one() {
        let mixture: Mixture = "real=0.3,simulated=0.7".parse().unwrap();
        assert!(mixture.has_real() && mixture.has_simulated());
        assert_eq!(mixture.real_among(10), 3);
        assert_eq!(mixture.real_among(1_000_001), 300_000);
        assert_eq!("simulated=1".parse(), Ok(Mixture::SIMULATED));
        assert_eq!("real=1".parse(), Ok(Mixture::REAL));
        for wrong in [
            "",
            "real",
            "real=2",
            "real=0.5,simulated=0.6",
            "real=0.5,real=0.5",
            "fake=1",
            "real=x",
        ] {
            assert!(wrong.parse::<Mixture>().unwrap_err().contains("real=0.3"), "{wrong}");
        }
    }
}
