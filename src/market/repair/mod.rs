//! Glitches in daily bars: a [`Series`] comes in; a mended one goes out, with what was found in its warnings and doubts. Pure: reads
//! no clock, asks nothing. It never touches a series in which it finds nothing.
//!
//! What is certain is mended: prices in another unit, a split that an event names and the prices do not show, a copied row. What
//! is not certain becomes a [`Doubt`], and a forecast is refused. docs/data-repair.md has the rules with their thresholds.

mod doubts;
mod finding;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod properties;
mod rows;
mod splits;
mod steps;
#[cfg(test)]
mod tests;
mod units;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::finding::{Finding, FindingKind};
use super::series::{Doubt, Series};

/// What is done about glitches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// Nothing is looked for.
    Off,
    /// What is found is warned of; the prices stay as they are, and no forecast from them counts as reliable.
    Warn,
    /// What is certain is mended; a forecast from what is not is refused.
    #[default]
    Mend,
}

impl FromStr for Repair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Repair::Off),
            "warn" => Ok(Repair::Warn),
            "mend" => Ok(Repair::Mend),
            other => Err(format!("`{other}` is no way to repair prices: write off, warn or mend")),
        }
    }
}

/// Rounds of mending: one glitch can hide another. Prices that are not settled after so many are left as they were.
const ROUNDS: usize = 5;

/// The series as it is used: mended, or with warnings only.
pub fn repaired(series: Series, how: Repair) -> Series {
    if how == Repair::Off {
        return series;
    }
    let (mended, findings) = examined(&series);
    let mut series = match how {
        Repair::Mend => mended,
        Repair::Off | Repair::Warn => series,
    };
    for finding in findings {
        let is_mended = how == Repair::Mend && finding.done.is_some();
        let warning = match &finding.done {
            Some(done) if is_mended => format!("{}: {done}", finding.text),
            _ => finding.text.clone(),
        };
        if !series.warnings.contains(&warning) {
            series.warnings.push(warning);
        }
        let doubt = Doubt {
            from: finding.from,
            to: finding.to,
            local: finding.kind.is_local(),
            refuses: how == Repair::Mend,
            text: finding.text,
        };
        if !is_mended && !series.doubts.contains(&doubt) {
            series.doubts.push(doubt);
        }
    }
    series
}

/// A mended copy, and what was found: first what was mended, then what is not certain.
pub fn examined(series: &Series) -> (Series, Vec<Finding>) {
    let mut mended = series.clone();
    let mut findings = Vec::new();
    let mut settled = false;
    for _ in 0..ROUNDS {
        let before = findings.len();
        rows::drop_impossible(&mut mended.bars, &mut findings);
        rows::drop_copies(&mut mended.bars, &mut findings);
        units::mend(&mut mended, &mut findings);
        splits::mend(&mut mended, &mut findings);
        settled = findings.len() == before;
        if settled {
            break;
        }
    }
    if !settled {
        mended = series.clone();
        findings.clear();
        rows::drop_impossible(&mut mended.bars, &mut findings);
        findings.extend(doubts::unsettled(&mended.bars));
    }
    doubts::find(&mended, &mut findings);
    (mended, finding::condensed(findings))
}
