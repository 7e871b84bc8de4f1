//! Whether the words around an unsigned figure say that it went up or down. Text before and after in, a direction out.

/// Which way the words point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

/// How many words before a figure may carry its direction.
const REACH: usize = 7;

/// The direction that the word after the figure gives ("a 2.1% decline"), or else the nearest word before it in the same clause
/// ("fell over five days by 2.1%").
pub(super) fn way(before: &str, after: &str) -> Option<Way> {
    let behind = after.trim_start_matches(|letter: char| letter.is_whitespace() || "*_".contains(letter));
    let next = behind
        .split(|letter: char| !letter.is_alphabetic())
        .next()
        .unwrap_or_default();
    of_noun(next).or_else(|| of_clause(before))
}

fn of_clause(before: &str) -> Option<Way> {
    let clause = before.rsplit([',', ';', ':', '.', '(', '%']).next().unwrap_or_default();
    let words: Vec<String> = clause
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let near = &words[words.len().saturating_sub(REACH)..];
    if let Some(way) = near.last().and_then(|word| of_sign(word)) {
        return Some(way);
    }
    (0..near.len()).rev().find_map(|place| {
        // "up to 2.1%" and "down to 2.1%" name a limit, not a direction.
        let bound = near.get(place + 1).is_some_and(|word| word == "to");
        of_word(&near[place]).filter(|_| !(bound && matches!(near[place].as_str(), "up" | "down")))
    })
}

/// Words that mean a sign only immediately before the figure.
fn of_sign(word: &str) -> Option<Way> {
    match word {
        "minus" | "negative" => Some(Way::Down),
        "plus" | "positive" => Some(Way::Up),
        _ => None,
    }
}

fn of_noun(word: &str) -> Option<Way> {
    of_word(&word.to_lowercase())
}

fn of_word(word: &str) -> Option<Way> {
    const DOWN: [&str; 42] = [
        "fell",
        "fall",
        "falls",
        "fallen",
        "falling",
        "drop",
        "drops",
        "dropped",
        "dropping",
        "decline",
        "declines",
        "declined",
        "declining",
        "down",
        "lost",
        "lose",
        "loses",
        "losing",
        "loss",
        "losses",
        "decrease",
        "decreases",
        "decreased",
        "decreasing",
        "lower",
        "below",
        "slid",
        "slide",
        "slipped",
        "shed",
        "dip",
        "dipped",
        "sank",
        "tumbled",
        "drawdown",
        "downside",
        "downturn",
        "retreat",
        "retreated",
        "weakened",
        "plunged",
        "pullback",
    ];
    const UP: [&str; 32] = [
        "rose",
        "rise",
        "rises",
        "risen",
        "rising",
        "gain",
        "gains",
        "gained",
        "gaining",
        "up",
        "increase",
        "increases",
        "increased",
        "increasing",
        "climb",
        "climbs",
        "climbed",
        "grew",
        "grow",
        "growth",
        "higher",
        "above",
        "advance",
        "advanced",
        "jump",
        "jumped",
        "upside",
        "rally",
        "rallied",
        "added",
        "surged",
        "appreciation",
    ];
    if DOWN.contains(&word) {
        Some(Way::Down)
    } else if UP.contains(&word) {
        Some(Way::Up)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_behind_the_figure_comes_first() {
        assert_eq!(way("a 3% gain and a ", " decline"), Some(Way::Down));
        assert_eq!(way("it rose to a level ", " lower"), Some(Way::Down));
    }

    #[test]
    fn otherwise_the_nearest_word_of_the_clause_counts() {
        assert_eq!(way("fell over the last 21 days by ", ""), Some(Way::Down));
        assert_eq!(way("fell, and then rose ", " in March"), Some(Way::Up));
        assert_eq!(way("it fell, for an expected return of ", ""), None);
    }

    #[test]
    fn bounds_and_distant_labels_give_no_direction() {
        assert_eq!(way("a loss of up to ", ""), Some(Way::Down));
        assert_eq!(way("negative headlines give a net score of ", ""), None);
        assert_eq!(way("a score of negative ", ""), Some(Way::Down));
    }
}
