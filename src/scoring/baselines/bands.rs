//! A whole forecast from a centre and a standard deviation for each step: normal around the centre, or lognormal around the last
//! close.

use statrs::function::erf::erfc_inv;

use super::BaselineForecast;

/// The levels of a forecast and the standard normal quantiles at them.
const LEVELS: [(&str, f64); 7] = [
    ("0.05", -1.644_853_626_951_472_7),
    ("0.1", -1.281_551_565_544_600_4),
    ("0.25", -0.674_489_750_196_081_7),
    ("0.5", 0.0),
    ("0.75", 0.674_489_750_196_081_7),
    ("0.9", 1.281_551_565_544_600_4),
    ("0.95", 1.644_853_626_951_472_7),
];
/// Equally likely prices a step.
const MEMBERS: u32 = 100;

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
    forecast(steps, |price| price)
}

/// Prices whose log return since `last_close` is normal; `None` where one is not finite.
pub(super) fn lognormal(last_close: f64, steps: &[Step]) -> Option<BaselineForecast> {
    forecast(steps, |log_return| last_close * log_return.exp())
}

fn forecast(steps: &[Step], price: impl Fn(f64) -> f64) -> Option<BaselineForecast> {
    let at = |z: f64| -> Option<Vec<f64>> {
        let prices = steps.iter().map(|step| price(step.centre + z * step.deviation));
        prices.map(|price| price.is_finite().then_some(price)).collect()
    };
    let quantiles: Option<_> = LEVELS
        .iter()
        .map(|&(level, z)| Some((level.to_owned(), at(z)?)))
        .collect();
    let members: Option<_> = (0..MEMBERS)
        .map(|member| at(normal_quantile((f64::from(member) + 0.5) / f64::from(MEMBERS))))
        .collect();
    Some(BaselineForecast {
        median: at(0.0)?,
        quantiles: quantiles?,
        members: members?,
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
        for (level, z) in LEVELS {
            let computed = normal_quantile(level.parse().unwrap());
            assert!((computed - z).abs() < 1e-12, "{level}: {computed} is not {z}");
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
