//! The processes in one type: which there are, what they are called, and one series of one of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::brownian::GeometricBrownian;
use super::earnings::Earnings;
use super::gapped::Gapped;
use super::garch::{Garch, GjrGarch};
use super::heston::Heston;
use super::kou::Kou;
use super::merton::Merton;
use super::random::Random;
use super::regimes::Regimes;
use super::reversion::MeanReversion;
use super::stale::Stale;
use super::stochastic_volatility::StochasticVolatility;

/// The first close of [`simulate`]. Every process is free of scale: multiply the closes for another level.
pub const FIRST_CLOSE: f64 = 100.0;

/// A model of a daily price, with its parameters. Returns are logarithms, times are trading days.
#[derive(Debug, Clone, PartialEq)]
pub enum Process {
    /// Independent normal returns.
    GeometricBrownian(GeometricBrownian),
    /// Variance that follows past squared returns.
    Garch(Garch),
    /// The same, more after falls than after rises.
    GjrGarch(GjrGarch),
    /// Variance with a random life of its own.
    StochasticVolatility(StochasticVolatility),
    /// Variance that reverts to its mean.
    Heston(Heston),
    /// Switching states of the market.
    Regimes(Regimes),
    /// Jumps of normal size.
    Merton(Merton),
    /// Jumps of exponential size.
    Kou(Kou),
    /// Jumps every quarter.
    Earnings(Earnings),
    /// A price that reverts to a level.
    MeanReversion(MeanReversion),
    /// Another process, with days on which nothing is traded.
    Stale(Stale, Box<Process>),
    /// Another process, with days missing.
    Gapped(Gapped, Box<Process>),
}

/// A process without its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessName {
    /// [`Process::GeometricBrownian`].
    GeometricBrownian,
    /// [`Process::Garch`].
    Garch,
    /// [`Process::GjrGarch`].
    GjrGarch,
    /// [`Process::StochasticVolatility`].
    StochasticVolatility,
    /// [`Process::Heston`].
    Heston,
    /// [`Process::Regimes`].
    Regimes,
    /// [`Process::Merton`].
    Merton,
    /// [`Process::Kou`].
    Kou,
    /// [`Process::Earnings`].
    Earnings,
    /// [`Process::MeanReversion`].
    MeanReversion,
    /// [`Process::Stale`].
    Stale,
    /// [`Process::Gapped`].
    Gapped,
}

impl ProcessName {
    /// All of them, in the order of [`Process`].
    pub const ALL: [Self; 12] = [
        Self::GeometricBrownian,
        Self::Garch,
        Self::GjrGarch,
        Self::StochasticVolatility,
        Self::Heston,
        Self::Regimes,
        Self::Merton,
        Self::Kou,
        Self::Earnings,
        Self::MeanReversion,
        Self::Stale,
        Self::Gapped,
    ];

    /// The name in files and messages, also in their JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GeometricBrownian => "geometric-brownian",
            Self::Garch => "garch",
            Self::GjrGarch => "gjr-garch",
            Self::StochasticVolatility => "stochastic-volatility",
            Self::Heston => "heston",
            Self::Regimes => "regimes",
            Self::Merton => "merton",
            Self::Kou => "kou",
            Self::Earnings => "earnings",
            Self::MeanReversion => "mean-reversion",
            Self::Stale => "stale",
            Self::Gapped => "gapped",
        }
    }

    /// The process with its default parameters; a stale or gapped one is of GJR-GARCH.
    pub fn typical(self) -> Process {
        let gjr = || Box::new(Process::GjrGarch(GjrGarch::default()));
        match self {
            Self::GeometricBrownian => Process::GeometricBrownian(GeometricBrownian::default()),
            Self::Garch => Process::Garch(Garch::default()),
            Self::GjrGarch => Process::GjrGarch(GjrGarch::default()),
            Self::StochasticVolatility => Process::StochasticVolatility(StochasticVolatility::default()),
            Self::Heston => Process::Heston(Heston::default()),
            Self::Regimes => Process::Regimes(Regimes::default()),
            Self::Merton => Process::Merton(Merton::default()),
            Self::Kou => Process::Kou(Kou::default()),
            Self::Earnings => Process::Earnings(Earnings::default()),
            Self::MeanReversion => Process::MeanReversion(MeanReversion::default()),
            Self::Stale => Process::Stale(Stale::default(), gjr()),
            Self::Gapped => Process::Gapped(Gapped::default(), gjr()),
        }
    }
}

impl fmt::Display for ProcessName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// `days` closes of a process, the first one [`FIRST_CLOSE`] (a gap or a day without a trade moves none before it). The same
/// arguments give the same closes, to the last bit, on every machine and in every thread. All are finite and positive, also where
/// the parameters are outside the ranges that their documentation gives; then they follow no theory.
pub fn simulate(process: &Process, days: usize, seed: u64) -> Vec<f64> {
    let mut closes = Vec::new();
    process.fill(FIRST_CLOSE, days, &mut Random::new(seed), &mut closes);
    closes
}

impl Process {
    /// The process without its parameters.
    pub fn name(&self) -> ProcessName {
        match self {
            Self::GeometricBrownian(_) => ProcessName::GeometricBrownian,
            Self::Garch(_) => ProcessName::Garch,
            Self::GjrGarch(_) => ProcessName::GjrGarch,
            Self::StochasticVolatility(_) => ProcessName::StochasticVolatility,
            Self::Heston(_) => ProcessName::Heston,
            Self::Regimes(_) => ProcessName::Regimes,
            Self::Merton(_) => ProcessName::Merton,
            Self::Kou(_) => ProcessName::Kou,
            Self::Earnings(_) => ProcessName::Earnings,
            Self::MeanReversion(_) => ProcessName::MeanReversion,
            Self::Stale(..) => ProcessName::Stale,
            Self::Gapped(..) => ProcessName::Gapped,
        }
    }

    /// Replaces `closes` by `days` of this process, beginning at `first`.
    pub(super) fn fill(&self, first: f64, days: usize, random: &mut Random, closes: &mut Vec<f64>) {
        match self {
            Self::GeometricBrownian(process) => process.fill(first, days, random, closes),
            Self::Garch(process) => process.fill(first, days, random, closes),
            Self::GjrGarch(process) => process.fill(first, days, random, closes),
            Self::StochasticVolatility(process) => process.fill(first, days, random, closes),
            Self::Heston(process) => process.fill(first, days, random, closes),
            Self::Regimes(process) => process.fill(first, days, random, closes),
            Self::Merton(process) => process.fill(first, days, random, closes),
            Self::Kou(process) => process.fill(first, days, random, closes),
            Self::Earnings(process) => process.fill(first, days, random, closes),
            Self::MeanReversion(process) => process.fill(first, days, random, closes),
            Self::Stale(stale, process) => {
                process.fill(first, days, random, closes);
                stale.apply(random, closes);
            }
            Self::Gapped(gapped, process) => gapped.fill(days, random, closes, |days, random, closes| {
                process.fill(first, days, random, closes);
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_process_has_one_name_in_json_and_in_text() {
        for name in ProcessName::ALL {
            assert_eq!(name.typical().name(), name);
            assert_eq!(serde_json::to_value(name).unwrap(), name.to_string());
        }
    }

    #[test]
    fn a_seed_gives_the_same_closes_in_any_thread_and_another_seed_others() {
        for name in ProcessName::ALL {
            let process = name.typical();
            let here = simulate(&process, 300, 9);
            let there = std::thread::scope(|scope| scope.spawn(|| simulate(&process, 300, 9)).join().unwrap());
            assert_eq!(here, there, "{name}");
            assert_ne!(here, simulate(&process, 300, 10), "{name}");
            assert_eq!((here.len(), here[0]), (300, FIRST_CLOSE), "{name}");
            assert!(simulate(&process, 0, 9).is_empty());
            assert_eq!(simulate(&process, 1, 9), [FIRST_CLOSE]);
        }
    }

    #[test]
    fn a_longer_series_begins_as_the_shorter_one_of_its_seed() {
        // Wrapped processes draw their gaps and idle days apart from the prices.
        for name in ProcessName::ALL {
            if !matches!(name, ProcessName::Stale | ProcessName::Gapped) {
                assert_eq!(
                    simulate(&name.typical(), 500, 3)[..200],
                    simulate(&name.typical(), 200, 3),
                    "{name}"
                );
            }
        }
    }

    /// 1,000 closes of each process with its default parameters and seed 7, their bits folded into one number. A difference means that every simulated
    /// data set made before would come out differently: say so in the changelog.
    #[test]
    fn the_closes_of_a_seed_are_pinned_to_the_last_bit() {
        let fold = |bits: u64, close: &f64| bits.rotate_left(7) ^ close.to_bits();
        let bits = ProcessName::ALL.map(|name| simulate(&name.typical(), 1_000, 7).iter().fold(0, fold));
        let pinned = [
            3_489_653_103_989_514_875,
            18_397_185_148_635_078_645,
            637_182_517_002_095_451,
            11_388_243_748_529_801_084,
            7_985_095_604_352_448_375,
            5_711_631_073_443_632_571,
            18_068_925_850_265_038_366,
            4_003_494_198_356_988_890,
            10_974_460_680_268_064_844,
            17_647_250_499_184_072_972,
            8_522_741_419_644_956_116,
            12_850_932_618_414_234_340,
        ];
        assert_eq!(bits, pinned);
    }

    fn wild() -> impl Strategy<Value = f64> {
        prop_oneof![
            Just(0.0),
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            Just(1e-300),
            -2.0..20.0_f64
        ]
    }

    fn any_process() -> impl Strategy<Value = Process> {
        (0..10_u8, wild(), wild(), wild(), wild(), wild(), wild()).prop_map(|(which, a, b, c, d, e, f)| match which {
            0 => Process::GeometricBrownian(GeometricBrownian {
                drift: a,
                volatility: b,
            }),
            1 => Process::Garch(Garch {
                drift: a,
                volatility: b,
                alpha: c,
                beta: d,
                degrees_of_freedom: e,
            }),
            2 => Process::GjrGarch(GjrGarch {
                drift: a,
                volatility: b,
                alpha: c,
                leverage: d,
                beta: e,
                degrees_of_freedom: f,
            }),
            3 => Process::StochasticVolatility(StochasticVolatility {
                drift: a,
                volatility: b,
                persistence: c,
                volatility_of_volatility: d,
                correlation: e,
            }),
            4 => Process::Heston(Heston {
                drift: a,
                volatility: b,
                reversion: c,
                volatility_of_volatility: d,
                correlation: e,
            }),
            5 => {
                let mut regimes = Regimes::default();
                (regimes.states[0].drift, regimes.states[1].volatility) = (a, b);
                for (state, days) in regimes.states.iter_mut().zip([c, d, e]) {
                    state.mean_days = days;
                }
                Process::Regimes(regimes)
            }
            6 => Process::Merton(Merton {
                drift: a,
                volatility: b,
                intensity: c,
                jump_mean: d,
                jump_deviation: e,
            }),
            7 => Process::Kou(Kou {
                drift: a,
                volatility: b,
                intensity: c,
                up_probability: d,
                up_mean: e,
                down_mean: f,
            }),
            8 => Process::Earnings(Earnings {
                period: a as usize,
                jitter: b as usize,
                jump_deviation: c,
                ..Earnings::default()
            }),
            _ => Process::MeanReversion(MeanReversion {
                half_life: a,
                volatility: b,
            }),
        })
    }

    proptest! {
        #[test]
        fn closes_are_finite_and_positive_under_any_parameters(
            process in any_process(),
            (probability, mean_days) in (wild(), wild()),
            days in 0..200_usize,
            seed in any::<u64>(),
        ) {
            let gapped = Gapped { probability, mean_days };
            let stale = Process::Stale(Stale { probability }, Box::new(process.clone()));
            for process in [process.clone(), stale, Process::Gapped(gapped, Box::new(process))] {
                let closes = simulate(&process, days, seed);
                prop_assert_eq!(closes.len(), days);
                prop_assert!(closes.iter().all(|close| close.is_finite() && *close > 0.0));
            }
        }
    }
}
