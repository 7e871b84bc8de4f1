//! The listed securities that Tripod knows: filtered, looked up by symbol, and found by a text. Pure.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::bundled::{BUNDLED_AS_OF, bundled_listings};
use super::filter::ListingFilter;
use super::listing::{Listing, ListingKind};
use super::source::ListingSource;
use crate::market::name::{bare_name, words_of};
use crate::market::ticker::Ticker;

/// A list of listings, each Yahoo symbol once.
#[derive(Debug, Clone)]
pub struct Universe {
    listings: Vec<Listing>,
    /// The lower-case words of each listing's name.
    words: Vec<Vec<String>>,
    places: HashMap<Ticker, usize>,
    /// The largest companies, largest first.
    large: Vec<usize>,
    origin: Origin,
}

/// Where a list is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Part of the program: the largest companies on that day.
    Bundled {
        /// What the list knows.
        as_of: NaiveDate,
    },
    /// Fetched from the exchanges.
    Fetched {
        /// When.
        at: DateTime<Utc>,
        /// From which sources.
        sources: Vec<ListingSource>,
    },
}

impl Origin {
    /// The day that the list is of.
    pub fn date(&self) -> NaiveDate {
        match self {
            Self::Bundled { as_of } => *as_of,
            Self::Fetched { at, .. } => at.date_naive(),
        }
    }
}

impl Universe {
    /// The largest companies, as the program knows them.
    pub fn bundled() -> Self {
        Self::new(bundled_listings().to_vec(), Origin::Bundled { as_of: BUNDLED_AS_OF })
    }

    /// A list of `listings`; of several with one Yahoo symbol the first is kept.
    pub fn new(listings: Vec<Listing>, origin: Origin) -> Self {
        let mut places = HashMap::with_capacity(listings.len());
        let mut kept: Vec<Listing> = Vec::with_capacity(listings.len());
        for listing in listings {
            if !places.contains_key(&listing.yahoo) {
                places.insert(listing.yahoo.clone(), kept.len());
                kept.push(listing);
            }
        }
        let large = bundled_listings()
            .iter()
            .filter_map(|large| places.get(&large.yahoo).copied())
            .collect();
        Self {
            words: kept.iter().map(|listing| words_of(&listing.name)).collect(),
            listings: kept,
            places,
            large,
            origin,
        }
    }

    /// Every listing, in the list's order.
    pub fn listings(&self) -> &[Listing] {
        &self.listings
    }

    /// Where the list is from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The listing of this symbol in Yahoo's spelling.
    pub fn get(&self, ticker: &Ticker) -> Option<&Listing> {
        self.places.get(ticker).map(|&place| &self.listings[place])
    }

    /// The listings that `filter` accepts, in the list's order.
    pub fn filtered<'u>(&'u self, filter: &ListingFilter) -> Vec<&'u Listing> {
        self.listings.iter().filter(|listing| filter.accepts(listing)).collect()
    }

    /// The largest companies of the list, largest first.
    pub fn large(&self) -> impl Iterator<Item = &Listing> {
        self.large.iter().map(|&place| &self.listings[place])
    }

    /// The listings that `text` finds, best first, at most `most`; test issues are not among them.
    ///
    /// First stands the symbol itself, then symbols that begin with the text, then names of which a word begins with it, then
    /// names that hold all of its words somewhere. Among equals, the largest companies come first, then common shares.
    pub fn search(&self, text: &str, most: usize) -> Vec<&Listing> {
        let symbol = text.trim().to_ascii_uppercase();
        let words = words_of(text);
        if symbol.is_empty() || words.is_empty() {
            return Vec::new();
        }
        let size: HashMap<usize, usize> = self.large.iter().copied().zip(0..).collect();
        let mut found: Vec<_> = self
            .listings
            .iter()
            .enumerate()
            .filter(|(_, listing)| !listing.test_issue)
            .filter_map(|(place, listing)| {
                let rank = rank(listing, &self.words[place], &symbol, &words)?;
                let ticker = listing.yahoo.as_str();
                Some((
                    (
                        rank,
                        size.get(&place).copied().unwrap_or(usize::MAX),
                        listing.kind,
                        ticker.len(),
                        ticker,
                    ),
                    listing,
                ))
            })
            .collect();
        found.sort_unstable_by_key(|(order, _)| *order);
        found.into_iter().take(most).map(|(_, listing)| listing).collect()
    }

    /// The shares of the company called `name`, where the list leaves no doubt: its whole name without the legal form, or the
    /// beginning of one company's name only. Of several companies that begin so, one that alone is large is meant.
    pub fn company(&self, name: &str) -> Option<&Listing> {
        let wanted = words_of(bare_name(name));
        if wanted.is_empty() {
            return None;
        }
        let shares = |place: &usize| {
            let listing = &self.listings[*place];
            matches!(listing.kind, ListingKind::Stock | ListingKind::Adr) && !listing.test_issue
        };
        let begins: Vec<usize> = (0..self.listings.len())
            .filter(shares)
            .filter(|&place| begins_with(&self.words[place], &wanted))
            .collect();
        let whole: Vec<usize> = begins
            .iter()
            .copied()
            .filter(|&place| words_of(bare_name(&self.listings[place].name)).len() == wanted.len())
            .collect();
        let large: Vec<usize> = begins
            .iter()
            .copied()
            .filter(|place| self.large.contains(place))
            .collect();
        [whole, begins, large]
            .into_iter()
            .find_map(|places| self.of_one_company(&places))
    }

    /// The listing that stands for a company, where all of `places` are its classes of shares.
    fn of_one_company(&self, places: &[usize]) -> Option<&Listing> {
        let first = *places.first()?;
        let name = |place: usize| words_of(bare_name(&self.listings[place].name));
        if places.iter().any(|&place| name(place) != name(first)) {
            return None;
        }
        let order = |place: &&usize| {
            let size = self
                .large
                .iter()
                .position(|large| large == *place)
                .unwrap_or(usize::MAX);
            let ticker = &self.listings[**place].yahoo;
            (size, ticker.as_str().len(), ticker)
        };
        places.iter().min_by_key(order).map(|&place| &self.listings[place])
    }
}

/// How well a listing fits; smaller is better.
fn rank(listing: &Listing, name: &[String], symbol: &str, words: &[String]) -> Option<u8> {
    let symbols = [listing.yahoo.as_str(), listing.symbol.as_str()];
    if symbols.contains(&symbol) {
        return Some(0);
    }
    if symbols.iter().any(|own| own.starts_with(symbol)) {
        return Some(1);
    }
    let phrase = (0..name.len()).find(|&start| {
        let (last, before) = match words.split_last() {
            Some(split) => split,
            None => return false,
        };
        let run = &name[start..];
        run.len() >= words.len()
            && run.iter().zip(before).all(|(own, word)| own == word)
            && run[before.len()].starts_with(last.as_str())
    });
    match phrase {
        Some(0) => return Some(2),
        Some(_) => return Some(3),
        None => {}
    }
    let holds = |word: &String| name.iter().any(|own| own.contains(word.as_str()));
    words.iter().all(holds).then_some(4)
}

/// Whether `name` begins with the words `wanted`; "McDonald's" is asked for as McDonald.
fn begins_with(name: &[String], wanted: &[String]) -> bool {
    let same = |(own, wanted): (&String, &String)| own == wanted || own.strip_suffix('s') == Some(wanted);
    name.len() >= wanted.len() && name.iter().zip(wanted).all(same)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::universe::listing::Exchange;

    fn listing(symbol: &str, name: &str, kind: ListingKind) -> Listing {
        Listing {
            symbol: symbol.replace('-', "."),
            yahoo: Ticker::parse(symbol).unwrap(),
            name: name.to_owned(),
            exchange: Exchange::Nyse,
            kind,
            etf: kind == ListingKind::Etf,
            test_issue: false,
        }
    }

    fn universe() -> Universe {
        use ListingKind::{Adr, Etf, Preferred, Stock, Warrant};
        let mut test = listing("MICRT", "Micro Test", Stock);
        test.test_issue = true;
        let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        Universe::new(
            vec![
                listing("MBOT", "Microbot Medical Inc.", Stock),
                listing("MSFT", "Microsoft Corporation", Stock),
                listing("M", "Macy's Inc.", Stock),
                listing("BAC", "Bank of America Corporation", Stock),
                listing("BAC-PK", "Bank of America Corporation 6% Preferred", Preferred),
                listing("BRK-B", "Berkshire Hathaway Inc.", Stock),
                listing("BRK-A", "Berkshire Hathaway Inc.", Stock),
                listing("APLE", "Apple Hospitality REIT, Inc.", Stock),
                listing("AAPL", "Apple Inc.", Stock),
                listing("KO", "Coca-Cola Company", Stock),
                listing("COKE", "Coca-Cola Consolidated, Inc.", Stock),
                listing("AMZ", "American Zinc Corp.", Stock),
                listing("AAL", "American Airlines Group Inc.", Stock),
                listing("AXP", "American Express Company", Stock),
                listing("ZAXP", "Zinc Express Microcaps ETF", Etf),
                listing("TSM", "Taiwan Semiconductor Manufacturing Company Ltd.", Adr),
                listing("SOFTW", "Softbase Warrant", Warrant),
                test,
                listing("MSFT", "the same again", Stock),
            ],
            Origin::Fetched {
                at,
                sources: vec![ListingSource::Nyse],
            },
        )
    }

    fn found(text: &str) -> Vec<String> {
        let universe = universe();
        let found = universe.search(text, 4);
        found
            .into_iter()
            .map(|listing| listing.yahoo.as_str().to_owned())
            .collect()
    }

    #[test]
    fn a_search_ranks_the_symbol_then_symbols_then_words_of_names_then_parts_of_them() {
        assert_eq!(found("m"), ["M", "MSFT", "MBOT", "TSM"]);
        assert_eq!(found("micro"), ["MSFT", "MBOT", "ZAXP"]);
        assert_eq!(found("brk.b"), ["BRK-B"]);
        assert_eq!(found("BRK-"), ["BRK-B", "BRK-A"]);
        assert_eq!(found("bank of am"), ["BAC", "BAC-PK"]);
        assert_eq!(found("america bank"), ["BAC", "BAC-PK"]);
        assert_eq!(found("soft"), ["SOFTW", "MSFT"]);
        assert_eq!(found("express"), ["AXP", "ZAXP"]);
        assert_eq!(found("nothing like it"), Vec::<String>::new());
        assert_eq!(found("  "), Vec::<String>::new());
        assert_eq!(found("—"), Vec::<String>::new());
    }

    #[test]
    fn a_symbol_is_listed_once_and_looked_up() {
        let universe = universe();
        assert_eq!(universe.listings().len(), 18);
        let microsoft = universe.get(&Ticker::parse("MSFT").unwrap()).unwrap();
        assert_eq!(microsoft.name, "Microsoft Corporation");
        assert_eq!(universe.get(&Ticker::parse("NOPE").unwrap()), None);
    }

    #[test]
    fn filters_narrow_the_list_and_test_issues_are_left_out() {
        let universe = universe();
        let count = |filter: ListingFilter| universe.filtered(&filter).len();
        assert_eq!(count(ListingFilter::default()), 17);
        assert_eq!(
            count(ListingFilter {
                test_issues: true,
                ..Default::default()
            }),
            18
        );
        assert_eq!(
            count(ListingFilter {
                no_etf: true,
                ..Default::default()
            }),
            16
        );
        assert_eq!(
            count(ListingFilter {
                exchanges: vec![Exchange::Nasdaq],
                ..Default::default()
            }),
            0
        );
        let kinds = vec![ListingKind::Adr, ListingKind::Warrant];
        assert_eq!(
            count(ListingFilter {
                kinds,
                ..Default::default()
            }),
            2
        );
    }

    #[test]
    fn a_company_is_found_only_where_there_is_no_doubt() {
        let universe = universe();
        let of = |name: &str| universe.company(name).map(|listing| listing.yahoo.as_str().to_owned());
        for (name, symbol) in [
            ("Apple", "AAPL"),
            ("apple inc.", "AAPL"),
            ("Apple Hospitality", "APLE"),
            ("Coca-Cola", "KO"),
            ("Microsoft", "MSFT"),
            ("Macy", "M"),
            ("Berkshire Hathaway", "BRK-B"),
            ("Bank of America", "BAC"),
            ("Taiwan Semiconductor", "TSM"),
            ("American Zinc", "AMZ"),
        ] {
            assert_eq!(of(name).as_deref(), Some(symbol), "{name}");
        }
        for name in ["American", "Micro", "Express", "Softbase", "", "Inc."] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn the_bundled_companies_are_found_by_symbol_and_by_name() {
        let universe = Universe::bundled();
        assert!(universe.listings().len() > 250, "{}", universe.listings().len());
        for (name, symbol) in [
            ("Nvidia", "NVDA"),
            ("Tesla", "TSLA"),
            ("Johnson & Johnson", "JNJ"),
            ("Berkshire Hathaway", "BRK-B"),
            ("Home Depot", "HD"),
            ("AT&T", "T"),
            ("McDonald", "MCD"),
        ] {
            let found = universe.company(name).unwrap();
            assert_eq!(found.yahoo.as_str(), symbol);
        }
        assert_eq!(
            universe.large().next().map(|large| large.yahoo.as_str()),
            Some(universe.listings()[0].yahoo.as_str())
        );
    }
}
