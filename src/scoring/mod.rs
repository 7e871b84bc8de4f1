//! How good forecasts are: error measures, baselines, intervals and tests of significance. Pure.

mod accuracy;
mod baselines;
mod bootstrap;
mod metrics;
mod significance;

pub(crate) use self::accuracy::{Comparison, WindowVerdict, compare};
pub(crate) use self::baselines::naive;
pub use self::baselines::{BaselineForecast, Smoothing, Trend, all, ar1, fit, fixed};
pub(crate) use self::bootstrap::Interval;
pub use self::bootstrap::{Resampling, mean_interval};
pub(crate) use self::metrics::MetricsError;
pub use self::metrics::{Distribution, Metrics, Scored, mean, score};
pub(crate) use self::significance::Kernel;
pub use self::significance::{ALPHA, Test, Verdict, diebold_mariano, holm, overlap, pesaran_timmermann, verdict};
