//! Random numbers from a seed: uniform, normal, exponential, and the ranges that parameters are drawn from. The same seed gives
//! the same numbers, to the last bit, on every machine: the generator is PCG (O'Neill, 2014) at a pinned version, and logarithms
//! come from `libm`, because those of the platforms differ in the last bit.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

use super::ziggurat::{LAYERS, TAIL, Ziggurat};

/// The distance between two neighbouring uniform numbers, 2⁻⁵³.
const STEP: f64 = 1.0 / (1_u64 << 53) as f64;

/// A seeded stream of random numbers.
#[derive(Debug)]
pub struct Random {
    bits: Pcg64Mcg,
    ziggurat: &'static Ziggurat,
}

impl Random {
    /// The stream of a seed. Neighbouring seeds have unrelated streams.
    pub fn new(seed: u64) -> Self {
        Self {
            bits: Pcg64Mcg::seed_from_u64(seed),
            ziggurat: Ziggurat::get(),
        }
    }

    /// Uniform in [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.bits.next_u64() >> 11) as f64 * STEP
    }

    /// Whether an event of this probability happens.
    #[inline]
    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// A whole number below `count`, or 0 where `count` is 0.
    #[inline]
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits.next_u64()) * count as u128) >> 64) as usize
    }

    /// Exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        self.minus_log()
    }

    /// Standard normal, by the ziggurat (Marsaglia and Tsang, 2000). Layer and position come from different bits of one number
    /// (Doornik, 2005).
    #[inline]
    pub fn normal(&mut self) -> f64 {
        loop {
            let bits = self.bits.next_u64();
            let layer = (bits % LAYERS as u64) as usize;
            let x = (2.0 * ((bits >> 11) as f64 * STEP) - 1.0) * self.ziggurat.edge[layer];
            if x.abs() < self.ziggurat.edge[layer + 1] {
                return x;
            }
            if let Some(x) = self.outside(layer, x) {
                return x;
            }
        }
    }

    /// The one draw in a hundred that falls outside a layer's inner rectangle: the tail, or a point that is kept or refused.
    #[cold]
    fn outside(&mut self, layer: usize, x: f64) -> Option<f64> {
        if layer == 0 {
            return Some((TAIL + self.beyond_tail()).copysign(x));
        }
        let height = &self.ziggurat.height;
        let (low, high) = (height[layer], height[layer + 1]);
        (low + (high - low) * self.uniform() < libm::exp(-0.5 * x * x)).then_some(x)
    }

    /// How far a normal number that is larger than `TAIL` exceeds it (Marsaglia, 1964).
    fn beyond_tail(&mut self) -> f64 {
        loop {
            let x = self.minus_log() / TAIL;
            if 2.0 * self.minus_log() >= x * x {
                return x;
            }
        }
    }

    /// −ln of a number that is uniform in (0, 1].
    #[inline]
    pub fn minus_log(&mut self) -> f64 {
        -libm::log(((self.bits.next_u64() >> 11) + 1) as f64 * STEP)
    }

    /// Uniform between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Between two positive numbers, with a uniform logarithm.
    pub fn log_between(&mut self, low: f64, high: f64) -> f64 {
        low * libm::exp(libm::log(high / low) * self.uniform())
    }

    /// Log-normal around a median; a number outside the bounds is set to the nearer one.
    pub fn log_normal(&mut self, median: f64, spread: f64, low: f64, high: f64) -> f64 {
        (median * libm::exp(spread * self.normal())).clamp(low, high)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use statrs::distribution::{ContinuousCDF, Exp, Normal, Uniform};

    use super::*;
    use crate::market::simulate::theory::distance;

    /// √n times the largest distance between a sample's distribution function and the true one stays below this in 99.9 % of
    /// samples (Kolmogorov, 1933).
    const KOLMOGOROV: f64 = 1.95;

    const DRAWS: usize = 50_000;

    fn misfit(draw: impl Fn(&mut Random) -> f64, truth: &impl ContinuousCDF<f64, f64>) -> f64 {
        let mut random = Random::new(11);
        let sample = (0..DRAWS).map(|_| draw(&mut random)).collect();
        distance(sample, |x| truth.cdf(x)) * (DRAWS as f64).sqrt()
    }

    #[test]
    fn uniform_normal_and_exponential_numbers_have_their_distributions() {
        let normal = Normal::new(0.0, 1.0).unwrap();
        assert!(misfit(Random::normal, &normal) < KOLMOGOROV);
        assert!(misfit(Random::exponential, &Exp::new(1.0).unwrap()) < KOLMOGOROV);
        assert!(misfit(Random::uniform, &Uniform::new(0.0, 1.0).unwrap()) < KOLMOGOROV);
        // The same measure finds a standard deviation that is 5 % too large.
        assert!(misfit(|random| 1.05 * random.normal(), &normal) > KOLMOGOROV);
    }

    #[test]
    fn the_tail_beyond_the_last_layer_is_as_frequent_and_as_long_as_it_should_be() {
        let mut random = Random::new(3);
        let draws = 2_000_000;
        let beyond: Vec<f64> = (0..draws)
            .map(|_| random.normal().abs())
            .filter(|x| *x > TAIL)
            .collect();
        let expected = f64::from(draws) * libm::erfc(TAIL / 2.0_f64.sqrt());
        // A count has the standard error √expected, here 23: an empty or doubled tail is 20 of them away.
        assert!((beyond.len() as f64 - expected).abs() < 4.0 * expected.sqrt());
        // The mean of the excess is φ(R)/Q(R) − R ≈ 0.256, its standard error 0.256/√516 = 0.011.
        let density = libm::exp(-0.5 * TAIL * TAIL) / (2.0 * std::f64::consts::PI).sqrt();
        let excess = density / (0.5 * libm::erfc(TAIL / 2.0_f64.sqrt())) - TAIL;
        let measured = beyond.iter().sum::<f64>() / beyond.len() as f64 - TAIL;
        assert!((measured - excess).abs() < 0.045, "{measured} {excess}");
    }

    #[test]
    fn a_stream_is_the_same_on_every_machine() {
        let mut random = Random::new(0);
        // The first number that rand_pcg documents for this seed.
        assert_eq!(random.uniform(), (0x5603_f242_407d_eca2_u64 >> 11) as f64 * STEP);
    }

    #[test]
    fn neighbouring_seeds_are_unrelated() {
        let seeds = 20_000;
        let firsts: Vec<f64> = (0..seeds).map(|seed| Random::new(seed).normal()).collect();
        let product: f64 = firsts.windows(2).map(|pair| pair[0] * pair[1]).sum::<f64>() / seeds as f64;
        // The standard error of the mean product of unrelated numbers is 1/√20,000 = 0.007.
        assert!(product.abs() < 0.03, "{product}");
        let normal = Normal::new(0.0, 1.0).unwrap();
        assert!(distance(firsts, |x| normal.cdf(x)) * (seeds as f64).sqrt() < KOLMOGOROV);
    }

    #[test]
    fn whole_numbers_are_below_the_count_and_equally_frequent() {
        let mut random = Random::new(5);
        let mut counts = [0_u32; 3];
        for _ in 0..30_000 {
            counts[random.below(3)] += 1;
        }
        // Each count has the standard error √(30,000 · 1/3 · 2/3) = 82.
        assert!(counts.iter().all(|&count| count.abs_diff(10_000) < 330), "{counts:?}");
        assert_eq!(random.below(0), 0);
    }
}
