//! A whole forecast from the distribution of each step: normal around a centre, lognormal around the last close, or any other that
//! gives a price for a probability.

use std::collections::BTreeMap;

use statrs::function::erf::erfc_inv;

use super::BaselineForecast;

/// The levels of a forecast and the standard normal quantiles at them.
const LEVELS: [(&str, f64, f64); 7] = [
    ("0.05", 0.05, -1.644_853_626_951_472_7),
    ("0.1", 0.1, -1.281_551_565_544_600_4),
    ("0.25", 0.25, -0.674_489_750_196_081_7),
    ("0.5", 0.5, 0.0),
    ("0.75", 0.75, 0.674_489_750_196_081_7),
    ("0.9", 0.9, 1.281_551_565_544_600_4),
    ("0.95", 0.95, 1.644_853_626_951_472_7),
];
/// Equally likely prices a step.
pub(super) const MEMBERS: u32 = 100;

/// A place in a distribution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Probability of less.
    pub level: f64,
    /// The standard normal quantile there.
    z: f64,
}

/// The centre and the standard deviation of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    /// Price units, or for [`lognormal`] the expected log return since the last close.
    pub centre: f64,
    /// In the unit of the centre.
    pub deviation: f64,
}

/// Normal prices; `None` where one is not finite.
pub(super) fn normal(steps: &[Step]) -> Option<BaselineForecast> {
    forecast(steps, |step, place| step.centre + place.z * step.deviation)
}

/// Prices whose log return since `last_close` is normal; `None` where one is not finite.
pub(super) fn lognormal(last_close: f64, steps: &[Step]) -> Option<BaselineForecast> {
    forecast(steps, |step, place| {
        last_close * (step.centre + place.z * step.deviation).exp()
    })
}

/// A forecast from the price of each step at a place of its distribution; `None` where one is not finite.
pub(super) fn forecast<S>(steps: &[S], price: impl Fn(&S, Place) -> f64) -> Option<BaselineForecast> {
    let at = |place: Place| -> Option<Vec<f64>> {
        let prices = steps.iter().map(|step| price(step, place));
        prices.map(|price| price.is_finite().then_some(price)).collect()
    };
    let quantiles: Option<BTreeMap<_, _>> = LEVELS
        .iter()
        .map(|&(name, level, z)| Some((name.to_owned(), at(Place { level, z })?)))
        .collect();
    let members: Option<_> = (0..MEMBERS)
        .map(|member| {
            let level = (f64::from(member) + 0.5) / f64::from(MEMBERS);
            at(Place {
                level,
                z: normal_quantile(level),
            })
        })
        .collect();
    let quantiles = quantiles?;
    Some(BaselineForecast {
        median: quantiles.get("0.5").cloned()?,
        quantiles,
        members: members?,
        first_day: None,
    })
}

fn normal_quantile(level: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * level)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_levels_stand_at_their_normal_quantiles() {
        for (name, level, z) in LEVELS {
            let computed = normal_quantile(level);
            assert_eq!(name.parse(), Ok(level));
            assert!((computed - z).abs() < 1e-12, "{name}: {computed} is not {z}");
        }
    }

    #[test]
    fn a_lognormal_band_is_even_in_logarithms() {
        let forecast = lognormal(
            100.0,
            &[Step {
                centre: 0.0,
                deviation: 0.02,
            }],
        )
        .unwrap();
        assert_eq!(forecast.median, [100.0]);
        let at = |level: &str| forecast.quantiles.get(level).unwrap().first().copied().unwrap();
        assert!((at("0.1") * at("0.9") - 10_000.0).abs() < 1e-9);
        assert!((at("0.95") - 100.0 * (0.02 * 1.644_853_626_951_472_7_f64).exp()).abs() < 1e-9);
    }

    #[test]
    fn a_forecast_out_of_the_numbers_is_none() {
        assert_eq!(
            normal(&[Step {
                centre: f64::MAX,
                deviation: f64::MAX
            }]),
            None
        );
        assert_eq!(
            lognormal(
                1.0,
                &[Step {
                    centre: 1e4,
                    deviation: 0.0
                }]
            ),
            None
        );
    }
}
