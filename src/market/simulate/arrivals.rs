//! The days on which jumps arrive: a Poisson process in time. Draws from a [`Random`].

use super::random::Random;

/// More arrivals a day than this are not simulated.
const MOST: f64 = 100.0;

/// Arrivals at a constant intensity.
#[derive(Debug)]
pub struct Arrivals {
    /// Mean days between two arrivals.
    mean_gap: f64,
    /// Days from now to the next arrival.
    wait: f64,
}

impl Arrivals {
    /// `intensity` is the expected number a day, at most 100; with zero none arrives.
    pub fn new(intensity: f64, random: &mut Random) -> Self {
        let mean_gap = 1.0 / intensity.clamp(0.0, MOST);
        Self {
            mean_gap,
            wait: mean_gap * random.exponential(),
        }
    }

    /// The sum of the jumps of the next day, each drawn from `jump`.
    #[inline]
    pub fn jumps(&mut self, random: &mut Random, jump: impl Fn(&mut Random) -> f64) -> f64 {
        let mut sum = 0.0;
        while self.wait < 1.0 {
            sum += jump(random);
            self.wait += self.mean_gap * random.exponential();
        }
        self.wait -= 1.0;
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_a_day_have_the_mean_and_the_variance_of_a_poisson_number() {
        let (intensity, days) = (0.3, 40_000);
        let mut random = Random::new(2);
        let mut arrivals = Arrivals::new(intensity, &mut random);
        let counts: Vec<f64> = (0..days).map(|_| arrivals.jumps(&mut random, |_| 1.0)).collect();
        let mean = counts.iter().sum::<f64>() / f64::from(days);
        let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / f64::from(days);
        // Standard errors: √(0.3/40,000) = 0.0027 and √((0.3 + 2·0.09)/40,000) = 0.0035. At most one arrival a day would have
        // the variance 0.26 · 0.74 = 0.19.
        assert!((mean - intensity).abs() < 0.011, "{mean}");
        assert!((variance - intensity).abs() < 0.014, "{variance}");
    }

    #[test]
    fn with_intensity_zero_nothing_arrives() {
        let mut random = Random::new(2);
        let mut arrivals = Arrivals::new(0.0, &mut random);
        assert!((0..1_000).all(|_| arrivals.jumps(&mut random, |_| 1.0) == 0.0));
    }
}
