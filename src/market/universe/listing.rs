//! One listed security: its symbol, name, exchange and kind. Plain data; the kind is read from the words of a security's name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::market::ticker::Ticker;

/// A security that an exchange lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The symbol as the source writes it: `BRK.B`, `ABR$D`.
    pub symbol: String,
    /// The symbol as Yahoo Finance writes it: `BRK-B`, `ABR-PD`. No two listings have the same.
    pub yahoo: Ticker,
    /// The company of shares, else the whole name of the security.
    pub name: String,
    /// Where it is listed.
    pub exchange: Exchange,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ListingKind,
    /// Whether the exchange counts it as an exchange-traded fund.
    pub etf: bool,
    /// Whether it exists only to test the exchange's systems.
    pub test_issue: bool,
}

/// A word that names no exchange and no kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{word}` is none of {}", .known.join(", "))]
pub struct UnknownWord {
    word: String,
    known: Vec<&'static str>,
}

/// Defines an enum whose members have one word each, for the file, the flags and JSON.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $member,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$member,)*];

            /// Its word.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $word,)*
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                let wanted = text.trim().to_ascii_lowercase();
                Self::ALL.iter().copied().find(|one| one.as_str() == wanted).ok_or_else(|| UnknownWord {
                    word: text.chars().filter(|c| !c.is_control()).take(40).collect(),
                    known: Self::ALL.iter().map(|one| one.as_str()).collect(),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// An exchange of the United States.
    Exchange {
        /// Nasdaq, all three tiers.
        Nasdaq = "nasdaq",
        /// The New York Stock Exchange.
        Nyse = "nyse",
        /// NYSE American, formerly AMEX.
        NyseAmerican = "nyse-american",
        /// NYSE Arca, where most exchange-traded funds are listed.
        NyseArca = "nyse-arca",
        /// Cboe BZX.
        Cboe = "cboe",
        /// The Investors' Exchange.
        Iex = "iex",
        /// An exchange whose code Tripod does not know.
        Other = "other",
    }
}

words! {
    /// The kinds of securities, in the order in which a search prefers them.
    ListingKind {
        /// Common shares, and the units of partnerships that trade like shares.
        Stock = "stock",
        /// Depositary receipts of a foreign company.
        Adr = "adr",
        /// An exchange-traded fund.
        Etf = "etf",
        /// A closed-end fund.
        Fund = "fund",
        /// Preferred shares, and depositary shares of them.
        Preferred = "preferred",
        /// Debt that trades on an exchange.
        Note = "note",
        /// A share and parts of a warrant or right, sold together.
        Unit = "unit",
        /// A warrant.
        Warrant = "warrant",
        /// A right.
        Right = "right",
        /// None of these.
        Other = "other",
    }
}

/// Words of a security's name and the kind that they mean. The one that stands first in a name decides: "Units, each consisting of
/// one share and one warrant" is a unit.
const KIND_WORDS: [(&str, ListingKind); 31] = [
    ("american depositary", ListingKind::Adr),
    ("american depository", ListingKind::Adr),
    ("adr", ListingKind::Adr),
    ("ads", ListingKind::Adr),
    ("depositary shares", ListingKind::Preferred),
    ("depositary share", ListingKind::Preferred),
    ("common stock", ListingKind::Stock),
    ("common shares", ListingKind::Stock),
    ("common share", ListingKind::Stock),
    ("common units", ListingKind::Stock),
    ("common unit", ListingKind::Stock),
    ("ordinary shares", ListingKind::Stock),
    ("ordinary share", ListingKind::Stock),
    ("subordinate voting shares", ListingKind::Stock),
    ("units", ListingKind::Unit),
    ("unit", ListingKind::Unit),
    ("warrants", ListingKind::Warrant),
    ("warrant", ListingKind::Warrant),
    ("rights", ListingKind::Right),
    ("right", ListingKind::Right),
    ("preferred", ListingKind::Preferred),
    ("preference", ListingKind::Preferred),
    ("notes", ListingKind::Note),
    ("note", ListingKind::Note),
    ("debentures", ListingKind::Note),
    ("subordinated debenture", ListingKind::Note),
    ("bonds", ListingKind::Note),
    ("etn", ListingKind::Note),
    ("fund", ListingKind::Fund),
    ("funds", ListingKind::Fund),
    ("closed-end", ListingKind::Fund),
];

/// The kind that the words of a security's name tell; a stock where they tell none.
pub(super) fn kind_of(name: &str) -> ListingKind {
    let name = description(name).to_lowercase();
    let found = KIND_WORDS
        .iter()
        .filter_map(|&(words, kind)| Some((word_at(&name, words)?, kind)));
    // Of two that stand at the same place the longer one comes first in the table, and `min_by_key` takes the first.
    found
        .min_by_key(|&(place, _)| place)
        .map_or(ListingKind::Stock, |(_, kind)| kind)
}

/// The company's name: without the description of the shares that the exchanges' directories add.
pub(super) fn company_of(name: &str, kind: ListingKind) -> String {
    if !matches!(kind, ListingKind::Stock | ListingKind::Adr) {
        return name.to_owned();
    }
    let head = name.split_once(" - ").map_or(name, |(head, _)| head);
    let lower = head.to_lowercase();
    // Only ASCII changes its length in lower case so rarely that a name where it does simply keeps its description.
    let cut = (lower.len() == head.len())
        .then(|| SHARE_WORDS.iter().filter_map(|words| word_at(&lower, words)).min())
        .flatten();
    let company = cut.and_then(|cut| head.get(..cut)).unwrap_or(head);
    let company = company.trim_end_matches([' ', ',', '-']);
    let company = company.strip_suffix(" (The)").unwrap_or(company);
    if company.is_empty() {
        name.to_owned()
    } else {
        company.to_owned()
    }
}

/// Where the description of shares begins in a name.
const SHARE_WORDS: [&str; 18] = [
    "common stock",
    "common shares",
    "common share",
    "common units",
    "common unit",
    "ordinary shares",
    "ordinary share",
    "class a",
    "class b",
    "class c",
    "new common stock",
    "depositary shares",
    "american depositary",
    "american depository",
    "sponsored adr",
    "subordinate voting shares",
    "registered shares",
    "shares of beneficial interest",
];

/// Nasdaq separates the description from the company; elsewhere it is one text, whose first word belongs to the company.
fn description(name: &str) -> &str {
    match name.split_once(" - ") {
        Some((_, description)) => description,
        None => name.split_once(' ').map_or("", |(_, rest)| rest),
    }
}

/// Where `words` stand in `text` as whole words.
fn word_at(text: &str, words: &str) -> Option<usize> {
    let borders = |place: usize| {
        let before = text[..place].chars().next_back();
        let after = text[place + words.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    };
    text.match_indices(words)
        .map(|(place, _)| place)
        .find(|&place| borders(place))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_read_from_the_words_that_stand_first() {
        for (name, kind) in [
            ("Apple Inc. - Common Stock", ListingKind::Stock),
            (
                "International Business Machines Corporation Common Stock",
                ListingKind::Stock,
            ),
            ("Preferred Bank - Common Stock", ListingKind::Stock),
            ("Unit Corporation Common Stock", ListingKind::Stock),
            (
                "Enterprise Products Partners L.P. Common Units representing Limited Partnership Interests",
                ListingKind::Stock,
            ),
            (
                "AAC III Units, each consisting of one share and one-half of one warrant",
                ListingKind::Unit,
            ),
            (
                "AAC III Redeemable warrants, each exercisable for one Class A ordinary share",
                ListingKind::Warrant,
            ),
            (
                "Foo Acquisition Corp. - Rights, each to receive one-tenth of one ordinary share",
                ListingKind::Right,
            ),
            (
                "Arbor Realty Trust 6.375% Series D Cumulative Redeemable Preferred Stock",
                ListingKind::Preferred,
            ),
            (
                "Bank of America Corporation Depositary Shares, each 1/1000th of a share of Series KK",
                ListingKind::Preferred,
            ),
            (
                "Alibaba Group Holding Limited American Depositary Shares each representing eight Ordinary share",
                ListingKind::Adr,
            ),
            ("AT&T Inc. 5.35% Global Notes due 2066", ListingKind::Note),
            ("Nuveen Municipal Income Fund Common Shares", ListingKind::Fund),
            ("Brightcove Inc. - Common Stock", ListingKind::Stock),
            ("Something without a description", ListingKind::Stock),
        ] {
            assert_eq!(kind_of(name), kind, "{name}");
        }
    }

    #[test]
    fn the_description_of_the_shares_is_no_part_of_the_company() {
        for (name, company) in [
            ("Apple Inc. - Common Stock", "Apple Inc."),
            ("Alphabet Inc. - Class A Common Stock", "Alphabet Inc."),
            ("Coca-Cola Company (The) Common Stock", "Coca-Cola Company"),
            ("Berkshire Hathaway Inc. New Common Stock", "Berkshire Hathaway Inc."),
            (
                "Alibaba Group Holding Limited American Depositary Shares each representing eight",
                "Alibaba Group Holding Limited",
            ),
            ("AGILENT TECHNOLOGIES INC", "AGILENT TECHNOLOGIES INC"),
            ("Common Stock", "Common Stock"),
        ] {
            assert_eq!(company_of(name, kind_of(name)), company, "{name}");
        }
        let preferred = "Arbor Realty Trust 6.375% Series D Preferred Stock";
        assert_eq!(company_of(preferred, kind_of(preferred)), preferred);
    }

    #[test]
    fn every_exchange_and_kind_is_read_back_from_its_word() {
        for exchange in Exchange::ALL {
            assert_eq!(exchange.as_str().to_uppercase().parse::<Exchange>().unwrap(), *exchange);
        }
        for kind in ListingKind::ALL {
            assert_eq!(kind.to_string().parse::<ListingKind>().unwrap(), *kind);
        }
        let error = "lse".parse::<Exchange>().unwrap_err().to_string();
        assert!(error.contains("`lse`") && error.contains("nyse-american"), "{error}");
    }
}
