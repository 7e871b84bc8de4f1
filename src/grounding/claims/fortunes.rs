//! Directions that no verb of movement gives: "ended in the red", "the month rewarded holders", "a strong week". A sentence and a
//! place in; which way it says the price went, and where the phrase ends, out.

use super::lists::among;
use super::moves::Way;
use super::reading::Reading;
use super::topics::Topic;

const UP: &str = "winning good great solid stellar rewarding profitable fruitful splendid";
const DOWN: &str = "bad rough tough difficult losing costly painful dismal dreadful bruising miserable lossmaking";

/// The direction that the words at `at` give, and where they end.
pub(super) fn fortune(reading: &Reading<'_>, at: usize) -> Option<(Way, usize)> {
    let word = reading.word(at);
    let held = (at + 1..at + 4).any(|place| {
        among(
            reading.word(place),
            "holders shareholders owners investors stockholders bulls buyers patience",
        )
    });
    if reading.word(at + 1) == "money" {
        match word {
            "made" => return Some((Way::Up, at + 2)),
            "lost" => return Some((Way::Down, at + 2)),
            _ => {}
        }
    }
    if held && among(word, "rewarded rewards rewarding enriched pleased") {
        return Some((Way::Up, at + 1));
    }
    if held && among(word, "punished punishes punishing stung burned burnt disappointed cost") {
        return Some((Way::Down, at + 1));
    }
    if matches!(reading.before(at, 1), "the") && among(reading.before(at, 2), "in into") {
        match word {
            "red" => return Some((Way::Down, at + 1)),
            "black" | "green" => return Some((Way::Up, at + 1)),
            _ => {}
        }
    }
    let way = if among(word, UP) {
        Way::Up
    } else if among(word, DOWN) {
        Way::Down
    } else {
        return None;
    };
    let windows = [Topic::Window(1), Topic::Window(5), Topic::Window(21), Topic::Momentum];
    // "a good month", and "the month was a good one"
    let behind = (at + 1..at + 3).find(|place| !among(reading.word(*place), "trading stock-market"))?;
    let rated = reading
        .cues
        .iter()
        .any(|cue| cue.from == behind && windows.contains(&cue.topic));
    let (from, to) = reading.clause(at);
    let one = reading.word(at + 1) == "one" || at + 1 == to;
    let again = one && reading.before(at, 1) == "a" && reading.speaks_of(from, at, &windows);
    let news = reading.speaks_of(0, reading.tokens.len(), &[Topic::Headlines, Topic::NetScore]);
    ((rated || again) && !news).then_some((way, at + 1))
}
