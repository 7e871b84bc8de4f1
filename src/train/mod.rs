//! Training of forecasters. Examples of a data set and a model go in; averaged weights, a log and a checkpoint come out. The loop
//! knows nothing of prices, and the models know nothing of the loop.

mod batch;
mod checkpoint;
mod error;
mod example;
mod export;
mod log;
pub mod lora;
mod loss;
pub mod model;
mod optimiser;
mod options;
mod pass;
mod run;
mod schedule;
#[cfg(test)]
mod tests;
mod weights;

pub use self::error::TrainError;
pub use self::example::{Example, Examples, Stretch, Tokenise};
pub use self::export::{Card, Exported, export};
pub use self::log::{LogLine, read_log};
pub use self::options::{Options, Precision, Session, Smoothing};
pub use self::run::{Ending, Outcome, Progress, Watch, run};
