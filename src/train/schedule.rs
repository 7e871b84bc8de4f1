//! The learning rate of each step: a linear rise, then half a cosine down to the final rate (Loshchilov and Hutter, 2017).

use super::options::Options;

/// The rate of a step, counted from 0.
pub(super) fn learning_rate(options: &Options, step: u64) -> f64 {
    if step < options.warmup {
        return options.learning_rate * (step + 1) as f64 / options.warmup as f64;
    }
    let done = (step - options.warmup) as f64 / (options.steps - options.warmup).max(1) as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
    options.learning_rate * (options.final_rate + (1.0 - options.final_rate) * cosine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_in_a_line_and_falls_in_half_a_cosine() {
        let options = Options {
            steps: 110,
            warmup: 10,
            learning_rate: 2.0,
            final_rate: 0.1,
            ..Options::default()
        };
        let rate = |step| learning_rate(&options, step);
        assert!((rate(0) - 0.2).abs() < 1e-12);
        assert!((rate(9) - 2.0).abs() < 1e-12);
        assert!((rate(10) - 2.0).abs() < 1e-12);
        // Half way: the mean of the highest and the final rate.
        assert!((rate(60) - 1.1).abs() < 1e-12);
        // A third of the way: cos 60° = 1/2, so three quarters of the way from the final to the highest rate.
        let third = Options {
            steps: 10 + 99,
            ..options.clone()
        };
        assert!((learning_rate(&third, 10 + 33) - (0.2 + 0.75 * 1.8)).abs() < 1e-12);
        assert!((rate(110) - 0.2).abs() < 1e-12);
        assert!((10..109).all(|step| rate(step + 1) < rate(step)));
    }
}
