//! How a forecaster's paths are sampled and calibrated, as its manifest says. Plain data with checks.

use serde::{Deserialize, Serialize};

/// How the continuations of a forecaster are sampled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PathSampling {
    /// Divides the logits.
    pub temperature: f32,
    /// Keep only the k most probable tokens; 0 keeps all.
    pub top_k: i32,
    /// Keep only the most probable tokens whose probabilities reach this; 1 keeps all.
    pub top_p: f32,
    /// Keep only tokens at least this probable relative to the best; 0 keeps all.
    pub min_p: f32,
    /// How many paths to sample where the user names no number; 0 leaves it to the program.
    pub paths: u16,
}

impl Default for PathSampling {
    /// For models that were not trained to forecast: the tails of their distributions are mostly noise.
    fn default() -> Self {
        PathSampling {
            temperature: 0.8,
            top_k: 0,
            top_p: 0.95,
            min_p: 0.02,
            paths: 0,
        }
    }
}

impl PathSampling {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let is_share = |value: f32| (0.0..=1.0).contains(&value);
        let problem = if !(self.temperature.is_finite() && self.temperature > 0.0 && self.temperature <= 10.0) {
            "temperature must lie above 0 and up to 10"
        } else if self.top_k < 0 {
            "top_k must not be negative; 0 keeps all"
        } else if !is_share(self.top_p) || self.top_p == 0.0 {
            "top_p must lie above 0 and up to 1"
        } else if !is_share(self.min_p) {
            "min_p must lie between 0 and 1"
        } else if self.paths > MOST_PATHS {
            "paths must be at most 256"
        } else {
            return None;
        };
        Some(format!("sampling.{problem}"))
    }
}

/// The most sequences of one request.
const MOST_PATHS: u16 = 256;

/// How the paths of a forecaster are corrected, fitted on a validation period: the deviations of the log prices from their median
/// are widened by a factor of the day, and a share of the median's move is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calibration {
    /// Day and factor, days ascending; interpolated between them, constant outside.
    pub widths: Vec<(u16, f64)>,
    /// The share of the median's move that is kept, 0 to 1.
    pub drift: f64,
}

impl Default for Calibration {
    /// Changes nothing.
    fn default() -> Self {
        Calibration {
            widths: Vec::new(),
            drift: 1.0,
        }
    }
}

impl Calibration {
    /// Whether it changes nothing.
    pub fn is_identity(&self) -> bool {
        self.drift == 1.0 && self.widths.iter().all(|(_, factor)| *factor == 1.0)
    }

    /// The factor of a day, counted from 1.
    pub fn width(&self, day: usize) -> f64 {
        let day = day as f64;
        let after = self.widths.iter().position(|(known, _)| f64::from(*known) >= day);
        match after {
            None => self.widths.last().map_or(1.0, |(_, factor)| *factor),
            Some(0) => self.widths[0].1,
            Some(next) => {
                let ((from, low), (to, high)) = (self.widths[next - 1], self.widths[next]);
                let share = (day - f64::from(from)) / (f64::from(to) - f64::from(from));
                low + share * (high - low)
            }
        }
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let rises = self.widths.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let positive = self
            .widths
            .iter()
            .all(|(day, factor)| *day > 0 && factor.is_finite() && (0.1..=10.0).contains(factor));
        if !rises || !positive {
            return Some("calibration.widths must list days in ascending order with factors between 0.1 and 10".into());
        }
        let is_share = (0.0..=1.0).contains(&self.drift);
        (!is_share).then(|| "calibration.drift must lie between 0 and 1".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_interpolated_between_days_and_constant_outside() {
        let calibration = Calibration {
            widths: vec![(5, 1.0), (15, 1.2)],
            drift: 1.0,
        };
        for (day, expected) in [(1, 1.0), (5, 1.0), (10, 1.1), (15, 1.2), (30, 1.2)] {
            assert!((calibration.width(day) - expected).abs() < 1e-12, "{day}");
        }
        assert!((Calibration::default().width(7) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn values_that_cannot_be_are_named() {
        let narrow = Calibration {
            widths: vec![(5, 0.0)],
            ..Calibration::default()
        };
        assert!(narrow.problem().is_some_and(|problem| problem.contains("widths")));
        let unordered = Calibration {
            widths: vec![(30, 1.0), (5, 1.0)],
            ..Calibration::default()
        };
        assert!(unordered.problem().is_some());
        let cold = PathSampling {
            temperature: 0.0,
            ..PathSampling::default()
        };
        assert!(cold.problem().is_some_and(|problem| problem.contains("temperature")));
        assert_eq!(
            (PathSampling::default().problem(), Calibration::default().problem()),
            (None, None)
        );
    }
}
