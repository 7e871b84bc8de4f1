//! Direction words: that the price rose, fell or stayed over a window, that the forecast points up or down. A sentence in, one
//! claim a direction out. What may or could happen is no claim.

use super::crossings::crosses;
use super::finding::Finding;
use super::fortunes::fortune;
use super::hypotheticals::{is_denied, is_hypothetical};
use super::lists::among;
use super::moves::{Way, way};
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// A change within this many per cent counts as no movement, over a day or a week and over a month.
const FLAT_SHORT: f64 = 1.0;
const FLAT_LONG: f64 = 2.0;

/// Verbs that a word of direction follows: "went down", "points up".
const VERBS: &str = "picked moved move moves ticked went go goes going gone edged crept traded trades headed heading heads pointing \
                     points point pointed drifted trended trending trends came come comes inched nudged turned turns turning \
                     ended finished leaning leans leaned tilted tilts";

/// Judges the direction words of a sentence.
pub(super) fn directions(reading: &Reading<'_>, table: &Table<'_>) -> Vec<Finding> {
    (0..reading.tokens.len())
        .filter_map(|at| {
            let (way, to) = said(reading, at)?;
            judge(reading, table, at, to, way)
        })
        .collect()
}

/// The direction said at `at`, and where its phrase ends.
fn said(reading: &Reading<'_>, at: usize) -> Option<(Way, usize)> {
    let word = reading.word(at);
    // "the model loses to the naive forecast"
    if among(word, "loses lost lose") && reading.speaks_of(0, reading.tokens.len(), &[Topic::Naive]) {
        return None;
    }
    // "turned down at the resistance": a turn at a level.
    let (open, close) = reading.clause(at);
    let level = reading.speaks_of(open, close, &[Topic::Support, Topic::Resistance]);
    if level && among(word, "turned turns turning turn") {
        return None;
    }
    let next = reading.word(at + 1);
    if let Some(found) = fortune(reading, at) {
        return Some(found);
    }
    let faint = among(word, "little hardly barely scarcely") && among(next, "changed moved budged move change changes");
    if faint || among(word, "held holding remained stayed") && among(next, "steady flat stable sideways") {
        return Some((Way::Flat, at + 2));
    }
    if among(word, VERBS) || among(word, "sold sell pulled pull fallen fell dropped gave given giving") {
        if among(next, "down lower downward downwards south back off")
            || among(word, "gave given giving") && next == "up"
        {
            return Some((Way::Down, at + 2));
        }
        if among(next, "up higher upward upwards north") {
            return Some((Way::Up, at + 2));
        }
    }
    // "the median points to further upside"
    let pointed = reading.has(at.saturating_sub(3), at, "further more some additional")
        && reading.speaks_of(at.saturating_sub(7), at, &[Topic::Forecast, Topic::Median]);
    if among(word, "upside downside") && pointed && !among(next, "of to risk potential") {
        return Some((if word == "upside" { Way::Up } else { Way::Down }, at + 1));
    }
    // "Downside is expected"
    if among(word, "upside downside") && among(next, "is are") && reading.speaks_of(at + 1, at + 4, &[Topic::Forecast])
    {
        return Some((if word == "upside" { Way::Up } else { Way::Down }, at + 1));
    }
    // "after a string of losses"
    if before_of(reading, at) {
        return None;
    }
    // "The week was negative"
    let (open, _) = reading.clause(at);
    let of_time = matches!(reading.before(at, 1), "was" | "is" | "were" | "are")
        && reading.speaks_of(
            open.max(at.saturating_sub(6)),
            at,
            &[Topic::Window(1), Topic::Window(5), Topic::Window(21)],
        )
        && !reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines, Topic::NetScore]);
    if among(word, "positive negative") && of_time && !reading.has(0, reading.tokens.len(), "news") {
        return Some((if word == "positive" { Way::Up } else { Way::Down }, at + 1));
    }
    // "Momentum is positive", "a negative 5-day return"
    let (from, end) = reading.clause(at);
    let rated = reading.speaks_of(from, end, &[Topic::Momentum, Topic::Forecast, Topic::Median])
        || reading.has(from, end, "return returns performance balance result");
    if among(word, "positive negative") && rated && !reading.speaks_of(from, end, &[Topic::Headlines, Topic::NetScore])
    {
        let counted = at > 0 && reading.tokens.get(at + 1).is_some_and(|token| token.amount().is_some());
        let way = if word == "positive" { Way::Up } else { Way::Down };
        return (!counted && !reading.has(from, end, "news")).then_some((way, at + 1));
    }
    // Words that place one thing over another, or that are names of other things, say nothing of a move by themselves.
    let other = among(
        word,
        "above below under positive negative strength weakness strengths weaknesses drawdown drawdowns \
             upside downside bull bear bulls bears contract contracts outperform lift mount easing lid lost",
    ) && word != "lost";
    let before = reading.before(at, 1);
    let prefixed = among(before, VERBS)
        || among(
            before,
            "sold sell pulled pull gave given giving made make held remained set based relative build adds sums summing",
        );
    let particle = matches!(word, "up" | "down" | "higher" | "lower");
    // "the median points to higher prices"
    if matches!(word, "higher" | "lower")
        && among(next, "price prices levels")
        && reading.speaks_of(at.saturating_sub(7), at, &[Topic::Forecast, Topic::Median])
    {
        return Some((way(word)?, at + 1));
    }
    // "higher than a month ago", "stronger than it was a month ago"
    let compared = match word {
        "stronger" | "dearer" | "pricier" => Some(Way::Up),
        "weaker" | "cheaper" => Some(Way::Down),
        _ => None,
    };
    if let Some(way) = compared.filter(|_| next == "than" && reading.has(at + 2, at + 8, "ago earlier before")) {
        return Some((way, at + 1));
    }
    if particle && next == "than" && reading.has(at + 2, at + 6, "ago earlier before") {
        return Some((way(word)?, at + 1));
    }
    // "after that rally", "this decline": what was spoken of before.
    if among(before, "that this such those these")
        && !reading.speaks_of(at + 1, at + 5, &[Topic::Window(1), Topic::Window(5), Topic::Window(21)])
    {
        return None;
    }
    let bound = particle
        && (among(
            next,
            "to than bound end edge limit band quantile half side boundary level levels one price prices risk \
             volatility line case",
        ) || reading.speaks_of(at, at + 3, &[Topic::Low, Topic::High]));
    if other || prefixed && particle || bound {
        return None;
    }
    let within = reading.cues.iter().any(|cue| {
        cue.from <= at
            && at < cue.to
            && matches!(
                cue.topic,
                Topic::Low | Topic::High | Topic::Close | Topic::Cross | Topic::Drawdown | Topic::Turns
            )
    });
    if within {
        return None;
    }
    way(word).map(|way| (way, at + 1))
}

fn before_of(reading: &Reading<'_>, at: usize) -> bool {
    reading.before(at, 1) == "of"
        && among(
            reading.before(at, 2),
            "string series run streak spell number sequence lot",
        )
}

fn judge(reading: &Reading<'_>, table: &Table<'_>, at: usize, to: usize, way: Way) -> Option<Finding> {
    if is_hypothetical(reading, at) {
        return None;
    }
    let denied = is_denied(reading, at);
    let (from, end) = reading.clause(at);
    let verdict = |change: f64, id: &str, flat: f64| {
        // "sharply higher" is more than hardly a movement.
        let least = if is_strong(reading, at) { flat } else { 0.0 };
        let holds = match way {
            Way::Up => change > least,
            Way::Down => change < -least,
            Way::Flat => change.abs() <= flat,
        };
        Finding::decided(at, to, ClaimKind::Direction, holds != denied, id)
    };
    let word = reading.word(at);
    // Bearish and bullish things: the forecast, the mood of the news.
    if matches!(word, "bullish" | "bearish") {
        let news = reading.speaks_of(from, end, &[Topic::NetScore, Topic::Headlines]) || reading.has(from, end, "news");
        if news
            || reading.speaks_of(from, end, &[Topic::Cross, Topic::Rsi])
            || reading.speaks_of(from, end, &[Topic::Average(0), Topic::Average(50), Topic::Average(200)])
        {
            return None;
        }
        let spoken = reading.speaks_of(from, end, &[Topic::Forecast, Topic::Median]);
        return table
            .number("expected_return")
            .filter(|_| spoken)
            .map(|change| verdict(change, "expected_return", FLAT_SHORT));
    }
    // "The RSI has climbed to 68": the figure is judged.
    let reached = reading.word(to) == "to" && reading.tokens.get(to + 1).is_some_and(|token| token.amount().is_some());
    if reached && reading.speaks_of(from, at, &[Topic::Rsi]) {
        return None;
    }
    // "the 50-day average rose above the 200-day one" is a cross.
    if crosses(reading, at).is_some() {
        return None;
    }
    let subject = subject(reading, table, at, to, (from, end))?;
    match subject {
        Subject::Forecast => match table.get("expected_return") {
            Some(fact) => Some(verdict(fact.number, "expected_return", FLAT_LONG)),
            None => Some(Finding::unsupported(at, to, ClaimKind::Direction)),
        },
        Subject::Window(id, flat) => match table.get(id) {
            Some(fact) => Some(verdict(fact.number, id, flat)),
            None => Some(Finding::unsupported(at, to, ClaimKind::Direction)),
        },
        Subject::Price => {
            let known: Vec<_> = ["return_1d", "return_5d", "return_21d", "momentum", "actual_return"]
                .iter()
                .filter_map(|id| table.get(id))
                .collect();
            let findings: Vec<Finding> = known
                .iter()
                .map(|fact| verdict(fact.number, &fact.id, FLAT_LONG))
                .collect();
            let good = findings
                .iter()
                .position(|finding| finding.verdict == crate::grounding::claim::Verdict::Supported);
            let first = findings.into_iter().nth(good.unwrap_or(0));
            first.or(Some(Finding::unsupported(at, to, ClaimKind::Direction)))
        }
        Subject::Year => Some(match table.year() {
            Some(change) => verdict(change, "momentum, return_21d", FLAT_LONG),
            None => Finding::unsupported(at, to, ClaimKind::Direction),
        }),
        Subject::Unknown => Some(Finding::unsupported(at, to, ClaimKind::Direction)),
    }
}

enum Subject {
    Forecast,
    Window(&'static str, f64),
    /// The price, over a time that is not said.
    Price,
    Year,
    /// Something whose movement no fact tells: volatility, an average.
    Unknown,
}

fn is_strong(reading: &Reading<'_>, at: usize) -> bool {
    const STRONG: &str =
        "sharply steeply strongly significantly dramatically massively heavily hugely substantially considerably";
    reading.has(at.saturating_sub(2), at + 2, STRONG)
}

/// What moves: the nearest thing before the word that can move; the window said in the clause.
fn subject(
    reading: &Reading<'_>,
    table: &Table<'_>,
    at: usize,
    to: usize,
    (from, end): (usize, usize),
) -> Option<Subject> {
    let bare = among(
        reading.word(at),
        "stable steady bear bull higher lower up down growth recovery strengthen weaken improve improved \
             improving deteriorated",
    );
    let before = reading.subject_before(at, from);
    let window = window(reading, at, to, from, end);
    let forecast = [Topic::Forecast, Topic::Median];
    let expected = reading.speaks_of(from, end, &forecast) || reading.has(from, at, "will ahead");
    // The company's own name is the price.
    let own = |cue: &&super::reading::Cue| (cue.to..at).any(|place| table.own.contains(reading.word(place)));
    let named = before.filter(own).is_some();
    let before = before.filter(|cue| !own(cue));
    let subject = before.map(|cue| cue.topic).or(named.then_some(Topic::Stock));
    match subject {
        Some(Topic::Volatility | Topic::Rsi | Topic::Average(_) | Topic::Support | Topic::Resistance) => {
            let about_price = window.is_some()
                && reading
                    .cues
                    .iter()
                    .any(|cue| cue.from >= from && cue.to <= at && matches!(cue.topic, Topic::Stock | Topic::Close));
            if about_price {
                window
            } else {
                Some(Subject::Unknown).filter(|_| !bare && is_verb(reading, at))
            }
        }
        Some(
            Topic::Headlines
            | Topic::NetScore
            | Topic::Paths
            | Topic::PathsKept
            | Topic::Low
            | Topic::High
            | Topic::Band
            | Topic::BandOf(_)
            | Topic::Level(_)
            | Topic::Mae
            | Topic::Rmse
            | Topic::Mape
            | Topic::Naive
            | Topic::LargestError
            | Topic::Cross,
        ) => None,
        Some(Topic::Drawdown) => None,
        Some(topic) if forecast.contains(&topic) && window.is_none() => Some(Subject::Forecast),
        _ => {
            let after = reading.cues.iter().any(|cue| {
                cue.from >= to && cue.to <= end && forecast.contains(&cue.topic) && reading.cost(to, cue.from) < 2.5
            });
            if window.is_some() {
                window
            } else if expected && (reading.speaks_of(from, at, &forecast) || after || reading.has(from, at, "will")) {
                Some(Subject::Forecast)
            } else if before.is_some()
                || among(reading.word(at), "uptrend downtrend") && !among(reading.before(at, 1), "an any no")
                || reading.tokens[..at]
                    .iter()
                    .any(|token| token.capital && token.is_word())
                    && is_verb(reading, at)
            {
                Some(Subject::Price).filter(|_| !bare || before.is_some())
            } else {
                None
            }
        }
    }
}

/// Whether the word is used as a verb: something stands before it and no article does.
fn is_verb(reading: &Reading<'_>, at: usize) -> bool {
    at > 0 && !among(reading.before(at, 1), "a the of any no further and for an this its")
}

/// The window nearest to the word, in its clause.
fn window(reading: &Reading<'_>, at: usize, to: usize, from: usize, end: usize) -> Option<Subject> {
    let crossed = |low: usize, high: usize| {
        (low..high).any(|place| {
            super::moves::way(reading.word(place)).is_some_and(|_| {
                let predicate = place > 0 && reading.tokens[place - 1].amount().is_some();
                is_verb(reading, place)
                    && (predicate || !among(reading.word(place), "above below up down lower higher under"))
            })
        })
    };
    let cost = |cue: &super::reading::Cue| {
        if cue.to <= at {
            let fronted = if (cue.to..at).any(|place| reading.tokens[place].kind == Kind::Mark(',')) && cue.from < 6 {
                -1.0
            } else {
                0.0
            };
            let adjective = (cue.to..at).all(|place| !matches!(reading.tokens[place].kind, Kind::Mark(_)))
                && at <= cue.to + 2
                && !reading.has(cue.to, at, "and or but the it");
            (if adjective { 0.0 } else { reading.cost(cue.to, at) })
                + fronted
                + if crossed(cue.to, at) { 6.0 } else { 0.0 }
                + 0.5
        } else {
            reading.cost(to, cue.from.max(to)) + if crossed(to, cue.from.max(to)) { 6.0 } else { 0.0 }
        }
    };
    // "lower than a week ago"
    let than = reading.word(to) == "than";
    let nearest = reading
        .cues
        .iter()
        .filter(|cue| !than || cue.from > to)
        .filter(|cue| {
            cue.from >= from
                && cue.to <= end
                && matches!(cue.topic, Topic::Window(_) | Topic::Momentum | Topic::TrueReturn)
        })
        .map(|cue| (cost(cue), cue.topic))
        .filter(|(cost, _)| *cost < 12.0)
        .min_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(match nearest.1 {
        Topic::Window(1) => Subject::Window("return_1d", FLAT_SHORT),
        Topic::Window(5) => Subject::Window("return_5d", FLAT_SHORT),
        Topic::Window(21) => Subject::Window("return_21d", FLAT_LONG),
        Topic::Momentum => Subject::Window("momentum", FLAT_LONG),
        Topic::Window(252) => Subject::Year,
        Topic::TrueReturn => Subject::Window("actual_return", FLAT_SHORT),
        _ => Subject::Unknown,
    })
}
