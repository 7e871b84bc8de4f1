//! Numbers that name something instead of measuring it: the 80 of an 80% band, the 10th percentile, the 14 of RSI(14), the
//! scale from -1 to 1, the 2 of "headline 2", the 5 of a product's name. A sentence in; its cues, its citations and the claims
//! about levels out.

use super::amounts::{Mark, Sign};
use super::finding::Finding;
use super::lists::among;
use super::reading::Reading;
use super::table::Table;
use super::tokens::Kind;
use super::topics::Topic;
use crate::grounding::claim::ClaimKind;

/// Marks the numbers that are names; returns the claims about levels of quantiles, and the headlines cited.
pub(super) fn levels(reading: &mut Reading<'_>, table: &Table<'_>) -> (Vec<Finding>, Vec<(usize, usize)>) {
    let mut findings = Vec::new();
    let mut cited = Vec::new();
    for at in 0..reading.tokens.len() {
        if reading.spent[at] {
            continue;
        }
        if let Some(number) = citation(reading, at) {
            cited.push((at, number));
        }
        if is_period(reading, at)
            && let Some(days) = reading.tokens[at]
                .amount()
                .map(|amount| amount.value as u32)
                .filter(|days| *days > 14)
        {
            let from = if reading.word(at - 1).is_empty() {
                at - 2
            } else {
                at - 1
            };
            reading.put(Topic::Average(days), from, at + 1);
        }
        // "momentum (12-1)"
        let open = at.saturating_sub(2);
        let named = (open..=at)
            .any(|place| reading.before(place, 1) == "momentum" && reading.tokens[place].kind == Kind::Mark('('));
        let lengths = named
            && reading.tokens[at]
                .amount()
                .is_some_and(|amount| [12.0, 1.0].contains(&amount.value));
        if lengths || is_period(reading, at) || is_scale(reading, at) || is_product(reading, at) {
            reading.spent[at] = true;
        } else if let Some((level, to, word)) = quantile(reading, at) {
            reading.spent[at] = reading.tokens[at].amount().is_some();
            findings.push(judge(reading, table, at, to, level, &word));
        }
    }
    cited.iter().for_each(|(at, _)| reading.spent[*at] = true);
    (findings, cited)
}

/// The level, the end of the phrase and the word that it ends in.
fn quantile(reading: &Reading<'_>, at: usize) -> Option<(u32, usize, String)> {
    const LEVELS: &str = "quantile quantiles percentile percentiles band interval range corridor cone chance probability \
         likelihood confidence bands fan odds decile level";
    const OUTCOMES: &str = "paths outcomes scenarios simulations cases trajectories futures runs draws";
    let token = &reading.tokens[at];
    let level = match token.amount() {
        // "between $38.95 and $47.70 with a probability of 80%"
        Some(amount)
            if amount.mark == Mark::Percent
                && reading.before(at, 1) == "of"
                && among(reading.before(at, 2), "probability chance likelihood confidence") =>
        {
            return Some((amount.value as u32, at + 1, "chance".to_owned()));
        }
        Some(amount) if amount.mark == Mark::Percent && amount.sign.is_none() => amount.value,
        Some(amount) if amount.mark == Mark::None && amount.step == 1.0 => {
            // "the 80 band" is no way to write it, but "the 10 and 90 percentiles" is.
            let next = reading.word(at + 1);
            let listed = next == "and" && reading.has(at + 2, at + 4, "percentile percentiles quantiles");
            if !matches!(next, "percentile" | "quantile" | "percentiles" | "quantiles") && !listed {
                return None;
            }
            amount.value
        }
        Some(_) => return None,
        None => ordinal(&token.word)?,
    };
    if level.fract() != 0.0 || !(0.0..=100.0).contains(&level) {
        return None;
    }
    // "Band (80%)"
    let opens = at > 1 && reading.tokens[at - 1].kind == Kind::Mark('(');
    if opens && among(reading.word(at - 2), "band range interval corridor") && reading.tokens[at].amount().is_some() {
        return Some((level as u32, at + 1, "band".to_owned()));
    }
    // "the 10th percentile at A and the 90th at B"
    let again =
        reading.tokens[at].is_word() && (0..at).any(|place| among(reading.word(place), "percentile quantile decile"));
    if again && among(reading.word(at + 1), "at is stands lies") {
        return Some((level as u32, at + 1, "percentile".to_owned()));
    }
    let end = reading.tokens.len().min(at + 6);
    for place in at + 1..end {
        let token = &reading.tokens[place];
        let word = token.word.as_str();
        let of_paths = among(word, OUTCOMES) && reading.has(at + 1, place, "of");
        // "the 10% path leads to …"
        if word == "path" && place == at + 1 && token_is_percent(reading, at) {
            return Some((level as u32, place + 1, "quantile".to_owned()));
        }
        let goes_on = word == "confidence" && among(reading.word(place + 1), LEVELS);
        if among(word, LEVELS) && !goes_on || of_paths {
            return Some((
                level as u32,
                place + 1,
                if of_paths { "band".to_owned() } else { word.to_owned() },
            ));
        }
        let goes_on = match &token.kind {
            Kind::Number(_) => token
                .amount()
                .is_some_and(|amount| amount.mark == Mark::Percent || amount.mark == Mark::None),
            Kind::Mark(mark) => *mark == ',',
            Kind::Word => {
                among(
                    word,
                    "and or to the of all forecast prediction confidence model model's its simulated sample percent \
             level wide central uncertainty credible possible",
                ) || ordinal(word).is_some()
            }
        };
        if !goes_on {
            return None;
        }
    }
    None
}

fn token_is_percent(reading: &Reading<'_>, at: usize) -> bool {
    reading.tokens[at]
        .amount()
        .is_some_and(|amount| amount.mark == Mark::Percent)
}

fn ordinal(word: &str) -> Option<f64> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end));
    match word {
        "tenth" => Some(10.0),
        "ninetieth" => Some(90.0),
        "fiftieth" => Some(50.0),
        _ => digits.and_then(|digits| digits.parse().ok()),
    }
}

fn judge(reading: &mut Reading<'_>, table: &Table<'_>, at: usize, to: usize, level: u32, word: &str) -> Finding {
    let ends = if reading.word(to - 1).is_empty() { at + 1 } else { to };
    let known = |level: u32| {
        table
            .levels
            .iter()
            .find(|(known, _)| *known == level)
            .map(|(_, fact)| fact.id.to_string())
    };
    let band = || table.band(level).map(|(low, high)| format!("{}, {}", low.id, high.id));
    let fact = match word {
        "quantile" | "quantiles" | "percentile" | "percentiles" | "decile" => {
            let next_is_level = reading.tokens[at + 1..to]
                .iter()
                .any(|token| token.amount().is_some() || ordinal(&token.word).is_some());
            reading.put(Topic::Level(level), at, if next_is_level { at + 1 } else { ends });
            known(level).or_else(|| (level == 50).then(|| table.get("median").map(|_| "median".to_owned()))?)
        }
        "chance" | "probability" | "likelihood" | "odds" => {
            let median = || {
                (level == 50)
                    .then(|| table.get("median"))?
                    .map(|fact| fact.id.to_string())
            };
            known(level)
                .or_else(|| known(100_u32.saturating_sub(level)))
                .or_else(median)
                .or_else(band)
        }
        "confidence" => None,
        // "the worst case at the 10% level"
        "level" => {
            reading.put(Topic::Level(level), at, ends);
            known(level).or_else(band)
        }
        _ => {
            reading.put(Topic::BandOf(level), at, ends);
            band()
        }
    };
    // "Closes between the 10% and 90% quantiles": a label names the level too.
    let named = || {
        let level = format!("{level}%");
        let names = |label: &str| label.split_whitespace().any(|word| word == level);
        let fact = table.evidence.facts.iter().find(|fact| names(&fact.label));
        fact.map(|fact| fact.id.to_string())
    };
    match fact.or_else(named) {
        Some(fact) => Finding::decided(at, at + 1, ClaimKind::Number, true, fact),
        None => Finding::unsupported(at, at + 1, ClaimKind::Number),
    }
}

/// The 14 of "RSI(14)" or "RSI 14", the 50 of "SMA(50)".
fn is_period(reading: &Reading<'_>, at: usize) -> bool {
    let Some(amount) = reading.tokens[at].amount() else {
        return false;
    };
    let bracket = at > 0 && matches!(reading.tokens[at - 1].kind, Kind::Mark('('));
    let name = if bracket {
        reading.before(at, 2)
    } else {
        reading.before(at, 1)
    };
    let closed = matches!(
        reading.tokens.get(at + 1).map(|token| &token.kind),
        Some(Kind::Mark(')' | ','))
    );
    let rsi = matches!(name, "rsi" | "index") && amount.value == 14.0 && amount.step == 1.0;
    let average = matches!(name, "sma" | "ma" | "average") && (amount.value == 50.0 || amount.value == 200.0);
    (rsi || average) && amount.mark == Mark::None && (closed || !bracket)
}

/// The ends of a scale: "from -1 to 1", "between 0 and 100", "out of 100".
fn is_scale(reading: &Reading<'_>, at: usize) -> bool {
    let value = |place: usize| {
        reading
            .tokens
            .get(place)
            .and_then(|token| token.amount())
            .filter(|amount| amount.mark == Mark::None)
            .map(|amount| {
                let minus =
                    amount.sign == Some(Sign::Minus) || matches!(reading.before(place, 1), "minus" | "negative");
                if minus { -amount.value } else { amount.value }
            })
    };
    let pair = |low: usize, high: usize| {
        matches!(
            (value(low), value(high)),
            (Some(-1.0 | 0.0), Some(1.0)) | (Some(0.0), Some(100.0)) | (Some(-1.0), Some(0.0))
        )
    };
    let other = |from: usize| {
        (from + 1..reading.tokens.len().min(from + 5)).find(|place| reading.tokens[*place].amount().is_some())
    };
    let joined = |low: usize, high: usize| reading.has(low + 1, high, "to and through") || high == low + 1;
    let opens = other(at).is_some_and(|next| pair(at, next) && joined(at, next));
    let closes = (at.saturating_sub(4)..at)
        .rev()
        .find(|place| reading.tokens[*place].amount().is_some())
        .is_some_and(|before| pair(before, at) && joined(before, at));
    let out_of = value(at) == Some(100.0)
        && reading.before(at, 1) == "of"
        && matches!(reading.before(at, 2), "out" | "scale" | "maximum");
    let end = matches!(value(at), Some(-1.0 | 1.0 | 0.0 | 100.0))
        && reading.has(
            at.saturating_sub(4),
            at + 6,
            "possible maximum minimum scale highest lowest best worst",
        );
    opens || closes || out_of || end
}

/// The 5 of "iPhone 5": a bare whole number right after a word with a capital letter inside the sentence.
fn is_product(reading: &Reading<'_>, at: usize) -> bool {
    const NO_NAMES: &str =
        "rsi sma ma headline headlines section table figure step score close support resistance of usd at";
    let Some(amount) = reading.tokens[at].amount() else {
        return false;
    };
    let Some(name) = at.checked_sub(1).map(|place| &reading.tokens[place]) else {
        return false;
    };
    let written = &reading.text[name.start..name.end];
    let inner = written.chars().skip(1).any(char::is_uppercase) && written.chars().any(char::is_lowercase);
    let digits = reading.text[reading.tokens[at].start..reading.tokens[at].end]
        .bytes()
        .all(|byte| byte.is_ascii_digit());
    let adjacent = reading.text.get(name.end..reading.tokens[at].start) == Some(" ");
    digits
        && adjacent
        && amount.mark == Mark::None
        && amount.year.is_none()
        && (name.capital && at > 1 || inner)
        && !among(name.word.as_str(), NO_NAMES)
}

/// The number of a headline: "headline 2", "headlines 2 and 5", "headline no. 3", "the second headline".
fn citation(reading: &Reading<'_>, at: usize) -> Option<usize> {
    const PLACES: [&str; 12] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth",
    ];
    let heads = |word: &str| matches!(word, "headline" | "headlines" | "story" | "article");
    if let Some(place) = PLACES.iter().position(|place| *place == reading.word(at)) {
        return heads(reading.word(at + 1)).then_some(place + 1);
    }
    let amount = reading.tokens[at]
        .amount()
        .filter(|amount| amount.mark == Mark::None && amount.step == 1.0)?;
    let before = reading.before(at, 1);
    // "of 7 headlines 1 is positive", "of eleven headlines four are negative": a count, as a number came before.
    let counted = before == "headlines"
        && (at > 1 && reading.tokens[at - 2].amount().is_some() || among(reading.word(at + 1), "is are was were"));
    let bracket = |place: usize, marks: &[char]| matches!(reading.tokens.get(place).map(|token| &token.kind), Some(Kind::Mark(mark)) if marks.contains(mark));
    let in_brackets = at > 0 && bracket(at - 1, &['[']) && bracket(at + 1, &[']', ',']);
    let direct = heads(before) && !counted || in_brackets;
    let numbered = matches!(before, "no" | "number" | "nr") && reading.before(at, 2) == "headline";
    let listed = matches!(before, "and" | "or" | "")
        && at > 1
        && reading.tokens[at - 2].amount().is_some()
        && citation(reading, at - 2).is_some();
    let counts = reading.cues.iter().any(|cue| {
        cue.from == at + 1
            && matches!(
                cue.topic,
                Topic::Headlines | Topic::Positive | Topic::Negative | Topic::Neutral
            )
    });
    ((direct || numbered || listed) && !counts).then_some(amount.value as usize)
}
