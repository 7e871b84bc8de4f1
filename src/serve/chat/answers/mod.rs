//! Answers a question about an analysis by looking it up: figures, dates and headlines come from the analysis and from nowhere else.
//! A question and an analysis in; an answer, the word that the analysis does not hold it, or the question passed on. No model runs.

mod figures;
mod held;
mod looked_up;
mod news;
mod question;
mod sentences;
#[cfg(test)]
mod tests;
mod topics;

pub use self::looked_up::LookedUp;

use self::question::Question;
use crate::analysis::Analysis;

/// Words for the call.
const CALL: &str = "buy, sell, hold, call, stance, recommend, recommendation, verdict, say so";

/// Looks a question up. At most 400 words of it are read.
pub fn look_up(question: &str, analysis: &Analysis) -> LookedUp {
    let question = Question::new(question);
    if held::asks_for_words(&question) {
        // Code made the call, so code knows why.
        let reasons = question.takes(&["why, reason, warum", CALL]);
        return reasons
            .and_then(|_| sentences::call(analysis))
            .map_or(LookedUp::Open, LookedUp::Says);
    }
    if let Some(said) = news::about_headlines(&question, analysis) {
        return said;
    }
    if let Some(thing) = held::never_held(&question) {
        return LookedUp::NotHeld(held::not_held(thing, analysis));
    }
    let said = figures::figures(&question, analysis);
    if !said.is_empty() {
        return LookedUp::Says(said.join(" "));
    }
    match held::asks_for_a_fact(&question) {
        true => LookedUp::NotHeld(held::not_held("that", analysis)),
        false => LookedUp::Open,
    }
}
