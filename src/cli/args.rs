//! Arguments that several commands share: settings of a forecast, and readers of ranges and shares.

use std::ops::RangeInclusive;

use clap::Args;

use crate::analysis::{JobOptions, StageName};
use crate::grounding::{Locale, USUAL_COSTS};

/// Settings of a forecast.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// Trading days to forecast, 1 to 90
    #[arg(long, visible_alias = "days", value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=90))]
    pub horizon: u16,

    /// Closes that the forecaster sees, 2 to 5000
    #[arg(long, value_name = "N", default_value_t = 180, value_parser = clap::value_parser!(u16).range(2..=5000))]
    context: u16,

    /// Sample paths of a forecast, 1 to 256 [default: as many as the model's manifest says, else 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    samples: Option<u16>,

    /// Random seed: the same seed gives the same result
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Costs of buying and selling once, in basis points, 0 to 1000: what a call must be worth at least
    #[arg(long, value_name = "N", default_value_t = USUAL_COSTS, value_parser = clap::value_parser!(u16).range(0..=1000))]
    costs: u16,

    /// Language of the report and of what code says about it: en or de. Code writes the report where the reporter does not write it
    #[arg(long, value_name = "CODE", default_value_t = Locale::default())]
    language: Locale,

    /// Headlines that are read, 1 to 200, the newest first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    max_headlines: u16,
}

impl ForecastArgs {
    /// The job options for these stages.
    pub fn options(&self, stages: Vec<StageName>) -> JobOptions {
        JobOptions {
            horizon: self.horizon.into(),
            context: self.context.into(),
            samples: self.samples.map(usize::from),
            seed: self.seed,
            stages,
            costs: self.costs,
            language: self.language,
            max_headlines: self.max_headlines.into(),
            first_day: false,
        }
    }
}

/// Two numbers with `..` between them, or one.
pub fn closes(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || format!("`{text}` is no range: write two numbers from 1 to 10000, such as 30..180, or one");
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.trim_start_matches('=').parse::<u16>().map_err(|_| wrong());
    let (from, to) = (number(from)?, number(to)?);
    if from == 0 || to < from || to > 10_000 {
        return Err(wrong());
    }
    Ok(from..=to)
}

/// A share of a whole, below 1.
pub fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..1.0).contains(share));
    share.ok_or_else(|| format!("`{text}` is no share: write a number from 0 to below 1, such as 0.1"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_two_numbers_or_one() {
        assert_eq!(closes("30..180").unwrap(), 30..=180);
        assert_eq!(closes("30..=180").unwrap(), 30..=180);
        assert_eq!(closes("64").unwrap(), 64..=64);
        for wrong in ["", "0..5", "9..3", "a..b", "1..70000", "-1..4"] {
            assert!(closes(wrong).unwrap_err().contains("30..180"), "{wrong}");
        }
    }
}
