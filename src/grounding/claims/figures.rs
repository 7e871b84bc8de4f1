//! Figures: prices, percentages, indices and scores. Each must be a fact of the topic that the words beside it name, with the
//! sign they give. A sentence in; one claim a figure out. Counts, dates and names that hold digits are judged elsewhere.

use super::amounts::{Amount, Mark, Meaning, Sign};
use super::asides::{is_plain_word, is_supposed};
use super::finding::Finding;
use super::hedges::{bound, hedge};
use super::hypotheticals::{is_hypothetical, is_noun_of_move};
use super::lists::among;
use super::moves::{Way, way};
use super::nearness::nearest;
use super::reading::{Cue, Reading};
use super::relations::{apart, difference, partner};
use super::signs::{class_at, is_share, sign};
use super::table::{Hedge, Table, is_currency_of, is_near, near};
use super::thresholds::threshold;
use super::tokens::Kind;
use super::topics::{Class, Topic};
use crate::grounding::claim::{ClaimKind, Verdict};
use crate::grounding::fact::{Fact, Unit};

/// Judges the figures of a sentence that are not spent. `before` is the topic of the sentence before it, for "It stands at …".
pub(super) fn figures(reading: &mut Reading<'_>, table: &Table<'_>, before: Option<Topic>) -> Vec<Finding> {
    let places: Vec<usize> = (0..reading.tokens.len())
        .filter(|place| {
            !reading.spent[*place]
                && matches!(
                    reading.tokens[*place].kind,
                    Kind::Number(Meaning::Amount(_) | Meaning::Unreadable)
                )
        })
        .collect();
    let classes: Vec<Class> = places.iter().map(|place| class_at(reading, *place)).collect();
    let of_news = reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines]);
    let cues = nearest(reading, &places, |place, topic| {
        let index = places.binary_search(&place).unwrap_or_default();
        let label = matches!(topic, Topic::Positive | Topic::Negative | Topic::Neutral);
        topic.takes(classes[index]) && (of_news || !label)
    });
    let mut findings = Vec::new();
    let mut last_way = None;
    for ((place, class), cues) in places.iter().zip(&classes).zip(&cues) {
        let place = *place;
        let Some(amount) = reading.tokens[place].amount() else {
            findings.push(Finding::unsupported(place, place + 1, ClaimKind::Number));
            continue;
        };
        if is_plain_word(reading, place, amount) || is_supposed(reading, place) {
            continue;
        }
        // "lost between seven and eight percent": the verb stands before the first.
        let first = partner(reading, place)
            .filter(|(_, first)| !first)
            .map(|(other, _)| other);
        let own = sign(reading, place, amount).or_else(|| sign(reading, first?, amount));
        let way = own.or(if *class == Class::Percent { last_way } else { None });
        if *class == Class::Percent {
            last_way = way;
        }
        let figure = Figure {
            place,
            amount,
            class: *class,
            way,
            hedge: hedge(reading, place),
            bound: bound(reading, place),
            cues,
        };
        findings.push(figure.judge(reading, table, before));
    }
    places.iter().for_each(|place| reading.spent[*place] = true);
    findings
}

struct Figure<'r> {
    place: usize,
    amount: &'r Amount,
    class: Class,
    way: Option<Way>,
    hedge: Hedge,
    bound: Option<Hedge>,
    cues: &'r [Cue],
}

impl Figure<'_> {
    fn judge(&self, reading: &Reading<'_>, table: &Table<'_>, before: Option<Topic>) -> Finding {
        let (from, to) = (self.place, self.place + 1);
        let unsupported = Finding::unsupported(from, to, ClaimKind::Number);
        if let Some(holds) = threshold(reading, table, self.place, self.class) {
            return Finding::decided(from, to, ClaimKind::Number, holds, "rsi");
        }
        if let Some((holds, fact)) = difference(reading, table, self.place, self.class) {
            return Finding::decided(from, to, ClaimKind::Number, holds, fact);
        }
        if let Some(facts) = self.reached(reading, table) {
            let found = facts.iter().find(|fact| self.equals(reading, fact)).or(facts.first());
            return found.map_or(unsupported, |fact| {
                Finding::decided(
                    from,
                    to,
                    ClaimKind::Number,
                    self.equals(reading, fact),
                    fact.id.as_ref(),
                )
            });
        }
        // "gained 29% over the past year"
        if self.class == Class::Percent
            && let Some(Topic::Window(252)) = self.cues.first().map(|cue| cue.topic)
            && let Some(change) = table.year()
        {
            let signed =
                self.amount.sign.is_none() && self.way.is_none() || (change < 0.0) == (self.way == Some(Way::Down));
            let holds = signed
                && near(
                    change,
                    self.amount,
                    if self.hedge == Hedge::None {
                        Hedge::About
                    } else {
                        self.hedge
                    },
                );
            return Finding::decided(from, to, ClaimKind::Number, holds, "momentum, return_21d");
        }
        // "At $42.86, the stock trades …"
        let opens = self.place == 1 && reading.word(0) == "at";
        if let Some(last) = table
            .get("last_close")
            .filter(|last| opens && self.equals(reading, last))
        {
            return Finding::decided(from, to, ClaimKind::Number, true, last.id.as_ref());
        }
        // "It stands at 33.3", right after a sentence on the index.
        let pronoun = among(reading.word(0), "it this that they these its");
        let weak = self.cues.iter().all(|cue| cue.topic == Topic::Stock);
        if let Some(fact) = before.filter(|_| pronoun && weak).and_then(|topic| {
            table
                .of(topic, self.class)
                .into_iter()
                .find(|fact| self.equals(reading, fact))
        }) {
            return Finding::decided(from, to, ClaimKind::Number, true, fact.id.as_ref());
        }
        if self.cues.is_empty() {
            let found = self.without_words(reading, table);
            return match self.distance(reading, table) {
                Some(facts) if found.as_ref().is_none_or(|found| found.verdict != Verdict::Supported) => {
                    Finding::decided(from, to, ClaimKind::Number, true, facts)
                }
                _ => found.unwrap_or(unsupported),
            };
        }
        let facts: Vec<&Fact> = self
            .cues
            .iter()
            .flat_map(|cue| self.facts(reading, table, cue.topic))
            .collect();
        match facts.iter().find(|fact| self.equals(reading, fact)) {
            Some(fact) => Finding::decided(from, to, ClaimKind::Number, true, fact.id.as_ref()),
            None => match self.distance(reading, table) {
                Some(facts) => Finding::decided(from, to, ClaimKind::Number, true, facts),
                None => facts.first().map_or(unsupported, |fact| {
                    Finding::decided(from, to, ClaimKind::Number, false, fact.id.as_ref())
                }),
            },
        }
    }

    /// The two prices that the figure is the distance of, unless it is beside a window or another figure's name.
    fn distance(&self, reading: &Reading<'_>, table: &Table<'_>) -> Option<String> {
        let of_time = |cue: &Cue| {
            matches!(
                cue.topic,
                Topic::Window(_) | Topic::Momentum | Topic::Volatility | Topic::Drawdown | Topic::Costs
            )
        };
        if self.cues.first().is_some_and(of_time) {
            return None;
        }
        let unsigned = reading.has(
            0,
            reading.tokens.len(),
            "distance gap spread difference discount premium separate separates",
        );
        let up = match self.way.filter(|_| !unsigned) {
            Some(Way::Up) => Some(true),
            Some(Way::Down) => Some(false),
            _ => None,
        };
        apart(reading, table, self.place, up)
    }

    /// "could fall to $49.46": what may be reached is an end of the band, a level, or the median.
    fn reached<'e>(&self, reading: &Reading<'_>, table: &Table<'e>) -> Option<Vec<&'e Fact>> {
        let to = among(reading.before(self.place, 1), "to towards toward")
            || reading.is_at(self.place.checked_sub(3)?, &["as", "low", "as"]);
        let verb = self.place.checked_sub(2)?;
        let down = match way(reading.word(verb)) {
            Some(Way::Down) => true,
            Some(Way::Up) => false,
            _ => return None,
        };
        let named = self.cues.iter().any(|cue| {
            cue.weight < 0.3
                && !matches!(cue.topic, Topic::Close | Topic::Forecast)
                && reading.clause(self.place).0 <= cue.from
        });
        if self.class == Class::Percent || !to || named || !is_hypothetical(reading, verb) {
            return None;
        }
        let ids = if down {
            ["low", "support", "median"]
        } else {
            ["high", "resistance", "median"]
        };
        Some(ids.iter().filter_map(|id| table.get(id)).collect())
    }

    /// The facts that the figure may be beside this topic. Of two figures that make a range, the first is the lower end.
    fn facts<'e>(&self, reading: &Reading<'_>, table: &Table<'e>, topic: Topic) -> Vec<&'e Fact> {
        let pair = partner(reading, self.place).map(|(_, first)| first);
        if matches!(topic, Topic::Close | Topic::Stock)
            && let Some(fact) = self.beside_price(reading, table, topic, pair)
        {
            return vec![fact];
        }
        // "a move from $63.75 to $71.90" begins at the last close.
        let start = pair == Some(true) && reading.before(self.place, 1) == "from";
        let last = table.get("last_close").filter(|_| start);
        if let Some(last) = last.filter(|last| self.equals(reading, last)) {
            return vec![last];
        }
        let band = matches!(
            topic,
            Topic::Band
                | Topic::Forecast
                | Topic::BandOf(_)
                | Topic::Low
                | Topic::Level(_)
                | Topic::High
                | Topic::Median
        );
        if let Some(first) = pair.filter(|_| band && self.class != Class::Percent)
            && let Some((low, high)) = table.limits(topic)
        {
            return vec![if first { low } else { high }];
        }
        table.of(topic, self.class)
    }

    /// What a figure beside the price is where it is not the last close: a level between which the price moves or that it
    /// cannot pass, the price that the model sees.
    fn beside_price<'e>(
        &self,
        reading: &Reading<'_>,
        table: &Table<'e>,
        topic: Topic,
        pair: Option<bool>,
    ) -> Option<&'e Fact> {
        const UNPASSED: &str = "can't cannot must needs unless until failed fails not unable struggles";
        if self.class == Class::Percent {
            return None;
        }
        let (from, _) = reading.clause(self.place);
        let before = reading.before(self.place, 1);
        let side = self.place > 0 && among(before, "above below beyond past under over");
        let mut cues = reading.cues.iter().rev();
        let named = cues.find(|cue| cue.from >= from && cue.to <= self.place && cue.topic != topic);
        let seen = named.is_some_and(|cue| matches!(cue.topic, Topic::Forecast | Topic::Median));
        let ids: &[&str] = match pair {
            // "has been swinging between $6.70 and $8.45"
            Some(true) => &["support"],
            Some(false) => &["resistance"],
            // "It cannot get above $20.40"
            // and "a close above $87.75 would take out resistance".
            None if side && (reading.has(from, self.place, UNPASSED) || is_noun_of_move(reading, self.place - 1)) => {
                &["resistance", "support", "high", "low", "sma_50", "sma_200"]
            }
            // "the model sees the share price easing to $27.02"
            None if seen && among(before, "to at near around") => &["median"],
            None => &[],
        };
        let mut facts = ids.iter().filter_map(|id| table.get(id));
        facts.find(|fact| self.equals(reading, fact))
    }

    /// A figure with no word that names its fact: a change is held against every window, a price against every price.
    fn without_words(&self, reading: &Reading<'_>, table: &Table<'_>) -> Option<Finding> {
        let units: &[Unit] = match self.class {
            Class::Percent => &[Unit::Change],
            Class::Price => &[Unit::Price],
            Class::Bare => &[Unit::Price, Unit::Index, Unit::Score],
        };
        let facts = table.evidence.facts.iter().filter(|fact| units.contains(&fact.unit));
        let mut opposite = None;
        for fact in facts {
            if self.equals(reading, fact) {
                return Some(Finding::decided(
                    self.place,
                    self.place + 1,
                    ClaimKind::Number,
                    true,
                    fact.id.as_ref(),
                ));
            }
            if fact.unit == Unit::Change && is_near(fact, self.amount, self.hedge) {
                opposite = opposite.or(Some(fact));
            }
        }
        opposite.map(|fact| Finding::decided(self.place, self.place + 1, ClaimKind::Number, false, fact.id.as_ref()))
    }

    /// Whether the figure, as it is written, is this fact.
    fn equals(&self, reading: &Reading<'_>, fact: &Fact) -> bool {
        let minus = self.amount.sign == Some(Sign::Minus);
        let unit = match (fact.unit, &self.amount.mark) {
            (Unit::Price, Mark::Currency(currency)) => !minus && is_currency_of(fact, currency),
            (Unit::Price | Unit::Index, Mark::None) => !minus,
            (Unit::Percent, Mark::Percent) => !minus,
            (Unit::Percent | Unit::Change, Mark::None) if self.class == Class::Percent => true,
            (Unit::Change, Mark::Percent) => true,
            (Unit::Score, Mark::None) => self.amount.step < 1.0 || self.bound.is_some() || self.amount.value == 0.0,
            _ => false,
        };
        let signed = match fact.unit {
            Unit::Change | Unit::Score => self.agrees(fact),
            _ => true,
        };
        if let Mark::Ratio(whole) = self.amount.mark {
            let change = matches!(fact.unit, Unit::Change | Unit::Percent);
            // "half of what it was at its high" is what is left.
            let left = fact.id == "drawdown" && reading.is_at(self.place + 1, &["of", "what"]);
            let number = if left { 100.0 + fact.number } else { fact.number };
            return change && signed && is_share(number, 100.0 * self.amount.value / whole, self.hedge);
        }
        unit && signed && (self.within(reading, fact) || is_near(fact, self.amount, self.hedge) || self.is_bound(fact))
    }

    /// Whether the fact lies between the figure and the other end of a range that is not a band.
    fn within(&self, reading: &Reading<'_>, fact: &Fact) -> bool {
        let Some((other, _)) = partner(reading, self.place) else {
            return false;
        };
        let Some(end) = reading.tokens[other].amount() else {
            return false;
        };
        let (low, high) = (self.amount.value.min(end.value), self.amount.value.max(end.value));
        let narrow = high - low <= 0.1 * high.max(1.0)
            || fact.unit == Unit::Change && high - low <= 1.0
            || fact.unit == Unit::Index && high - low <= 5.0;
        narrow && (low..=high).contains(&fact.number.abs()) && !matches!(fact.id.as_ref(), "low" | "high")
    }

    /// "RSI below 70": true or false by the fact.
    fn is_bound(&self, fact: &Fact) -> bool {
        let value = match self.amount.sign {
            Some(Sign::Minus) => -self.amount.value,
            _ => self.amount.value,
        };
        let bounded = matches!(fact.unit, Unit::Index | Unit::Score);
        match self.bound {
            Some(Hedge::Over) => bounded && fact.number > value,
            Some(Hedge::Under) => bounded && fact.number < value,
            _ => false,
        }
    }

    /// Whether the written sign, or without one the words around the figure, agree with the fact's sign.
    fn agrees(&self, fact: &Fact) -> bool {
        if self.amount.value == 0.0 || fact.unit == Unit::Score && self.bound.is_some() {
            return true;
        }
        if fact.id == "drawdown" {
            return self.amount.sign != Some(Sign::Plus);
        }
        let down = match self.amount.sign {
            Some(sign) => sign == Sign::Minus,
            None => self.way == Some(Way::Down),
        };
        down == (fact.number < 0.0)
    }
}
