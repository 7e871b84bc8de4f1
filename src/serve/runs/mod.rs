//! Runs behind the routes. A checked question comes in, waits in a fair queue and goes through the engine; its events go into a log
//! that each client reads at its own pace, so that a slow client delays nobody. Knows no route and no wire format of OpenAI's.

mod app;
mod ask;
mod backtest;
mod embed;
mod failure;
mod gather;
mod job;
mod joinable;
mod metrics;
mod model_resolver;
mod progress;
mod question;
mod queue;
mod run_event;
mod run_log;
mod texts;
mod tokens;

pub(crate) use self::app::{App, Shared};
pub(crate) use self::ask::{ask, ask_named, outcome, succeeded};
pub(crate) use self::embed::embed;
pub(crate) use self::failure::{failed, stopping};
pub(crate) use self::gather::market;
pub(crate) use self::joinable::JoinableRuns;
pub(crate) use self::metrics::Metrics;
pub(crate) use self::model_resolver::ModelResolver;
pub(crate) use self::question::{AnalyzeBody, Asking, GivenBar, Question, RollingPlan, headlines, ticker, within};
pub(crate) use self::queue::Queue;
pub(crate) use self::run_event::{Finished, RunEvent};
pub(crate) use self::run_log::Reader;
pub(crate) use self::texts::{TextRunEvent, accepted, write};
pub(crate) use self::tokens::TokenCount;
