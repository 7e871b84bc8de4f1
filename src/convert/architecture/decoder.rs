//! What the architectures share: embeddings, norms, and the gated feed-forward network; a list of steps that grows by name.

use super::rows::Change;
use super::step::{Origin, Step};
use crate::convert::config::Config;
use crate::convert::gguf_header::GgufValue;

/// The steps of a decoder under construction.
pub(super) struct Steps(pub(super) Vec<Step>);

/// The names of one layer.
pub(super) struct Layer {
    /// In the checkpoint.
    pub(super) theirs: String,
    /// In llama.cpp.
    pub(super) ours: String,
}

impl Layer {
    pub(super) fn new(index: usize) -> Self {
        Layer {
            theirs: format!("model.layers.{index}"),
            ours: format!("blk.{index}"),
        }
    }
}

impl Steps {
    /// The embedding and what follows the last layer.
    pub(super) fn of_ends(config: &Config) -> Self {
        let (tokens, hidden) = (config.vocab_size, config.hidden_size);
        let mut steps = Steps(Vec::new());
        steps.matrix(
            "token_embd.weight",
            "model.embed_tokens.weight",
            tokens,
            hidden,
            Change::None,
        );
        steps.vector("output_norm.weight", "model.norm.weight", hidden, Change::None);
        if config.tie_word_embeddings != Some(true) {
            steps.matrix("output.weight", "lm_head.weight", tokens, hidden, Change::None);
        }
        steps
    }

    /// The norms and the gated feed-forward network of a layer (Shazeer 2020, "SwiGLU").
    pub(super) fn norms_and_feed_forward(&mut self, layer: &Layer, config: &Config) {
        let Layer { theirs, ours } = layer;
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        for (our, their) in [
            ("attn_norm", "input_layernorm"),
            ("ffn_norm", "post_attention_layernorm"),
        ] {
            let (name, source) = (format!("{ours}.{our}.weight"), format!("{theirs}.{their}.weight"));
            self.vector(&name, &source, hidden, Change::None);
        }
        for (our, their, rows, columns) in [
            ("ffn_gate", "gate_proj", inner, hidden),
            ("ffn_up", "up_proj", inner, hidden),
            ("ffn_down", "down_proj", hidden, inner),
        ] {
            let (name, source) = (format!("{ours}.{our}.weight"), format!("{theirs}.mlp.{their}.weight"));
            self.matrix(&name, &source, rows, columns, Change::None);
        }
    }

    pub(super) fn matrix(&mut self, name: &str, source: &str, rows: usize, columns: usize, change: Change) {
        let shape = change.shape(rows, columns);
        self.push(name, source, shape, vec![rows, columns], change);
    }

    pub(super) fn vector(&mut self, name: &str, source: &str, length: usize, change: Change) {
        self.push(name, source, vec![length], vec![length], change);
    }

    fn push(&mut self, name: &str, source: &str, shape: Vec<usize>, source_shape: Vec<usize>, change: Change) {
        self.0.push(Step {
            name: name.into(),
            shape,
            origin: Origin::Tensor {
                name: source.into(),
                shape: source_shape,
                change,
            },
        });
    }
}

/// The keys that every architecture has.
pub(super) fn metadata(architecture: &str, config: &Config) -> Vec<(String, GgufValue)> {
    let key = |name: &str, value: usize| (format!("{architecture}.{name}"), GgufValue::U32(value as u32));
    vec![
        key("block_count", config.num_hidden_layers),
        key("context_length", config.max_position_embeddings),
        key("embedding_length", config.hidden_size),
        key("feed_forward_length", config.intermediate_size),
        key("vocab_size", config.vocab_size),
        key("attention.head_count", config.num_attention_heads),
        (
            format!("{architecture}.attention.layer_norm_rms_epsilon"),
            GgufValue::F32(config.rms_norm_eps),
        ),
        (
            format!("{architecture}.rope.freq_base"),
            GgufValue::F32(config.rope_theta() as f32),
        ),
    ]
}
