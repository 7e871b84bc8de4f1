//! The stages: functions from typed input to typed output, each over one arena of the engine, and the table that lists them.
//! Comes in: [`InFlight`] jobs, plain data. Goes out: the same jobs with each stage's result or failure filled in.
//! Nothing here opens a socket or knows how an analysis is shown.

mod conversation;
mod error;
mod forecast;
mod history;
mod in_flight;
mod models;
mod report;
mod sentiment;
mod stage;
mod table;

pub use self::in_flight::InFlight;
pub use self::models::{ForecasterModel, ReporterModel, SentimentModel, StageModels};
pub use self::stage::{Ran, Stage};
pub use self::table::{Opens, STAGES, StagePart, StageRow, StageTable, UnknownStage};
