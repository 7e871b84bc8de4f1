//! Simulated series and the glitches that tests plant in them.

#![allow(clippy::unwrap_used)]

use chrono::NaiveDate;

use super::FindingKind;
use super::steps;
use crate::market::series::{Bar, Dividend, Series, Split};
use crate::market::simulate::{Mix, ProcessName, draw, mix, trading_days};
use crate::market::ticker::Ticker;

/// Bars of a simulated series.
pub(super) const DAYS: usize = 1_260;

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
pub(super) fn of_closes(seed: u64) -> Series {
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
pub(super) fn of_bars(seed: u64) -> Series {
    let mut series = of_closes(seed);
    let closes = series.closes();
    let mut sizes: Vec<f64> = closes.windows(2).map(|pair| (pair[1] / pair[0]).ln().abs()).collect();
    let usual = steps::median(&mut sizes).unwrap();
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
pub(super) type Plant = fn(&mut Series, usize, u64);

pub(super) fn scale(bars: &mut [Bar], times: f64) {
    for bar in bars {
        bar.scale(times);
    }
}

/// Splits and reverse splits, by how often they happen.
fn some_ratio(number: u64) -> f64 {
    [2.0, 2.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 0.1, 0.1, 0.05, 0.2][(number % 12) as usize]
}

pub(super) fn split_at(series: &mut Series, at: usize, ratio: f64) {
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
pub(super) const PLANTS: [(&str, FindingKind, bool, Plant); 19] = [
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
