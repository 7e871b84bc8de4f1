//! How numbers are spread: exact counts of each value go in; the smallest, the median, the mean, the largest and a histogram come
//! out. Memory grows with the number of distinct values.

use std::collections::BTreeMap;

use serde::Serialize;

/// The most bars of a histogram.
const BARS: u64 = 12;

/// How often each value was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(BTreeMap<u64, u64>);

/// The spread of a set of numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// The smallest.
    pub min: f64,
    /// The median.
    pub median: f64,
    /// The mean.
    pub mean: f64,
    /// The largest.
    pub max: f64,
    /// How many there are in each of some ranges, which cover all of them.
    pub histogram: Vec<Bar>,
}

/// A bar of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bar {
    /// The smallest value that it counts.
    pub from: f64,
    /// The largest value that it counts.
    pub to: f64,
    /// Numbers counted.
    pub count: u64,
}

impl Counts {
    pub(super) fn add(&mut self, value: u64) {
        self.add_times(value, 1);
    }

    pub(super) fn merge(&mut self, other: &Counts) {
        for (&value, &count) in &other.0 {
            self.add_times(value, count);
        }
    }

    fn add_times(&mut self, value: u64, count: u64) {
        *self.0.entry(value).or_default() += count;
    }

    fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The spread in bars of equal width, or in a bar a value where there are few; `None` without numbers.
    pub(super) fn spread(&self) -> Option<Spread> {
        let (&min, &max) = (self.0.keys().next()?, self.0.keys().next_back()?);
        if self.0.len() as u64 <= BARS {
            return self.with(self.0.keys().copied().collect(), 1.0);
        }
        let width = (max - min + 1).div_ceil(BARS);
        self.with((min..=max).step_by(usize::try_from(width).ok()?).collect(), 1.0)
    }

    /// The spread in bars from 1, 2 and 5 to the next of them, at any power of ten. A value stands for so many `units`.
    pub(super) fn wide_spread(&self, units: f64) -> Option<Spread> {
        let max = *self.0.keys().next_back()?;
        let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10));
        let steps = powers.flat_map(|power| [power, power.saturating_mul(2), power.saturating_mul(5)]);
        let starts = std::iter::once(0).chain(steps.take_while(|&start| start <= max));
        self.with(starts.collect(), units)
    }

    /// The spread in bars that begin at `starts`; empty ones at either end are left out.
    fn with(&self, starts: Vec<u64>, units: f64) -> Option<Spread> {
        let (&min, &max) = (self.0.keys().next()?, self.0.keys().next_back()?);
        let total = self.total();
        let in_units = |value: u64| value as f64 / units;
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([max]);
        let bars = starts
            .iter()
            .zip(ends)
            .filter(|&(&start, end)| end >= min && start <= max);
        let histogram = bars.map(|(&start, end)| Bar {
            from: in_units(start),
            to: in_units(end),
            count: self.0.range(start..=end.max(start)).map(|(_, count)| count).sum(),
        });
        let sum: f64 = self
            .0
            .iter()
            .map(|(&value, &count)| in_units(value) * count as f64)
            .sum();
        Some(Spread {
            min: in_units(min),
            median: self.median(total, in_units)?,
            mean: sum / total as f64,
            max: in_units(max),
            histogram: histogram.collect(),
        })
    }

    /// The number in the middle, or the mean of the two in the middle.
    fn median(&self, total: u64, in_units: impl Fn(u64) -> f64) -> Option<f64> {
        let at = |rank: u64| {
            let mut before = 0;
            let found = self.0.iter().find(|&(_, &count)| {
                before += count;
                before > rank
            });
            found.map(|(&value, _)| in_units(value))
        };
        Some((at((total - 1) / 2)? + at(total / 2)?) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn counts(values: impl IntoIterator<Item = u64>) -> Counts {
        let mut counts = Counts::default();
        for value in values {
            counts.add(value);
        }
        counts
    }

    #[test]
    fn few_values_have_a_bar_each() {
        let spread = counts([1, 5, 7, 5, 5, 10]).spread().unwrap();
        assert_eq!(
            (spread.min, spread.median, spread.mean, spread.max),
            (1.0, 5.0, 5.5, 10.0)
        );
        let bars: Vec<_> = spread.histogram.iter().map(|bar| (bar.from, bar.count)).collect();
        assert_eq!(bars, [(1.0, 1), (5.0, 3), (7.0, 1), (10.0, 1)]);
    }

    #[test]
    fn many_values_share_bars_of_equal_width_and_each_is_counted_once() {
        let spread = counts(30..=180).spread().unwrap();
        assert_eq!(spread.histogram.len(), 12);
        assert!(spread.histogram[..11].iter().all(|bar| bar.count == 13));
        assert_eq!(spread.histogram.iter().map(|bar| bar.count).sum::<u64>(), 151);
        assert_eq!((spread.histogram[0].from, spread.histogram[11].to), (30.0, 180.0));
        assert_eq!(spread.median, 105.0);
    }

    #[test]
    fn prices_share_bars_of_growing_width() {
        let spread = counts([150, 250, 450, 1200, 1300]).wide_spread(100.0).unwrap();
        let bars: Vec<_> = spread
            .histogram
            .iter()
            .map(|bar| (bar.from, bar.to, bar.count))
            .collect();
        assert_eq!(bars, [(1.0, 1.99, 1), (2.0, 4.99, 2), (5.0, 9.99, 0), (10.0, 13.0, 2)]);
        assert_eq!((spread.min, spread.median, spread.max), (1.5, 4.5, 13.0));
    }

    #[test]
    fn nothing_has_no_spread() {
        assert_eq!(Counts::default().spread(), None);
        assert_eq!(Counts::default().wide_spread(1.0), None);
    }

    #[test]
    fn merged_counts_are_the_counts_of_all() {
        let mut merged = counts([1, 2, 2]);
        merged.merge(&counts([2, 3]));
        assert_eq!(merged.spread(), counts([1, 2, 2, 2, 3]).spread());
    }
}
