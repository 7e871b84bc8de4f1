//! AdamW (Loshchilov and Hutter, 2019) with a limit on the gradient's norm, and the moving average of the weights. Plain arrays in
//! memory, in a fixed order: the same gradients give the same bytes on every device.

use super::options::Options;
use super::weights::Layout;

/// The weights of a run and what the optimiser remembers of them, each as one array in the order of the layout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct State {
    /// Steps done.
    pub step: u64,
    /// The weights.
    pub values: Vec<f32>,
    /// Their moving average.
    pub average: Vec<f32>,
    /// The moving mean of the gradients.
    pub first: Vec<f32>,
    /// The moving mean of their squares.
    pub second: Vec<f32>,
}

impl State {
    /// The state before the first step.
    pub(super) fn new(values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        State {
            step: 0,
            average: values.clone(),
            first: zeros.clone(),
            second: zeros,
            values,
        }
    }

    /// One step with this gradient, which has been shortened by [`clip`], at this learning rate.
    pub(super) fn update(&mut self, layout: &Layout, gradient: &[f32], rate: f64, options: &Options) {
        self.step += 1;
        let steps = self.step as f64;
        let (beta1, beta2) = (options.beta1 as f32, options.beta2 as f32);
        let correction1 = (1.0 - options.beta1.powf(steps)).recip() as f32;
        let correction2 = (1.0 - options.beta2.powf(steps)).recip() as f32;
        // A mean of the steps so far at first, so that the random weights of the start do not weigh in the average.
        let fresh = ((1.0 - options.averaging) / (1.0 - options.averaging.powf(steps))) as f32;
        let (rate32, epsilon) = (rate as f32, options.epsilon as f32);
        for entry in &layout.entries {
            let decay = if entry.decays {
                (rate * options.weight_decay) as f32
            } else {
                0.0
            };
            let range = entry.range.clone();
            let moments = self.first[range.clone()]
                .iter_mut()
                .zip(&mut self.second[range.clone()]);
            let weights = self.values[range.clone()]
                .iter_mut()
                .zip(&mut self.average[range.clone()]);
            for ((&gradient, (first, second)), (value, average)) in gradient[range].iter().zip(moments).zip(weights) {
                *first = beta1 * *first + (1.0 - beta1) * gradient;
                *second = beta2 * *second + (1.0 - beta2) * gradient * gradient;
                let move_ = (*first * correction1) / ((*second * correction2).sqrt() + epsilon);
                *value -= decay * *value + rate32 * move_;
                *average += fresh * (*value - *average);
            }
        }
    }
}

/// Shortens a gradient to the limit, which 0 lifts, and returns the norm that it had.
pub(super) fn clip(gradient: &mut [f32], limit: f64) -> f64 {
    let norm = gradient
        .iter()
        .map(|&value| f64::from(value).powi(2))
        .sum::<f64>()
        .sqrt();
    if limit > 0.0 && norm > limit {
        let factor = (limit / norm) as f32;
        gradient.iter_mut().for_each(|value| *value *= factor);
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::super::weights::Entry;
    use super::*;

    fn layout() -> Layout {
        let entry = |name: &str, decays, range| Entry {
            name: name.into(),
            shape: vec![1],
            decays,
            range,
        };
        Layout {
            entries: vec![entry("matrix", true, 0..1), entry("norm", false, 1..2)],
        }
    }

    #[test]
    fn two_steps_follow_the_published_update() {
        let options = Options {
            beta1: 0.9,
            beta2: 0.99,
            epsilon: 1e-8,
            weight_decay: 0.1,
            averaging: 0.5,
            ..Options::default()
        };
        let mut state = State::new(vec![1.0, 1.0]);
        state.update(&layout(), &[0.5, -0.25], 0.1, &options);
        // After the first step, m̂ = g and v̂ = g², so the move is the rate times the sign; decay takes 0.1 · 0.1 of the matrix.
        assert!((state.values[0] - (1.0 - 0.1 - 0.01)).abs() < 1e-6);
        assert!((state.values[1] - 1.1).abs() < 1e-6);
        assert_eq!(state.average, state.values, "the first average is the first result");
        let first = state.values.clone();
        state.update(&layout(), &[0.5, 0.5], 0.1, &options);
        let m = 0.9 * (0.1 * -0.25) + 0.1 * 0.5;
        let v = 0.99 * (0.01 * 0.0625) + 0.01 * 0.25;
        let moved = (m / (1.0 - 0.81)) / (f32::sqrt(v / (1.0 - 0.9801)) + 1e-8);
        assert!((state.values[1] - (first[1] - 0.1 * moved)).abs() < 1e-6);
        // Weights 1/3 and 2/3 for a decay of one half.
        let average = first[1] + (state.values[1] - first[1]) * 2.0 / 3.0;
        assert!((state.average[1] - average).abs() < 1e-6);
    }

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_is_not() {
        let mut long = vec![3.0, 4.0];
        assert!((clip(&mut long, 1.0) - 5.0).abs() < 1e-12);
        assert!((long[0] - 0.6).abs() < 1e-6 && (long[1] - 0.8).abs() < 1e-6);
        let mut short = vec![0.3, 0.4];
        clip(&mut short, 1.0);
        assert_eq!(short, [0.3, 0.4]);
        let mut free = vec![3.0, 4.0];
        clip(&mut free, 0.0);
        assert_eq!(free, [3.0, 4.0]);
    }
}
