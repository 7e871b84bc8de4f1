//! From a request to an analysis: gather, schedule, drive the stages.

mod backtest;
mod inbox;
mod model_set;
mod pipeline;
mod scheduler;
mod text_request;
mod texts;
mod track;

pub use self::backtest::{BacktestRequest, Prepared};
pub(crate) use self::inbox::{Inbox, TextTask};
pub(crate) use self::model_set::resolve_language;
pub use self::model_set::{ModelSet, RoleChoices};
pub(crate) use self::pipeline::PipelineError;
pub use self::pipeline::{Gathered, Request, Sources, analyse, gather};
pub(crate) use self::scheduler::{Notify, work};
pub(crate) use self::text_request::{TextEvent, TextRequest};
pub(crate) use self::track::track_record;
