//! Random numbers of the bootstrap and of simulated baselines: a seed comes in, the same numbers go out on every machine.

/// The generator of Steele, Lea & Flood (2014), here rather than from a crate so that no update moves a figure.
pub(crate) struct SplitMix64(pub(crate) u64);

impl SplitMix64 {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to below 1, a multiple of 2⁻⁵³.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`, by the high half of a product (Lemire 2019); the bias is below `bound`/2⁶⁴.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number between −1 and 1, neither of them.
    pub(super) fn signed(&mut self) -> f64 {
        // 53 bits, moved by half a step so that no end is met.
        ((self.next() >> 11) as f64 + 0.5) / 2.0_f64.powi(52) - 1.0
    }

    /// Student's t with `freedom` degrees of freedom by the polar method (Bailey 1994).
    pub(super) fn student(&mut self, freedom: f64) -> f64 {
        loop {
            let (u, v) = (self.signed(), self.signed());
            let w = u * u + v * v;
            if w < 1.0 && w > 0.0 {
                return u * (freedom * (w.powf(-2.0 / freedom) - 1.0) / w).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_draws_the_published_numbers() {
        let mut draws = SplitMix64(1_234_567);
        let first = [draws.next(), draws.next(), draws.next()];
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn draws_of_students_t_have_its_quartiles_and_its_variance() {
        // With 5 degrees of freedom the upper quartile is 0.7267 and the variance 5/3.
        let mut draws = SplitMix64(5);
        let mut values: Vec<f64> = (0..40_000).map(|_| draws.student(5.0)).collect();
        let variance = values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
        assert!((variance - 5.0 / 3.0).abs() < 0.09, "{variance}");
        values.sort_by(f64::total_cmp);
        for (place, wanted) in [(10_000, -0.7267), (20_000, 0.0), (30_000, 0.7267)] {
            assert!((values[place] - wanted).abs() < 0.03, "{} at {place}", values[place]);
        }
    }
}
