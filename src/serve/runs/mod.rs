//! Runs behind the routes: the queue, what a run says while it runs, and who listens.

mod app;
mod follow;
mod gather;
mod metrics;
mod question;
mod queue;
mod run_log;
mod running;
mod texts;
mod tokens;

pub(crate) use self::app::{App, Models, Shared, stopping};
pub(crate) use self::follow::failed;
pub(crate) use self::metrics::Metrics;
pub(crate) use self::question::{AnalyzeBody, GivenBar, Question, RollingPlan, headlines, ticker, within};
pub(crate) use self::queue::Queue;
pub(crate) use self::run_log::Reader;
pub(crate) use self::running::{Finished, RunEvent, Runs, outcome};
pub(crate) use self::texts::{Written, accepted, write};
