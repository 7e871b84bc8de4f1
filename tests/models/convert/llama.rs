//! llama.cpp on a converted file: its tokens, and its logits in 32 bits. Conversion starts llama.cpp's backend, so that a file must
//! be converted first.

use std::num::NonZeroU32;
use std::path::Path;

use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

/// The backend that the program has started.
static BACKEND: LlamaBackend = LlamaBackend {};

/// Loads a whole file.
pub fn load(path: &Path) -> LlamaModel {
    LlamaModel::load_from_file(&BACKEND, path, &LlamaModelParams::default().with_n_gpu_layers(0)).unwrap()
}

/// Loads the vocabulary alone.
pub fn vocabulary(path: &Path) -> LlamaModel {
    LlamaModel::load_from_file(&BACKEND, path, &LlamaModelParams::default().with_vocab_only(true)).unwrap()
}

/// The ids of a text, control tokens included.
pub fn ids(model: &LlamaModel, text: &str) -> Vec<u32> {
    let tokens = model.vocab().tokenize(text.as_bytes(), false, true);
    tokens
        .into_iter()
        .map(|token| u32::try_from(token.0).unwrap())
        .collect()
}

/// The logits at every position, with an adapter if one is given.
pub fn logits(path: &Path, tokens: &[i32], adapter: Option<&Path>) -> Vec<Vec<f32>> {
    let mut model = load(path);
    let adapter = adapter.map(|path| model.lora_adapter_init(path).unwrap());
    let count = u32::try_from(tokens.len()).unwrap();
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(count.next_multiple_of(256)))
        .with_n_batch(count)
        .with_n_threads(1)
        .with_n_threads_batch(1)
        .with_type_k(KvCacheType::F32)
        .with_type_v(KvCacheType::F32)
        .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_DISABLED);
    let mut context = model.new_context(&BACKEND, params).unwrap();
    if let Some(mut adapter) = adapter {
        context.lora_adapter_set(&mut adapter, 1.0).unwrap();
    }
    let mut batch = LlamaBatch::new(tokens.len(), 1);
    for (position, token) in tokens.iter().enumerate() {
        batch.add(LlamaToken(*token), position as i32, &[0], true).unwrap();
    }
    context.decode(&mut batch).unwrap();
    (0..tokens.len())
        .map(|position| context.get_logits_ith(position as i32).to_vec())
        .collect()
}

/// The largest difference from the expected logits, of which only every `stride`th is known, and its position.
pub fn difference(found: &[Vec<f32>], expected: &[Vec<f32>], stride: usize) -> (f32, usize) {
    assert_eq!(found.len(), expected.len());
    let mut largest = (0.0, 0);
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        for (found, expected) in found.iter().step_by(stride).zip(expected) {
            let difference = (found - expected).abs();
            if difference > largest.0 || difference.is_nan() {
                largest = (difference, position);
            }
        }
    }
    largest
}

/// The mean difference from the expected logits, as a share of their mean size.
pub fn relative_difference(found: &[Vec<f32>], expected: &[Vec<f32>], stride: usize) -> f32 {
    let (mut differences, mut sizes) = (0.0, 0.0);
    for (found, expected) in found.iter().zip(expected) {
        for (found, expected) in found.iter().step_by(stride).zip(expected) {
            differences += (found - expected).abs();
            sizes += expected.abs();
        }
    }
    differences / sizes
}
