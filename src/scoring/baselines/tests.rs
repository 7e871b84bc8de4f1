//! The baselines on histories whose forecasts are known, and on any other.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn at(forecast: &BaselineForecast, level: &str) -> Vec<f64> {
    forecast.quantiles.get(level).unwrap().clone()
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs().max(1.0)
}

fn named(closes: &[f64], horizon: usize, name: &str) -> Option<BaselineForecast> {
    all(closes, horizon)
        .into_iter()
        .find(|(found, _)| *found == name)
        .unwrap()
        .1
}

#[test]
fn the_order_is_fixed() {
    let names: Vec<_> = all(&[], 1).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "naive",
            "drift",
            "seasonal_naive",
            "ar1",
            "volatility_cone",
            "cone97",
            "garch_t",
            "ets"
        ]
    );
}

#[test]
fn each_has_a_shortest_history() {
    let closes: Vec<f64> = (0..60).map(|day| 100.0 + f64::from(day * day % 7)).collect();
    for (name, fewest) in [
        ("naive", 2),
        ("drift", 3),
        ("seasonal_naive", 6),
        ("ar1", 5),
        ("volatility_cone", 2),
        ("cone97", 2),
        ("garch_t", 51),
        ("ets", 10),
    ] {
        let known = |count: usize| named(closes.get(..count).unwrap(), 3, name);
        assert!(known(fewest).is_some(), "{name} forecasts from {fewest} closes");
        assert_eq!(known(fewest - 1), None, "{name} of {} closes", fewest - 1);
        assert_eq!(named(&closes, 0, name), None, "{name} over no day");
    }
}

#[test]
fn a_random_walk_widens_with_the_root_of_time() {
    // Moves 1, −1, 1: σ = 1.
    let forecast = naive(&[10.0, 11.0, 10.0, 11.0], 4).unwrap();
    assert_eq!(forecast.median, [11.0; 4]);
    let high = at(&forecast, "0.9");
    assert!(near(high.first().unwrap() - 11.0, 1.281_551_565_544_600_4));
    assert!(near(high.last().unwrap() - 11.0, 2.0 * 1.281_551_565_544_600_4));
}

#[test]
fn drift_goes_on_along_the_line_through_first_and_last() {
    let forecast = drift(&[10.0, 13.0, 16.0], 2).unwrap();
    assert_eq!(forecast.median, [19.0, 22.0]);
    assert_eq!(at(&forecast, "0.05"), [19.0, 22.0]);
}

#[test]
fn a_week_repeats_itself() {
    let forecast = seasonal_naive(&[1.0, 2.0, 3.0, 4.0, 5.0, 2.0], 7).unwrap();
    assert_eq!(forecast.median, [2.0, 3.0, 4.0, 5.0, 2.0, 2.0, 3.0]);
    let wide: Vec<f64> = at(&forecast, "0.75")
        .iter()
        .zip(&forecast.median)
        .map(|(high, middle)| high - middle)
        .collect();
    assert!(near(wide.last().unwrap() / wide.first().unwrap(), 2.0_f64.sqrt()));
}

#[test]
fn a_return_that_always_comes_back_in_part_is_followed() {
    // Returns from r = −½·r₋₁ exactly: the forecast goes on with them and has no spread.
    let mut closes = vec![100.0];
    let mut step = 0.08_f64;
    for _ in 0..8 {
        closes.push(closes.last().unwrap() * step.exp());
        step *= -0.5;
    }
    let forecast = ar1(&closes, 2).unwrap();
    let last = closes.last().unwrap();
    assert!(near(*forecast.median.first().unwrap(), last * step.exp()));
    assert!(near(*forecast.median.last().unwrap(), last * (step * 0.5).exp()));
    assert!(near(
        *at(&forecast, "0.95").last().unwrap(),
        *forecast.median.last().unwrap()
    ));
}

#[test]
fn returns_that_would_explode_are_not_forecast() {
    let mut closes = vec![1.0_f64];
    let mut step = 0.001;
    for _ in 0..8 {
        closes.push(closes.last().unwrap() * f64::exp(step));
        step *= 2.0;
    }
    assert_eq!(ar1(&closes, 3), None);
    assert!(naive(&closes, 3).is_some());
}

#[test]
fn steady_growth_goes_on() {
    let closes: Vec<f64> = (0..30).map(|day| 50.0 * 1.01_f64.powi(day)).collect();
    let forecast = ar1(&closes, 2).unwrap();
    assert!(near(*forecast.median.last().unwrap(), 50.0 * 1.01_f64.powi(31)));
}

#[test]
fn the_last_days_weigh_most_in_the_cone() {
    let zigzag = |days: usize, step: f64| (0..days).map(move |day| if day % 2 == 0 { 0.0 } else { step });
    let wide = |logs: Vec<f64>| {
        let closes: Vec<f64> = logs.into_iter().map(|log| 100.0 * log.exp()).collect();
        let forecast = volatility_cone(&closes, 1).unwrap();
        at(&forecast, "0.9").first().unwrap() - forecast.median.first().unwrap()
    };
    let calming = wide(zigzag(60, 0.03).chain(zigzag(60, 0.01)).collect());
    let waking = wide(zigzag(60, 0.01).chain(zigzag(60, 0.03)).collect());
    assert!(calming < 0.5 * waking, "{calming} and {waking}");
}

#[test]
fn smoothing_follows_a_line_and_stays_on_a_constant() {
    let line: Vec<f64> = (0..20).map(|day| 10.0 + 0.5 * f64::from(day)).collect();
    let forecast = ets(&line, 3).unwrap();
    assert!(near(*forecast.median.last().unwrap(), 21.0), "{:?}", forecast.median);
    assert!(near(*at(&forecast, "0.95").last().unwrap(), 21.0));
    let constant = ets(&[7.0; 15], 2).unwrap();
    assert_eq!(constant.median, [7.0, 7.0]);
    assert_eq!(at(&constant, "0.05"), [7.0, 7.0]);
}

#[test]
fn a_price_of_zero_stops_only_those_that_take_logarithms() {
    let closes: Vec<f64> = (0..60).map(|day| f64::from(day % 6)).collect();
    let failed: Vec<_> = all(&closes, 2)
        .into_iter()
        .filter(|(_, forecast)| forecast.is_none())
        .collect();
    assert_eq!(
        failed.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["ar1", "volatility_cone", "cone97", "garch_t"]
    );
    let mut broken = closes;
    broken.push(f64::NAN);
    assert!(all(&broken, 2).iter().all(|(_, forecast)| forecast.is_none()));
}

#[test]
fn members_score_as_the_normal_distribution_does() {
    // σ = 1 and the truth at the centre: (√2 − 1)/√π (Gneiting & Raftery 2007).
    let forecast = naive(&[10.0, 11.0, 10.0, 11.0], 1).unwrap();
    let scored = crate::scoring::metrics::score(crate::scoring::metrics::Scored {
        history: &[11.0],
        predicted: &forecast.median,
        quantiles: &forecast.quantiles,
        distribution: crate::scoring::metrics::Distribution::Members(&forecast.members),
        actual: &[11.0],
    });
    let exact = (2.0_f64.sqrt() - 1.0) / std::f64::consts::PI.sqrt();
    let found = scored.unwrap().crps.unwrap();
    assert!((found / exact - 1.0).abs() < 0.01, "{found} is not near {exact}");
}

#[test]
fn the_cone_around_a_median_is_as_wide_as_the_cone_around_the_last_close() {
    let closes: Vec<f64> = (0..60).map(|day| 100.0 + f64::from(day * day % 7)).collect();
    let still = volatility_cone(&closes, 2).unwrap();
    let last = closes.last().unwrap();
    let moved = cone_drift(&closes, &[last * 1.01, last * 1.02]).unwrap();
    assert!(near(moved.median[1], last * 1.02));
    let wide = |forecast: &BaselineForecast| at(forecast, "0.9")[1] / forecast.median[1];
    assert!(near(wide(&moved), wide(&still)));
    assert_eq!(cone_drift(&closes, &[*last; 2]), Some(still));
    assert_eq!(cone_drift(&closes, &[-1.0, 2.0]), None);
}

#[test]
fn a_slower_decay_remembers_a_storm_for_longer() {
    let logs = (0..60).map(|day| f64::from(day % 2) * if day < 30 { 0.04 } else { 0.01 });
    let closes: Vec<f64> = logs.map(|log: f64| 100.0 * log.exp()).collect();
    let wide = |forecast: Option<BaselineForecast>| forecast.unwrap().first_day.unwrap().deviation;
    assert!(wide(cone97(&closes, 1)) > 1.2 * wide(volatility_cone(&closes, 1)));
}

proptest! {
    #[test]
    fn every_forecast_is_whole_finite_and_in_order(
        moves in proptest::collection::vec(-0.2..0.2_f64, 1..60),
        start in 0.01..10_000.0_f64,
        horizon in 1..20_usize,
    ) {
        let mut closes = vec![start];
        for step in moves {
            closes.push(closes.last().unwrap() * step.exp());
        }
        for (name, forecast) in all(&closes, horizon) {
            let Some(forecast) = forecast else { continue };
            prop_assert_eq!(forecast.median.len(), horizon);
            prop_assert_eq!(forecast.quantiles.len(), 7, "{}", name);
            prop_assert_eq!(forecast.quantiles.get("0.5"), Some(&forecast.median), "{}", name);
            let rows: Vec<&Vec<f64>> = forecast.quantiles.values().collect();
            for (low, high) in rows.iter().zip(rows.iter().skip(1)) {
                prop_assert!(low.iter().zip(high.iter()).all(|(low, high)| low <= high && high.is_finite()), "{}", name);
            }
            prop_assert!(forecast.members.iter().all(|member| member.len() == horizon));
        }
    }

    #[test]
    fn a_scale_of_prices_scales_every_forecast(power in -6..7_i32, seed in 1..500_u32) {
        let closes: Vec<f64> = (0..40_u32).map(|day| 80.0 + f64::from(day * day * seed % 13)).collect();
        let factor = 2.0_f64.powi(power);
        let scaled: Vec<f64> = closes.iter().map(|close| close * factor).collect();
        for ((name, before), (_, after)) in all(&closes, 4).into_iter().zip(all(&scaled, 4)) {
            let (Some(before), Some(after)) = (before, after) else {
                prop_assert_eq!(name, "garch_t", "40 closes are too few for it alone");
                continue;
            };
            for (before, after) in before.quantiles.values().flatten().zip(after.quantiles.values().flatten()) {
                prop_assert!((after / factor - before).abs() < 1e-9 * before.abs().max(1.0), "{} {} {}", name, before, after);
            }
        }
    }
}
