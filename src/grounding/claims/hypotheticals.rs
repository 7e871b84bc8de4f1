//! What may be, and what is denied: no claim, or the opposite one. A sentence and a place in, yes or no out.

use super::lists::among;
use super::reading::Reading;
use super::tokens::Kind;
use super::topics::Topic;

/// "may fall", "if it rises", "the risk of a decline", "could drop".
pub(super) fn is_hypothetical(reading: &Reading<'_>, at: usize) -> bool {
    const MODAL: &str = "may might could can would if should whether risk potential possible possibly possibility chance \
         chances probability likelihood odds further unless cannot any until room to avoid before against likelihood future \
         when either or when how ability hope hopes fear fears";
    let from = at.saturating_sub(5);
    let start = (from..at)
        .rev()
        .find(|place| matches!(reading.tokens[*place].kind, Kind::Mark(_)))
        .map_or(from, |place| place + 1);
    if reading.has(at + 1, at + 5, "possible conceivable imaginable") {
        return true;
    }
    let outright = reading.is_at(at.saturating_sub(2), &["for", "further"])
        || reading.is_at(at.saturating_sub(2), &["to", "further"]);
    (start..at).any(|place| {
        let word = reading.word(place);
        // "the forecast is for further losses"
        if outright
            && matches!(word, "for" | "further" | "to")
            && reading.speaks_of(start, at, &[Topic::Forecast, Topic::Median])
        {
            return false;
        }
        // "is expected to rise" is a claim on the forecast, "to" alone is not.
        let expected = word == "to"
            && (reading.speaks_of(place.saturating_sub(3), place, &[Topic::Forecast, Topic::Median])
                || reading.has(
                    place.saturating_sub(2),
                    place,
                    "likely set going continued continues due poised bound heading tends began",
                ));
        among(word, MODAL)
            && !expected
            && !(word == "or" && !reading.has(at + 1, at + 3, "or") && place + 1 != at)
            && !(word == "to" && place + 1 != at && reading.word(place + 1) != "further")
    })
}

/// "did not fall", "no decline", "without a rise".
pub(super) fn is_denied(reading: &Reading<'_>, at: usize) -> bool {
    const NOT: &str = "not no never didn't hasn't isn't doesn't wasn't without neither nor failed rather";
    reading.has(at.saturating_sub(4), at, NOT)
}

/// "a break above resistance", "a close below support": something that has not happened.
pub(super) fn is_noun_of_move(reading: &Reading<'_>, at: usize) -> bool {
    let moves = among(
        reading.before(at, 1),
        "break move breakout push breach drop fall climb close rise rally dip slide return recovery \
             decisively",
    );
    moves
        && among(
            // "a last close above": German says it in one word.
            if reading.before(at, 2) == "last" {
                reading.before(at, 3)
            } else {
                reading.before(at, 2)
            },
            "a any decisive sustained clear daily clean or would",
        )
        || matches!(reading.word(0), "watch" | "look")
}
