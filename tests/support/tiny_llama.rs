//! A llama model of any small size with random weights, in memory and as a GGUF file. Its vocabulary has words for daily moves,
//! as a forecaster's has: " +0.35", matched in plain text.

use std::path::Path;

use tripod::convert::{GgufValue, GgufWriter, TensorInfo, TensorType};

/// The sizes of a model.
#[derive(Debug, Clone, Copy)]
pub struct TinyLlama {
    pub width: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub feed_forward: usize,
    pub kind: TensorType,
    /// Another seed gives other weights.
    pub seed: u64,
}

/// A tensor in Hugging Face's order: rows of `columns` values.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f32>,
}

/// The dimensions of a head, which every size has.
pub const HEAD: usize = 32;

/// Tokens before the words: `<unk>`, `<s>`, `</s>` and the bytes.
const FIRST_WORD: usize = 3 + 256;

/// How many words stand for a day's move.
pub const MOVES: usize = 240;

/// The pattern of exactly the words for moves, `days` times.
pub fn days(days: usize) -> String {
    let words: Vec<String> = moves()
        .iter()
        .map(|word| word.replace('+', r"\+").replace('.', r"\."))
        .collect();
    format!("(?:{}){{{days}}}", words.join("|"))
}

/// A prompt of so many days.
pub fn history(days: usize) -> String {
    let words = moves();
    (0..days).map(|day| words[day * 37 % MOVES].as_str()).collect()
}

/// The words for moves: 160 within ±3, and 40 beyond on each side.
pub fn moves() -> Vec<String> {
    let near = (0..160).map(|step| -3.0 + 6.0 * (f64::from(step) + 0.5) / 160.0);
    let far = (0..40).map(|step| 3.0 * (25.0f64 / 3.0).powf((f64::from(step) + 0.5) / 40.0));
    let all = near.chain(far.clone()).chain(far.map(|size| -size));
    all.map(|size| format!(" {size:+.2}")).collect()
}

/// The words after those for moves: as many as make the vocabulary 704 tokens.
const OTHERS: usize = 704 - FIRST_WORD - MOVES;

/// A random number between −1 and 1: SplitMix64 (Steele et al. 2014) of its index.
fn random(index: u64) -> f32 {
    let mut z = index.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}

/// A matrix of random numbers whose product with a unit row has a deviation of about `scale`.
pub fn matrix(name: &str, rows: usize, columns: usize, scale: f32, seed: u64) -> Tensor {
    let salt = name
        .bytes()
        .fold(seed, |salt, byte| salt.wrapping_mul(31).wrapping_add(byte.into()))
        << 32;
    let factor = scale * (3.0 / columns as f32).sqrt();
    Tensor {
        name: name.into(),
        rows,
        columns,
        values: (0..rows * columns)
            .map(|index| random(salt + index as u64) * factor)
            .collect(),
    }
}

impl TinyLlama {
    /// The tensors, in the order of the file.
    pub fn tensors(&self) -> Vec<Tensor> {
        let (width, queries, keys) = (self.width, self.heads * HEAD, self.kv_heads * HEAD);
        let vocabulary = FIRST_WORD + MOVES + OTHERS;
        let random = |name: &str, rows, columns, scale| matrix(name, rows, columns, scale, self.seed);
        let norm = |name: &str| Tensor {
            values: (0..width).map(|index| 1.0 + (index % 5) as f32 / 10.0).collect(),
            ..matrix(name, 1, width, 0.0, 0)
        };
        let mut tensors = vec![random("token_embd.weight", vocabulary, width, (width as f32).sqrt())];
        for layer in 0..self.layers {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            tensors.push(norm(&name("attn_norm")));
            tensors.push(random(&name("attn_q"), queries, width, 1.5));
            tensors.push(random(&name("attn_k"), keys, width, 1.5));
            tensors.push(random(&name("attn_v"), keys, width, 1.0));
            tensors.push(random(&name("attn_output"), width, queries, 1.0));
            tensors.push(norm(&name("ffn_norm")));
            tensors.push(random(&name("ffn_gate"), self.feed_forward, width, 1.0));
            tensors.push(random(&name("ffn_up"), self.feed_forward, width, 1.0));
            tensors.push(random(&name("ffn_down"), width, self.feed_forward, 1.0));
        }
        tensors.push(norm("output_norm.weight"));
        tensors.push(random("output.weight", vocabulary, width, 1.0));
        tensors
    }

    /// Writes the model with its random weights.
    pub fn write(&self, path: &Path) {
        self.write_tensors(path, &self.tensors());
    }

    /// Writes the model with these weights.
    pub fn write_tensors(&self, path: &Path, tensors: &[Tensor]) {
        write(path, &self.metadata(), tensors, self.kind);
    }

    fn metadata(&self) -> Vec<(String, GgufValue)> {
        let count = |value: usize| GgufValue::U32(u32::try_from(value).expect("a small number"));
        let text = |text: &str| GgufValue::Text(text.into());
        let mut words = vec!["<unk>".to_owned(), "<s>".into(), "</s>".into()];
        words.extend((0..256).map(|byte| format!("<0x{byte:02X}>")));
        words.extend(moves());
        words.extend((0..OTHERS).map(|other| format!(" w{other}")));
        let kinds = (0..words.len()).map(|token| match token {
            0 => 2,
            1 | 2 => 3,
            token if token < FIRST_WORD => 6,
            _ => 4,
        });
        let entries = [
            ("general.architecture", text("llama")),
            ("general.name", text("tiny")),
            ("general.file_type", count(usize::from(self.kind != TensorType::F32))),
            ("llama.context_length", count(1024)),
            ("llama.embedding_length", count(self.width)),
            ("llama.block_count", count(self.layers)),
            ("llama.feed_forward_length", count(self.feed_forward)),
            ("llama.attention.head_count", count(self.heads)),
            ("llama.attention.head_count_kv", count(self.kv_heads)),
            ("llama.attention.key_length", count(HEAD)),
            ("llama.attention.value_length", count(HEAD)),
            ("llama.attention.layer_norm_rms_epsilon", GgufValue::F32(1e-5)),
            ("llama.rope.dimension_count", count(HEAD)),
            ("llama.rope.freq_base", GgufValue::F32(10_000.0)),
            ("llama.vocab_size", count(words.len())),
            ("tokenizer.ggml.model", text("llama")),
            ("tokenizer.ggml.scores", GgufValue::F32s(vec![0.0; words.len()])),
            ("tokenizer.ggml.token_type", GgufValue::I32s(kinds.collect())),
            ("tokenizer.ggml.tokens", GgufValue::Texts(words)),
            ("tokenizer.ggml.unknown_token_id", count(0)),
            ("tokenizer.ggml.bos_token_id", count(1)),
            ("tokenizer.ggml.eos_token_id", count(2)),
            ("tokenizer.ggml.add_bos_token", GgufValue::Bool(true)),
            ("tokenizer.ggml.add_eos_token", GgufValue::Bool(false)),
            ("tokenizer.ggml.add_space_prefix", GgufValue::Bool(false)),
        ];
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect()
    }
}

/// Writes a GGUF file. Tensors of one row have one dimension and 32 bits, as llama.cpp wants them.
pub fn write(path: &Path, metadata: &[(String, GgufValue)], tensors: &[Tensor], kind: TensorType) {
    let info = |tensor: &Tensor| TensorInfo {
        name: tensor.name.clone(),
        shape: match tensor.rows {
            1 => vec![tensor.columns],
            rows => vec![tensor.columns, rows],
        },
        kind: if tensor.rows == 1 { TensorType::F32 } else { kind },
    };
    let infos: Vec<TensorInfo> = tensors.iter().map(info).collect();
    let mut writer = GgufWriter::create(path, metadata, &infos).expect("a writable folder");
    for tensor in tensors {
        writer.tensor(&tensor.values).expect("finite values");
    }
    writer.finish().expect("a complete file");
}
