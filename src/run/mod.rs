//! The one path from a request to an analysis, shared by the command line, the server, backtests and batches: gather →
//! scheduler → one stage at a time → analysis.
//!
//! * [`gather`]: turns bars and headlines into a job.
//! * [`ModelSet`]: the models that the stages open.
//! * [`Scheduler`]: takes queued jobs and texts through the stages on one engine.
//! * [`Batch`]: sends a stream of tickers through the scheduler.
//! * `headlines` and `labels`: gather headlines for a dataset, and have the reporter label them.

mod ahead;
mod assemble;
mod backtest;
mod batch;
mod embeds;
mod error;
mod gather;
mod headlines;
mod inbox;
mod labels;
mod model_set;
mod notice;
mod scheduler;
mod text_request;
mod texts;
mod track;
mod underway;

pub(crate) use self::ahead::in_order;
pub use self::backtest::{BacktestRequest, Prepared};
pub use self::batch::{Asked, Batch, BatchRow};
pub use self::error::PipelineError;
pub use self::gather::{Gathered, Request, Sources, gather};
pub(crate) use self::headlines::{TickerNews, headlines, volatilities};
pub(crate) use self::inbox::{Inbox, TextTask};
pub(crate) use self::labels::Labelling;
pub use self::model_set::{ModelSet, RoleChoices};
pub(crate) use self::model_set::{embedder_choice, resolve_embedder, resolve_language};
pub(crate) use self::notice::Notice;
pub use self::scheduler::{Scheduler, Sharing};
pub(crate) use self::text_request::{TextEvent, TextRequest};
pub(crate) use self::track::track_record;
