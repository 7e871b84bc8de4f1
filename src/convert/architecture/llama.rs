//! Llama: grouped-query attention with rotary positions, and a gated feed-forward network.
//!
//! Hugging Face rotates dimension i of a head with i + half; llama.cpp rotates neighbours, so that the rows of queries and keys
//! change their order.

use super::decoder::{Layer, Steps, metadata};
use super::rows::Change;
use super::step::{Origin, Step};
use crate::convert::config::Config;
use crate::convert::gguf_header::GgufValue;
use crate::convert::rope::Rope;

/// `has` tells whether the checkpoint has a tensor; biases are optional.
pub(super) fn plan(config: &Config, rope: &Rope, has: &dyn Fn(&str) -> bool) -> (Vec<(String, GgufValue)>, Vec<Step>) {
    let head = config.head_dim();
    let (heads, shared) = (config.num_attention_heads, config.key_value_heads());
    let mut keys = metadata("llama", config);
    keys.extend(attention_metadata("llama", config));
    keys.extend(rope.metadata("llama"));

    let mut steps = Steps::of_ends(config);
    if let Rope::Divisors(divisors) = rope {
        steps.0.push(Step {
            name: "rope_freqs.weight".into(),
            shape: vec![divisors.len()],
            origin: Origin::Computed(divisors.clone()),
        });
    }
    for index in 0..config.num_hidden_layers {
        let layer = Layer::new(index);
        steps.norms_and_feed_forward(&layer, config);
        let neighbours = |count| Change::Neighbours {
            blocks: count,
            rows: head,
            skip: 0,
        };
        let hidden = config.hidden_size;
        for (ours, theirs, rows, columns, change) in [
            ("attn_q", "self_attn.q_proj", heads * head, hidden, neighbours(heads)),
            ("attn_k", "self_attn.k_proj", shared * head, hidden, neighbours(shared)),
            ("attn_v", "self_attn.v_proj", shared * head, hidden, Change::None),
            ("attn_output", "self_attn.o_proj", hidden, heads * head, Change::None),
        ] {
            let source = format!("{}.{theirs}.weight", layer.theirs);
            steps.matrix(&format!("{}.{ours}.weight", layer.ours), &source, rows, columns, change);
            let bias = format!("{}.{theirs}.bias", layer.theirs);
            if has(&bias) {
                steps.vector(&format!("{}.{ours}.bias", layer.ours), &bias, rows, change);
            }
        }
        for (ours, theirs, rows) in [
            ("ffn_gate", "mlp.gate_proj", config.intermediate_size),
            ("ffn_up", "mlp.up_proj", config.intermediate_size),
            ("ffn_down", "mlp.down_proj", hidden),
        ] {
            let bias = format!("{}.{theirs}.bias", layer.theirs);
            if has(&bias) {
                steps.vector(&format!("{}.{ours}.bias", layer.ours), &bias, rows, Change::None);
            }
        }
    }
    (keys, steps.0)
}

/// The keys of grouped-query attention.
pub(super) fn attention_metadata(architecture: &str, config: &Config) -> Vec<(String, GgufValue)> {
    let key = |name: &str, value: usize| (format!("{architecture}.{name}"), GgufValue::U32(value as u32));
    vec![
        key("attention.head_count_kv", config.key_value_heads()),
        key("attention.key_length", config.head_dim()),
        key("attention.value_length", config.head_dim()),
        key("rope.dimension_count", config.head_dim()),
    ]
}
