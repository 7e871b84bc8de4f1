//! Error measures of forecasts: one window scored ([`score`]), and the average over several ([`mean`]).

mod average;
mod check;
mod distribution;
mod error;
mod figures;
mod log_score;
mod members;
#[cfg(test)]
mod tests;
mod window;

pub use self::average::mean;
pub use self::distribution::crps_of_steps;
pub use self::error::MetricsError;
#[cfg(test)]
pub(super) use self::error::Part;
pub use self::figures::Metrics;
pub use self::log_score::{FLOOR, is_floor, log_score, piecewise_density};
pub use self::members::members;
pub use self::window::{Distribution, Scored, score};
