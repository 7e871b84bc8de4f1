//! A dataset of headlines, each labelled by the reporter: how volatile each ticker is, which tickers are picked, what the
//! reporter is asked about a headline, what its answer must be, and the file of rows. Fetches nothing and opens no model.
//!
//! In the order of the flow: [`Volatility`] of each ticker → [`Portfolio`] → [`Story`] → [`question`] and [`answer_grammar`] →
//! [`read_answer`] → [`LabelRow`] → [`LabelFile`].

mod answer;
mod error;
mod file;
mod lines;
mod portfolio;
mod question;
mod remaining;
mod row;
mod story;
mod volatility;

pub(crate) use self::answer::{ANSWER_TOKENS, answer_grammar, read_answer};
pub(crate) use self::error::SentimentError;
pub(crate) use self::file::LabelFile;
pub(crate) use self::portfolio::{Group, Portfolio};
pub(crate) use self::question::{PROMPT_VERSION, question};
pub(crate) use self::remaining::Remaining;
pub(crate) use self::row::{Judgement, LabelRow, model_name};
pub(crate) use self::story::{Moves, Story};
pub(crate) use self::volatility::{CLOSES, Volatility};
