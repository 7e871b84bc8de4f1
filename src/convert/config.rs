//! `config.json`: what it says of a decoder's shape, typed and checked. Tensors are not read here.

use serde::Deserialize;

use super::checkpoint::Folder;
use super::error::ConvertError;

/// The file.
pub(super) const CONFIG: &str = "config.json";
/// Bytes of the longest file.
const LARGEST: u64 = 4 << 20;
/// The most layers that llama.cpp takes (`LLAMA_MAX_LAYERS`).
const MOST_LAYERS: usize = 512;
/// No dimension of a real model comes near.
const LARGEST_DIMENSION: usize = 1 << 24;

/// The keys of `config.json` that matter here, with the names they have there.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    pub(super) architectures: Option<Vec<String>>,
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    pub(super) vocab_size: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) rms_norm_eps: f32,
    hidden_act: Option<String>,
    pub(super) tie_word_embeddings: Option<bool>,
    rope_theta: Option<f64>,
    rope_scaling: Option<RopeKeys>,
    rope_parameters: Option<RopeKeys>,
    partial_rotary_factor: Option<f64>,
    use_sliding_window: Option<bool>,
    quantization_config: Option<serde_json::Value>,
    pub(super) bos_token_id: Option<TokenIds>,
    pub(super) eos_token_id: Option<TokenIds>,
    pub(super) pad_token_id: Option<TokenIds>,
    // DeepSeek-V3.
    pub(super) kv_lora_rank: Option<usize>,
    pub(super) q_lora_rank: Option<usize>,
    pub(super) qk_nope_head_dim: Option<usize>,
    pub(super) qk_rope_head_dim: Option<usize>,
    pub(super) v_head_dim: Option<usize>,
    pub(super) rope_interleave: Option<bool>,
}

/// The keys of `rope_scaling`, or of `rope_parameters`, its newer name.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct RopeKeys {
    rope_type: Option<String>,
    /// The older name of `rope_type`; many files have both.
    #[serde(rename = "type")]
    older_type: Option<String>,
    rope_theta: Option<f64>,
    pub(super) factor: Option<f64>,
    pub(super) low_freq_factor: Option<f64>,
    pub(super) high_freq_factor: Option<f64>,
    pub(super) original_max_position_embeddings: Option<f64>,
    pub(super) attention_factor: Option<f64>,
    pub(super) beta_fast: Option<f64>,
    pub(super) beta_slow: Option<f64>,
    pub(super) mscale: Option<f64>,
    pub(super) mscale_all_dim: Option<f64>,
    pub(super) truncate: Option<bool>,
    partial_rotary_factor: Option<f64>,
}

/// One token id, or several: chat models may end in more ways than one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum TokenIds {
    One(i64),
    Several(Vec<i64>),
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConvertError::Json`] for a missing or a wrong key, [`ConvertError::Damaged`] for an impossible value,
    /// [`ConvertError::Unsupported`] for what llama.cpp's graphs do not compute.
    pub(super) fn read(folder: &Folder) -> Result<Self, ConvertError> {
        let config: Config = folder.required(CONFIG, LARGEST)?;
        let path = folder.path().join(CONFIG);
        if let Some(problem) = config.impossible() {
            return Err(ConvertError::damaged(path, problem));
        }
        match config.inexpressible() {
            Some(problem) => Err(ConvertError::unsupported(path, problem)),
            None => Ok(config),
        }
    }

    /// Heads of the keys and values; fewer than those of the queries with grouped-query attention.
    pub(super) fn key_value_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    /// Dimensions of one head.
    pub(super) fn head_dim(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads)
    }

    /// Base of the rotary frequencies.
    pub(super) fn rope_theta(&self) -> f64 {
        let newer = self.rope_parameters.as_ref().and_then(|keys| keys.rope_theta);
        newer.or(self.rope_theta).unwrap_or(10_000.0)
    }

    /// How the rotary positions are stretched.
    pub(super) fn rope_keys(&self) -> RopeKeys {
        let keys = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        keys.cloned().unwrap_or_default()
    }

    fn impossible(&self) -> Option<String> {
        let dimensions = [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.key_value_heads()),
            ("vocab_size", self.vocab_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("kv_lora_rank", self.kv_lora_rank.unwrap_or(1)),
            ("q_lora_rank", self.q_lora_rank.unwrap_or(1)),
            ("qk_nope_head_dim", self.qk_nope_head_dim.unwrap_or(1)),
            ("qk_rope_head_dim", self.qk_rope_head_dim.unwrap_or(2)),
            ("v_head_dim", self.v_head_dim.unwrap_or(1)),
            ("head_dim", self.head_dim.unwrap_or(2)),
        ];
        if let Some((key, value)) = dimensions
            .into_iter()
            .find(|(_, value)| !(1..=LARGEST_DIMENSION).contains(value))
        {
            return Some(format!("{key} is {value}, and 1 to {LARGEST_DIMENSION} are possible"));
        }
        if !(1..=MOST_LAYERS).contains(&self.num_hidden_layers) {
            let layers = self.num_hidden_layers;
            return Some(format!(
                "num_hidden_layers is {layers}, and llama.cpp takes 1 to {MOST_LAYERS}"
            ));
        }
        if !self.num_attention_heads.is_multiple_of(self.key_value_heads()) {
            return Some("num_key_value_heads does not divide num_attention_heads".into());
        }
        if self.kv_lora_rank.is_none() && (self.head_dim() == 0 || !self.head_dim().is_multiple_of(2)) {
            return Some(format!(
                "a head has {} dimensions, and rotation needs pairs",
                self.head_dim()
            ));
        }
        if !(self.rms_norm_eps > 0.0 && self.rms_norm_eps < 1.0) {
            return Some(format!("rms_norm_eps is {}", self.rms_norm_eps));
        }
        if !(self.rope_theta() > 1.0 && self.rope_theta().is_finite()) {
            return Some(format!("rope_theta is {}", self.rope_theta()));
        }
        None
    }

    fn inexpressible(&self) -> Option<String> {
        if self.hidden_act.as_deref().is_some_and(|name| name != "silu") {
            return Some("hidden_act is not silu, which llama.cpp computes for these architectures".into());
        }
        if self.use_sliding_window == Some(true) {
            return Some("use_sliding_window is true, and llama.cpp computes full attention".into());
        }
        if self.quantization_config.is_some() {
            return Some("it is quantised already (quantization_config): convert the original weights".into());
        }
        let newer = self
            .rope_parameters
            .as_ref()
            .and_then(|keys| keys.partial_rotary_factor);
        if newer.or(self.partial_rotary_factor).is_some_and(|part| part != 1.0) {
            return Some("partial_rotary_factor is not 1, and llama.cpp rotates whole heads".into());
        }
        None
    }
}

impl RopeKeys {
    /// How positions are stretched, by its name there.
    pub(super) fn kind(&self) -> &str {
        let named = self.rope_type.as_deref().or(self.older_type.as_deref());
        named.unwrap_or("default")
    }
}

impl TokenIds {
    /// The ids in order. Old files have −1 for none.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> {
        let ids = match self {
            TokenIds::One(id) => std::slice::from_ref(id),
            TokenIds::Several(ids) => ids,
        };
        ids.iter().filter_map(|id| u32::try_from(*id).ok())
    }
}
