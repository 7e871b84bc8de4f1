//! DeepSeek-V3 with multi-head latent attention (MLA) and a dense feed-forward network in every layer; llama.cpp's `deepseek2`.
//!
//! Keys and values are stored as one latent vector a token. llama.cpp keeps it in the cache and moves the projection of the keys
//! to the queries, so that it wants `kv_b_proj` in two: the keys' part transposed, and the values' part as it is.

use super::decoder::{Layer, Steps, metadata};
use super::rows::Change;
use super::step::KeysAndSteps;
use crate::convert::config::Config;
use crate::convert::gguf_header::GgufValue;
use crate::convert::rope::Rope;

const NAME: &str = "deepseek2";

/// Dimensions of the attention.
#[derive(Debug)]
pub(super) struct Heads {
    /// Of a head's query and key, without rotation.
    plain: usize,
    /// Of a head's query and key, rotated.
    pub(super) rotary: usize,
    /// Of a head's value.
    value: usize,
    /// Of the latent vector of keys and values.
    latent: usize,
    /// Of the latent vector of the queries, if they have one.
    query_latent: Option<usize>,
}

impl Heads {
    /// # Errors
    /// The key that `config.json` lacks.
    pub(super) fn of(config: &Config) -> Result<Self, String> {
        let needed = |name: &str, value: Option<usize>| value.ok_or_else(|| format!("{name} is missing"));
        let heads = Heads {
            plain: needed("qk_nope_head_dim", config.qk_nope_head_dim)?,
            rotary: needed("qk_rope_head_dim", config.qk_rope_head_dim)?,
            value: needed("v_head_dim", config.v_head_dim)?,
            latent: needed("kv_lora_rank", config.kv_lora_rank)?,
            query_latent: config.q_lora_rank,
        };
        match heads.rotary.is_multiple_of(2) {
            true => Ok(heads),
            false => Err("qk_rope_head_dim is odd, and rotation needs pairs".into()),
        }
    }
}

/// # Errors
/// What llama.cpp's graph does not compute.
pub(super) fn plan(config: &Config, heads: &Heads, rope: &Rope) -> Result<KeysAndSteps, String> {
    if matches!(rope, Rope::Divisors(_)) {
        return Err("rope_scaling has the type llama3, which llama.cpp does not compute for DeepSeek".into());
    }
    let layers = config.num_hidden_layers;
    // llama.cpp tells DeepSeek-V2-Lite and its kind, whose queries have no latent vector, by their number of layers.
    let is_taken_for_lite = matches!(layers, 26 | 27) || (layers == 48 && config.vocab_size == 128_256);
    if is_taken_for_lite && heads.query_latent.is_some() {
        return Err(format!(
            "q_lora_rank is set, and llama.cpp reads models of {layers} layers without it"
        ));
    }
    let mut steps = Steps::of_ends(config);
    for index in 0..layers {
        let layer = Layer::new(index);
        steps.norms_and_feed_forward(&layer, config);
        attention(&mut steps, &layer, config, heads);
    }
    Ok((keys(config, heads, rope, is_taken_for_lite), steps.0))
}

fn attention(steps: &mut Steps, layer: &Layer, config: &Config, heads: &Heads) {
    let (hidden, count) = (config.hidden_size, config.num_attention_heads);
    let (key, latent) = (heads.plain + heads.rotary, heads.latent);
    let theirs = |name: &str| format!("{}.self_attn.{name}.weight", layer.theirs);
    let ours = |name: &str| format!("{}.{name}.weight", layer.ours);
    // DeepSeek's own weights have rotated neighbours already.
    let rotated = |blocks: usize, skip: usize| match config.rope_interleave {
        Some(false) => Change::Neighbours {
            blocks,
            rows: skip + heads.rotary,
            skip,
        },
        _ => Change::None,
    };
    let queries = rotated(count, heads.plain);
    match heads.query_latent {
        None => steps.matrix(&ours("attn_q"), &theirs("q_proj"), count * key, hidden, queries),
        Some(rank) => {
            steps.matrix(&ours("attn_q_a"), &theirs("q_a_proj"), rank, hidden, Change::None);
            steps.vector(&ours("attn_q_a_norm"), &theirs("q_a_layernorm"), rank, Change::None);
            steps.matrix(&ours("attn_q_b"), &theirs("q_b_proj"), count * key, rank, queries);
        }
    }
    let both = latent + heads.rotary;
    steps.matrix(
        &ours("attn_kv_a_mqa"),
        &theirs("kv_a_proj_with_mqa"),
        both,
        hidden,
        rotated(1, latent),
    );
    steps.vector(&ours("attn_kv_a_norm"), &theirs("kv_a_layernorm"), latent, Change::None);
    let rows = count * (heads.plain + heads.value);
    let (keys, values) = (heads.plain, heads.value);
    steps.matrix(
        &ours("attn_k_b"),
        &theirs("kv_b_proj"),
        rows,
        latent,
        Change::KeyHalf { keys, values },
    );
    steps.matrix(
        &ours("attn_v_b"),
        &theirs("kv_b_proj"),
        rows,
        latent,
        Change::ValueHalf { keys, values },
    );
    steps.matrix(
        &ours("attn_output"),
        &theirs("o_proj"),
        hidden,
        count * values,
        Change::None,
    );
}

fn keys(config: &Config, heads: &Heads, rope: &Rope, is_taken_for_lite: bool) -> Vec<(String, GgufValue)> {
    let key = |name: &str, value: usize| (format!("{NAME}.{name}"), GgufValue::U32(value as u32));
    let mut keys = metadata(NAME, config);
    keys.extend([
        key("leading_dense_block_count", config.num_hidden_layers),
        // The cache holds one latent vector for all heads.
        key("attention.head_count_kv", 1),
        key("attention.key_length", heads.latent + heads.rotary),
        key("attention.value_length", heads.latent),
        key("attention.key_length_mla", heads.plain + heads.rotary),
        key("attention.value_length_mla", heads.value),
        key("attention.kv_lora_rank", heads.latent),
        key("rope.dimension_count", heads.rotary),
        // llama.cpp asks for these even without experts.
        key("expert_feed_forward_length", config.intermediate_size),
        key("expert_shared_count", 0),
    ]);
    if !is_taken_for_lite {
        keys.push(key("attention.q_lora_rank", heads.query_latent.unwrap_or(0)));
    }
    keys.extend(rope.deepseek_metadata(NAME));
    keys
}
