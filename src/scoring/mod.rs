//! How good forecasts are: error measures, baselines, intervals and tests of significance. Pure.

mod accuracy;
mod baselines;
mod bootstrap;
mod metrics;
mod random;
mod significance;

pub(crate) use self::accuracy::{Comparison, WindowVerdict, compare};
pub(crate) use self::baselines::naive;
pub use self::baselines::{
    BaselineForecast, DayReturn, Garch, GarchFit, Smoothing, Trend, all, ar1, fit, fixed, garch_fit,
};
pub(crate) use self::baselines::{cone_drift, ewma_t};
pub(crate) use self::bootstrap::Interval;
pub(crate) use self::bootstrap::interval;
pub use self::bootstrap::{Resampling, mean_interval};
pub(crate) use self::metrics::MetricsError;
pub use self::metrics::{Distribution, FLOOR, Metrics, Scored, mean, score};
pub(crate) use self::metrics::{crps_of_steps, is_floor, log_score, members, piecewise_density};
pub(crate) use self::random::SplitMix64;
pub(crate) use self::significance::Kernel;
pub use self::significance::{ALPHA, Test, Verdict, diebold_mariano, holm, overlap, pesaran_timmermann, verdict};
