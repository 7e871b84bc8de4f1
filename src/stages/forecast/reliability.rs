//! Whether a forecaster is reliable for a horizon: what a backtest measured comes in, a verdict with its reason goes out.

use crate::models::Measured;

/// The shares of closes that an 80 % band may hold.
const BAND: (f64, f64) = (0.77, 0.83);
/// Below this p-value a larger error than naive's is no chance.
const ALPHA: f64 = 0.05;

/// A forecaster is reliable for a horizon when the shortest measured horizon that covers it ties or beats the naive forecast in error,
/// and its 80 % band holds 77 to 83 % of the closes.
///
/// # Errors
///
/// Why it is not, as a sentence for the reader.
pub(super) fn reliability(measured: &[Measured], horizon: usize) -> Result<(), String> {
    let covering = measured.iter().filter(|entry| entry.horizon >= horizon);
    let Some(entry) = covering.min_by_key(|entry| entry.horizon) else {
        return Err(match measured.iter().map(|entry| entry.horizon).max() {
            Some(longest) => format!(
                "the forecaster was measured over {longest} trading days at most, not over {horizon}: ask for a shorter horizon"
            ),
            None => format!(
                "the forecaster was never measured on past days: `tripod backtest --universe FILE --horizon {horizon} --origins 100 --card CARD` measures it, and its manifest states the result"
            ),
        });
    };
    let days = entry.horizon;
    if entry.error_to_naive > 1.0 && entry.p_value.is_none_or(|p| p < ALPHA) {
        let p = entry.p_value.map_or(String::new(), |p| match p < 0.001 {
            true => ", p < 0.001".to_owned(),
            false => format!(", p = {p:.3}"),
        });
        return Err(format!(
            "over {days} trading days of {} past windows the forecaster's error was {:.1} % above that of the last close repeated{p}",
            entry.windows,
            (entry.error_to_naive - 1.0) * 100.0
        ));
    }
    if !(BAND.0..=BAND.1).contains(&entry.coverage80) {
        return Err(format!(
            "over {days} trading days of {} past windows the forecaster's 80 % band held {:.1} % of the closes",
            entry.windows,
            entry.coverage80 * 100.0
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(horizon: usize) -> Measured {
        Measured {
            horizon,
            windows: 400,
            tickers: 4,
            from: "2008-01-02".parse().unwrap(),
            until: "2012-12-31".parse().unwrap(),
            error_to_naive: 1.002,
            p_value: Some(0.4),
            coverage80: 0.8,
            crps_to_cone: 0.99,
        }
    }

    #[test]
    fn the_shortest_measured_horizon_that_covers_the_days_decides() {
        let narrow = Measured {
            coverage80: 0.7,
            ..entry(30)
        };
        let both = [narrow, entry(5)];
        assert_eq!(reliability(&both, 5), Ok(()));
        assert_eq!(reliability(&both, 1), Ok(()));
        assert!(reliability(&both, 6).unwrap_err().contains("80 % band held 70.0 %"));
        assert!(reliability(&both, 31).unwrap_err().contains("at most, not over 31"));
    }

    #[test]
    fn what_was_never_measured_is_not_reliable_and_says_how_to_measure_it() {
        assert!(reliability(&[], 7).unwrap_err().contains("tripod backtest"));
    }

    #[test]
    fn an_error_above_naives_counts_unless_it_may_be_chance() {
        let loses = Measured {
            error_to_naive: 1.3,
            p_value: Some(0.002),
            ..entry(5)
        };
        assert!(
            reliability(std::slice::from_ref(&loses), 5)
                .unwrap_err()
                .contains("30.0 % above")
        );
        let untested = Measured { p_value: None, ..loses };
        assert!(reliability(&[untested], 5).is_err(), "too few windows prove no tie");
        let beats = Measured {
            error_to_naive: 0.9,
            p_value: Some(0.001),
            ..entry(5)
        };
        assert_eq!(reliability(&[beats], 5), Ok(()));
    }
}
