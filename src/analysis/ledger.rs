//! The memory ledger: for each stage, the memory it planned, used and freed. Plain data.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model_ref::AdapterRef;
use super::stage::StageName;

/// A model's work while it was open. Times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Time spent evaluating prompts or classifying texts.
    pub prefill_ms: f64,
    /// Time spent decoding.
    pub decode_ms: f64,
    /// Time spent choosing tokens.
    pub sample_ms: f64,
    /// Prompt tokens evaluated.
    pub prompt_tokens: u64,
    /// Tokens decoded.
    pub decoded_tokens: u64,
}

/// What a stage asked of models on other machines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct RemoteUse {
    /// The requests that each server answered, by its base URL.
    pub answered: std::collections::BTreeMap<String, u64>,
    /// Requests that were sent again, because a server failed, broke off or asked for a pause.
    pub retries: u64,
    /// Requests that went to a second server, because the first was slower than 95 of 100.
    pub hedged: u64,
    /// Answers that had not the form that was asked for, so that the model was asked again.
    pub asked_again: u64,
}

/// The memory and times of one stage, from opening its model to closing it. Sizes in bytes, times in milliseconds. `anon_*` is
/// the anonymous memory (heap, KV cache, buffers) of the whole process, `file_peak` its file-backed memory (mapped libraries
/// and weights). Both come from the kernel's counters and are 0 on platforms without them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LedgerRow {
    /// The stage that opened the model.
    pub stage: StageName,
    /// Id of the model's manifest.
    #[schema(min_length = 1)]
    pub model: String,
    /// The adapter on its weights, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub adapter: Option<Box<AdapterRef>>,
    /// What was asked of which servers, if the model runs on other machines. Every size is then 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub remote: Option<Box<RemoteUse>>,
    /// Memory planned before loading.
    pub need_bytes: u64,
    /// Planned for the weights.
    pub weights_bytes: u64,
    /// Planned for the KV cache.
    pub kv_bytes: u64,
    /// Planned for compute buffers and everything else.
    pub compute_bytes: u64,
    /// Time to load weights, context and tokenizer.
    #[schema(minimum = 0)]
    pub load_ms: f64,
    /// Time from the end of loading to closing.
    #[schema(minimum = 0)]
    pub run_ms: f64,
    /// Part of `run_ms` that went into prompts, or into texts for a classifier.
    #[schema(minimum = 0)]
    pub prefill_ms: f64,
    /// Part of `run_ms` that went into decoding.
    #[schema(minimum = 0)]
    pub decode_ms: f64,
    /// Part of `run_ms` that went into choosing tokens, grammars included.
    #[schema(minimum = 0)]
    pub sample_ms: f64,
    /// Tokens of prompts and texts that the model evaluated.
    pub prompt_tokens: u64,
    /// Tokens that the model decoded.
    pub decoded_tokens: u64,
    /// Anonymous memory before loading.
    pub anon_before: u64,
    /// Highest anonymous memory while the model was open.
    pub anon_peak: u64,
    /// Anonymous memory after closing and returning free heap to the system.
    pub anon_after: u64,
    /// Highest file-backed memory while the model was open.
    pub file_peak: u64,
    /// Highest sum of anonymous and file-backed memory at one moment.
    pub total_peak: u64,
    /// Highest GPU memory that the stage used; 0 without a GPU.
    pub vram_peak: u64,
    /// GPU memory still in use after closing.
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
            adapter: None,
            remote: None,
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
