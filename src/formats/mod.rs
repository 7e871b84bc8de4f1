//! How a price series is told to a language model, and how its answer is read.

mod grammar;
mod prompt;

pub(crate) use self::grammar::{Answer, Opening};
pub(crate) use self::prompt::{ForecastPrompt, forecast_prompt};
