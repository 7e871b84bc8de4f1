//! Training of forecasters. Examples of a data set and a model go in; averaged weights, a log and a GGUF file come out. The
//! loop knows nothing of prices, and the models know nothing of the loop.

mod error;
mod example;
pub mod lora;
pub mod model;

pub use self::error::TrainError;
pub use self::example::{Example, Examples};
