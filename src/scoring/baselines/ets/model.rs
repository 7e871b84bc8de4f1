//! One model of exponential smoothing: its parameters and closes in, its states, errors and forecast out.

use crate::scoring::baselines::BaselineForecast;
use crate::scoring::baselines::bands::{self, Step};

/// Errors below this part of the largest close are rounding error.
const NOISE: f64 = 1e-12;
/// Part of its own length that must be new in the second of two responses for them to count as two.
const NEW: f64 = 1e-12;

/// How the forecasts go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Flat.
    None,
    /// By the same amount each day.
    Linear,
    /// By an amount that shrinks by the factor φ each day.
    Damped,
}

/// The smoothing parameters of one model, with the level ℓ and the growth b: a forecast ℓ + φb, an error e, then
/// ℓ ← ℓ + φb + αe and b ← φb + βe.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    /// Weight of an error in the level, 0–1.
    pub alpha: f64,
    /// Weight of an error in the growth, 0–α; 0 without a trend.
    pub beta: f64,
    /// What is left of the growth the next day; 1 unless damped.
    pub phi: f64,
    /// The model that these belong to.
    pub trend: Trend,
}

/// A model with its states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Smoothing parameters.
    pub smoothing: Smoothing,
    /// Level before the first close.
    pub initial_level: f64,
    /// Growth before the first close; 0 without a trend.
    pub initial_growth: f64,
    /// Level after the last close.
    pub level: f64,
    /// Growth after the last close.
    pub growth: f64,
    /// Sum of the squared one-step errors.
    pub squares: f64,
    /// Standard deviation of the errors: their squares over the closes less the parameters.
    pub spread: f64,
    /// Akaike's criterion with the correction of Hurvich & Tsai (1989); minus infinity of a perfect fit.
    pub aicc: f64,
}

/// The model with these smoothing parameters and the initial states that fit the closes best. `None` where the closes
/// are too few to tell the models apart, or their errors are no finite numbers.
pub fn fixed(closes: &[f64], smoothing: Smoothing) -> Option<Fit> {
    // Seen from the first close the numbers are small, which saves their digits.
    let &origin = closes.first()?;
    let shifted = closes.iter().map(|close| close - origin);
    let initial = States::best(shifted.clone(), smoothing);
    let mut states = initial;
    let squares: f64 = shifted.map(|close| states.step(close, smoothing).powi(2)).sum();

    let count = closes.len() as f64;
    let largest = closes.iter().map(|close| close.abs()).fold(0.0, f64::max);
    let perfect = squares <= count * (NOISE * largest).powi(2);
    let squares = if perfect { 0.0 } else { squares };
    // The variance of the errors is one parameter more.
    let parameters = smoothing.trend.parameters() + 1.0;
    if !squares.is_finite() || count - parameters - 1.0 <= 0.0 {
        return None;
    }
    Some(Fit {
        smoothing,
        initial_level: initial.level + origin,
        initial_growth: initial.growth,
        level: states.level + origin,
        growth: states.growth,
        squares,
        spread: (squares / (count - smoothing.trend.parameters())).sqrt(),
        aicc: count * (squares / count).ln() + 2.0 * parameters * count / (count - parameters - 1.0),
    })
}

impl Fit {
    /// The forecast from the last close; `None` where it leaves the finite numbers.
    pub fn forecast(&self, horizon: usize) -> Option<BaselineForecast> {
        let Smoothing { alpha, beta, phi, .. } = self.smoothing;
        let (mut kept, mut growths, mut variance) = (1.0, 0.0, 1.0_f64);
        let mut steps = Vec::with_capacity(horizon);
        for _ in 0..horizon {
            kept *= phi;
            growths += kept;
            steps.push(Step {
                centre: self.level + growths * self.growth,
                deviation: self.spread * variance.sqrt(),
            });
            variance += (alpha + beta * growths).powi(2);
        }
        bands::normal(&steps)
    }
}

impl Trend {
    /// Smoothing parameters and initial states.
    fn parameters(self) -> f64 {
        match self {
            Self::None => 2.0,
            Self::Linear => 4.0,
            Self::Damped => 5.0,
        }
    }
}

/// Level and growth.
#[derive(Debug, Clone, Copy)]
struct States {
    level: f64,
    growth: f64,
}

impl States {
    const ZERO: Self = Self {
        level: 0.0,
        growth: 0.0,
    };
    const LEVEL: Self = Self {
        level: 1.0,
        growth: 0.0,
    };
    const GROWTH: Self = Self {
        level: 0.0,
        growth: 1.0,
    };

    /// The initial states of least squared error. The errors are linear in the states, so this is their regression on
    /// what one unit of level and one of growth do to them; where both do the same, the growth is 0.
    fn best(closes: impl Iterator<Item = f64>, smoothing: Smoothing) -> Self {
        let (mut of_closes, mut of_level, mut of_growth) = (Self::ZERO, Self::LEVEL, Self::GROWTH);
        let (mut level_level, mut growth_growth, mut level_growth) = (0.0, 0.0, 0.0);
        let (mut closes_level, mut closes_growth) = (0.0, 0.0);
        for close in closes {
            let error = of_closes.step(close, smoothing);
            let (by_level, by_growth) = (of_level.step(0.0, smoothing), of_growth.step(0.0, smoothing));
            level_level += by_level * by_level;
            growth_growth += by_growth * by_growth;
            level_growth += by_level * by_growth;
            closes_level += error * by_level;
            closes_growth += error * by_growth;
        }
        let determinant = level_level * growth_growth - level_growth * level_growth;
        if smoothing.trend == Trend::None || determinant <= NEW * level_level * growth_growth {
            return Self {
                level: -closes_level / level_level,
                growth: 0.0,
            };
        }
        Self {
            level: (level_growth * closes_growth - growth_growth * closes_level) / determinant,
            growth: (level_growth * closes_level - level_level * closes_growth) / determinant,
        }
    }

    /// Takes in a close; gives the error of its forecast.
    fn step(&mut self, close: f64, smoothing: Smoothing) -> f64 {
        let grown = smoothing.phi * self.growth;
        let error = close - self.level - grown;
        self.level += grown + smoothing.alpha * error;
        self.growth = grown + smoothing.beta * error;
        error
    }
}
