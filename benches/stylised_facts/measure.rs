//! All stylised facts of one series, and their quantiles over many. Draws and prints nothing.

use tripod::market::simulate::facts::{aggregated, autocorrelation, leverage, log_returns, moments, tail_index};

/// The longest lags of the autocorrelations, in days.
pub const LONG_LAG: usize = 100;
pub const SHORT_LAG: usize = 20;

/// The days over which returns are added up for their kurtosis.
pub const AGGREGATIONS: [usize; 4] = [1, 5, 10, 20];

/// The share of returns that count as the tail.
const TAIL: f64 = 0.05;

/// The sizes, in standard deviations, at which the tail is read: from 0.5 on, each a tenth larger than the one before.
pub fn sizes() -> impl Iterator<Item = f64> {
    (0..38).map(|step| 0.5 * 1.1_f64.powi(step))
}

/// What is measured of one series of closes.
pub struct Facts {
    pub deviation: f64,
    pub skewness: f64,
    /// One a number of [`AGGREGATIONS`].
    pub kurtosis: Vec<f64>,
    pub tail_index: f64,
    /// The share of returns farther from the mean than each of [`sizes`].
    pub beyond: Vec<f64>,
    /// Autocorrelation of returns, from lag 1 to the short lag.
    pub returns: Vec<f64>,
    /// Of absolute and of squared returns, from lag 1 to the long lag.
    pub absolute: Vec<f64>,
    pub squared: Vec<f64>,
    /// Correlation of a return with later squared ones, from lag 1 to the short lag.
    pub leverage: Vec<f64>,
}

impl Facts {
    pub fn of(closes: &[f64]) -> Self {
        let mut returns = log_returns(closes);
        let all = moments(&returns);
        for log_return in &mut returns {
            *log_return -= all.mean;
        }
        let absolute: Vec<f64> = returns.iter().map(|value| value.abs()).collect();
        let squared: Vec<f64> = returns.iter().map(|value| value * value).collect();
        let correlations =
            |values: &[f64], longest: usize| (1..=longest).map(|lag| autocorrelation(values, lag)).collect();
        Self {
            deviation: all.deviation,
            skewness: all.skewness,
            kurtosis: AGGREGATIONS
                .map(|days| moments(&aggregated(&returns, days)).kurtosis)
                .to_vec(),
            tail_index: tail_index(&returns, TAIL),
            beyond: sizes()
                .map(|size| share(&absolute, |value| value > size * all.deviation))
                .collect(),
            returns: correlations(&returns, SHORT_LAG),
            absolute: correlations(&absolute, LONG_LAG),
            squared: correlations(&squared, LONG_LAG),
            leverage: (1..=SHORT_LAG).map(|lag| leverage(&returns, lag)).collect(),
        }
    }
}

fn share(values: &[f64], is_counted: impl Fn(f64) -> bool) -> f64 {
    values.iter().filter(|value| is_counted(**value)).count() as f64 / values.len() as f64
}

/// The value below which a share of the values lies; what is not a number is left out.
pub fn quantile(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let mut sorted: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
