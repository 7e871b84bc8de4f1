//! What every rendering shows of an [`Analysis`] in the same words: the key figures and the rows of the forecast table.
//! An Analysis in, labelled text out; each rendering only lays it out.

use chrono::NaiveDate;

use super::text::{self, clean};
use crate::analysis::{Analysis, Forecast, Recommendation, Report, Writer};
use crate::grounding::{Author, Call, Claim, ClaimKind, Verdict, money_in_short, percent, price, prices};
use crate::indicators::{CrossKind, VolatilityClass};
use crate::market::Fundamentals;

/// A key figure, ready to be laid out.
pub(super) struct Figure {
    /// What it is.
    pub label: &'static str,
    /// The figure as printed.
    pub value: String,
    /// Above zero for good, below for bad, zero for neither.
    pub tone: i8,
}

/// The figures of the history, in reading order; those that do not exist are left out.
pub(super) fn key_figures(analysis: &Analysis) -> Vec<Figure> {
    let stats = &analysis.features;
    let change = |label, fraction: Option<f64>| {
        fraction.map(|fraction| Figure {
            label,
            value: percent(fraction),
            tone: tone(fraction),
        })
    };
    let money = |label, value: Option<f64>| value.map(|value| plain(label, price(value, &analysis.currency)));
    let level = |label, value: Option<f64>, touches: Option<usize>| {
        let (value, touches) = value.zip(touches)?;
        Some(plain(
            label,
            format!("{} ({touches}×)", price(value, &analysis.currency)),
        ))
    };
    let class = stats.volatility_class.map_or("", |class| match class {
        VolatilityClass::Low => " low",
        VolatilityClass::Normal => " normal",
        VolatilityClass::High => " high",
    });
    [
        change("1 day", stats.return_1d),
        change("5 days", stats.return_5d),
        change("21 days", stats.return_21d),
        change("From the high", stats.drawdown),
        stats
            .volatility_annual
            .map(|figure| plain("Volatility", format!("{:.1}%{class}", figure * 100.0))),
        stats.rsi_14.map(|index| plain("RSI (14)", format!("{index:.1}"))),
        money("SMA 50", stats.sma_50),
        money("SMA 200", stats.sma_200),
        stats.sma_cross.map(|cross| {
            let name = match cross.kind {
                CrossKind::Golden => "Golden cross",
                CrossKind::Death => "Death cross",
            };
            plain(name, cross.date.to_string())
        }),
        change("12-1 months", stats.momentum_12_1),
        level("Support", stats.support, stats.support_touches),
        level("Resistance", stats.resistance, stats.resistance_touches),
    ]
    .into_iter()
    .chain(analysis.fundamentals.iter().flat_map(company_figures))
    .flatten()
    .collect()
}

fn company_figures(company: &Fundamentals) -> [Option<Figure>; 6] {
    let text = |label, text: &Option<String>| text.as_ref().map(|text| plain(label, clean(text)));
    let currency = company.currency.as_deref().unwrap_or_default();
    [
        text("Sector", &company.sector),
        text("Industry", &company.industry),
        company
            .market_cap
            .map(|value| plain("Market cap", money_in_short(value, currency))),
        company.price_earnings.map(|ratio| plain("P/E", format!("{ratio:.1}"))),
        company
            .dividend_yield
            .map(|fraction| plain("Dividend yield", format!("{:.2}%", fraction * 100.0))),
        company.next_earnings.map(|day| plain("Next earnings", day.to_string())),
    ]
}

fn plain(label: &'static str, value: String) -> Figure {
    Figure { label, value, tone: 0 }
}

/// The sign of a change as it is printed: a change that rounds to zero has none.
pub(super) fn tone(fraction: f64) -> i8 {
    match percent(fraction).as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => 0,
    }
}

/// What stands above the call: why not to believe it at once.
pub(super) fn cautions(analysis: &Analysis) -> Vec<String> {
    let unreliable = analysis.forecast.as_ref().is_some_and(|forecast| !forecast.reliable);
    // An analysis that was stored before there were cautions has its forecast's verdict alone.
    if analysis.cautions.is_empty() && unreliable {
        return vec![UNRELIABLE.to_owned()];
    }
    analysis.cautions.iter().map(|caution| clean(caution)).collect()
}

/// The caution about a forecast that is not reliable.
const UNRELIABLE: &str = "This forecast is not reliable.";

/// The stance as every rendering shows it.
pub(super) struct CallShown {
    /// The call in capitals.
    pub call: &'static str,
    /// Above zero for buy, below for sell, zero for neither.
    pub tone: i8,
    /// Who made it.
    pub by: String,
    /// The reasons, a sentence each.
    pub because: Vec<String>,
}

/// The call of an analysis; `None` where nothing was called.
pub(super) fn call(analysis: &Analysis) -> Option<CallShown> {
    let of_report = analysis.report.as_ref().and_then(|report| report.stance.as_ref());
    if let Some(stance) = analysis.stance.as_ref().or(of_report) {
        return Some(CallShown {
            call: stance.call.printed(),
            tone: call_tone(stance.call),
            by: format!("by the rule {}, not advice", clean(&stance.rule)),
            because: stance.because.iter().map(|reason| clean(reason)).collect(),
        });
    }
    // A report that was stored before there was a rule.
    let call = match analysis.report.as_ref()?.recommendation {
        Recommendation::Buy => Call::Buy,
        Recommendation::Hold => Call::Hold,
        Recommendation::Sell => Call::Sell,
    };
    Some(CallShown {
        call: call.printed(),
        tone: call_tone(call),
        by: "by the reporter, not advice".to_owned(),
        because: Vec::new(),
    })
}

fn call_tone(call: Call) -> i8 {
    match call {
        Call::Buy => 1,
        Call::Sell => -1,
        Call::Hold | Call::None => 0,
    }
}

/// How the sentences of a report came about: that code wrote them, or what the check found in those of the model.
pub(super) fn provenance(report: &Report) -> String {
    if report.written_by == Writer::Rules {
        return "written by rules".to_owned();
    }
    let grounding = &report.grounding;
    let of_model = grounding.claims.iter().filter(|claim| claim.by == Author::Model);
    let (held, all) = of_model.fold((0, 0), |(held, all), claim| {
        (held + usize::from(claim.verdict == Verdict::Supported), all + 1)
    });
    let by_code = grounding.claims.iter().filter(|claim| is_figure(claim)).count();
    let mut parts = Vec::new();
    if all > 0 {
        parts.push(format!(
            "{held} of {} by the model supported",
            text::plural(all, "claim")
        ));
    }
    if by_code > 0 {
        parts.push(format!("{} by code", text::plural(by_code, "figure")));
    }
    if grounding.struck > 0 {
        let anew = match grounding.rewritten {
            0 => String::new(),
            count => format!(", {count} written anew"),
        };
        parts.push(format!("{} struck{anew}", text::plural(grounding.struck, "sentence")));
    }
    parts.join(" · ")
}

/// Whether code wrote the claim and it is a number.
fn is_figure(claim: &Claim) -> bool {
    claim.by == Author::Code && matches!(claim.kind, ClaimKind::Number | ClaimKind::Date | ClaimKind::Count)
}

/// One row of the forecast table.
pub(super) struct Row {
    /// The trading day, counted from the last close.
    pub day: usize,
    /// Its date.
    pub date: NaiveDate,
    /// 10 % quantile as printed; empty where the forecast has none.
    pub low: String,
    /// Median as printed.
    pub median: String,
    /// 90 % quantile as printed.
    pub high: String,
    /// Median against the last close as printed.
    pub change: String,
    /// Its sign.
    pub tone: i8,
}

/// The first day, about every fifth or tenth, and the last.
pub(super) fn forecast_rows(analysis: &Analysis, forecast: &Forecast) -> Vec<Row> {
    let days = days(forecast.dates.len().min(forecast.median.len()));
    let quantile = |level: &str, day: usize| forecast.quantiles.get(level)?.get(day - 1).copied();
    let values = days.iter().flat_map(|&day| {
        [
            quantile("0.1", day),
            Some(forecast.median[day - 1]),
            quantile("0.9", day),
        ]
    });
    let values: Vec<Option<f64>> = values.collect();
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let mut printed = prices(&known, &analysis.currency).into_iter();
    let mut cells = values
        .iter()
        .map(|value| value.and_then(|_| printed.next()).unwrap_or_default());
    let mut next = || cells.next().unwrap_or_default();
    days.iter()
        .map(|&day| {
            let change = forecast.median[day - 1] / analysis.last_close - 1.0;
            Row {
                day,
                date: forecast.dates[day - 1],
                low: next(),
                median: next(),
                high: next(),
                change: percent(change),
                tone: tone(change),
            }
        })
        .collect()
}

/// At most eleven days of a horizon.
fn days(horizon: usize) -> Vec<usize> {
    let step = match horizon {
        0..=10 => 1,
        11..=50 => 5,
        51..=100 => 10,
        long => long.div_ceil(10),
    };
    let mut days: Vec<usize> = (1..=horizon)
        .filter(|day| *day == 1 || *day == horizon || day % step == 0)
        .collect();
    // A row right before the last one adds nothing to it.
    if let [.., before, last] = days[..]
        && step > 1
        && last - before < step / 2
    {
        days.remove(days.len() - 2);
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_first_the_last_and_about_ten_days() {
        assert_eq!(days(3), [1, 2, 3]);
        assert_eq!(days(30), [1, 5, 10, 15, 20, 25, 30]);
        assert_eq!(days(21), [1, 5, 10, 15, 21]);
        assert_eq!(days(90), [1, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
        assert_eq!(days(0), Vec::<usize>::new());
        assert!((1..=1000).all(|horizon| days(horizon).len() <= 12));
    }

    #[test]
    fn a_change_that_prints_as_zero_has_no_tone() {
        assert_eq!([tone(0.0004), tone(-0.0004), tone(0.01), tone(-0.01)], [0, 0, 1, -1]);
    }
}
