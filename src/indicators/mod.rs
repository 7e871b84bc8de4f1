//! Technical indicators: daily bars come in, oldest first; [`Stats`] go out. Pure: reads no file, no clock, no network, and never
//! looks past the last bar given.

mod averages;
mod figures;
mod finite;
mod gaps;
mod levels;
mod rsi;
mod stats;
mod volatility;
mod volume;

pub(crate) use self::averages::quantile;
pub use self::figures::stats;
pub(crate) use self::stats::{CrossKind, Stats, Trend, VolatilityClass};
pub(crate) use self::volatility::daily as daily_volatility;
