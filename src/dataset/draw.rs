//! Which windows a stretch of days has, and which of them bears a number: context and horizon in pairs, or any of two ranges.
//! Reads no price.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::formats::ExampleWindow;

/// The horizons of the Python original with the context that it gave each, in closes.
pub const SEED_PAIRS: [(u16, u16); 6] = [(1, 30), (5, 60), (7, 90), (10, 180), (30, 365), (90, 1_000)];

/// How the lengths of a window are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Draw {
    /// Pairs of horizon and context; each window of each pair is as probable as any other.
    Pairs(Vec<(u16, u16)>),
    /// Every context and every horizon of two ranges; each window is as probable as any other.
    Uniform {
        /// Fewest and most closes of the prompt.
        context: (u16, u16),
        /// Fewest and most closes of the completion.
        horizon: (u16, u16),
    },
}

impl Draw {
    /// Every combination of two ranges.
    pub fn uniform(context: RangeInclusive<u16>, horizon: RangeInclusive<u16>) -> Self {
        Draw::Uniform {
            context: context.into_inner(),
            horizon: horizon.into_inner(),
        }
    }

    /// The pairs of [`SEED_PAIRS`] whose context has at most `longest` closes.
    pub fn seed_pairs(longest: u16) -> Self {
        Draw::Pairs(
            SEED_PAIRS
                .into_iter()
                .filter(|(_, context)| *context <= longest)
                .collect(),
        )
    }

    /// The most closes of a completion.
    pub fn longest_horizon(&self) -> u16 {
        match self {
            Draw::Pairs(pairs) => pairs.iter().map(|(horizon, _)| *horizon).max().unwrap_or_default(),
            Draw::Uniform { horizon, .. } => horizon.1,
        }
    }

    /// The most closes of a prompt.
    pub fn longest_context(&self) -> u16 {
        match self {
            Draw::Pairs(pairs) => pairs.iter().map(|(_, context)| *context).max().unwrap_or_default(),
            Draw::Uniform { context, .. } => context.1,
        }
    }
}

/// The windows of a stretch of days, numbered from 0.
#[derive(Debug)]
pub struct Windows<'a> {
    draw: &'a Draw,
    /// How many windows come up to and including each pair, or each split.
    cumulative: Vec<u64>,
}

impl<'a> Windows<'a> {
    /// The windows of `days` consecutive closes.
    pub fn new(draw: &'a Draw, days: usize) -> Self {
        let mut total = 0;
        let mut add = |count: usize| {
            total += count as u64;
            total
        };
        let cumulative = match draw {
            Draw::Pairs(pairs) => {
                let starts = |(horizon, context): &(u16, u16)| {
                    (days + 1).saturating_sub(usize::from(*context) + usize::from(*horizon))
                };
                pairs.iter().map(|pair| add(starts(pair))).collect()
            }
            Draw::Uniform { context, horizon } => {
                let splits = usize::from(context.0)..(days + 1).saturating_sub(usize::from(horizon.0));
                splits
                    .map(|split| {
                        let contexts = split.min(context.1.into()) + 1 - usize::from(context.0);
                        add(contexts * horizons(days, split, *horizon))
                    })
                    .collect()
            }
        };
        Self { draw, cumulative }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.cumulative.last().copied().unwrap_or_default()
    }

    /// The window with a number below the count; `days` is what the windows were counted for.
    pub fn at(&self, days: usize, number: u64) -> ExampleWindow {
        let place = self.cumulative.partition_point(|until| *until <= number);
        let before = place.checked_sub(1).map_or(0, |before| self.cumulative[before]);
        let within = (number - before) as usize;
        match self.draw {
            Draw::Pairs(pairs) => {
                let (horizon, context) = pairs[place];
                ExampleWindow {
                    start: within,
                    context: context.into(),
                    horizon: horizon.into(),
                }
            }
            Draw::Uniform { context, horizon } => {
                let split = place + usize::from(context.0);
                let count = horizons(days, split, *horizon);
                let context = usize::from(context.0) + within / count;
                ExampleWindow {
                    start: split - context,
                    context,
                    horizon: usize::from(horizon.0) + within % count,
                }
            }
        }
    }
}

/// How many horizons fit behind `split` closes of `days`.
fn horizons(days: usize, split: usize, horizon: (u16, u16)) -> usize {
    (days - split).min(horizon.1.into()) + 1 - usize::from(horizon.0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// All windows by brute force.
    fn all(draw: &Draw, days: usize) -> HashSet<(usize, usize, usize)> {
        let mut found = HashSet::new();
        for start in 0..days {
            for context in 1..=days {
                for horizon in 1..=days {
                    let wanted = match draw {
                        Draw::Pairs(pairs) => pairs.contains(&(horizon as u16, context as u16)),
                        Draw::Uniform { context: c, horizon: h } => {
                            (c.0..=c.1).contains(&(context as u16)) && (h.0..=h.1).contains(&(horizon as u16))
                        }
                    };
                    if wanted && start + context + horizon <= days {
                        found.insert((start, context, horizon));
                    }
                }
            }
        }
        found
    }

    #[test]
    fn each_window_has_one_number() {
        let pairs = Draw::Pairs(vec![(1, 3), (4, 7), (9, 30)]);
        for draw in [pairs, Draw::uniform(3..=6, 1..=4), Draw::uniform(5..=5, 2..=2)] {
            for days in [0, 3, 4, 5, 7, 9, 10, 11, 17] {
                let windows = Windows::new(&draw, days);
                let numbered: HashSet<_> = (0..windows.count())
                    .map(|number| windows.at(days, number))
                    .map(|window| (window.start, window.context, window.horizon))
                    .collect();
                assert_eq!(numbered.len() as u64, windows.count(), "{draw:?} {days}");
                assert_eq!(numbered, all(&draw, days), "{draw:?} {days}");
            }
        }
    }

    #[test]
    fn the_pairs_of_the_original_are_limited_by_their_context() {
        let draw = Draw::seed_pairs(180);
        assert_eq!(draw, Draw::Pairs(vec![(1, 30), (5, 60), (7, 90), (10, 180)]));
        assert_eq!((draw.longest_horizon(), draw.longest_context()), (10, 180));
    }
}
