//! Daily closes from seeded random processes: a process or a mix of them and a seed in, closes out. Reads neither network nor
//! disk, and knows no ticker.
//!
//! A [`Process`] is one model of a price with its parameters; each has a file that names its source and tests it against its
//! theory. [`simulate`] draws one series of it. A [`Mix`] chooses a process and its parameters anew for every series, and
//! [`draw`] is what the data factory calls. [`facts`] measures series, real and simulated, by the same formulas.

mod arrivals;
mod brownian;
mod days;
mod earnings;
pub mod facts;
mod gapped;
mod garch;
mod heston;
mod kou;
mod merton;
mod mix;
mod parameters;
mod permutation;
mod process;
mod random;
mod regimes;
mod reversion;
mod stale;
mod stochastic_volatility;
mod student;
#[cfg(test)]
mod theory;
mod walk;
mod ziggurat;

pub use self::brownian::GeometricBrownian;
pub use self::days::trading_days;
pub use self::earnings::Earnings;
pub use self::gapped::Gapped;
pub use self::garch::{Garch, GjrGarch};
pub use self::heston::Heston;
pub use self::kou::Kou;
pub use self::merton::Merton;
pub use self::mix::{LOWEST_CLOSE, Mix, MixError, draw};
pub(crate) use self::permutation::{Permutation, hash, mix};
pub use self::process::{FIRST_CLOSE, Process, ProcessName, simulate};
#[cfg(feature = "train")]
pub(crate) use self::random::Random;
pub use self::regimes::{Regime, Regimes};
pub use self::reversion::MeanReversion;
pub use self::stale::Stale;
pub use self::stochastic_volatility::StochasticVolatility;
