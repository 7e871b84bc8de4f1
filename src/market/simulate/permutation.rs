//! A pseudo-random permutation of 0..n that is computed place by place, so that numbers can be drawn without repetition, in any
//! order and by any thread, without a list of them.

/// Rounds of the network. Four make a balanced Feistel network indistinguishable from random for its users (Luby & Rackoff
/// 1988); two more cover the small widths used here.
const ROUNDS: u64 = 6;

/// A permutation of the numbers below `count`: a Feistel network on the next even number of bits, walked until the result lies
/// below `count` again (Black & Rogaway 2002, "cycle walking").
#[derive(Debug, Clone, Copy)]
pub(crate) struct Permutation {
    count: u64,
    half_bits: u32,
    seed: u64,
}

impl Permutation {
    pub(crate) fn new(count: u64, seed: u64) -> Self {
        let bits = u64::BITS - count.saturating_sub(1).leading_zeros();
        Self {
            count,
            half_bits: bits.div_ceil(2).max(1),
            seed,
        }
    }

    /// Where `place`, which is below the count, is sent.
    pub(crate) fn at(&self, place: u64) -> u64 {
        let mut value = self.network(place);
        // The network has at most four times as many values as the count, so that this ends after a few steps.
        while value >= self.count {
            value = self.network(value);
        }
        value
    }

    fn network(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (mix(self.seed, right << 8 | round) & mask));
        }
        left << self.half_bits | right
    }
}

/// Mixes two numbers into one that looks random: two rounds of the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    finalise(finalise(one.wrapping_add(0x9E37_79B9_7F4A_7C15)) ^ other.wrapping_mul(0xD1B5_4A32_D192_ED03))
}

/// A text as a number: FNV-1a (Fowler, Noll & Vo 1991).
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

fn finalise(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_number_comes_exactly_once() {
        for count in [1, 2, 3, 4, 5, 64, 65, 1_000, 4_097] {
            let permutation = Permutation::new(count, 7);
            let seen: HashSet<u64> = (0..count).map(|place| permutation.at(place)).collect();
            assert_eq!(seen.len() as u64, count);
            assert!(seen.iter().all(|value| *value < count));
        }
    }

    #[test]
    fn the_order_looks_random_and_depends_on_the_seed() {
        let order = |seed| -> Vec<u64> {
            (0..10_000)
                .map(|place| Permutation::new(10_000, seed).at(place))
                .collect()
        };
        let (one, other) = (order(1), order(2));
        let equal = one.iter().zip(&other).filter(|(one, other)| one == other).count();
        assert!(equal < 10, "{equal} of 10,000 places are equal for two seeds");
        // Pearson's correlation of place and value: its standard error is 0.01.
        let mean = 4_999.5;
        let covariance: f64 = (0..)
            .zip(&one)
            .map(|(place, value)| (f64::from(place) - mean) * (*value as f64 - mean))
            .sum();
        let variance: f64 = (0..10_000).map(|place| (f64::from(place) - mean).powi(2)).sum();
        assert!((covariance / variance).abs() < 0.04);
    }
}
