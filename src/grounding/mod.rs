//! What a text may say: the table of facts, and the check of a text against it. Pure.

mod check;
mod dates;
mod direction;
mod facts;
mod format;
mod numbers;
mod review_facts;
mod sentences;

pub(crate) use self::check::Grounding;
pub use self::check::{check, repair};
pub(crate) use self::facts::{Fact, Unit};
pub use self::facts::{FactInputs, ForecastFacts, HeadlineFacts, facts};
pub(crate) use self::format::{amount, bounded, grouped, percent, plain_price, price, price_decimals, symbol};
pub(crate) use self::review_facts::{ReviewInputs, review_facts};
