//! Everything that a text may rest on. Plain data, borrowed from its owner.

use super::fact::Fact;
use super::locale::Locale;
use super::stance::Call;

/// What a text is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The table of facts.
    pub facts: &'a [Fact],
    /// The titles of the headlines. A text cites them by number, from 1.
    pub headlines: &'a [&'a str],
    /// The company and its ticker.
    pub names: &'a [&'a str],
    /// The call that code computed; `None` where there is none to compare with.
    pub call: Option<Call>,
    /// The language of the text.
    pub locale: Locale,
}

impl<'a> Evidence<'a> {
    /// Facts alone.
    pub fn of(facts: &'a [Fact]) -> Self {
        Evidence {
            facts,
            ..Evidence::default()
        }
    }
}
