//! Turns an entry of a news source into a clean [`Headline`], or drops it. Every field of the entry is untrusted.

use chrono::{DateTime, Utc};

use super::headline::Headline;
use super::language::language_of;
use crate::text::{Title, clean_text, clean_url, plain_title};

/// Long enough for any headline, short enough for a prompt that holds twenty.
pub const MAX_TITLE: usize = 300;

const MAX_SOURCE: usize = 80;

/// An entry as the source wrote it.
#[derive(Debug, Clone, Default)]
pub struct RawHeadline<'a> {
    /// The headline.
    pub title: &'a str,
    /// The publisher.
    pub source: &'a str,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Where it can be read.
    pub url: Option<&'a str>,
}

/// Cleans an entry. `None` when no words are left, or it marks a story that was taken down.
/// A source without a name is called `unnamed`.
pub fn headline(raw: &RawHeadline<'_>, unnamed: &str) -> Option<Headline> {
    let Title { text: title, disguised } = plain_title(raw.title, MAX_TITLE);
    if !title.chars().any(char::is_alphanumeric) || title == "[Removed]" {
        return None;
    }
    let source = clean_text(raw.source, MAX_SOURCE);
    Some(Headline {
        language: language_of(&title).map(str::to_owned),
        title,
        source: if source.is_empty() { unnamed.to_owned() } else { source },
        published_at: raw.published_at,
        url: raw.url.and_then(clean_url),
        disguised,
        undated: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, source: &str, url: Option<&str>) -> Option<Headline> {
        headline(
            &RawHeadline {
                title,
                source,
                url,
                ..Default::default()
            },
            "Unnamed",
        )
    }

    #[test]
    fn a_headline_is_cleaned_in_all_its_parts() {
        let found = of(
            "<i>Up</i>\u{202e} 3&nbsp;%\n",
            "The \u{0}Wire",
            Some(" HTTPS://Example.org/a b "),
        );
        let wanted = Headline {
            title: "Up 3 %".to_owned(),
            source: "The Wire".to_owned(),
            published_at: DateTime::default(),
            url: Some("https://example.org/a%20b".to_owned()),
            disguised: true,
            undated: false,
            language: Some("en".to_owned()),
        };
        assert_eq!(found, Some(wanted));
    }

    #[test]
    fn an_entry_without_words_or_taken_down_is_no_headline() {
        for title in ["", "  ", "\u{200b}", "<br>", "…", "[Removed]"] {
            assert_eq!(of(title, "x", None), None, "{title:?}");
        }
    }

    #[test]
    fn a_source_without_a_name_gets_one() {
        assert_eq!(
            of("A", " ", None).map(|headline| headline.source).as_deref(),
            Some("Unnamed")
        );
    }
}
