//! What llama.cpp itself makes of a GGUF file: the tokens of a text, and the logits of tokens in full precision.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::OnceLock;

use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

/// The tokens of a text, the one for its beginning included.
pub fn llama_tokens(path: &Path, text: &str) -> Vec<u32> {
    let tokens = open(path).1.vocab().tokenize(text.as_bytes(), true, false);
    tokens.iter().map(|token| token.0 as u32).collect()
}

/// The logits after each token. The cache holds 32-bit numbers and attention is the plain product, so that the model's numbers
/// are all that is rounded.
pub fn llama_logits(path: &Path, tokens: &[u32]) -> Vec<Vec<f32>> {
    let (backend, model) = open(path);
    let length = tokens.len() as u32;
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(length))
        .with_n_batch(length)
        .with_n_ubatch(length)
        .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED)
        .with_type_k(KvCacheType::F32)
        .with_type_v(KvCacheType::F32)
        .with_n_threads(1)
        .with_n_threads_batch(1);
    let mut context = model.new_context(backend, params).expect("a context");
    let mut batch = LlamaBatch::new(tokens.len(), 1);
    for (position, &token) in (0..).zip(tokens) {
        batch
            .add(LlamaToken(token as i32), position, &[0], true)
            .expect("room in the batch");
    }
    context.decode(&mut batch).expect("llama.cpp computes");
    (0..length as i32)
        .map(|index| context.get_logits_ith(index).to_vec())
        .collect()
}

fn open(path: &Path) -> (&'static LlamaBackend, LlamaModel) {
    static BACKEND: OnceLock<LlamaBackend> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| LlamaBackend::init().expect("llama.cpp starts once a process"));
    let model = LlamaModel::load_from_file(backend, path, &LlamaModelParams::default());
    (backend, model.expect("llama.cpp loads it"))
}
