//! How a reporter's sentences are sampled, where a manifest says it. Plain data.

use serde::{Deserialize, Serialize};

/// The table `[report_sampling]` of a manifest. What is `None` is as usual.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSampling {
    /// 0 always takes the most probable token.
    pub temperature: Option<f32>,
    /// Penalises tokens that the report has already; 1 turns it off.
    pub repeat_penalty: Option<f32>,
}

impl ReportSampling {
    /// The first thing that is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let outside = |value: Option<f32>, from, to| value.is_some_and(|value| !(from..=to).contains(&value));
        if outside(self.temperature, 0.0, 2.0) {
            return Some("report_sampling.temperature must lie between 0 and 2".into());
        }
        outside(self.repeat_penalty, 1.0, 2.0).then(|| "report_sampling.repeat_penalty must lie between 1 and 2".into())
    }
}
