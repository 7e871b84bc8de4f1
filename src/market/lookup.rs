//! Looks a name up for a user who can be asked: a company's name or a symbol comes in, the security that it means or those that it may
//! mean go out. Asks the list of listed securities, which needs no network, else Yahoo's search; asks the user nothing.

use super::error::MarketError;
use super::name::{bare_name, words_of};
use super::search::{Found, FoundKind, search_company};
use super::sources::YahooOptions;
use super::universe::{Origin, Universe};
use crate::net::HttpClient;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// One security without doubt.
    One(Box<Found>),
    /// Several; best first, at least one.
    Several(Vec<Found>),
    /// None that is known.
    Nothing,
}

/// More than these do not help a user to choose.
const MOST: usize = 6;

/// The security that `name` means. Without a `search` only the list is asked.
///
/// One security is meant where the list leaves no doubt, or where all that Yahoo's search finds of that name is of one company; then it
/// is the first found, which is the main listing.
///
/// # Errors
/// [`MarketError`] of Yahoo's search where the list has nothing of that name.
pub async fn meaning(
    universe: &Universe,
    search: Option<(&HttpClient, &YahooOptions)>,
    name: &str,
) -> Result<Meaning, MarketError> {
    if let Some(listing) = universe.company(name) {
        return Ok(Meaning::One(Box::new(Found::from(listing))));
    }
    let found = securities(universe, search, name, MOST).await?;
    let named: Vec<&Found> = found.iter().filter(|one| one.answers_to(name)).collect();
    let company = |one: &Found| words_of(bare_name(one.name.as_deref().unwrap_or_default()));
    Ok(match named.split_first() {
        Some((first, others)) if others.iter().all(|other| company(other) == company(first)) => {
            Meaning::One(Box::new((*first).clone()))
        }
        Some(_) => Meaning::Several(named.into_iter().cloned().collect()),
        None if found.is_empty() => Meaning::Nothing,
        None => Meaning::Several(found),
    })
}

/// The securities that a symbol, its beginning, or words of a name find, best first, at most `most`: those of the list and, where it has
/// none or is only the bundled one, those of Yahoo's `search`.
///
/// # Errors
/// [`MarketError`] of Yahoo's search where the list finds nothing.
pub async fn securities(
    universe: &Universe,
    search: Option<(&HttpClient, &YahooOptions)>,
    text: &str,
    most: usize,
) -> Result<Vec<Found>, MarketError> {
    let mut found: Vec<Found> = universe.search(text, most).into_iter().map(Found::from).collect();
    let is_enough = !found.is_empty() && matches!(universe.origin(), Origin::Fetched { .. });
    let Some((client, options)) = search.filter(|_| !is_enough) else {
        return Ok(found);
    };
    match search_company(client, options, text).await {
        Ok(more) => {
            let is_new = |one: &Found, found: &[Found]| found.iter().all(|other| other.ticker != one.ticker);
            for one in more {
                if found.len() < most && one.kind != FoundKind::Option && is_new(&one, &found) {
                    found.push(one);
                }
            }
            Ok(found)
        }
        Err(error) if found.is_empty() => Err(error),
        Err(error) => {
            tracing::warn!(%error, "only the bundled list was searched");
            Ok(found)
        }
    }
}
