//! A GGUF file: checked and its vocabulary loaded first, its weights later. From the first come exact token counts and the
//! memory need, so that a stage is planned, or refused, before anything large is touched.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;

use super::tokens::{self, Tokens};
use super::turn::{PIECE, RUN};
use super::{GpuLayers, KvType, LlamaOptions, backend, card_memory, gpu, logs};
use crate::engine::chat::SpecialTokens;
use crate::engine::demand::{Demand, Layout};
use crate::engine::language::{Prompt, Vocabulary};
use crate::engine::{Cancel, EngineError, Need, memory};

/// A GGUF file with its vocabulary, and with its weights once [`Gguf::load_weights`] has run.
#[derive(Debug)]
pub(in crate::engine) struct Gguf {
    path: PathBuf,
    file_bytes: u64,
    second_embedding: u64,
    model: LlamaModel,
    template: Option<String>,
}

impl Gguf {
    /// Opens a file without its weights. `template` overrides the chat template inside it.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] naming the file when it is missing, no GGUF, cut short in its header, or of an unknown kind.
    pub(super) fn open(path: &Path, template: Option<&str>) -> Result<Self, EngineError> {
        let file_bytes = check_magic(path)?;
        let model = load(path, &LlamaModelParams::default().with_vocab_only(true))?;
        let template = template.map(str::to_owned).or_else(|| {
            let own = model.chat_template(None).ok()?;
            own.to_str().ok().map(str::to_owned)
        });
        Ok(Gguf {
            path: path.to_owned(),
            file_bytes,
            second_embedding: gpu::second_embedding(path),
            model,
            template,
        })
    }

    /// The same with another chat template, where one is given.
    pub(super) fn with_template(mut self, template: Option<&str>) -> Self {
        if let Some(template) = template {
            self.template = Some(template.to_owned());
        }
        self
    }

    /// Loads the weights; `progress` hears the fraction done, 0–1, and cancels the load when it returns false.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] with llama.cpp's reason, or [`EngineError::Cancelled`].
    pub(super) fn load_weights(
        self,
        use_mmap: bool,
        gpu_layers: u32,
        cancel: &Cancel,
        progress: mpsc::Sender<f32>,
    ) -> Result<Self, EngineError> {
        let Gguf {
            path,
            file_bytes,
            second_embedding,
            model,
            template,
        } = self;
        // The full model brings its own vocabulary: this one goes first, so that the two never stand side by side.
        drop(model);
        let listening = cancel.clone();
        let mut is_allocated = false;
        let mut params = LlamaModelParams::default();
        if gpu_layers == 0 {
            // A card that llama.cpp knows of would be used for long prompts all the same.
            params = params
                .with_devices(&[])
                .map_err(|error| load_error(&path, error.to_string()))?;
        }
        let params = params
            .with_use_mmap(use_mmap)
            .with_n_gpu_layers(gpu_layers)
            .with_progress_callback(move |fraction| {
                // All buffers are there when it is called first, and nothing is in them.
                if !std::mem::replace(&mut is_allocated, true) {
                    memory::advise_large_pages();
                }
                // A receiver that went away only means that nobody watches.
                let _ = progress.send(fraction);
                !listening.is_cancelled()
            });
        let model = load(&path, &params).map_err(|error| {
            if cancel.is_cancelled() {
                EngineError::Cancelled
            } else {
                error
            }
        })?;
        Ok(Gguf {
            path,
            file_bytes,
            second_embedding,
            model,
            template,
        })
    }

    /// The model, for contexts and samplers.
    pub(super) fn model(&self) -> &LlamaModel {
        &self.model
    }

    /// Whether llama.cpp lays most weights out anew for this processor when it loads them: those in 4-bit blocks and the
    /// K-quantisations (`general.file_type` as llama.cpp counts it). Mapping such a file would hold them twice.
    pub(super) fn is_laid_out_anew(&self) -> bool {
        let [q4_0, iq4_nl] = [2, 25];
        let k_quantisations = 10..=18;
        self.file_type()
            .is_some_and(|kind| kind == q4_0 || kind == iq4_nl || k_quantisations.contains(&kind))
    }

    fn file_type(&self) -> Option<u32> {
        self.model.meta_val_str("general.file_type").ok()?.parse().ok()
    }

    /// Whether its weights are in 4-bit blocks with an offset.
    pub(super) fn is_in_offset_blocks(&self) -> bool {
        self.file_type() == Some(llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_1)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its size.
    pub(super) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// How many layers the model has.
    pub(super) fn layers(&self) -> u32 {
        u32::try_from(self.shape().layers).unwrap_or(u32::MAX)
    }

    /// The tokens of a prompt.
    pub(super) fn tokenize(&self, prompt: &Prompt) -> Result<Tokens, EngineError> {
        tokens::tokenize(
            &self.model,
            &self.path.display().to_string(),
            self.template.as_deref(),
            prompt,
        )
    }

    /// What loading the weights and a context for `demand` will take.
    pub(super) fn need(&self, demand: Demand, options: &LlamaOptions) -> Need {
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
        let scores = match self.attention(demand, options) {
            Attention::Product => shape.heads * scored(demand, cells, micro_batch) * 4,
            Attention::Flash => 0,
        };
        let outputs = demand.sequences as u64 * shape.vocabulary * 4;
        Need {
            weights: self.file_bytes + if on_card { self.second_embedding } else { 0 },
            kv: cells * shape.kv_bytes_per_token(options.kv_type),
            compute: logits + activations + mask + scores + outputs + VOCABULARY_BYTES_PER_TOKEN * shape.vocabulary,
        }
    }

    /// How attention is computed fastest (docs/performance.md). Sequences that share most of their cells gain by one product over
    /// all of them. One sequence on a processor gains by it while it is decoded after a long prompt, and loses a third of that for
    /// as many tokens of its prompt; with latent attention it only loses. A quantised cache leaves no choice.
    pub(super) fn attention(&self, demand: Demand, options: &LlamaOptions) -> Attention {
        let answer = demand.cells.saturating_sub(demand.prompt);
        let gains = match (demand.sequences, demand.layout) {
            (0 | 1, _) => {
                let has_much_to_look_at = demand.prompt >= LONG && answer * 3 > demand.prompt;
                has_much_to_look_at && !self.shape().is_latent() && !is_on_card(options)
            }
            (_, Layout::Shared) => true,
            (_, Layout::Apart) => false,
        };
        if gains && options.kv_type == KvType::F16 {
            Attention::Product
        } else {
            Attention::Flash
        }
    }

    /// Whether requests of several sequences each are faster side by side, in cells of their own, than one after the other over
    /// shared cells. A wide step reads the weights for more sequences at once; but through cells of its own each goes by itself.
    /// The first outweighs the second where few sequences share a short prompt, and is taken to do so always on a card.
    pub(super) fn gains_apart(&self, demand: Demand, options: &LlamaOptions) -> bool {
        let is_asked = options.side_by_side && demand.alongside > 0 && demand.sequences > 0 && demand.longest > 0;
        let is_small = demand.sequences <= FEW && demand.prompt < LONG;
        is_asked && (is_small || is_on_card(options))
    }

    /// With fewer sequences than these a step takes as much longer as it brings (docs/performance.md): llama.cpp's products of
    /// weights that it lays out anew for the processor gain only from 16 rows on.
    pub(super) fn fewest_together(&self, options: &LlamaOptions) -> usize {
        if self.is_laid_out_anew() && !is_on_card(options) {
            16
        } else {
            2
        }
    }

    fn shape(&self) -> Shape {
        let architecture = self.model.meta_val_str("general.architecture").unwrap_or_default();
        let number = |key: &str| -> Option<u64> {
            let value = self.model.meta_val_str(&format!("{architecture}.{key}")).ok()?;
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
            vocabulary: u64::try_from(self.model.n_vocab()).unwrap_or(0),
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

impl Vocabulary for Gguf {
    fn count(&self, prompt: &Prompt) -> Result<usize, EngineError> {
        Ok(self.tokenize(prompt)?.all.len())
    }

    fn context_length(&self) -> usize {
        let architecture = self.model.meta_val_str("general.architecture").unwrap_or_default();
        let declared = self.model.meta_val_str(&format!("{architecture}.context_length")).ok();
        declared.and_then(|text| text.parse().ok()).unwrap_or(2048)
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
            KvType::F16 => elements * 2,
            // 32 values share a 2-byte scale.
            KvType::Q8_0 => elements * 34 / 32,
        }
    }
}

/// Pairs of a token and a cell that one graph scores at most: the tokens of a prompt see the prompt; later the sequences that
/// grow, or a piece of a newcomer's prompt beside them, see all.
fn scored(demand: Demand, cells: u64, micro_batch: u64) -> u64 {
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

/// From so many cells on one product is faster for one sequence, too: from 600 for SmolLM2-135M, from 300 for Llama-3.2-3B.
const LONG: usize = 768;

/// Up to so many sequences of one request are faster beside those of others: after a prompt of 300 tokens SmolLM2-135M and the
/// TinyDeepSeek shape gained at 12, and at 20 neither (llama.cpp's batched bench).
const FEW: usize = 12;

/// Whether a card may take part.
fn is_on_card(options: &LlamaOptions) -> bool {
    options.gpu_layers != GpuLayers::Count(0) && card_memory().total > 0
}

/// How attention is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attention {
    /// One matrix product over the cells of all sequences, scores in memory.
    Product,
    /// Through the cells of each sequence by itself (Dao et al. 2022).
    Flash,
}

/// The context length in tokens for a demand; llama.cpp rounds to 256 itself, so say it first.
pub(super) fn context_cells(demand: Demand) -> usize {
    let cells = demand.cells.max(1).next_multiple_of(256);
    match demand.layout {
        Layout::Shared => cells,
        Layout::Apart => cells * demand.sequences.max(1),
    }
}

fn load(path: &Path, params: &LlamaModelParams) -> Result<LlamaModel, EngineError> {
    let backend = backend()?;
    logs::clear();
    LlamaModel::load_from_file(backend, path, params).map_err(|_| {
        load_error(
            path,
            logs::faults_or("llama.cpp does not take this file and gives no reason"),
        )
    })
}

fn load_error(path: &Path, reason: String) -> EngineError {
    EngineError::Load {
        path: path.to_owned(),
        reason,
    }
}

fn check_magic(path: &Path) -> Result<u64, EngineError> {
    let unreadable = |error: std::io::Error| load_error(path, format!("{error}; run `tripod models pull`"));
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(load_error(path, "it is not a file".into()));
    }
    let mut magic = [0u8; 4];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    if read.is_err() || &magic != b"GGUF" {
        return Err(load_error(
            path,
            "it does not begin with `GGUF`, so it is not a GGUF model".into(),
        ));
    }
    if path.to_str().is_none() {
        return Err(load_error(path, "its path is not UTF-8, which llama.cpp needs".into()));
    }
    Ok(metadata.len())
}

/// The special tokens that templates name.
pub(super) fn special_tokens(model: &LlamaModel) -> SpecialTokens {
    let vocabulary = model.vocab();
    let text = |token: LlamaToken| {
        vocabulary
            .text(token)
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    SpecialTokens {
        bos: text(vocabulary.bos()),
        eos: text(vocabulary.eos()),
    }
}
