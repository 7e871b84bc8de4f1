//! Gaps: days that are missing from the series (a halt, a hole in the data), while the price goes on. The close after a gap follows
//! the one before it directly. It takes closes out of another process's and draws no price.

use super::random::Random;

/// The parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Gapped {
    /// Probability that a gap follows a day.
    pub probability: f64,
    /// Mean number of days that a gap lacks, at least 1; the number is geometric, and at most [`Gapped::LONGEST`].
    pub mean_days: f64,
}

impl Gapped {
    /// The most days that one gap lacks: a month of trading.
    pub const LONGEST: usize = 21;
}

impl Default for Gapped {
    /// Two or three gaps a year of about a week.
    fn default() -> Self {
        Self {
            probability: 0.01,
            mean_days: 5.0,
        }
    }
}

impl Gapped {
    /// Fills `closes` with `days` of those that `process` draws; it is asked for as many as are needed, the missing ones included.
    pub(super) fn fill(
        &self,
        days: usize,
        random: &mut Random,
        closes: &mut Vec<f64>,
        process: impl FnOnce(usize, &mut Random, &mut Vec<f64>),
    ) {
        let kept = self.kept_days(days, random);
        process(kept.last().map_or(0, |last| last + 1), random, closes);
        for (at, day) in kept.into_iter().enumerate() {
            closes[at] = closes[day];
        }
        closes.truncate(days);
    }

    /// Which days of the longer series are in the shorter one, in order.
    fn kept_days(&self, days: usize, random: &mut Random) -> Vec<usize> {
        let mut day = 0;
        (0..days)
            .map(|_| {
                let kept = day;
                day += 1;
                if random.chance(self.probability) {
                    day += self.missing(random);
                }
                kept
            })
            .collect()
    }

    fn missing(&self, random: &mut Random) -> usize {
        let mut days = 1;
        while days < Self::LONGEST && !random.chance(1.0 / self.mean_days) {
            days += 1;
        }
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::simulate::brownian::GeometricBrownian;
    use crate::market::simulate::facts::moments;
    use crate::market::simulate::theory::Sample;

    fn sample(gapped: &Gapped) -> Sample {
        let process = GeometricBrownian {
            drift: 0.0,
            volatility: 0.02,
        };
        Sample::draw(24, 10_000, |random, closes, days| {
            gapped.fill(days, random, closes, |days, random, closes| {
                process.fill(1.0, days, random, closes);
            });
        })
    }

    /// The nth moment of the days that a gap lacks: k with probability q (1 − q)ᵏ⁻¹, the rest at the longest.
    fn moment(gapped: &Gapped, order: i32) -> f64 {
        let q = 1.0 / gapped.mean_days;
        let longest = Gapped::LONGEST as i32;
        let shorter: f64 = (1..longest)
            .map(|k| f64::from(k).powi(order) * q * (1.0 - q).powi(k - 1))
            .sum();
        shorter + f64::from(longest).powi(order) * (1.0 - q).powi(longest - 1)
    }

    #[test]
    fn a_return_across_a_gap_has_the_variance_of_the_missing_days_too() {
        let gapped = Gapped {
            probability: 0.05,
            mean_days: 5.0,
        };
        let sample = sample(&gapped);
        let variance = |gapped: &Gapped| 4e-4 * (1.0 + gapped.probability * moment(gapped, 1));
        let shorter = Gapped {
            mean_days: 4.0,
            ..gapped.clone()
        };
        sample
            .of(|returns| moments(returns).deviation.powi(2))
            .agrees(variance(&gapped), variance(&shorter));
        // E r⁴ = 3 σ⁴ E[(1 + missing)²].
        let kurtosis = |gapped: &Gapped| {
            let (p, first, second) = (gapped.probability, moment(gapped, 1), moment(gapped, 2));
            3.0 * (1.0 + p * (2.0 * first + second)) / (1.0 + p * first).powi(2)
        };
        // With every gap as long as the mean one.
        let wrong = 3.0 * (1.0 + 0.05 * (10.0 + 25.0)) / (1.0_f64 + 0.05 * 5.0).powi(2);
        sample
            .of(|returns| moments(returns).kurtosis)
            .agrees(kurtosis(&gapped), wrong);
    }

    #[test]
    fn days_are_kept_in_order_and_gaps_end() {
        let always = Gapped {
            probability: 1.0,
            mean_days: f64::INFINITY,
        };
        let days = always.kept_days(100, &mut Random::new(4));
        assert!(days.windows(2).all(|pair| pair[1] - pair[0] == Gapped::LONGEST + 1));
        let never = Gapped {
            probability: 0.0,
            ..always
        };
        assert_eq!(never.kept_days(4, &mut Random::new(4)), [0, 1, 2, 3]);
        assert!(never.kept_days(0, &mut Random::new(4)).is_empty());
    }
}
