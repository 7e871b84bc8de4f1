//! What was found in a series: its kind, its days, and the sentence for the reader. Plain data.

use chrono::NaiveDate;

use crate::market::series::Bar;

/// The kinds of glitches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// A price that is zero, negative or no number.
    Impossible,
    /// A row that repeats the row before, or rows that repeat earlier ones.
    Copied,
    /// Prices in another unit, such as pence for pounds.
    Unit,
    /// A split that an event names and the prices do not show on its day.
    Split,
    /// A step near the ratio of a split that no event names.
    Step,
    /// A dividend larger than the price.
    Dividend,
    /// Trading days without a bar.
    Gap,
    /// The same price for weeks.
    Frozen,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Impossible,
        Self::Copied,
        Self::Unit,
        Self::Split,
        Self::Step,
        Self::Dividend,
        Self::Gap,
        Self::Frozen,
    ];

    /// Whether it harms only a forecast that is made from these very days.
    pub(super) fn is_local(self) -> bool {
        matches!(self, Self::Gap | Self::Frozen)
    }
}

/// A glitch.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// What was found, with the days.
    pub text: String,
    /// What was done about it; `None` where it is not certain.
    pub done: Option<String>,
}

/// Findings of one kind that are told one by one; the others are counted.
const TOLD: usize = 4;

/// The findings with those of a kind beyond the fourth put together in one.
pub(super) fn condensed(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::new();
    let mut rest: Vec<(Finding, usize)> = Vec::new();
    for finding in findings {
        let alike = |other: &Finding| other.kind == finding.kind && other.done.is_some() == finding.done.is_some();
        if kept.iter().filter(|other| alike(other)).count() < TOLD {
            kept.push(finding);
        } else if let Some((first, count)) = rest.iter_mut().find(|(other, _)| alike(other)) {
            first.from = first.from.min(finding.from);
            first.to = first.to.max(finding.to);
            *count += 1;
        } else {
            rest.push((finding, 1));
        }
    }
    kept.extend(rest.into_iter().map(|(first, count)| {
        if count == 1 {
            return first;
        }
        let text = format!("{count} more like the last from {} to {}", first.from, first.to);
        // What was done may differ in its figures; the first finding of the kind stands for the others.
        let done = first.done.as_ref().map(|_| "they were mended too".to_owned());
        Finding { text, done, ..first }
    }));
    kept.sort_by_key(|finding| finding.done.is_none());
    kept
}

/// The days of some bars in words: one day, or the first and the last.
pub(super) fn days(bars: &[Bar]) -> String {
    match bars {
        [] => String::new(),
        [only] => only.date.to_string(),
        [first, .., last] => format!("{} to {} ({} bars)", first.date, last.date, bars.len()),
    }
}

/// The ratio of a split in words: 2:1, 3:2, 1:10.
pub(super) fn ratio(ratio: f64) -> String {
    let near = |value: f64| (value - value.round()).abs() < 1e-6 * value;
    let small = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 20.0, 100.0, 1_000.0];
    match small.into_iter().find(|&old| near(ratio * old) && ratio * old > 0.5) {
        Some(old) => format!("{:.0}:{old:.0}", ratio * old),
        None if ratio < 1.0 => format!("1:{:.4}", 1.0 / ratio),
        None => format!("{ratio:.4}:1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_written_as_people_write_them() {
        let written = [2.0, 1.5, 0.1, 0.05, 1.0 / 3.0, 7.0, 1.0001].map(ratio);
        assert_eq!(written, ["2:1", "3:2", "1:10", "1:20", "1:3", "7:1", "1.0001:1"]);
    }
}
