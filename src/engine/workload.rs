//! What is known of a batch's requests before a model is opened, so that a backend opens no more than they need. How they are
//! laid out and computed is the backend's own.

use super::request::Keeps;

/// The requests of one opening of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workload {
    /// Those that are known. Without any and with nothing to come, no model is opened.
    pub requests: Vec<Estimate>,
    /// How many of them may be in hand at once; the others follow from their answers.
    pub together: usize,
    /// Further requests may come while the model is open.
    pub more_come: bool,
}

/// The size of a request, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// The most tokens of its prompt; `None` where the backend does not count them.
    pub prompt_tokens: Option<usize>,
    /// Its continuations.
    pub sequences: usize,
    /// The most tokens of each.
    pub max_tokens: usize,
    /// What of it is worth keeping.
    pub keeps: Keeps,
}

impl Estimate {
    /// A request for one continuation, of which nothing is worth keeping.
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
    /// Nothing to do.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && !self.more_come
    }
}
