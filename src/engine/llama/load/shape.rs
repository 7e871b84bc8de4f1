//! A model's dimensions, read from the metadata of its file.

use crate::engine::llama::options::KvType;

/// A model's dimensions, in elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) layers: u32,
    pub(crate) embedding: u64,
    pub(crate) feed_forward: u64,
    pub(crate) vocabulary: u64,
    pub(crate) heads: u64,
    kv_heads: u64,
    key: u64,
    value: u64,
}

impl Shape {
    /// The dimensions of a model of this architecture; `metadata` looks up the values in its file.
    pub(super) fn of(architecture: &str, vocabulary: u64, metadata: impl Fn(&str) -> Option<String>) -> Self {
        let number = |key: &str| -> Option<u64> {
            let value = metadata(&format!("{architecture}.{key}"))?;
            // A value per layer is written as a list such as `[8, 8, 4]`; the largest is safe for every layer.
            value
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|digits| digits.parse().ok())
                .max()
        };
        let embedding = number("embedding_length").unwrap_or(0);
        let heads = number("attention.head_count").unwrap_or(1).max(1);
        let head = embedding / heads;
        let latent = number("attention.kv_lora_rank").is_some();
        Shape {
            layers: number("block_count")
                .and_then(|layers| layers.try_into().ok())
                .unwrap_or(0),
            embedding,
            feed_forward: number("feed_forward_length").unwrap_or(4 * embedding),
            vocabulary,
            heads,
            kv_heads: number("attention.head_count_kv").unwrap_or(heads),
            key: number("attention.key_length").unwrap_or(head),
            value: if latent {
                0
            } else {
                number("attention.value_length").unwrap_or(head)
            },
        }
    }

    /// Whether the model uses latent attention (DeepSeek-AI 2024), where values are a view of the cached keys.
    pub(crate) fn is_latent(self) -> bool {
        self.value == 0
    }

    /// Bytes of KV cache for each token.
    pub(crate) fn kv_bytes_per_token(self, kv_type: KvType) -> u64 {
        let elements = u64::from(self.layers) * self.kv_heads * (self.key + self.value);
        match kv_type {
            KvType::Auto | KvType::F16 => elements * 2,
            // 32 values share a 2-byte scale.
            KvType::Q8_0 => elements * 34 / 32,
        }
    }
}
