//! What only Ollama's options have: they are checked against their ranges and set in a checked chat request.

use super::request::OllamaOptions;
use crate::engine::Sampling;
use crate::serve::http::ApiError;
use crate::serve::openai::{number, top_k};

/// The options that OpenAI's API has not.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct OwnOptions {
    top_k: Option<i32>,
    min_p: Option<f32>,
    repeat_penalty: Option<f32>,
    repeat_window: Option<i32>,
}

/// Checks the options.
///
/// # Errors
///
/// [`ApiError::Invalid`] naming the first one at fault.
pub(super) fn own(options: &OllamaOptions) -> Result<OwnOptions, ApiError> {
    Ok(OwnOptions {
        top_k: top_k("options.top_k", options.top_k)?,
        min_p: number("options.min_p", options.min_p, 0.0..=1.0)?,
        repeat_penalty: number("options.repeat_penalty", options.repeat_penalty, 0.1..=10.0)?,
        repeat_window: top_k("options.repeat_last_n", options.repeat_last_n)?,
    })
}

impl OwnOptions {
    /// Sets those that were given.
    pub(super) fn set(self, sampling: &mut Sampling) {
        sampling.top_k = self.top_k.unwrap_or(sampling.top_k);
        sampling.min_p = self.min_p.unwrap_or(sampling.min_p);
        if let Some(penalty) = self.repeat_penalty {
            sampling.repeat_penalty = penalty;
            sampling.repeat_window = self.repeat_window.unwrap_or(Sampling::default().repeat_window);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn options_out_of_range_are_refused_and_others_are_set() {
        let read = |value| own(&serde_json::from_value(value).unwrap());
        for (name, value) in [
            ("top_k", json!(-1)),
            ("min_p", json!(1.5)),
            ("repeat_penalty", json!(0)),
            ("repeat_last_n", json!(-2)),
        ] {
            let error = read(json!({name: value})).unwrap_err();
            assert_eq!(error.body().error.param, Some(format!("options.{name}")));
        }
        let mut sampling = Sampling::default();
        let options = json!({"top_k": 7, "min_p": 0.25, "repeat_penalty": 1.5, "num_ctx": 4096});
        read(options).unwrap().set(&mut sampling);
        assert_eq!((sampling.top_k, sampling.min_p), (7, 0.25));
        assert_eq!((sampling.repeat_penalty, sampling.repeat_window), (1.5, 64));
    }
}
