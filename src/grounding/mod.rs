//! Reports without invented figures: the stance that a rule computes, the table of facts that code computes, and the check of a text
//! against it. Facts and texts in, verdicts out; it reads no file, no clock and no network.

mod check;
mod claim;
mod claims;
mod evidence;
mod fact;
mod facts;
mod format;
mod locale;
mod reasons;
mod review_facts;
mod sentences;
mod stance;

pub(crate) use self::check::{Grounding, NOTHING_FURTHER, check_by, repair_by};
pub use self::check::{check, repair};
pub use self::claim::{Author, Claim, ClaimKind, Verdict};
pub use self::evidence::Evidence;
pub use self::fact::{Fact, Source, Unit};
pub use self::facts::{FactInputs, ForecastFacts, HeadlineFacts, facts};
pub(crate) use self::format::{
    amount, basis_points, bounded, grouped, money_in_short, percent, plain_price, price, price_decimals, prices, symbol,
};
pub use self::locale::{Locale, UnknownLocale};
pub(crate) use self::review_facts::{ReviewInputs, review_facts};
pub(crate) use self::sentences::sentences;
pub use self::stance::{Call, Stance};
pub(crate) use self::stance::{Outlook, RULE, StanceInputs, USUAL_COSTS, stance};
