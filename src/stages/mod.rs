//! The stages: functions from typed input to typed output, each over one arena of the engine.
//! Comes in: [`Job`]s, plain data. Goes out: the same jobs with [`Forecast`], [`Sentiment`] and [`Report`] filled in.
//! Nothing here opens a socket or knows how an analysis is shown.

mod conversation;
mod forecast;
mod history;
mod job;
mod outcome;
mod report;
mod sentiment;

pub use forecast::{ForecastStage, ForecasterModel};
pub use history::HistoryStage;
pub use job::{InFlight, Job, JobOptions};
pub use outcome::{
    Counts, Direction, Forecast, Label, ModelRef, Models, Probabilities, Recommendation, Report, Review,
    ScoredHeadline, Sentiment, StageFailure,
};
pub use report::{ReportStage, ReporterModel};
pub use sentiment::{SentimentModel, SentimentStage};
