//! A sentence as the checks see it: its tokens, the phrases that name a topic, and how far apart two places are. Tokens in; the
//! same tokens with their cues out. Quadratic in nothing: a sentence is cut where it is longer than any sentence.

use std::sync::LazyLock;

use super::german;
use super::lists::{PARTING, Phrases, among, is_any};
use super::phrases::PHRASES;
use super::tokens::{Kind, Token, tokens};
use super::topics::Topic;
use crate::grounding::locale::Locale;

/// A phrase that names a topic: the tokens `from..to`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cue {
    pub topic: Topic,
    pub from: usize,
    pub to: usize,
    /// How much worse it is than a phrase that names its topic outright.
    pub weight: f64,
}

/// A sentence with its cues.
#[derive(Debug)]
pub(super) struct Reading<'t> {
    pub text: &'t str,
    /// The language that the text is written in; the tokens' words are English.
    pub locale: Locale,
    pub tokens: Vec<Token>,
    pub cues: Vec<Cue>,
    /// Numbers that are part of a name (the 50 of a 50-day average) or were judged already.
    pub spent: Vec<bool>,
    /// The cost of walking from the start of the sentence to each token.
    reach: Vec<f64>,
}

impl<'t> Reading<'t> {
    /// Reads one sentence. `known` tells which topics the table can speak of.
    pub(super) fn new(text: &'t str, locale: Locale, known: &dyn Fn(Topic) -> bool) -> Self {
        let tokens = match locale {
            Locale::En => tokens(text),
            Locale::De => german::tokens(text),
        };
        let cues = cues(&tokens, known);
        let mut reading = Reading {
            text,
            locale,
            spent: vec![false; tokens.len()],
            tokens,
            cues,
            reach: Vec::new(),
        };
        reading.measure();
        reading
    }

    /// Adds a cue in place of those that it overlaps.
    pub(super) fn put(&mut self, topic: Topic, from: usize, to: usize) {
        self.cues.retain(|cue| cue.to <= from || to <= cue.from);
        let place = self.cues.partition_point(|cue| cue.from < from);
        self.cues.insert(
            place,
            Cue {
                topic,
                from,
                to,
                weight: 0.0,
            },
        );
    }

    /// Computes the distances again, once all cues stand.
    pub(super) fn measure(&mut self) {
        self.join();
        let mut opens = vec![false; self.tokens.len() + 1];
        self.cues
            .iter()
            .filter(|cue| cue.weight < 1.0)
            .for_each(|cue| opens[cue.from] = true);
        self.reach.clear();
        let mut total = 0.0;
        self.reach.push(total);
        for (place, token) in self.tokens.iter().enumerate() {
            total += step(token, self.spent[place]) + if opens[place] { 1.0 } else { 0.0 };
            self.reach.push(total);
        }
    }

    /// "the upper bound of the forecast", "the RSI of the stock": the second cue is part of the first.
    fn join(&mut self) {
        let mut joined: Vec<Cue> = Vec::with_capacity(self.cues.len());
        for cue in std::mem::take(&mut self.cues) {
            let part = matches!(cue.topic, Topic::Forecast | Topic::Stock | Topic::Band);
            match joined.last_mut() {
                Some(whole)
                    if part
                        && !matches!(
                            whole.topic,
                            Topic::Window(_) | Topic::Forecast | Topic::Stock | Topic::Momentum
                        )
                        && (self.word(whole.to) == "of"
                            // "the middle half of the simulated outcomes"
                            || whole.to == cue.from && self.word(whole.to - 1).starts_with("simulat")
                            || self.locale == Locale::De && self.word(whole.to) == "the")
                        && (whole.to..cue.from).all(|at| among(self.word(at), "of the its this our model's a")) =>
                {
                    whole.to = cue.to;
                }
                _ => joined.push(cue),
            }
        }
        self.cues = joined;
    }

    /// The cost of the tokens `from..to`.
    pub(super) fn cost(&self, from: usize, to: usize) -> f64 {
        self.reach[to] - self.reach[from]
    }

    /// The word at `place`, or nothing.
    pub(super) fn word(&self, place: usize) -> &str {
        self.tokens.get(place).map_or("", |token| token.word.as_str())
    }

    /// The word `back` places before `place`.
    pub(super) fn before(&self, place: usize, back: usize) -> &str {
        place.checked_sub(back).map_or("", |place| self.word(place))
    }

    /// The text of the tokens `from..to`.
    pub(super) fn text_of(&self, from: usize, to: usize) -> &'t str {
        match (self.tokens.get(from), self.tokens.get(to.saturating_sub(1))) {
            (Some(first), Some(last)) if first.start <= last.end => &self.text[first.start..last.end],
            _ => "",
        }
    }

    /// Whether any of the words `from..to` is one of `words`.
    pub(super) fn has(&self, from: usize, to: usize, words: &'static str) -> bool {
        let to = to.min(self.tokens.len());
        is_any(
            self.tokens[from.min(to)..to].iter().map(|token| token.word.as_str()),
            words,
        )
    }

    /// The first place of the words in a row.
    pub(super) fn find(&self, phrase: &str) -> Option<usize> {
        let words: Vec<&str> = phrase.split(' ').collect();
        (0..self.tokens.len()).find(|place| self.is_at(*place, &words))
    }

    /// Whether the words stand at `place`.
    pub(super) fn is_at(&self, place: usize, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(index, word)| self.word(place + index) == *word)
    }

    /// The tokens of the clause around `place`: up to the next strong break on both sides.
    pub(super) fn clause(&self, place: usize) -> (usize, usize) {
        let breaks = |at: &usize| {
            let token = &self.tokens[*at];
            matches!(token.kind, Kind::Mark(';' | ':' | '(' | ')' | '|' | '—' | '?'))
                || among(token.word.as_str(), PARTING)
        };
        let from = (0..place).rev().find(breaks).map_or(0, |at| at + 1);
        let to = (place + 1..self.tokens.len()).find(breaks).unwrap_or(self.tokens.len());
        (from, to)
    }

    /// What is spoken of before a place, back to `from`: the last cue that is a thing and no window, count or label.
    pub(super) fn subject_before(&self, place: usize, from: usize) -> Option<&Cue> {
        let mut cues = self.cues.iter().rev();
        cues.find(|cue| cue.to <= place && cue.from >= from && is_thing(cue.topic))
    }

    /// What a clause speaks of behind a place, where German puts its subject after what it is compared with.
    pub(super) fn subject_after(&self, place: usize) -> Option<&Cue> {
        let (_, to) = self.clause(place.saturating_sub(1));
        let mut cues = self.cues.iter().filter(|_| self.locale == Locale::De);
        cues.find(|cue| cue.from >= place && cue.to <= to && is_thing(cue.topic))
    }

    /// Whether a cue of one of `topics` lies in the tokens `from..to`.
    pub(super) fn speaks_of(&self, from: usize, to: usize, topics: &[Topic]) -> bool {
        self.cues
            .iter()
            .any(|cue| cue.from >= from && cue.to <= to && topics.contains(&cue.topic))
    }
}

/// Whether the topic is a thing and no window, count or label.
fn is_thing(topic: Topic) -> bool {
    !matches!(
        topic,
        Topic::Window(_) | Topic::Momentum | Topic::Turns | Topic::Positive | Topic::Negative | Topic::Neutral
    )
}

fn step(token: &Token, spent: bool) -> f64 {
    match &token.kind {
        Kind::Mark(',') => 1.5,
        Kind::Mark(';') => 6.0,
        Kind::Mark('—' | '?') => 3.0,
        Kind::Mark(_) => 0.8,
        Kind::Number(_) if spent => 0.3,
        Kind::Number(_) => 2.0,
        Kind::Word => match token.word.as_str() {
            "and" | "or" => 1.0,
            "versus" | "vs" | "than" | "against" => 2.0,
            "is" | "was" | "at" | "of" | "the" | "a" | "its" | "are" | "were" | "stands" | "an" | "to" => 0.2,
            word if among(word, PARTING) => 4.0,
            _ => 0.5,
        },
    }
}

static TOPICS: LazyLock<Phrases<(Topic, f64)>> =
    LazyLock::new(|| Phrases::new(PHRASES.iter().map(|(topic, weight, list)| ((*topic, *weight), *list))));

fn cues(tokens: &[Token], known: &dyn Fn(Topic) -> bool) -> Vec<Cue> {
    let phrase = |at: usize| {
        TOPICS.fitting(
            |place| tokens.get(at + place).map_or("", key),
            |(topic, _)| known(topic),
        )
    };
    let mut cues = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match phrase(at) {
            // "the high end" is no high.
            Some((_, length))
                if among(&tokens[at].word, "the its their")
                    && at + 1 < tokens.len()
                    && phrase(at + 1).is_some_and(|(_, next)| next >= length) =>
            {
                at += 1
            }
            // "close to neutral"
            Some(_) if tokens[at].word == "close" && tokens.get(at + 1).is_some_and(|next| next.word == "to") => {
                at += 1
            }
            // "the short average runs above the long one"
            Some(((Topic::Paths, _), 1))
                if tokens[at].word == "runs"
                    && !(at > 0
                        && (tokens[at - 1].amount().is_some()
                            || among(
                                &tokens[at - 1].word,
                                "the all of simulated most these those model sample",
                            ))) =>
            {
                at += 1
            }
            // "the day's move"
            None if tokens[at].word == "day" && tokens[at].possessive => {
                cues.push(Cue {
                    topic: Topic::Window(1),
                    from: at,
                    to: at + 1,
                    weight: 0.0,
                });
                at += 1;
            }
            // "the week cost 4.8%"
            Some(((Topic::Costs, _), 1))
                if at > 0
                    && tokens[at].word == "cost"
                    && among(&tokens[at - 1].word, "day week month year session quarter") =>
            {
                at += 1
            }
            // "the day added 2%"
            None if tokens[at].word == "day"
                && at > 0
                && tokens[at - 1].word == "the"
                && tokens
                    .get(at + 1)
                    .is_some_and(|next| among(&next.word, "added cost brought saw ended")) =>
            {
                cues.push(Cue {
                    topic: Topic::Window(1),
                    from: at,
                    to: at + 1,
                    weight: 0.0,
                });
                at += 1;
            }
            // "would cost holders 11%"
            Some(((Topic::Costs, _), 1)) if at > 0 && among(&tokens[at - 1].word, "would will could might may can") => {
                at += 1
            }
            Some(((topic, weight), length)) => {
                let to = at + length;
                // "from the last close of $43.17 to …" names the close, "2% from the last close" the forecast.
                let named = tokens.get(to).is_some_and(|next| among(&next.word, "of at"));
                let topic = if topic == Topic::Forecast && tokens[to - 1].word == "close" && named {
                    Topic::Close
                } else {
                    topic
                };
                cues.push(Cue {
                    topic,
                    from: at,
                    to,
                    weight,
                });
                at = to;
            }
            None => at += 1,
        }
    }
    // "positive headlines" are the positive ones.
    let labels = |topic: Topic| matches!(topic, Topic::Positive | Topic::Negative | Topic::Neutral);
    let mut joined: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        match joined.last_mut() {
            Some(label) if labels(label.topic) && cue.topic == Topic::Headlines && label.to == cue.from => {
                label.to = cue.to
            }
            _ => joined.push(cue),
        }
    }
    joined
}

/// A token as phrases write it: "12-month" is a number and a word.
fn key(token: &Token) -> &str {
    const SMALL: [&str; 13] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"];
    match token.amount() {
        Some(amount)
            if amount.value.fract() == 0.0 && amount.value < 13.0 && amount.mark == super::amounts::Mark::None =>
        {
            SMALL[amount.value as usize]
        }
        _ => &token.word,
    }
}
