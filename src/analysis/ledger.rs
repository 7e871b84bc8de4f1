//! The ledger: what each arena said it needed, what it took and what it gave back. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::stage::StageName;

/// What a model did while its arena was open. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// The model's time on prompts or texts.
    pub prefill_ms: f64,
    /// The model's time on continuations.
    pub decode_ms: f64,
    /// Choosing tokens.
    pub sample_ms: f64,
    /// Tokens of prompts or texts evaluated.
    pub prompt_tokens: u64,
    /// Tokens of continuations evaluated.
    pub decoded_tokens: u64,
}

/// One closed arena. Sizes in bytes, times in milliseconds. `anon_*` is anonymous memory (heap, KV cache, buffers) of the
/// whole process and `file_peak` its file-backed memory (mapped libraries and weights), both from the kernel's own counters; 0
/// where the platform has none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LedgerRow {
    /// The stage the arena served.
    pub stage: StageName,
    /// The manifest's id of the model.
    #[schema(min_length = 1)]
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
    #[schema(minimum = 0)]
    pub load_ms: f64,
    /// From open to close, less the loading.
    #[schema(minimum = 0)]
    pub run_ms: f64,
    /// Of that, the model's time on prompts; for a classifier, on texts.
    #[schema(minimum = 0)]
    pub prefill_ms: f64,
    /// Of that, the model's time on tokens that it continues with.
    #[schema(minimum = 0)]
    pub decode_ms: f64,
    /// Of that, choosing tokens, grammars included.
    #[schema(minimum = 0)]
    pub sample_ms: f64,
    /// Tokens of prompts and texts that the model evaluated.
    pub prompt_tokens: u64,
    /// Tokens that the model was continued with and evaluated.
    pub decoded_tokens: u64,
    /// Anonymous memory before opening.
    pub anon_before: u64,
    /// Highest anonymous memory seen while open.
    pub anon_peak: u64,
    /// Anonymous memory after closing and giving the heap back.
    pub anon_after: u64,
    /// Highest file-backed memory seen while open.
    pub file_peak: u64,
    /// Highest sum of both at one moment.
    pub total_peak: u64,
    /// Highest memory that this stage was seen to hold on graphics cards; 0 without one.
    pub vram_peak: u64,
    /// Of that, what was still held there after closing.
    pub vram_after: u64,
    /// `anon_peak - anon_after`.
    pub freed_bytes: u64,
}

impl LedgerRow {
    /// A row of zeros for a stage and a model.
    pub fn new(stage: StageName, model: &str) -> Self {
        LedgerRow {
            stage,
            model: model.to_owned(),
            need_bytes: 0,
            weights_bytes: 0,
            kv_bytes: 0,
            compute_bytes: 0,
            load_ms: 0.0,
            run_ms: 0.0,
            prefill_ms: 0.0,
            decode_ms: 0.0,
            sample_ms: 0.0,
            prompt_tokens: 0,
            decoded_tokens: 0,
            anon_before: 0,
            anon_peak: 0,
            anon_after: 0,
            file_peak: 0,
            total_peak: 0,
            vram_peak: 0,
            vram_after: 0,
            freed_bytes: 0,
        }
    }
}
