//! The ledger: what each arena said it needed, what it took and what it gave back. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The three stages, in the order they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StageName {
    /// Stage 1: the forecaster.
    Forecast,
    /// Stage 2: the sentiment classifier.
    Sentiment,
    /// Stage 3: the reporter.
    Report,
}

impl std::str::FromStr for StageName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "forecast" => Ok(StageName::Forecast),
            "sentiment" => Ok(StageName::Sentiment),
            "report" => Ok(StageName::Report),
            other => Err(format!("`{other}` is no stage: write forecast, sentiment or report")),
        }
    }
}

impl std::fmt::Display for StageName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            StageName::Forecast => "forecast",
            StageName::Sentiment => "sentiment",
            StageName::Report => "report",
        })
    }
}

/// One closed arena. Sizes in bytes, times in milliseconds. `anon_*` is anonymous memory (heap, KV cache, buffers) of the
/// whole process and `file_peak` its file-backed memory (mapped weights), both from the kernel's own counters; 0 where the
/// platform has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LedgerRow {
    /// The stage the arena served.
    pub stage: StageName,
    /// The manifest's id of the model.
    pub model: String,
    /// What the arena said it would need, before loading.
    pub need_bytes: u64,
    /// Of that, the weights.
    pub weights_bytes: u64,
    /// Of that, the KV cache.
    pub kv_bytes: u64,
    /// Of that, compute buffers and everything else.
    pub compute_bytes: u64,
    /// Opening: weights, context, tokenizer.
    pub load_ms: f64,
    /// From open to close, less the loading.
    pub run_ms: f64,
    /// Anonymous memory before opening.
    pub anon_before: u64,
    /// Highest anonymous memory seen while open.
    pub anon_peak: u64,
    /// Anonymous memory after closing and giving the heap back.
    pub anon_after: u64,
    /// Highest file-backed memory seen while open.
    pub file_peak: u64,
    /// `anon_peak - anon_after`.
    pub freed_bytes: u64,
}
