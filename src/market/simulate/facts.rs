//! The stylised facts of daily returns (Cont, 2001), measured on one series: closes or log returns in, figures out. Pure; the same
//! formulas for real and for simulated prices.

/// The logarithm of each close over the one before; one fewer than the closes.
pub fn log_returns(closes: &[f64]) -> Vec<f64> {
    closes.windows(2).map(|pair| libm::log(pair[1] / pair[0])).collect()
}

/// The first four moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation, with the number of values as divisor.
    pub deviation: f64,
    /// Third standardised moment; 0 for a symmetric distribution.
    pub skewness: f64,
    /// Fourth standardised moment; 3 for the normal distribution.
    pub kurtosis: f64,
}

/// The moments of the values; not a number where there are none, or for skewness and kurtosis where all are equal.
pub fn moments(values: &[f64]) -> Moments {
    let mean = mean(values);
    let count = values.len() as f64;
    let (mut second, mut third, mut fourth) = (0.0, 0.0, 0.0);
    for value in values {
        let deviation = value - mean;
        let square = deviation * deviation;
        second += square;
        third += square * deviation;
        fourth += square * square;
    }
    let variance = second / count;
    let deviation = variance.sqrt();
    Moments {
        mean,
        deviation,
        skewness: third / count / (variance * deviation),
        kurtosis: fourth / count / (variance * variance),
    }
}

/// Sums of `days` values each, one after the other; what is left over at the end is not used. Of log returns: the log returns of
/// so many days.
pub fn aggregated(values: &[f64], days: usize) -> Vec<f64> {
    values
        .chunks_exact(days.max(1))
        .map(|chunk| chunk.iter().sum())
        .collect()
}

/// The correlation of the values with those `lag` days later; not a number for fewer than `lag` + 1 values, or equal ones.
pub fn autocorrelation(values: &[f64], lag: usize) -> f64 {
    lagged_correlation(values, values, lag)
}

/// The correlation of a day's value with the square of the value `lag` days later: negative where falls are followed by volatile
/// days (Black, 1976), zero for independent returns.
pub fn leverage(values: &[f64], lag: usize) -> f64 {
    let squares: Vec<f64> = values.iter().map(|value| value * value).collect();
    lagged_correlation(values, &squares, lag)
}

/// The correlation of `x` with the values of `y` that are `lag` days later, with the means and deviations of all days.
fn lagged_correlation(x: &[f64], y: &[f64], lag: usize) -> f64 {
    if lag >= x.len() {
        return f64::NAN;
    }
    let (mean_x, mean_y) = (mean(x), mean(y));
    let squares = |values: &[f64], mean: f64| values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
    let products: f64 = x
        .iter()
        .zip(&y[lag..])
        .map(|(before, after)| (before - mean_x) * (after - mean_y))
        .sum();
    products / (squares(x, mean_x) * squares(y, mean_y)).sqrt()
}

/// The tail index by Hill's estimator (1975) over the `share` of values that are largest in size: α where P(|X| > x) falls as x⁻ᵅ.
/// Not a number where the share holds no value.
pub fn tail_index(values: &[f64], share: f64) -> f64 {
    let mut sizes: Vec<f64> = values.iter().map(|value| value.abs()).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let count = (share * sizes.len() as f64) as usize;
    let Some(&threshold) = sizes.get(count) else {
        return f64::NAN;
    };
    let logs: f64 = sizes[..count].iter().map(|size| libm::log(size / threshold)).sum();
    count as f64 / logs
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-12, "{value} {expected}");
    }

    #[test]
    fn moments_are_those_worked_out_by_hand() {
        // 1, 2, 3, 6: mean 3, deviations −2, −1, 0, 3; squares sum to 14, cubes to 18, fourth powers to 98.
        let Moments {
            mean,
            deviation,
            skewness,
            kurtosis,
        } = moments(&[1.0, 2.0, 3.0, 6.0]);
        near(mean, 3.0);
        near(deviation, 3.5_f64.sqrt());
        near(skewness, 4.5 / 3.5_f64.powf(1.5));
        near(kurtosis, 24.5 / 12.25);
    }

    #[test]
    fn correlations_are_those_worked_out_by_hand() {
        // Deviations from 2 are −1, 0, 1, 0: their products at lag 1 sum to 0, at lag 2 to −1; their squares to 2.
        let values = [1.0, 2.0, 3.0, 2.0];
        near(autocorrelation(&values, 0), 1.0);
        near(autocorrelation(&values, 1), 0.0);
        near(autocorrelation(&values, 2), -0.5);
        assert!(autocorrelation(&values, 4).is_nan());
        // A fall that is followed by a large move: squares 1, 9, 1, 1 deviate from 3 by −2, 6, −2, −2; the values have mean 0.5
        // and deviate by −1.5, 2.5, −1.5, 0.5. The products at lag 1 are −9, −5 and 3.
        near(leverage(&[-1.0, 3.0, -1.0, 1.0], 1), -11.0 / (11.0_f64 * 48.0).sqrt());
    }

    #[test]
    fn returns_add_up_over_days() {
        let returns = log_returns(&[1.0, 2.0, 8.0, 8.0, 4.0]);
        let pairs = aggregated(&returns, 2);
        assert_eq!(pairs.len(), 2);
        near(pairs[0], 8.0_f64.ln());
        near(pairs[1], 0.5_f64.ln());
        assert_eq!(aggregated(&returns, 3).len(), 1);
        assert!(log_returns(&[1.0]).is_empty());
    }

    #[test]
    fn the_tail_index_of_a_pareto_distribution_is_its_exponent() {
        // The quantiles of P(X > x) = x⁻³: the estimate over their upper tenth misses 3 by the coarse grid only.
        let quantiles: Vec<f64> = (1..=10_000)
            .map(|at| (f64::from(at) / 10_001.0).powf(-1.0 / 3.0))
            .collect();
        assert!((tail_index(&quantiles, 0.1) - 3.0).abs() < 0.02);
        assert!(tail_index(&[], 0.1).is_nan());
    }
}
