//! Records against the series that they were drawn from: whether a record's window exists, lies in the file's part, and is told in
//! the format's words. The records of one piece of a file go in; faults and the last day of each window come out.

use chrono::{Datelike, NaiveDate, Weekday};

use super::doubles::Place;
use super::fault::{FaultKind, Faults};
use super::subject::Source;
use crate::dataset::error::DatasetError;
use crate::dataset::part::Part;
use crate::dataset::plan::Plan;
use crate::dataset::record::Record;
use crate::formats::{ExampleWindow, Examples};
use crate::market::Bar;

/// Text that a message quotes from either side of a difference.
const QUOTED: usize = 24;

/// The series of a file, and the plan that it was drawn by.
pub(super) struct Reference<'a> {
    source: &'a Source,
    plan: Plan<'a>,
}

/// The series of one ticker.
struct OneSeries<'a> {
    reference: &'a Reference<'a>,
    /// The bars that belong to the file's part.
    bars: &'a [Bar],
    /// All bars of a real series.
    full: &'a [Bar],
}

impl<'a> Reference<'a> {
    pub(super) fn new(source: &'a Source) -> Result<Self, DatasetError> {
        Ok(Reference {
            source,
            plan: Plan::new(&source.manifest.recipe, source.pack.as_deref())?,
        })
    }

    /// Checks the records of one ticker. Calls `end` with the last day of each record's window, as far as there is one.
    pub(super) fn check(
        &self,
        ticker: &str,
        records: &[(Place, &Record<'_>)],
        faults: &mut Faults,
        mut end: impl FnMut(Place, &Record<'_>, NaiveDate),
    ) -> Result<(), DatasetError> {
        let Some(days) = self.plan.days(ticker)? else {
            for &(place, record) in records {
                faults.add(
                    place,
                    FaultKind::NoSeries {
                        ticker: ticker.to_owned(),
                    },
                );
                end(place, record, estimated_end(record));
            }
            return Ok(());
        };
        let full = match self.source.pack.as_ref().map(|pack| (pack, pack.find(ticker))) {
            Some((pack, Some(number))) => pack.bars(number)?,
            _ => Vec::new(),
        };
        let series = OneSeries {
            reference: self,
            bars: &days.bars,
            full: &full,
        };
        let format = self.source.manifest.recipe.format;
        let mut examples = format.format().examples(ticker, &days.bars)?;
        for &(place, record) in records {
            let (fault, last) = series.check(record, examples.as_mut());
            if let Some(kind) = fault {
                faults.add(place, kind);
            }
            end(place, record, last);
        }
        Ok(())
    }
}

impl OneSeries<'_> {
    fn check(&self, record: &Record<'_>, examples: &mut dyn Examples) -> (Option<FaultKind>, NaiveDate) {
        let reason = match window(self.bars, record) {
            Ok(window) => {
                let last = self.bars[window.end() - 1].date;
                return (self.text(record, window, examples), last);
            }
            Err(reason) => reason,
        };
        match window(self.full, record) {
            Ok(window) => {
                let last = self.full[window.end() - 1].date;
                (Some(self.leak(record, last)), last)
            }
            // The reason that the whole series gives is the better one: the part's end is not the series'.
            Err(in_full) => {
                let reason = if self.full.is_empty() { reason } else { in_full };
                (Some(no_window(record, reason)), estimated_end(record))
            }
        }
    }

    /// Compares prompt and completion with what the format writes.
    fn text(&self, record: &Record<'_>, window: ExampleWindow, examples: &mut dyn Examples) -> Option<FaultKind> {
        let format = self.reference.source.manifest.recipe.format;
        let (mut prompt, mut completion) = (String::new(), String::new());
        if let Err(error) = examples.write(window, &mut prompt, &mut completion) {
            return Some(FaultKind::Unwritable {
                format,
                ticker: record.ticker.to_string(),
                reason: error.to_string(),
            });
        }
        let both = [
            ("prompt", &record.prompt, &prompt),
            ("completion", &record.completion, &completion),
        ];
        let (what, found, wanted) = both.into_iter().find(|(_, found, wanted)| found != wanted)?;
        Some(FaultKind::Differs {
            what,
            format,
            ticker: record.ticker.to_string(),
            split_day: record.split_day,
            difference: difference(found, wanted),
        })
    }

    fn leak(&self, record: &Record<'_>, to: NaiveDate) -> FaultKind {
        let recipe = &self.reference.source.manifest.recipe;
        let split = &recipe.split;
        let is_held_out = split.test_tickers.iter().any(|ticker| *ticker == record.ticker);
        let limit = match (recipe.part, is_held_out) {
            (Part::Train, true) => "has none of the held-out tickers".to_owned(),
            (Part::Test, false) => "has the held-out tickers only".to_owned(),
            (Part::Train, false) => format!("ends before {}", split.day),
            (Part::Test, true) => format!("begins {} trading days after {}", split.gap, split.day),
            (Part::All, _) => "does not have these days".to_owned(),
        };
        FaultKind::Leak {
            ticker: record.ticker.to_string(),
            from: record.from,
            to,
            part: recipe.part.to_string(),
            limit,
        }
    }
}

fn no_window(record: &Record<'_>, reason: String) -> FaultKind {
    FaultKind::NoWindow {
        ticker: record.ticker.to_string(),
        from: record.from,
        split_day: record.split_day,
        context: record.context,
        horizon: record.horizon,
        reason,
    }
}

/// Where the days of a record stand in a series, or why they do not.
fn window(bars: &[Bar], record: &Record<'_>) -> Result<ExampleWindow, String> {
    let (context, horizon) = (usize::from(record.context), usize::from(record.horizon));
    if context == 0 || horizon == 0 {
        return Err("a window has at least one close on either side".to_owned());
    }
    let last = bars
        .binary_search_by_key(&record.split_day, |bar| bar.date)
        .map_err(|_| format!("the series has no close on {}", record.split_day))?;
    let split = last + 1;
    let start = split
        .checked_sub(context)
        .ok_or_else(|| format!("the series has only {split} closes up to {}", record.split_day))?;
    if bars[start].date != record.from {
        return Err(format!("those {context} closes begin on {}", bars[start].date));
    }
    if bars.len() - split < horizon {
        return Err(format!(
            "only {} closes follow {}",
            bars.len() - split,
            record.split_day
        ));
    }
    Ok(ExampleWindow {
        start,
        context,
        horizon,
    })
}

/// The last day of a window if all weekdays are trading days. Holidays make it later.
pub(super) fn estimated_end(record: &Record<'_>) -> NaiveDate {
    let is_weekday = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days = record.split_day.iter_days().skip(1).filter(is_weekday);
    days.take(record.horizon.into()).last().unwrap_or(record.split_day)
}

/// Where two texts begin to differ, and what either has there.
fn difference(found: &str, wanted: &str) -> String {
    let same = found.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    let quote = |text: &str| {
        let rest: String = text.chars().skip(same).take(QUOTED).collect();
        if rest.is_empty() {
            "nothing more".to_owned()
        } else {
            format!("{rest:?}")
        }
    };
    format!(
        "from character {} on it has {} instead of {}",
        same + 1,
        quote(found),
        quote(wanted)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_difference_is_quoted() {
        assert_eq!(
            difference(" [1.20, 1.30]", " [1.20, 1.31]"),
            "from character 12 on it has \"0]\" instead of \"1]\""
        );
        assert_eq!(
            difference(" [1.20", " [1.20]"),
            "from character 7 on it has nothing more instead of \"]\""
        );
    }

    #[test]
    fn an_end_is_estimated_by_weekdays() {
        let record = Record {
            prompt: "".into(),
            completion: "".into(),
            ticker: "A".into(),
            from: NaiveDate::from_ymd_opt(2020, 1, 2).unwrap(),
            // A Thursday.
            split_day: NaiveDate::from_ymd_opt(2020, 1, 9).unwrap(),
            horizon: 3,
            context: 6,
        };
        assert_eq!(estimated_end(&record).to_string(), "2020-01-14");
    }
}
