//! Qwen2: as Llama, with biases on queries, keys and values, and with rotary halves in llama.cpp, too.

use super::decoder::{Layer, Steps, metadata};
use super::llama::attention_metadata;
use super::rows::Change;
use super::step::KeysAndSteps;
use crate::convert::config::Config;
use crate::convert::rope::Rope;

/// # Errors
/// What llama.cpp's graph of Qwen2 does not compute.
pub(super) fn plan(config: &Config, rope: &Rope) -> Result<KeysAndSteps, String> {
    let (hidden, head) = (config.hidden_size, config.head_dim());
    let shared = config.key_value_heads() * head;
    if matches!(rope, Rope::Divisors(_)) {
        return Err("rope_scaling has the type llama3, which llama.cpp does not compute for Qwen2".into());
    }
    if head * config.num_attention_heads != hidden {
        return Err("head_dim × num_attention_heads is not hidden_size, as llama.cpp's Qwen2 has it".into());
    }
    let mut keys = metadata("qwen2", config);
    keys.extend(attention_metadata("qwen2", config));
    keys.extend(rope.metadata("qwen2"));

    let mut steps = Steps::of_ends(config);
    for index in 0..config.num_hidden_layers {
        let layer = Layer::new(index);
        steps.norms_and_feed_forward(&layer, config);
        for (ours, theirs, rows) in [
            ("attn_q", "q_proj", hidden),
            ("attn_k", "k_proj", shared),
            ("attn_v", "v_proj", shared),
        ] {
            let source = format!("{}.self_attn.{theirs}", layer.theirs);
            let name = format!("{}.{ours}", layer.ours);
            steps.matrix(
                &format!("{name}.weight"),
                &format!("{source}.weight"),
                rows,
                hidden,
                Change::None,
            );
            steps.vector(&format!("{name}.bias"), &format!("{source}.bias"), rows, Change::None);
        }
        let source = format!("{}.self_attn.o_proj.weight", layer.theirs);
        steps.matrix(
            &format!("{}.attn_output.weight", layer.ours),
            &source,
            hidden,
            hidden,
            Change::None,
        );
    }
    Ok((keys, steps.0))
}
