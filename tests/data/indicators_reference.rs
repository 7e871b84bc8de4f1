//! Compares the indicators with those of TA-Lib and pandas on the bundled prices; `tests/fixtures/features/make.py` generated
//! the reference and states the versions.

use serde_json::Value;

use tripod::indicators::stats;
use tripod::market::{Ticker, demo_series};

const REFERENCE: &str = include_str!("../fixtures/features/reference.json");

#[test]
fn the_figures_are_those_of_ta_lib_and_pandas() {
    let cases: Vec<Value> = serde_json::from_str(REFERENCE).unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let ticker = Ticker::parse(case["ticker"].as_str().unwrap()).unwrap();
        let until = case["until"].as_str().unwrap().parse().unwrap();
        let found = stats(&demo_series(&ticker).unwrap().until(until).bars, 180);
        let figures = [
            ("rsi_14", found.rsi_14),
            ("sma_50", found.sma_50),
            ("sma_200", found.sma_200),
            ("volatility_daily", found.volatility_daily),
            ("volatility_ewma", found.volatility_ewma),
            ("momentum_12_1", found.momentum_12_1),
            ("drawdown", found.drawdown),
            ("gap", found.gap),
            ("volume_ratio", found.volume_ratio),
        ];
        for (name, figure) in figures {
            match (figure, case[name].as_f64()) {
                (Some(figure), Some(wanted)) => assert!(
                    (figure - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                    "{name} of {case}: {figure}"
                ),
                (figure, wanted) => assert_eq!(figure, wanted, "{name} of {case}"),
            }
        }
        let count = |name: &str| case[name].as_u64().map(|count| count as usize);
        assert_eq!(
            (found.gaps_up, found.gaps_down),
            (count("gaps_up"), count("gaps_down")),
            "{case}"
        );
        assert_eq!(serde_json::to_value(found.sma_cross).unwrap(), case["cross"], "{case}");
    }
}
