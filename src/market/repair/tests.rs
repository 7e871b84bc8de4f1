//! Repair on simulated series with planted glitches, on clean ones, on the bundled history and on any bars at all.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::{Finding, FindingKind, Repair, examined, repaired};
use crate::market::demo::{demo_series, demo_tickers};
use crate::market::series::{Bar, Dividend, Series, Split};
use crate::market::simulate::{Mix, ProcessName, draw, mix, trading_days};
use crate::market::ticker::Ticker;

const DAYS: usize = 1_260;

/// Processes with clusters of volatility, jumps and earnings days.
fn jumpy() -> Mix {
    Mix::weighted(&[
        (ProcessName::Garch, 1.0),
        (ProcessName::GjrGarch, 1.0),
        (ProcessName::StochasticVolatility, 1.0),
        (ProcessName::Merton, 1.0),
        (ProcessName::Kou, 1.0),
        (ProcessName::Earnings, 1.0),
    ])
    .unwrap()
}

/// A number from 0 to below 1 that depends on both.
fn uniform(seed: u64, at: usize) -> f64 {
    (mix(seed, at as u64) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A simulated series of closes.
fn of_closes(seed: u64) -> Series {
    let mut closes = Vec::new();
    draw(&jumpy(), seed, DAYS, &mut closes);
    let bar = |(date, close): (NaiveDate, &f64)| Bar {
        date,
        open: None,
        high: None,
        low: None,
        close: *close,
        volume: None,
    };
    let from = NaiveDate::from_ymd_opt(2018, 1, 1).unwrap();
    let bars = trading_days(from, DAYS).zip(&closes).map(bar).collect();
    Series::of_bars(Ticker::parse("ACME").unwrap(), bars)
}

/// The same with opens, highs, lows and volumes. On days of large moves more is traded, and the range holds the move's last part.
fn of_bars(seed: u64) -> Series {
    let mut series = of_closes(seed);
    let closes = series.closes();
    let mut sizes: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).collect();
    let usual = super::steps::median(&mut sizes).unwrap();
    for at in 0..DAYS {
        let bar = &mut series.bars[at];
        let step = if at == 0 {
            0.0
        } else {
            (closes[at] / closes[at - 1]).ln()
        };
        let random = |number: u64| uniform(seed ^ number, at);
        let open = bar.close * (-step * 0.3 * random(1)).exp();
        bar.open = Some(open);
        bar.high = Some(open.max(bar.close) * (usual * random(2)).exp());
        bar.low = Some(open.min(bar.close) * (-usual * random(3)).exp());
        let volume = 1e6 * (0.5 + random(4)) * (1.0 + step.abs() / usual);
        bar.volume = Some(volume as u64);
    }
    series
}

/// A glitch to plant at a bar of a series, given a number to choose by.
type Plant = fn(&mut Series, usize, u64);

fn scale(bars: &mut [Bar], times: f64) {
    for bar in bars {
        super::units::scale(bar, times);
    }
}

/// Splits and reverse splits, by how often they happen.
fn some_ratio(number: u64) -> f64 {
    [2.0, 2.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 0.1, 0.1, 0.05, 0.2][(number % 12) as usize]
}

fn split_at(series: &mut Series, at: usize, ratio: f64) {
    let date = series.bars[at].date;
    series.events.splits.push(Split { date, ratio });
}

fn with_close(bar: &mut Bar, close: f64) {
    *bar = Bar {
        open: None,
        high: None,
        low: None,
        close,
        ..*bar
    };
}

/// Each glitch: its name, its kind, whether it is mended, and how it is planted.
const PLANTS: [(&str, FindingKind, bool, Plant); 19] = [
    ("block ×100", FindingKind::Unit, true, |series, at, number| {
        scale(&mut series.bars[at..at + 1 + (number % 40) as usize], 100.0);
    }),
    ("block ÷100", FindingKind::Unit, true, |series, at, number| {
        scale(&mut series.bars[at..at + 1 + (number % 40) as usize], 0.01);
    }),
    ("one day ×100", FindingKind::Unit, true, |series, at, _| {
        scale(&mut series.bars[at..=at], 100.0)
    }),
    ("one close ÷100", FindingKind::Unit, true, |series, at, _| {
        series.bars[at].close /= 100.0
    }),
    ("oldest bars ×100", FindingKind::Unit, true, |series, at, _| {
        scale(&mut series.bars[..at / 3], 100.0)
    }),
    (
        "newest bars ÷100, pounds",
        FindingKind::Unit,
        true,
        |series, _, number| {
            series.currency = "GBP".to_owned();
            scale(&mut series.bars[DAYS - 1 - (number % 60) as usize..], 0.01);
        },
    ),
    (
        "newest bars ×100, dollars",
        FindingKind::Unit,
        false,
        |series, _, number| {
            scale(&mut series.bars[DAYS - 1 - (number % 60) as usize..], 100.0);
        },
    ),
    ("split not applied", FindingKind::Split, true, |series, at, number| {
        let ratio = some_ratio(number);
        split_at(series, at, ratio);
        scale(&mut series.bars[..at], ratio);
    }),
    (
        "split some days early",
        FindingKind::Split,
        true,
        |series, at, number| {
            let (ratio, days) = (some_ratio(number), 1 + (number % 15) as usize);
            split_at(series, at, ratio);
            scale(&mut series.bars[at - days..at], ratio);
        },
    ),
    (
        "split some days late",
        FindingKind::Split,
        true,
        |series, at, number| {
            let (ratio, days) = (some_ratio(number), 1 + (number % 15) as usize);
            split_at(series, at, ratio);
            scale(&mut series.bars[at..at + days], 1.0 / ratio);
        },
    ),
    (
        "split without an event",
        FindingKind::Step,
        false,
        |series, at, number| {
            scale(&mut series.bars[..at], some_ratio(number));
        },
    ),
    (
        "days at half the price",
        FindingKind::Step,
        false,
        |series, at, number| {
            scale(&mut series.bars[at..at + 1 + (number % 10) as usize], 0.5);
        },
    ),
    (
        "price of zero or below",
        FindingKind::Impossible,
        true,
        |series, at, number| {
            with_close(&mut series.bars[at], -((number % 2) as f64));
        },
    ),
    ("row copied", FindingKind::Copied, true, |series, at, _| {
        series.bars[at] = Bar {
            date: series.bars[at].date,
            ..series.bars[at - 1]
        };
    }),
    ("three rows copied", FindingKind::Copied, true, |series, at, _| {
        for day in at..at + 3 {
            series.bars[day] = Bar {
                date: series.bars[day].date,
                ..series.bars[at - 1]
            };
        }
    }),
    (
        "block of rows copied",
        FindingKind::Copied,
        false,
        |series, at, number| {
            for day in at..at + 10 + (number % 20) as usize {
                series.bars[day] = Bar {
                    date: series.bars[day].date,
                    ..series.bars[day - 60]
                };
            }
        },
    ),
    (
        "dividend above the price",
        FindingKind::Dividend,
        false,
        |series, at, number| {
            let date = series.bars[at].date;
            let of_price = 1.0 + (number % 100) as f64 / 10.0;
            series.events.dividends.push(Dividend { date, of_price });
        },
    ),
    ("gap", FindingKind::Gap, false, |series, at, number| {
        series.bars.drain(at..at + 13 + (number % 40) as usize);
    }),
    ("frozen", FindingKind::Frozen, false, |series, at, number| {
        let close = series.bars[at].close;
        for bar in &mut series.bars[at..at + 15 + (number % 20) as usize] {
            let still = bar.open.map(|_| close);
            *bar = Bar {
                date: bar.date,
                open: still,
                high: still,
                low: still,
                close,
                volume: still.map(|_| 0),
            };
        }
    }),
];

/// Whether the planted glitch was found and treated as it should be, with the closes as they were before where it is mended.
fn is_found(clean: &Series, planted: &Series, kind: FindingKind, mends: bool) -> bool {
    let (mended, findings) = examined(planted);
    let of_kind = |finding: &&Finding| finding.kind == kind && finding.done.is_some() == mends;
    let by_date: BTreeMap<NaiveDate, f64> = clean.bars.iter().map(|bar| (bar.date, bar.close)).collect();
    let as_before = |bar: &Bar| (bar.close / by_date[&bar.date] - 1.0).abs() < 1e-9;
    findings.iter().any(|finding| of_kind(&finding)) && (!mends || mended.bars.iter().all(as_before))
}

#[test]
fn planted_glitches_are_found_and_mended_or_refused() {
    const SERIES: u64 = 100;
    println!("| glitch | what is done | of closes | with open, high, low, volume |");
    for (name, kind, mends, plant) in PLANTS {
        let recall = [of_closes, of_bars].map(|simulated| {
            let found = (0..SERIES).filter(|seed| {
                let clean = simulated(*seed);
                let mut planted = clean.clone();
                let number = mix(*seed, 77) >> 8;
                plant(&mut planted, 200 + (number % 900) as usize, number);
                is_found(&clean, &planted, kind, mends)
            });
            found.count() as f64 / SERIES as f64
        });
        let done = if mends { "mended" } else { "refused" };
        println!(
            "| {name} | {done} | {:.0} % | {:.0} % |",
            recall[0] * 100.0,
            recall[1] * 100.0
        );
        // A step without an event hides in the noise of some series; of closes alone, copied single rows look like quiet days.
        let least = match (name, kind) {
            ("row copied" | "three rows copied", _) => [0.0, 1.0],
            (_, FindingKind::Step) => [0.3, 0.8],
            (_, FindingKind::Split) => [0.9, 0.9],
            _ => [0.98, 0.98],
        };
        assert!(recall[0] >= least[0] && recall[1] >= least[1], "{name}: {recall:?}");
    }
}

#[test]
fn nothing_is_found_in_two_hundred_series_with_jumps() {
    for seed in 0..200 {
        for series in [of_closes(seed), of_bars(seed)] {
            let (mended, findings) = examined(&series);
            assert!(findings.is_empty(), "{seed}: {findings:?}");
            assert_eq!(mended, series);
        }
    }
}

#[test]
fn nothing_is_found_in_the_bundled_history() {
    for ticker in demo_tickers() {
        let series = demo_series(&Ticker::parse(ticker).unwrap()).unwrap();
        assert_eq!(repaired(series.clone(), Repair::Mend), series, "{ticker}");
    }
}

#[test]
fn the_bundled_history_as_traded_is_mended_by_its_splits_and_refused_without() {
    for (ticker, date) in [("AAPL", "2005-02-28"), ("MSFT", "2003-02-18")] {
        let adjusted = demo_series(&Ticker::parse(ticker).unwrap()).unwrap();
        let date: NaiveDate = date.parse().unwrap();
        let at = adjusted.bars.iter().position(|bar| bar.date == date).unwrap();
        let mut traded = adjusted.clone();
        scale(&mut traded.bars[..at], 2.0);
        let refused = repaired(traded.clone(), Repair::Mend);
        assert_eq!(refused.bars, traded.bars);
        let doubts: Vec<_> = refused.doubts.iter().map(|doubt| (doubt.to, doubt.refuses)).collect();
        assert_eq!(doubts, [(date, true)], "{ticker}");
        split_at(&mut traded, at, 2.0);
        let mended = repaired(traded, Repair::Mend);
        let closes = |series: &Series| series.closes();
        assert_eq!(closes(&mended), closes(&adjusted));
        assert!(mended.doubts.is_empty());
        assert_eq!(mended.warnings.len(), 1);
        let opening = format!("the 2:1 split of {date} is missing from the closes before {date}");
        assert!(mended.warnings[0].starts_with(&opening), "{}", mended.warnings[0]);
    }
}

#[test]
fn a_real_crash_or_jump_is_neither_mended_nor_refused() {
    for (seed, times) in (0..40).flat_map(|seed| [0.2, 0.33, 0.5, 0.48, 2.0, 3.0].map(|times| (seed, times))) {
        let mut series = of_bars(seed);
        let at = 900;
        scale(&mut series.bars[at..], times);
        // News overnight: the day opens at its new level, ten times as much is traded, and the price swings for days.
        for (number, bar) in series.bars[at..at + 10].iter_mut().enumerate() {
            let swing = 0.06 / (1.0 + number as f64 / 3.0);
            bar.high = bar.high.map(|high| high * (1.0 + swing));
            bar.low = bar.low.map(|low| low * (1.0 - swing));
            bar.volume = bar.volume.map(|shares| shares * (10 - number as u64));
        }
        let (mended, findings) = examined(&series);
        assert!(findings.is_empty() && mended == series, "{seed} {times}: {findings:?}");
    }
}

#[test]
fn off_looks_for_nothing_and_warn_changes_no_price() {
    let mut planted = of_bars(1);
    scale(&mut planted.bars[500..510], 100.0);
    assert_eq!(repaired(planted.clone(), Repair::Off), planted);
    let warned = repaired(planted.clone(), Repair::Warn);
    assert_eq!(warned.bars, planted.bars);
    let (from, to) = (planted.bars[500].date, planted.bars[509].date);
    let text = format!("the closes of {from} to {to} (10 bars) are about 100 times their neighbours");
    assert_eq!(warned.warnings, [text.as_str()]);
    assert!(!warned.doubts[0].refuses);
    let mended = repaired(planted, Repair::Mend);
    assert_eq!(mended.warnings, [format!("{text}: divided by 100")]);
    assert!(mended.doubts.is_empty());
    let clean = of_bars(1);
    assert!(
        mended
            .bars
            .iter()
            .zip(&clean.bars)
            .all(|(bar, before)| (bar.close / before.close - 1.0).abs() < 1e-12)
    );
}

#[test]
fn a_gap_counts_for_a_year_and_a_step_for_the_whole_series() {
    let doubts_of = |at: usize, plant: Plant| {
        let mut series = of_bars(3);
        plant(&mut series, at, 0);
        repaired(series, Repair::Mend).doubts_of(180).count()
    };
    let gap: Plant = |series, at, _| drop(series.bars.drain(at..at + 15));
    let step: Plant = |series, at, _| {
        let times = 2.0 * series.bars[at].close / series.bars[at - 1].close;
        scale(&mut series.bars[..at], times);
    };
    assert_eq!((doubts_of(300, gap), doubts_of(1_150, gap)), (0, 1));
    assert_eq!((doubts_of(300, step), doubts_of(1_150, step)), (1, 1));
}

#[test]
fn only_the_bars_after_the_newest_doubt_are_certain() {
    let mut series = of_bars(3);
    scale(&mut series.bars[..700], 2.0);
    let refused = repaired(series.clone(), Repair::Mend);
    assert_eq!(refused.certain_bars(), &refused.bars[700..]);
    assert_eq!(repaired(series, Repair::Warn).certain_bars().len(), DAYS);
}

/// Bars at any prices that a number can be, on days with gaps.
fn any_bars() -> impl Strategy<Value = Vec<Bar>> {
    let price = prop_oneof![
        Just(f64::NAN),
        Just(0.0),
        Just(-1.0),
        Just(f64::INFINITY),
        Just(1e-300),
        Just(1e300),
        Just(1.0),
        Just(100.0),
        Just(0.01),
        Just(2.0),
        0.5..2.0,
    ];
    let cell = proptest::option::of(price.clone());
    let volume = proptest::option::of(0..20_000_u64);
    let row = (1..40_u64, price, cell.clone(), cell.clone(), cell, volume);
    proptest::collection::vec(row, 0..80).prop_map(|rows| {
        let mut date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let bar = |(days, close, open, high, low, volume)| {
            date = date + Days::new(days);
            Bar {
                date,
                open,
                high,
                low,
                close,
                volume,
            }
        };
        rows.into_iter().map(bar).collect()
    })
}

fn any_series() -> impl Strategy<Value = Series> {
    let ratio = prop_oneof![Just(2.0), Just(0.1), Just(100.0), Just(0.0), Just(f64::NAN), Just(-1.0)];
    let event = (0..3_000_u64, ratio);
    let currency = prop_oneof![Just("USD"), Just("GBP"), Just("KWD")];
    (any_bars(), proptest::collection::vec(event, 0..4), currency).prop_map(|(bars, events, currency)| {
        let mut series = Series::of_bars(Ticker::parse("ACME").unwrap(), bars);
        series.currency = currency.to_owned();
        for (days, ratio) in events {
            let date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(days);
            series.events.splits.push(Split { date, ratio });
            series.events.dividends.push(Dividend { date, of_price: ratio });
        }
        series
    })
}

proptest! {
    #[test]
    fn any_bars_are_examined_and_what_was_mended_stays(series in any_series()) {
        let (mended, _) = examined(&series);
        prop_assert!(mended.bars.iter().all(|bar| bar.close.is_finite() && bar.close > 0.0));
        prop_assert!(mended.bars.windows(2).all(|pair| pair[0].date < pair[1].date));
        let (again, findings) = examined(&mended);
        prop_assert_eq!(&again.bars, &mended.bars);
        prop_assert!(findings.iter().all(|finding| finding.done.is_none()), "{:?}", findings);
    }

    #[test]
    fn mending_a_clean_series_changes_nothing(seed in 1_000..1_000_000_u64) {
        let series = of_bars(seed);
        let (mended, findings) = examined(&series);
        prop_assert!(findings.iter().all(|finding| finding.done.is_none()), "{:?}", findings);
        prop_assert_eq!(mended, series);
    }

    #[test]
    fn a_planted_block_comes_back_as_it_was(seed in 0..200_u64, at in 100..1_000_usize, days in 1..100_usize) {
        let clean = of_closes(seed);
        let mut planted = clean.clone();
        scale(&mut planted.bars[at..at + days], 100.0);
        let (mended, _) = examined(&planted);
        let largest = clean.bars.windows(2).map(|pair| (pair[1].close / pair[0].close).ln().abs()).fold(0.0, f64::max);
        prop_assume!(largest < 0.4);
        prop_assert!(mended.bars.iter().zip(&clean.bars).all(|(bar, before)| (bar.close / before.close - 1.0).abs() < 1e-12));
        prop_assert_eq!(examined(&mended).0.bars, mended.bars);
    }
}
