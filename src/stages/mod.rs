//! The stages: functions from typed input to typed output, each over one arena of the engine.
//! Comes in: [`Job`]s, plain data. Goes out: the same jobs with [`Forecast`], [`Sentiment`] and [`Report`] filled in.
//! Nothing here opens a socket or knows how an analysis is shown.

mod conversation;
mod forecast;
mod history;
mod in_flight;
mod report;
mod sentiment;

pub use self::forecast::{ForecastStage, ForecasterModel};
pub use self::history::HistoryStage;
pub use self::in_flight::InFlight;
pub use self::report::{ReportStage, ReporterModel};
pub use self::sentiment::{SentimentModel, SentimentStage};
