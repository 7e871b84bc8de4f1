//! The shape of a decoder, as training needs it: what a checkpoint's configuration says, in the words of the papers. It reads no
//! file.

/// The shape of a decoder-only transformer with RMSNorm, rotary positions and SwiGLU.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoderConfig {
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
    /// Width of the hidden state.
    pub width: usize,
    /// Layers.
    pub layers: usize,
    /// Width of the feed-forward part.
    pub feed_forward: usize,
    /// Added to the mean square before its root is taken, in every norm.
    pub norm_epsilon: f64,
    /// Whether the output matrix is the embedding.
    pub tied: bool,
    /// The longest sequence in tokens.
    pub context: usize,
    /// Rotary positions.
    pub rotary: RotaryConfig,
    /// The attention of every layer.
    pub attention: AttentionConfig,
}

/// The kind of attention.
#[derive(Debug, Clone, PartialEq)]
pub enum AttentionConfig {
    /// Grouped-query attention: llama and qwen2.
    Grouped(GroupedConfig),
    /// Multi-head latent attention: DeepSeek-V3.
    Latent(LatentConfig),
}

/// Grouped-query attention (Ainslie and others, 2023).
#[derive(Debug, Clone, PartialEq)]
pub struct GroupedConfig {
    /// Heads of the queries.
    pub heads: usize,
    /// Heads of the keys and values; it divides `heads`.
    pub key_value_heads: usize,
    /// Width of a head.
    pub head: usize,
}

/// Multi-head latent attention (DeepSeek-V2, 2024): keys and values come from one narrow vector a token.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentConfig {
    /// Heads.
    pub heads: usize,
    /// Width of the vector from which the queries come; `None` where they come from the hidden state.
    pub query_rank: Option<usize>,
    /// Width of the vector from which keys and values come.
    pub key_value_rank: usize,
    /// The part of a head's query and key that has no position.
    pub plain: usize,
    /// The part of a head's query and key that is rotated; all heads share the key's.
    pub rotated: usize,
    /// Width of a head's value.
    pub value: usize,
}

/// Rotary positions (Su and others, 2021).
#[derive(Debug, Clone, PartialEq)]
pub struct RotaryConfig {
    /// The base of the wavelengths.
    pub theta: f64,
    /// How the wavelengths are stretched for contexts longer than those of the first training.
    pub scaling: RotaryScaling,
    /// Which two elements of a head turn together.
    pub pairs: RotaryPairs,
}

/// Which two elements of a head turn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotaryPairs {
    /// Element i and i + half of the width (llama, qwen2 in Hugging Face's layout).
    Halves,
    /// Elements 2i and 2i + 1 (DeepSeek-V3).
    Neighbours,
}

/// How wavelengths are stretched.
#[derive(Debug, Clone, PartialEq)]
pub enum RotaryScaling {
    /// Not at all.
    None,
    /// Each pair's by a divisor of its frequency: Llama 3.1, or one divisor for all (Chen and others, 2023).
    Divisors(Vec<f64>),
    /// YaRN (Peng and others, 2023).
    Yarn(Yarn),
}

/// The settings of YaRN.
#[derive(Debug, Clone, PartialEq)]
pub struct Yarn {
    /// The factor of the context.
    pub factor: f64,
    /// Tokens of the original context.
    pub original: f64,
    /// Turns within the original context above which a pair is not stretched.
    pub fast: f64,
    /// Turns within the original context below which a pair is stretched whole.
    pub slow: f64,
    /// What cosines and sines are multiplied by.
    pub rotated_scale: f64,
    /// What attention scores are multiplied by, besides.
    pub score_scale: f64,
}
