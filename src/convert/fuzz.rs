//! Files of checkpoints and adapters that strangers made. Bytes come in; what is taken can be read to its end.

#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;

use super::adapter::fuzz_settings;
use super::architecture::Plan;
use super::checkpoint::{Checkpoint, Folder};
use super::config::Config;
use super::error::ConvertError;
use super::tokenizer::Tokenizer;
use crate::fuzz::{choice, folder};
use crate::net::in_full;

/// A tensor of two values, as a file.
const TENSOR: &[u8] = b"\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}         \0\0\x80\x3f\0\0\0\x40";

/// A config of the smallest llama.
const CONFIG: &str = r#"{"architectures":["LlamaForCausalLM"],"hidden_size":8,"intermediate_size":8,"num_hidden_layers":1,
"num_attention_heads":1,"vocab_size":8,"max_position_embeddings":8,"rms_norm_eps":1e-5,"eos_token_id":1}"#;

/// A file of a checkpoint; the first byte chooses which.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let folder = folder();
    let (kind, file) = choice(bytes);
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("a file");
    let read = match kind % 5 {
        0 => {
            write("model.safetensors", file);
            tensors(folder.path())
        }
        1 => {
            write("model.safetensors.index.json", file);
            write("a.safetensors", TENSOR);
            tensors(folder.path())
        }
        2 => {
            write("config.json", file);
            write("model.safetensors", TENSOR);
            plan(folder.path())
        }
        3 => {
            write("config.json", CONFIG.as_bytes());
            write("tokenizer.json", file);
            tokenizer(folder.path())
        }
        _ => {
            write("adapter_config.json", file);
            Folder::open(folder.path()).and_then(|folder| fuzz_settings(&folder))
        }
    };
    if let Err(error) = read {
        drop(in_full(&error));
    }
}

fn tensors(path: &Path) -> Result<(), ConvertError> {
    let checkpoint = Checkpoint::open(&Folder::open(path)?)?;
    for name in checkpoint.names() {
        let shape = checkpoint.shape(name).expect("a shape");
        let values = checkpoint.read(name)?;
        assert_eq!(values.len(), shape.iter().product::<usize>(), "{name}");
    }
    Ok(())
}

fn plan(path: &Path) -> Result<(), ConvertError> {
    let folder = Folder::open(path)?;
    let config = Config::read(&folder)?;
    Plan::of(&config, &Checkpoint::open(&folder)?).map(drop)
}

fn tokenizer(path: &Path) -> Result<(), ConvertError> {
    let folder = Folder::open(path)?;
    let config = Config::read(&folder)?;
    Tokenizer::read(&folder, &config).map(drop)
}
