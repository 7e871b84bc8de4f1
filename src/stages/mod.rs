//! The stages: functions from typed input to typed output, each with at most one model open at a time, and the table that lists
//! them. [`InFlight`] jobs come in; the same jobs go out with each stage's result or failure. Nothing here opens a socket or
//! formats an analysis for display.

mod cautions;
mod conversation;
mod error;
mod forecast;
mod history;
mod in_flight;
mod models;
mod report;
mod sentiment;
mod stage;
mod stance;
mod table;

pub(crate) use self::cautions::cautions;
pub use self::in_flight::InFlight;
pub use self::models::{ForecasterModel, ReporterModel, SentimentModel, StageModels};
pub(crate) use self::report::with_evidence_of;
pub use self::stage::{Ran, Stage};
pub(crate) use self::stance::stance_of;
pub use self::table::{Opens, STAGES, StagePart, StageRow, StageTable, UnknownStage};
