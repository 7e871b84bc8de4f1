//! Looks up a company's name: in the list of listed securities, which needs no network, else with Yahoo's search. Returns what
//! matches; the caller chooses or asks the user.

use serde::Serialize;
use serde_json::Value;

use super::error::MarketError;
use super::name::{bare_name, words_of};
use super::sources::YahooOptions;
use super::ticker::Ticker;
use super::universe::{Listing, ListingKind, Universe};
use crate::net::{HttpClient, HttpError, endpoint};
use crate::text::clean_text;

/// A security that the search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its symbol.
    #[serde(rename = "symbol")]
    pub ticker: Ticker,
    /// The longer of the two names that the service has, cleaned.
    pub name: Option<String>,
    /// The shorter name, which is sometimes the better known one.
    #[serde(skip)]
    pub short_name: Option<String>,
    /// What it is.
    pub kind: FoundKind,
    /// Where it is traded, in the service's words.
    pub exchange: Option<String>,
}

/// Kinds of securities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FoundKind {
    /// A company's shares.
    Equity,
    /// An ETF or a mutual fund.
    Fund,
    /// An index.
    Index,
    /// A pair of currencies.
    Currency,
    /// A cryptocurrency.
    Crypto,
    /// A future.
    Future,
    /// An option.
    Option,
    /// What else there is.
    Other,
}

impl FoundKind {
    /// The word for it in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equity => "equity",
            Self::Fund => "fund",
            Self::Index => "index",
            Self::Currency => "currency",
            Self::Crypto => "crypto",
            Self::Future => "future",
            Self::Option => "option",
            Self::Other => "other",
        }
    }
}

/// A company whose symbol is known without a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its symbol.
    pub ticker: Ticker,
    /// What people call it, without its legal form; the first is shown.
    pub names: &'static [&'static str],
}

/// More results than this do not help a user to choose.
const MOST_FOUND: usize = 6;

const MAX_NAME: usize = 120;

/// The security called `name`: the one that the list of listed securities leaves no doubt about, else the first that Yahoo's search
/// finds with that name. Without a `search` only the list is asked.
///
/// # Errors
/// [`MarketError`] of Yahoo's search.
pub async fn find_company(
    universe: &Universe,
    search: Option<(&HttpClient, &YahooOptions)>,
    name: &str,
) -> Result<Option<Found>, MarketError> {
    if let Some(listing) = universe.company(name) {
        return Ok(Some(Found::from(listing)));
    }
    let Some((client, options)) = search else {
        return Ok(None);
    };
    let found = search_company(client, options, name).await?;
    // The search finds a share for almost any word, so only one with that name counts.
    Ok(found.into_iter().find(|one| one.answers_to(name)))
}

/// What Yahoo's search finds for `name`, in the service's order, at most six. Entries that cannot be read are left out.
///
/// # Errors
/// [`MarketError::Search`] when the service cannot be asked, [`MarketError::SearchMalformed`] for an answer that is no list.
pub async fn search_company(
    client: &HttpClient,
    options: &YahooOptions,
    name: &str,
) -> Result<Vec<Found>, MarketError> {
    let name = clean_text(name, MAX_NAME);
    if name.is_empty() {
        return Ok(Vec::new());
    }
    let http = |source: HttpError| MarketError::Search {
        name: name.clone(),
        source,
    };
    let malformed = |reason: String| MarketError::SearchMalformed {
        name: name.clone(),
        reason,
    };
    let mut url = endpoint(&options.base_url, &["v1", "finance", "search"]).map_err(http)?;
    url.query_pairs_mut()
        .append_pair("q", &name)
        .append_pair("quotesCount", &MOST_FOUND.to_string())
        .append_pair("newsCount", "0");
    let answer = client
        .send(&url, &options.request, |client| {
            client
                .get(url.clone())
                .header("User-Agent", &options.user_agent)
                .header("Accept", "application/json")
        })
        .await
        .map_err(http)?;
    if !answer.status.is_success() {
        return Err(malformed(format!("HTTP {}", answer.status.as_u16())));
    }
    let answer: Value =
        serde_json::from_slice(&answer.body).map_err(|error| malformed(format!("not JSON ({error})")))?;
    let entries = answer
        .get("quotes")
        .and_then(Value::as_array)
        .ok_or_else(|| malformed("nothing at /quotes".to_owned()))?;
    let mut found: Vec<Found> = Vec::new();
    for entry in entries.iter().filter_map(found_in) {
        if found.len() < MOST_FOUND && found.iter().all(|other| other.ticker != entry.ticker) {
            found.push(entry);
        }
    }
    tracing::debug!(name, found = found.len(), "securities from Yahoo's search");
    Ok(found)
}

/// `None` for an entry without a symbol, such as a private company.
fn found_in(entry: &Value) -> Option<Found> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let cleaned = |key: &str| {
        text(key)
            .map(|raw| clean_text(raw, MAX_NAME))
            .filter(|text| !text.is_empty())
    };
    let symbol = text("symbol").filter(|symbol| !symbol.contains('/'))?;
    let (long, short) = (cleaned("longname"), cleaned("shortname"));
    Some(Found {
        ticker: Ticker::parse(symbol).ok()?,
        short_name: short.clone(),
        name: long.or(short),
        kind: match text("quoteType") {
            Some("EQUITY") => FoundKind::Equity,
            Some("ETF" | "MUTUALFUND") => FoundKind::Fund,
            Some("INDEX") => FoundKind::Index,
            Some("CURRENCY") => FoundKind::Currency,
            Some("CRYPTOCURRENCY") => FoundKind::Crypto,
            Some("FUTURE") => FoundKind::Future,
            Some("OPTION") => FoundKind::Option,
            _ => FoundKind::Other,
        },
        exchange: cleaned("exchDisp").or_else(|| cleaned("exchange")),
    })
}

impl From<&Listing> for Found {
    fn from(listing: &Listing) -> Self {
        Self {
            ticker: listing.yahoo.clone(),
            name: Some(listing.name.clone()),
            short_name: None,
            kind: match listing.kind {
                ListingKind::Stock | ListingKind::Adr | ListingKind::Preferred => FoundKind::Equity,
                ListingKind::Etf | ListingKind::Fund => FoundKind::Fund,
                ListingKind::Note
                | ListingKind::Unit
                | ListingKind::Warrant
                | ListingKind::Right
                | ListingKind::Other => FoundKind::Other,
            },
            exchange: Some(listing.exchange.as_str().to_owned()),
        }
    }
}

impl Found {
    /// Whether `name` means this security: its symbol, or the first words of its name. The search itself matches loosely and
    /// returns something for almost any word.
    pub fn answers_to(&self, name: &str) -> bool {
        let wanted = words_of(bare_name(name));
        // "McDonald's" is asked for as McDonald.
        let same = |(full, wanted): (&String, &String)| full == wanted || full.strip_suffix('s') == Some(wanted);
        let begins = |full: &Option<String>| {
            let full = full.as_deref().map(words_of).unwrap_or_default();
            full.len() >= wanted.len() && full.iter().zip(&wanted).all(same)
        };
        let is_symbol = self.ticker.as_str().eq_ignore_ascii_case(name.trim());
        is_symbol || (!wanted.is_empty() && (begins(&self.name) || begins(&self.short_name)))
    }
}

/// The companies of the demo.
pub fn demo_companies() -> Vec<Company> {
    const NAMES: [(&str, &[&str]); 4] = [
        ("AAPL", &["Apple", "Apple Computer"]),
        ("GOOG", &["Google", "Alphabet"]),
        ("IBM", &["IBM", "International Business Machines"]),
        ("MSFT", &["Microsoft"]),
    ];
    NAMES
        .into_iter()
        .filter_map(|(symbol, names)| {
            let ticker = Ticker::parse(symbol).ok()?;
            Some(Company { ticker, names })
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::demo::demo_tickers;

    fn found(symbol: &str, name: &str) -> Found {
        Found {
            ticker: Ticker::parse(symbol).unwrap(),
            name: Some(name.to_owned()),
            short_name: None,
            kind: FoundKind::Equity,
            exchange: None,
        }
    }

    #[test]
    fn every_demo_ticker_has_a_company_of_its_name() {
        let known: Vec<String> = demo_companies()
            .into_iter()
            .map(|company| company.ticker.into())
            .collect();
        assert_eq!(known, demo_tickers());
    }

    #[test]
    fn what_is_found_answers_to_its_symbol_and_to_the_beginning_of_its_name_only() {
        let nvidia = found("NVDA", "NVIDIA Corporation");
        assert!(nvidia.answers_to("Nvidia") && nvidia.answers_to("nvda") && nvidia.answers_to("Nvidia Corp."));
        assert!(!nvidia.answers_to("awesome") && !nvidia.answers_to("Nvid") && !nvidia.answers_to(""));
        assert!(found("HD", "The Home Depot, Inc.").answers_to("Home Depot"));
        assert!(found("T", "AT&T Inc.").answers_to("AT&T"));
        assert!(found("MCD", "McDonald's Corporation").answers_to("McDonald"));
        assert!(!found("RKLB", "Rocket Lab USA, Inc.").answers_to("Lab"));
    }
}
