//! The shape of a model, read from its file's metadata: what it takes in memory for a demand, and how it is computed fastest.

use super::gguf::Gguf;
use super::gpu::{GpuLayers, card_memory};
use crate::engine::budget::Need;
use crate::engine::context_plan::{ContextPlan, Layout};
use crate::engine::llama::plan::{Attention, Case, LONG, Way, multiplies_bf16};
use crate::engine::llama::step::{PIECE, RUN};
use crate::engine::llama::{KvType, LlamaOptions};

impl Gguf {
    /// How many layers the model has.
    pub(crate) fn layers(&self) -> u32 {
        u32::try_from(self.shape().layers).unwrap_or(u32::MAX)
    }

    /// What loading the weights and a context for `demand` will take.
    pub(crate) fn need(&self, demand: ContextPlan, options: &LlamaOptions) -> Need {
        let shape = self.shape();
        let cells = context_cells(demand) as u64;
        let micro_batch = u64::from(options.micro_batch).min(cells);
        // The graph of one micro-batch: at each layer a handful of activations the width of the feed-forward, then logits. Its
        // buffer has room for the logits of every token, but in main memory a page counts only once it is written, and only
        // the outputs' are. Measured by `make bench-memory`.
        let on_card = is_on_card(options);
        let rows = if on_card {
            micro_batch
        } else {
            micro_batch.min(demand.sequences as u64)
        };
        let logits = rows * shape.vocabulary * 4;
        let activations = micro_batch * (shape.feed_forward * 3 + shape.embedding * 6) * 4;
        let mask = micro_batch * cells * 4;
        let scores = match self.attention(demand, options).way {
            Way::Product => shape.heads * scored(demand, cells, micro_batch) * 4,
            Way::Flash => 0,
        };
        let outputs = demand.sequences as u64 * shape.vocabulary * 4;
        Need {
            weights: self.file_bytes() + if on_card { self.second_embedding() } else { 0 },
            kv: cells * shape.kv_bytes_per_token(options.kv_type),
            compute: logits + activations + mask + scores + outputs + VOCABULARY_BYTES_PER_TOKEN * shape.vocabulary,
        }
    }

    /// How attention is computed for a demand.
    pub(crate) fn attention(&self, demand: ContextPlan, options: &LlamaOptions) -> Attention {
        Attention::fastest(Case {
            demand,
            kv_type: options.kv_type,
            is_latent: self.shape().is_latent(),
            on_card: is_on_card(options),
            multiplies_bf16: multiplies_bf16(),
        })
    }

    /// Whether requests of several sequences each are faster side by side, in cells of their own, than one after the other over
    /// shared cells. A wide step reads the weights for more sequences at once; but through cells of its own each goes by itself.
    /// The first outweighs the second where few sequences share a short prompt, and is taken to do so always on a card.
    pub(crate) fn gains_apart(&self, demand: ContextPlan, options: &LlamaOptions) -> bool {
        let is_asked = options.side_by_side && demand.alongside > 0 && demand.sequences > 0 && demand.longest > 0;
        let is_small = demand.sequences <= FEW && demand.prompt < LONG;
        is_asked && (is_small || is_on_card(options))
    }

    /// With fewer sequences than these a step takes as much longer as it brings (docs/performance.md): llama.cpp's products of
    /// weights that it lays out anew for the processor gain only from 16 rows on.
    pub(crate) fn fewest_together(&self, options: &LlamaOptions) -> usize {
        if self.is_laid_out_anew() && !is_on_card(options) {
            16
        } else {
            2
        }
    }

    fn shape(&self) -> Shape {
        let architecture = self.architecture();
        let number = |key: &str| -> Option<u64> {
            let value = self.metadata(&format!("{architecture}.{key}"))?;
            // A per-layer list reads `[8, 8, …]`: the largest is the safe figure.
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
            layers: number("block_count").unwrap_or(0),
            embedding,
            feed_forward: number("feed_forward_length").unwrap_or(4 * embedding),
            vocabulary: u64::try_from(self.vocabulary().n_vocab()).unwrap_or(0),
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
}

/// The tokenizer's tables in memory, a token: text, score, lookup and merges.
const VOCABULARY_BYTES_PER_TOKEN: u64 = 320;

#[derive(Debug, Clone, Copy)]
struct Shape {
    layers: u64,
    embedding: u64,
    feed_forward: u64,
    vocabulary: u64,
    heads: u64,
    kv_heads: u64,
    key: u64,
    value: u64,
}

impl Shape {
    /// With latent attention (DeepSeek-AI 2024) the values are a view of the cached keys.
    fn is_latent(self) -> bool {
        self.value == 0
    }

    fn kv_bytes_per_token(self, kv_type: KvType) -> u64 {
        let elements = self.layers * self.kv_heads * (self.key + self.value);
        match kv_type {
            KvType::Auto | KvType::F16 => elements * 2,
            // 32 values share a 2-byte scale.
            KvType::Q8_0 => elements * 34 / 32,
        }
    }
}

/// Pairs of a token and a cell that one graph scores at most: the tokens of a prompt see the prompt; later the sequences that
/// grow, or a piece of a newcomer's prompt beside them, see all.
fn scored(demand: ContextPlan, cells: u64, micro_batch: u64) -> u64 {
    let seen = match demand.prompt {
        0 => cells,
        prompt => cells.min(prompt.next_multiple_of(256) as u64),
    };
    let growing = match demand.sequences {
        0 | 1 => 1,
        several => (several * RUN).max(PIECE) as u64,
    };
    (micro_batch * seen).max(cells * growing)
}

/// Up to so many sequences of one request are faster beside those of others: after a prompt of 300 tokens SmolLM2-135M and the
/// TinyDeepSeek shape gained at 12, and at 20 neither (llama.cpp's batched bench).
const FEW: usize = 12;

/// Whether a card may take part.
fn is_on_card(options: &LlamaOptions) -> bool {
    options.gpu_layers != GpuLayers::Count(0) && card_memory().total > 0
}

/// The context length in tokens for a demand; llama.cpp rounds to 256 itself, so say it first.
pub(crate) fn context_cells(demand: ContextPlan) -> usize {
    let cells = demand.cells.max(1).next_multiple_of(256);
    match demand.layout {
        Layout::Shared => cells,
        Layout::Apart => cells * demand.sequences.max(1),
    }
}
