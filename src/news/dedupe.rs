//! Removes duplicates: one headline of each story remains, whatever the order of the input. Pure.
//!
//! Two headlines are of the same story when they share nearly all words and all figures and have the same direction: "beats
//! estimates" and "misses estimates" share most words but not the direction.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::headline::Headline;

/// Least Jaccard index (shared words over all words; Jaccard 1901) of two headlines of one story.
const SAME_STORY: f64 = 0.7;

/// The comparison is quadratic; no source returns this many.
const MAX_COMPARED: usize = 1_000;

/// Stop words.
const FILLERS: [&str; 30] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "in", "inc", "into", "is", "it",
    "its", "of", "on", "over", "s", "says", "that", "the", "to", "was", "will", "with", "after",
];

/// Words that reverse the meaning of a headline.
const DIRECTIONS: [&str; 54] = [
    "above",
    "add",
    "adds",
    "beat",
    "beats",
    "below",
    "boost",
    "boosts",
    "buy",
    "climb",
    "climbs",
    "cut",
    "cuts",
    "decline",
    "declines",
    "denies",
    "down",
    "downgrade",
    "downgrades",
    "drop",
    "drops",
    "fall",
    "falls",
    "gain",
    "gains",
    "jump",
    "jumps",
    "lose",
    "loses",
    "lower",
    "lowers",
    "miss",
    "misses",
    "no",
    "not",
    "plunge",
    "plunges",
    "raise",
    "raises",
    "rally",
    "rallies",
    "rise",
    "rises",
    "sell",
    "sinks",
    "slip",
    "slips",
    "soar",
    "soars",
    "tumble",
    "tumbles",
    "up",
    "upgrade",
    "upgrades",
];

/// Keeps one headline of each story, newest first. Of duplicates it prefers one with a publisher, then the earliest, then one
/// with a link, then by text, so that the result does not depend on which source answered first.
pub fn dedupe(mut headlines: Vec<Headline>) -> Vec<Headline> {
    headlines.sort_by_cached_key(|headline| {
        let unnamed = headline.source.starts_with("Unnamed");
        (
            unnamed,
            headline.published_at,
            headline.url.is_none(),
            headline.source.clone(),
            headline.title.clone(),
            headline.url.clone(),
        )
    });
    let mut kept: Vec<(Headline, Story)> = Vec::new();
    for headline in headlines {
        let story = Story::of(&headline.title, &headline.source);
        if kept.len() < MAX_COMPARED && !kept.iter().any(|(_, other)| other.is_told_by(&story)) {
            kept.push((headline, story));
        }
    }
    let mut kept: Vec<Headline> = kept.into_iter().map(|(headline, _)| headline).collect();
    kept.sort_by_cached_key(|headline| {
        (
            Reverse(headline.published_at),
            headline.title.clone(),
            headline.source.clone(),
            headline.url.clone(),
        )
    });
    kept
}

/// The words that a headline tells its story with: without case, order, stop words, punctuation and the publisher's name. Two
/// headlines with the same words are of the same story, also if they were found for different companies.
pub fn same_words(title: &str, source: &str) -> String {
    let words: Vec<String> = Story::of(title, source).words.into_iter().collect();
    words.join(" ")
}

/// The features of a headline that are compared.
struct Story {
    words: BTreeSet<String>,
    figures: BTreeSet<String>,
    directions: BTreeSet<String>,
}

impl Story {
    fn of(title: &str, source: &str) -> Self {
        let title = without_publisher(title, source).to_lowercase();
        let all: Vec<&str> = words(&title).collect();
        let pick = |wanted: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            all.iter()
                .filter(|word| wanted(word))
                .map(|&word| word.to_owned())
                .collect()
        };
        let mut words = pick(&|word| !FILLERS.contains(&word));
        if words.is_empty() {
            words = pick(&|_| true);
        }
        Self {
            words,
            figures: pick(&|word| word.contains(|c: char| c.is_ascii_digit())),
            directions: pick(&|word| DIRECTIONS.contains(&word)),
        }
    }

    fn is_told_by(&self, other: &Self) -> bool {
        if self.words == other.words {
            return true;
        }
        let shared = self.words.intersection(&other.words).count();
        let all = self.words.union(&other.words).count();
        self.figures == other.figures && self.directions == other.directions && shared as f64 >= SAME_STORY * all as f64
    }
}

/// Splits into words and figures; a point or comma between digits belongs to the figure, all other punctuation separates.
fn words(title: &str) -> impl Iterator<Item = &str> {
    let parts = |c: char| !c.is_alphanumeric() && !matches!(c, '.' | ',' | '%');
    title
        .split(parts)
        .flat_map(|chunk| {
            let figure = chunk.starts_with(|c: char| c.is_ascii_digit());
            chunk.split(move |c| !figure && matches!(c, '.' | ',' | '%'))
        })
        .map(|word| word.trim_matches(['.', ',']))
        .filter(|word| !word.is_empty())
}

/// Removes the ` - Publisher` that aggregators append to a headline.
fn without_publisher<'a>(title: &'a str, source: &str) -> &'a str {
    let last = [" - ", " – ", " — ", " | "]
        .iter()
        .filter_map(|mark| title.rfind(mark).map(|at| (at, at + mark.len())))
        .max();
    let Some((at, end)) = last else {
        return title;
    };
    let (head, tail) = (&title[..at], title[end..].trim());
    let is_source = tail.eq_ignore_ascii_case(source);
    let reads_like_one = tail.split_whitespace().count() <= 4
        && tail.starts_with(char::is_uppercase)
        && !tail.contains(|c: char| c.is_ascii_digit() || matches!(c, '?' | '!' | ':'));
    // The headline itself is longer than the name after it.
    let enough = head.split_whitespace().count() >= 3;
    if is_source || (reads_like_one && enough) {
        head.trim_end()
    } else {
        title
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn headline(title: &str, source: &str, minute: i64) -> Headline {
        Headline {
            title: title.to_owned(),
            source: source.to_owned(),
            published_at: DateTime::from_timestamp(1_362_000_000 + minute * 60, 0).unwrap(),
            url: None,
            disguised: false,
            undated: false,
            language: None,
        }
    }

    fn same(a: &str, b: &str) -> bool {
        dedupe(vec![headline(a, "Wire", 0), headline(b, "Post", 1)]).len() == 1
    }

    #[test]
    fn case_punctuation_and_the_publisher_behind_it_make_no_new_story() {
        assert!(same(
            "Acme beats estimates, raises outlook",
            "ACME BEATS ESTIMATES; RAISES OUTLOOK!"
        ));
        assert!(same("Acme beats estimates", "Acme beats estimates - Post"));
        assert!(same(
            "Acme opens a new plant in Ohio",
            "Acme opens a new plant in Ohio | The Daily Post"
        ));
        assert!(same("Acme’s profit is flat", "Acme's profit is flat — Market Wire"));
    }

    #[test]
    fn the_same_story_in_slightly_other_words_is_kept_once() {
        assert!(same(
            "Acme to open a second battery plant in Ohio next year",
            "Acme will open second battery plant in Ohio next year, says chief",
        ));
    }

    #[test]
    fn other_figures_are_another_story() {
        assert!(!same(
            "Broker raises Acme price target to $120",
            "Broker raises Acme price target to $125"
        ));
        assert!(!same(
            "Acme sells 1.5 million units in first quarter",
            "Acme sells 15 million units in first quarter"
        ));
    }

    #[test]
    fn the_opposite_direction_is_another_story() {
        assert!(!same(
            "Acme shares rise in heavy trading as quarterly earnings surprise analysts",
            "Acme shares fall in heavy trading as quarterly earnings surprise analysts",
        ));
    }

    #[test]
    fn different_stories_stay() {
        assert!(!same(
            "Acme names new finance chief",
            "Acme recalls heaters over fire risk"
        ));
        assert!(!same("Acme - Beta merger talks end", "Acme - Gamma venture begins"));
    }

    #[test]
    fn of_one_story_the_named_then_the_earliest_stays() {
        let kept = dedupe(vec![
            headline("Acme beats estimates", "Post", 5),
            headline("Acme beats estimates", "Unnamed (NewsAPI)", 0),
            headline("Acme beats estimates", "Wire", 3),
        ]);
        assert_eq!(kept, [headline("Acme beats estimates", "Wire", 3)]);
    }

    #[test]
    fn the_newest_comes_first_and_equal_times_are_ordered_by_title() {
        let kept = dedupe(vec![
            headline("Beta falls", "W", 0),
            headline("Gamma opens", "W", 9),
            headline("Acme rises", "W", 0),
        ]);
        let titles: Vec<_> = kept.iter().map(|headline| headline.title.as_str()).collect();
        assert_eq!(titles, ["Gamma opens", "Acme rises", "Beta falls"]);
    }

    proptest! {
        #[test]
        fn the_outcome_does_not_depend_on_the_order(
            mut titles in proptest::collection::vec("(acme|beta)( beats| misses| 3| 4%| plant){0,4}( - Post)?", 0..12),
            seed in 0usize..100,
        ) {
            let all: Vec<Headline> = titles.iter().enumerate().map(|(i, t)| headline(t, ["Wire", "Post"][i % 2], (i % 3) as i64)).collect();
            let mut turned = all.clone();
            let by = seed % turned.len().max(1);
            turned.rotate_left(by);
            turned.reverse();
            let kept = dedupe(all);
            prop_assert_eq!(&dedupe(turned), &kept);
            prop_assert_eq!(dedupe(kept.clone()), kept);
            titles.clear();
        }
    }
}
