//! Tiny checkpoints, as Hugging Face's libraries save them. Weights are a hash of the tensor's name and the index, the same as in
//! `tests/fixtures/convert/make.py`; tokenizers have the 256 bytes and two control tokens.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde::Deserialize;
use serde_json::{Value, json};

use tripod::convert::{ConvertError, ConvertOptions, Converted, Labels, Quantity, convert};
use tripod::engine::Cancel;

/// What `make.py` computed.
#[derive(Deserialize)]
pub struct Expected {
    pub tokens: Vec<i32>,
    pub stride: usize,
    pub cases: Vec<Case>,
}

/// One checkpoint, and its logits at every position: every `stride`th of them.
#[derive(Deserialize)]
pub struct Case {
    pub name: String,
    pub config: Value,
    pub tensors: BTreeMap<String, Vec<usize>>,
    pub logits: Vec<Vec<f32>>,
    pub adapter: Option<Adapter>,
    pub adapted_logits: Option<Vec<Vec<f32>>>,
}

/// An adapter of a checkpoint.
#[derive(Deserialize)]
pub struct Adapter {
    pub config: Value,
    pub tensors: BTreeMap<String, Vec<usize>>,
}

pub fn expected() -> Expected {
    serde_json::from_str(include_str!("../../fixtures/convert/logits.json")).unwrap()
}

/// One of the checkpoints.
pub fn case(name: &str) -> Case {
    expected().cases.into_iter().find(|case| case.name == name).unwrap()
}

impl Case {
    /// Writes the checkpoint in one file.
    pub fn write(&self, folder: &Path, dtype: Dtype) {
        self.describe(folder);
        write_tensors(&folder.join("model.safetensors"), &self.tensors, dtype);
    }

    /// Writes it in two files with an index.
    pub fn write_sharded(&self, folder: &Path) {
        self.describe(folder);
        let (mut first, mut second, mut places) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (index, (name, shape)) in self.tensors.iter().enumerate() {
            let (part, file) = match index % 2 {
                0 => (&mut first, "model-00001-of-00002.safetensors"),
                _ => (&mut second, "model-00002-of-00002.safetensors"),
            };
            part.insert(name.clone(), shape.clone());
            places.insert(name.clone(), file);
        }
        write_tensors(&folder.join("model-00001-of-00002.safetensors"), &first, Dtype::F32);
        write_tensors(&folder.join("model-00002-of-00002.safetensors"), &second, Dtype::F32);
        let index = json!({"metadata": {"total_size": 1}, "weight_map": places});
        fs::write(folder.join("model.safetensors.index.json"), index.to_string()).unwrap();
    }

    /// Writes its adapter.
    pub fn write_adapter(&self, folder: &Path) {
        let adapter = self.adapter.as_ref().unwrap();
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("adapter_config.json"), adapter.config.to_string()).unwrap();
        write_tensors(&folder.join("adapter_model.safetensors"), &adapter.tensors, Dtype::F32);
    }

    fn describe(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("config.json"), self.config.to_string()).unwrap();
        fs::write(folder.join("tokenizer.json"), byte_tokenizer().to_string()).unwrap();
        let own = json!({
            "bos_token": "<|begin|>",
            "eos_token": {"content": "<|end|>", "lstrip": false},
            "add_bos_token": true,
            "chat_template": "{{ messages[0].content }}",
        });
        fs::write(folder.join("tokenizer_config.json"), own.to_string()).unwrap();
    }
}

/// A tokenizer whose tokens are the bytes.
fn byte_tokenizer() -> Value {
    let mut alphabet: Vec<char> = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet()
        .into_iter()
        .collect();
    alphabet.sort_unstable();
    let vocab: BTreeMap<String, usize> = alphabet
        .iter()
        .enumerate()
        .map(|(id, byte)| (byte.to_string(), id))
        .collect();
    let added = |id: u32, content: &str| {
        json!({
            "id": id, "content": content, "special": true, "normalized": false,
            "single_word": false, "lstrip": false, "rstrip": false,
        })
    };
    json!({
        "version": "1.0",
        "added_tokens": [added(256, "<|begin|>"), added(257, "<|end|>")],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "vocab": vocab, "merges": []},
    })
}

/// The values of a tensor.
pub fn values(name: &str, count: usize) -> Vec<f32> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    let is_norm = name.contains("norm");
    let value = |index: u64| {
        let state = (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(seed);
        let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let steps = ((state ^ (state >> 31)) >> 56) as f32 - 128.0;
        if is_norm {
            1.0 + (steps / 4.0).floor() / 128.0
        } else {
            steps / 256.0
        }
    };
    (0..count as u64).map(value).collect()
}

/// Writes a safetensors file by the format's own library.
pub fn write_tensors(path: &Path, tensors: &BTreeMap<String, Vec<usize>>, dtype: Dtype) {
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, shape)| {
            let values = values(name, shape.iter().product());
            let bytes = match dtype {
                Dtype::F16 => values
                    .iter()
                    .flat_map(|value| half::f16::from_f32(*value).to_le_bytes())
                    .collect(),
                Dtype::BF16 => values
                    .iter()
                    .flat_map(|value| half::bf16::from_f32(*value).to_le_bytes())
                    .collect(),
                _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            };
            (name.clone(), shape.clone(), bytes)
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(name, shape, bytes)| (name, TensorView::new(dtype, shape.clone(), bytes).unwrap()));
    safetensors::serialize_to_file(views, None, path).unwrap();
}

/// Options of a conversion into `FOLDER/out.gguf`.
pub fn options(folder: &Path, quantity: Quantity) -> ConvertOptions {
    ConvertOptions {
        checkpoint: folder.join("checkpoint"),
        quantity,
        adapter: None,
        merge: false,
        out: folder.join("out.gguf"),
        labels: Labels::default(),
        threads: 1,
    }
}

/// Converts without a display.
#[expect(clippy::result_large_err, reason = "the error of the function under test")]
pub fn converts(options: &ConvertOptions) -> Result<Converted, ConvertError> {
    convert(options, &Cancel::new(), &mut |_| {})
}

/// The files of a folder.
pub fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}
