//! The user's own headlines as they write them: entries come in, cleaned headlines go out. A headline without a date gets the as-of
//! date, with a warning.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::NewsError;
use super::headline::{Headline, News};
use super::query::NewsQuery;
use super::sanitise::{self, RawHeadline};
use crate::text::clean_text;

const UNNAMED: &str = "Unnamed";

/// One headline as a user writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenHeadline {
    /// The headline.
    pub title: String,
    /// The publisher.
    pub source: Option<String>,
    /// RFC 3339 (`2013-03-01T09:30:00Z`), or a day (`2013-03-01`), which counts as its first instant in UTC.
    pub published_at: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

/// The headlines of a request, cleaned, in the order given, none later than the query's as-of date.
///
/// # Errors
/// [`NewsError::Entry`] for an entry without words or with a date that is none.
pub fn from_given(given: Vec<GivenHeadline>, query: &NewsQuery) -> Result<News, NewsError> {
    let numbered = (1..).zip(&given).map(|(number, entry)| {
        cleaned(entry).map_err(|reason| NewsError::Entry {
            origin: "headlines".to_owned(),
            place: format!("entry {number}"),
            reason,
        })
    });
    let mut news = dated(numbered.collect::<Result<_, _>>()?, query);
    let before = news.headlines.len();
    news.headlines.retain(|headline| headline.published_at < query.end());
    let later = before - news.headlines.len();
    if later > 0 {
        news.warnings.push(format!(
            "{later} headlines are later than {} and were left out",
            query.as_of
        ));
    }
    Ok(news)
}

/// Cleans one entry. Without a date it is [`undated`](Headline::undated), and of the first instant of all.
///
/// # Errors
/// What is wrong with it.
pub(super) fn cleaned(entry: &GivenHeadline) -> Result<Headline, String> {
    let date = entry
        .published_at
        .as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let published_at = date.map(|text| {
        instant(text).ok_or_else(|| {
            format!(
                "`{}` is not a date: write it as 2013-03-01 or 2013-03-01T09:30:00Z",
                clean_text(text, 40)
            )
        })
    });
    let raw = RawHeadline {
        title: &entry.title,
        source: entry.source.as_deref().unwrap_or_default(),
        published_at: published_at.transpose()?.unwrap_or_default(),
        url: entry.url.as_deref(),
    };
    let headline = sanitise::headline(&raw, UNNAMED).ok_or("the title has no words")?;
    Ok(Headline {
        undated: date.is_none(),
        ..headline
    })
}

/// Headlines of which those without a date are of the query's as-of day, which a warning says.
pub(super) fn dated(headlines: Vec<Headline>, query: &NewsQuery) -> News {
    let undated = headlines.iter().filter(|headline| headline.undated).count();
    let warning = format!("{undated} headlines have no date and were dated {}", query.as_of);
    let headlines = headlines.into_iter().map(|headline| of_day(headline, query));
    News {
        headlines: headlines.collect(),
        warnings: if undated > 0 { vec![warning] } else { Vec::new() },
        ..News::default()
    }
}

/// A user's headline without a day was known at the as-of date, and is of that day.
pub(super) fn of_day(headline: Headline, query: &NewsQuery) -> Headline {
    let published_at = if headline.undated {
        query.as_of.and_time(NaiveTime::MIN).and_utc()
    } else {
        headline.published_at
    };
    Headline {
        published_at,
        ..headline
    }
}

/// RFC 3339, the same without a zone (then UTC), a day, the form of feeds, or seconds or milliseconds since 1970.
fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)) {
        return Some(instant.to_utc());
    }
    if let Some(stamp) = text.parse::<i64>().ok().filter(|stamp| *stamp >= 100_000_000) {
        let seconds = if stamp >= 100_000_000_000 { stamp / 1_000 } else { stamp };
        return DateTime::from_timestamp(seconds, 0);
    }
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .map(|day| day.and_time(NaiveTime::MIN))
    };
    [
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y%m%dT%H%M%S",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
    .or_else(day)
    .map(|instant| instant.and_utc())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::market::Ticker;

    fn query() -> NewsQuery {
        NewsQuery::new(Ticker::parse("ACME").unwrap(), None, "2013-03-01".parse().unwrap())
    }

    #[test]
    fn headlines_of_a_request_keep_their_order_and_nothing_later_than_the_as_of_day() {
        let given = |title: &str, date: &str| GivenHeadline {
            title: title.to_owned(),
            published_at: Some(date.to_owned()),
            ..GivenHeadline::default()
        };
        let news = from_given(
            vec![
                given("Old", "2001-01-01"),
                given("Later", "2013-03-02T00:00:00Z"),
                given("New", "2013-03-01T23:59:59Z"),
                given("Old", "2001-01-01"),
            ],
            &query(),
        )
        .unwrap();
        let titles: Vec<_> = news.headlines.iter().map(|headline| headline.title.as_str()).collect();
        assert_eq!(titles, ["Old", "New", "Old"]);
        assert_eq!(
            news.warnings,
            ["1 headlines are later than 2013-03-01 and were left out"]
        );
    }

    #[test]
    fn an_unknown_field_of_a_request_is_refused_by_name() {
        let error = serde_json::from_str::<GivenHeadline>(r#"{"title": "x", "titel": "y"}"#).unwrap_err();
        assert!(error.to_string().contains("`titel`"));
    }

    #[test]
    fn an_instant_is_read_as_services_write_it() {
        for text in [
            "2013-03-01T09:30:00Z",
            "2013-03-01T10:30:00+01:00",
            "2013-03-01 09:30",
            "20130301T093000",
            "Fri, 01 Mar 2013 09:30:00 GMT",
            "1362130200",
            "1362130200000",
        ] {
            assert_eq!(
                instant(text).unwrap().to_rfc3339(),
                "2013-03-01T09:30:00+00:00",
                "{text}"
            );
        }
        assert_eq!(instant("41334"), None);
    }
}
