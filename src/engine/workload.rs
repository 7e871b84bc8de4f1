//! The expected requests of a batch, stated before a model is opened, so that a backend allocates no more than they need. The
//! backend decides on the layout and the computation.

use super::request::Keeps;

/// The requests to answer while a model is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workload {
    /// The known requests. If there are none and `more_come` is false, no model is opened.
    pub requests: Vec<Estimate>,
    /// How many of them may be active at once. The others depend on earlier answers.
    pub together: usize,
    /// Whether further requests may arrive while the model is open.
    pub more_come: bool,
}

/// The estimated size of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The most tokens of the prompt; `None` if the backend does not count them.
    pub prompt_tokens: Option<usize>,
    /// The number of continuations.
    pub sequences: usize,
    /// The most tokens of each continuation.
    pub max_tokens: usize,
    /// What to cache of the request.
    pub keeps: Keeps,
}

impl Estimate {
    /// A request for one continuation, with nothing to cache.
    pub fn one(prompt_tokens: Option<usize>, max_tokens: usize) -> Self {
        Estimate {
            prompt_tokens,
            sequences: 1,
            max_tokens,
            keeps: Keeps::Nothing,
        }
    }
}

impl Workload {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && !self.more_come
    }
}
