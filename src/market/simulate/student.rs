//! Gamma and Student-t random numbers. Draws from a [`Random`]; holds only constants.

use super::random::Random;

/// Shapes outside of these are taken as the nearer one.
const LEAST_SHAPE: f64 = 1e-3;
const LARGEST_SHAPE: f64 = 1e9;

/// The fewest degrees of freedom that are simulated: with two the variance is infinite.
const FEWEST_DEGREES: f64 = 2.01;

/// A gamma distribution with scale 1, by the method of Marsaglia and Tsang (2000), "A simple method for generating gamma
/// variables".
#[derive(Debug, Clone, Copy)]
pub struct Gamma {
    /// Shape − 1/3, of the shape raised by one where it is below one.
    d: f64,
    c: f64,
    /// For a shape below one: its inverse.
    boost: Option<f64>,
}

impl Gamma {
    /// With mean `shape`, which is greater than zero.
    #[expect(
        clippy::manual_clamp,
        reason = "clamp keeps a shape that is no number, and `draw` would not end"
    )]
    pub fn new(shape: f64) -> Self {
        let shape = shape.max(LEAST_SHAPE).min(LARGEST_SHAPE);
        let boost = (shape < 1.0).then(|| 1.0 / shape);
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        Self {
            d,
            c: 1.0 / (9.0 * d).sqrt(),
            boost,
        }
    }

    /// A number greater than zero.
    #[inline]
    pub fn draw(&self, random: &mut Random) -> f64 {
        let value = self.d * self.cube(random);
        match self.boost {
            None => value,
            Some(inverse) => value * libm::exp(-random.minus_log() * inverse),
        }
    }

    #[inline]
    fn cube(&self, random: &mut Random) -> f64 {
        loop {
            let x = random.normal();
            let root = 1.0 + self.c * x;
            if root <= 0.0 {
                continue;
            }
            let (cube, square) = (root * root * root, x * x);
            let u = random.uniform();
            // The first test holds in 98 of 100 draws and needs no logarithm.
            if u < 1.0 - 0.0331 * square * square
                || libm::log(u) < 0.5 * square + self.d * (1.0 - cube + libm::log(cube))
            {
                return cube;
            }
        }
    }
}

/// Student's t distribution, scaled to variance 1.
#[derive(Debug, Clone, Copy)]
pub struct StudentT {
    /// Half the χ² number of the denominator.
    half_chi_square: Gamma,
    /// Half of the degrees of freedom, less one.
    half_excess: f64,
}

impl StudentT {
    /// With more than two degrees of freedom; the variance is infinite with fewer.
    #[expect(clippy::manual_clamp, reason = "clamp keeps what is no number")]
    pub fn new(degrees_of_freedom: f64) -> Self {
        let degrees_of_freedom = degrees_of_freedom.max(FEWEST_DEGREES).min(LARGEST_SHAPE);
        Self {
            half_chi_square: Gamma::new(degrees_of_freedom / 2.0),
            half_excess: degrees_of_freedom / 2.0 - 1.0,
        }
    }

    /// The kurtosis, 3 (ν − 2)/(ν − 4), infinite where ν ≤ 4.
    pub fn kurtosis(degrees_of_freedom: f64) -> f64 {
        if degrees_of_freedom > 4.0 {
            3.0 * (degrees_of_freedom - 2.0) / (degrees_of_freedom - 4.0)
        } else {
            f64::INFINITY
        }
    }

    /// A number with mean 0 and variance 1.
    #[inline]
    pub fn draw(&self, random: &mut Random) -> f64 {
        random.normal() * (self.half_excess / self.half_chi_square.draw(random)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use statrs::distribution::{ContinuousCDF, StudentsT};

    use super::*;
    use crate::market::simulate::facts::tail_index;
    use crate::market::simulate::theory::distance;

    fn sample(count: usize, draw: impl Fn(&mut Random) -> f64) -> Vec<f64> {
        let mut random = Random::new(17);
        (0..count).map(|_| draw(&mut random)).collect()
    }

    /// √n times the Kolmogorov distance; below 1.95 for 99.9 % of samples from the true distribution.
    fn misfit(sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
        let root = (sample.len() as f64).sqrt();
        distance(sample, cdf) * root
    }

    #[test]
    fn gamma_numbers_have_their_distribution_also_below_shape_one() {
        for shape in [0.4, 1.0, 2.5, 30.0] {
            let gamma = Gamma::new(shape);
            let draws = sample(30_000, |random| gamma.draw(random));
            let truth = statrs::distribution::Gamma::new(shape, 1.0).unwrap();
            let wrong = statrs::distribution::Gamma::new(shape * 1.05, 1.0).unwrap();
            assert!(misfit(draws.clone(), |x| truth.cdf(x)) < 1.95, "shape {shape}");
            assert!(misfit(draws, |x| wrong.cdf(x)) > 1.95, "shape {shape}");
        }
    }

    #[test]
    fn t_numbers_have_their_distribution_and_variance_one() {
        for freedom in [3.0, 5.0, 12.0] {
            let student = StudentT::new(freedom);
            let draws = sample(30_000, |random| student.draw(random));
            let scale = ((freedom - 2.0) / freedom).sqrt();
            let truth = StudentsT::new(0.0, scale, freedom).unwrap();
            assert!(misfit(draws.clone(), |x| truth.cdf(x)) < 1.95, "ν {freedom}");
            // Numbers that are not standardised fail: their scale is 1.
            let raw = StudentsT::new(0.0, 1.0, freedom).unwrap();
            assert!(misfit(draws, |x| raw.cdf(x)) > 1.95, "ν {freedom}");
        }
    }

    /// What Hill's estimator tends to at a threshold `u`: 1/E[ln(X/u) | X > u], and E[…] = ∫ P(X > u eˢ) ds / P(X > u).
    fn hill_at(u: f64, freedom: f64) -> f64 {
        let student = StudentsT::new(0.0, 1.0, freedom).unwrap();
        let step = 0.005;
        let integral: f64 = (0..1_000)
            .map(|at| step * student.sf(u * f64::exp((f64::from(at) + 0.5) * step)))
            .sum();
        student.sf(u) / integral
    }

    #[test]
    fn the_tail_index_of_t_numbers_is_their_degrees_of_freedom() {
        let (count, share) = (200_000, 0.004);
        for freedom in [3.0, 5.0] {
            let student = StudentT::new(freedom);
            let measured = tail_index(&sample(count, |random| student.draw(random)), share);
            // Two-sided: a share of the absolute values is half that share in each tail.
            let threshold = StudentsT::new(0.0, 1.0, freedom)
                .unwrap()
                .inverse_cdf(1.0 - share / 2.0);
            let theory = hill_at(threshold, freedom);
            // The standard error is index/√k with k = 800 numbers in the tail. One degree of freedom is more than that.
            let tolerance = 4.0 * theory / (share * count as f64).sqrt();
            assert!(
                (measured - theory).abs() < tolerance,
                "ν {freedom}: {measured} {theory}"
            );
            let wrong = hill_at(threshold, freedom + 1.0);
            assert!((wrong - theory).abs() > tolerance, "ν {freedom}: {wrong}");
            // The limit at this threshold is near the degrees of freedom, to which it tends as the share falls to zero.
            assert!((theory - freedom).abs() < 0.6, "ν {freedom}: {theory}");
        }
    }
}
