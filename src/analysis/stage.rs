//! The name of a stage. Plain data: the table in `stages/` lists the stages and what they do. A new stage needs no change here.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// The name of a stage, such as `forecast`: lower-case letters, digits, `-` and `_`. Equal names mean the same stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, examples("forecast", "sentiment", "report"))]
pub struct StageName(&'static str);

impl StageName {
    /// The forecaster's stage.
    pub const FORECAST: StageName = StageName::new("forecast");
    /// The sentiment classifier's stage.
    pub const SENTIMENT: StageName = StageName::new("sentiment");
    /// The reporter's stage.
    pub const REPORT: StageName = StageName::new("report");

    /// The name of a built-in stage.
    pub const fn new(name: &'static str) -> Self {
        StageName(name)
    }

    /// The name as text.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for StageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.0)
    }
}

/// The maximum length of a name.
const LONGEST: usize = 32;

/// The maximum number of distinct names held in memory. Names live as long as the process, so input could otherwise fill the
/// memory; no table has this many.
const MOST_NAMES: usize = 256;

/// Reads the name of any stage, including one that this program does not have: a stored analysis may come from another version.
/// The command line and the server check names against the table of stages.
impl<'de> Deserialize<'de> for StageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        read(&text).ok_or_else(|| serde::de::Error::custom("this is not the name of a stage"))
    }
}

fn read(text: &str) -> Option<StageName> {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let usual = [StageName::FORECAST, StageName::SENTIMENT, StageName::REPORT];
    if let Some(name) = usual.into_iter().find(|name| name.0 == text) {
        return Some(name);
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if text.is_empty() || text.len() > LONGEST || !text.chars().all(is_plain) {
        return None;
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = kept.get(text) {
        return Some(StageName(name));
    }
    if kept.len() >= MOST_NAMES {
        return None;
    }
    let name: &'static str = Box::leak(text.into());
    kept.insert(name);
    Some(StageName(name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_name_survives_json_also_one_that_this_program_does_not_have() {
        for name in [StageName::FORECAST, StageName::new("headline_count")] {
            let text = serde_json::to_string(&name).unwrap();
            assert_eq!(text, format!("{:?}", name.as_str()));
            assert_eq!(serde_json::from_str::<StageName>(&text).unwrap(), name);
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [r#""""#, r#""Forecast""#, r#""a b""#, r#""../x""#, "7"] {
            assert!(serde_json::from_str::<StageName>(text).is_err(), "{text}");
        }
        assert_eq!(read(&"a".repeat(LONGEST + 1)), None);
    }
}
