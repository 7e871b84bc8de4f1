//! Questions about single headlines: by number, by label, the newest, or by a word of their titles. Titles are quoted as data.

use super::looked_up::LookedUp;
use super::question::Question;
use crate::analysis::{Analysis, Label, ScoredHeadline};

/// How many headlines one answer lists.
const MOST: usize = 5;

const NEWS: &str = "headline, article, news, story, schlagzeile, nachricht, press, medium, report say, coverage";

/// Words of a question about the news that name no subject.
const COMMON: &str = "what, which, who, when, where, is, are, was, were, do, does, did, the, a, an, of, on, in, to, for, any, \
    there, about, say, said, saying, show, list, give, tell, me, us, and, or, it, its, this, that, with, from, \
    have, has, some, all, their, mention, mentioned, mentioning, concerning, regarding, stock, company, share, \
    analysis, you, i, can, please, anything, something, at, by, how, name, them, quote";

/// Answers a question about single headlines; `None` where it asks for something else.
pub(super) fn about_headlines(question: &Question, analysis: &Analysis) -> Option<LookedUp> {
    if !question.has(NEWS)
        || question.has("many, number, count, score, sentiment, mood, tone, share, why, summarise, summarize, explain")
    {
        return None;
    }
    let headlines = analysis
        .sentiment
        .as_ref()
        .map_or(&[][..], |sentiment| &sentiment.headlines);
    if headlines.is_empty() {
        return Some(LookedUp::NotHeld(format!(
            "This analysis of {} has no headlines.",
            analysis.ticker
        )));
    }
    let numbered: Vec<(usize, &ScoredHeadline)> = (1..).zip(headlines).collect();
    if question.has("newest, latest, recent, last, neueste") {
        let newest = numbered.iter().max_by_key(|(_, headline)| headline.published_at)?;
        return Some(LookedUp::Says(quoted(*newest)));
    }
    if question.has("oldest, earliest") {
        let oldest = numbered.iter().min_by_key(|(_, headline)| headline.published_at)?;
        return Some(LookedUp::Says(quoted(*oldest)));
    }
    if let Some((_, number)) = question.numbers().first() {
        return Some(match numbered.iter().find(|(at, _)| at == number) {
            Some(one) => LookedUp::Says(quoted(*one)),
            None => LookedUp::NotHeld(format!(
                "There is no headline {number}: this analysis has {}.",
                headlines.len()
            )),
        });
    }
    let extreme = |best: bool| {
        let side = |headline: &ScoredHeadline| headline.probabilities.positive - headline.probabilities.negative;
        let most = numbered
            .iter()
            .max_by(|(_, one), (_, other)| side(one).total_cmp(&side(other)));
        let least = numbered
            .iter()
            .min_by(|(_, one), (_, other)| side(one).total_cmp(&side(other)));
        if best { most } else { least }
    };
    for (words, best) in [("most positive, best", true), ("most negative, worst", false)] {
        if question.has(words) {
            return extreme(best).map(|one| LookedUp::Says(quoted(*one)));
        }
    }
    for (label, words) in [
        (Label::Positive, "positive, good, bullish"),
        (Label::Negative, "negative, bad, bearish"),
        (Label::Neutral, "neutral, mixed, neither"),
    ] {
        if question.has(words) {
            let of_label: Vec<_> = numbered
                .iter()
                .copied()
                .filter(|(_, headline)| headline.label == label)
                .collect();
            return Some(match of_label.as_slice() {
                [] => LookedUp::Says(format!(
                    "None of the {} headlines is {}.",
                    headlines.len(),
                    label.as_str()
                )),
                some => LookedUp::Says(listed(some)),
            });
        }
    }
    let company = Question::new(analysis.company.as_deref().unwrap_or_default());
    let is_subject = |word: &&String| {
        let word = word.as_str();
        word.len() > 2
            && ![COMMON, NEWS]
                .iter()
                .any(|list| list.split(", ").any(|common| common == word))
            && !company.words().iter().any(|name| name == word)
            && !word.eq_ignore_ascii_case(&analysis.ticker)
    };
    let subjects: Vec<&String> = question.words().iter().filter(is_subject).collect();
    if subjects.is_empty() {
        return Some(LookedUp::Says(listed(&numbered)));
    }
    let on_subject = |headline: &ScoredHeadline| {
        let title = Question::new(&headline.title);
        subjects.iter().any(|subject| title.words().contains(subject))
    };
    let found: Vec<_> = numbered
        .iter()
        .copied()
        .filter(|(_, headline)| on_subject(headline))
        .collect();
    Some(match found.as_slice() {
        [] => LookedUp::NotHeld(format!(
            "No headline of this analysis has a word of that: {}.",
            subjects
                .iter()
                .map(|subject| subject.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        )),
        some => LookedUp::Says(listed(some)),
    })
}

fn listed(headlines: &[(usize, &ScoredHeadline)]) -> String {
    let mut lines: Vec<String> = headlines
        .iter()
        .take(MOST)
        .map(|one| format!("- {}", quoted(*one)))
        .collect();
    if headlines.len() > MOST {
        lines.push(format!("- and {} more", headlines.len() - MOST));
    }
    lines.join("\n")
}

/// A headline as data: its number, title, publisher, day and label.
fn quoted((number, headline): (usize, &ScoredHeadline)) -> String {
    format!(
        "Headline {number}, {} ({}, {}): \u{201c}{}\u{201d}",
        headline.label.as_str(),
        headline.source,
        headline.published_at.date_naive(),
        headline.title
    )
}
