//! `GET /v1/universe`: finds listed securities by symbol or name, for suggestions while a user types. Asks no network.

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::market::{Listing, Origin, Universe, demo_companies};
use crate::serve::http::{ApiError, QueryOf, Refusals};
use crate::serve::runs::{Shared, within};

/// Longer texts find nothing.
const LONGEST: usize = 100;

/// Query of `GET /v1/universe`.
#[derive(Debug, Clone, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UniverseQuery {
    /// A symbol, its beginning, or words of a name; without it, the largest companies are listed.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Most securities in the answer.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<i64>,
}

/// Answer of `GET /v1/universe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundListings {
    /// Always `list`.
    pub object: String,
    /// `fetched` for a list of `tripod universe fetch`, `bundled` for the large companies that are part of the program.
    pub source: String,
    /// The day of the list.
    pub as_of: NaiveDate,
    /// The best first.
    pub data: Vec<FoundListing>,
}

/// A listed security.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundListing {
    /// The symbol in Yahoo's spelling.
    pub symbol: String,
    /// The company, or the name of the security.
    pub name: String,
    /// Where it is listed.
    pub exchange: String,
    /// What it is: `stock`, `adr`, `etf`, …
    #[serde(rename = "type")]
    pub kind: String,
}

impl From<&Listing> for FoundListing {
    fn from(listing: &Listing) -> Self {
        Self {
            symbol: listing.yahoo.as_str().to_owned(),
            name: listing.name.clone(),
            exchange: listing.exchange.as_str().to_owned(),
            kind: listing.kind.as_str().to_owned(),
        }
    }
}

/// Find listed securities by symbol or name
///
/// Under `serve --demo`, only those that the demo has prices of.
#[utoipa::path(
    get,
    path = "/v1/universe",
    tag = "analysis",
    params(UniverseQuery),
    responses((status = 200, description = "The securities found", body = FoundListings), Refusals)
)]
pub async fn universe(
    State(app): State<Shared>,
    QueryOf(query): QueryOf<UniverseQuery>,
) -> Result<Json<FoundListings>, ApiError> {
    find(&app, &query.q.unwrap_or_default(), query.limit).map(Json)
}

/// Finds listed securities, the best first.
///
/// # Errors
///
/// [`ApiError::Invalid`] for a text that is too long or a limit out of its range.
pub(crate) fn find(app: &Shared, text: &str, limit: Option<i64>) -> Result<FoundListings, ApiError> {
    let limit = within("limit", limit, 1, 100, 20)?;
    if text.chars().count() > LONGEST {
        return Err(ApiError::invalid(
            "q",
            format!("q must have at most {LONGEST} characters"),
        ));
    }
    let universe = app.universe.current_or_bundled();
    let is_demo = app.search.is_none();
    Ok(FoundListings {
        object: "list".to_owned(),
        source: match universe.origin() {
            Origin::Bundled { .. } => "bundled".to_owned(),
            Origin::Fetched { .. } => "fetched".to_owned(),
        },
        as_of: universe.origin().date(),
        data: found(&universe, text.trim(), is_demo, limit),
    })
}

fn found(universe: &Universe, text: &str, is_demo: bool, limit: usize) -> Vec<FoundListing> {
    let demo = demo_companies();
    let has_prices = |listing: &&Listing| !is_demo || demo.iter().any(|company| company.ticker == listing.yahoo);
    let found: Vec<&Listing> = match text.is_empty() {
        true => universe.large().collect(),
        // All that is found, because under the demo most of it has no prices.
        false => universe.search(text, if is_demo { usize::MAX } else { limit }),
    };
    found
        .into_iter()
        .filter(has_prices)
        .take(limit)
        .map(FoundListing::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbols(text: &str, is_demo: bool, limit: usize) -> Vec<String> {
        let found = found(&Universe::bundled(), text, is_demo, limit);
        found.into_iter().map(|one| one.symbol).collect()
    }

    #[test]
    fn the_demo_suggests_only_what_it_has_prices_of() {
        assert_eq!(symbols("", true, 8), ["MSFT", "AAPL", "GOOG", "IBM"]);
        assert_eq!(symbols("micro", true, 8), ["MSFT"]);
        assert_eq!(symbols("tesla", true, 8), Vec::<String>::new());
        assert_eq!(symbols("tesla", false, 8), ["TSLA"]);
        assert_eq!(symbols("", false, 3).len(), 3);
    }
}
