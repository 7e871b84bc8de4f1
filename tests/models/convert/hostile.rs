//! Broken and hostile checkpoints: a clear error each, and nothing left behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use safetensors::Dtype;
use serde_json::{Value, json};
use tripod::convert::{ConvertError, Quantity, convert};
use tripod::engine::Cancel;

use super::checkpoint::{Case, case, converts, listing, options, write_tensors};

/// A folder with a checkpoint.
fn house(name: &str) -> (tempfile::TempDir, Case) {
    let case = case(name);
    let folder = tempfile::tempdir().unwrap();
    case.write(&folder.path().join("checkpoint"), Dtype::F32);
    (folder, case)
}

/// Converts, expects these words, and that nothing is left.
fn refused(folder: &Path, words: &str) {
    let error = converts(&options(folder, Quantity::Q8_0)).unwrap_err();
    let problem = format!("{:#}", anyhow::Error::new(error));
    assert!(problem.contains(words), "{words}: {problem}");
    assert_eq!(listing(folder).len(), 1, "{words}: something is left behind");
}

/// Changes a JSON file of the checkpoint.
fn edit(folder: &Path, name: &str, change: impl FnOnce(&mut Value)) {
    let path = folder.join("checkpoint").join(name);
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_cut_file_a_missing_tensor_and_a_wrong_shape_are_named() {
    let (folder, case) = house("llama");
    let weights = folder.path().join("checkpoint/model.safetensors");
    let whole = fs::read(&weights).unwrap();
    fs::write(&weights, &whole[..whole.len() - 5]).unwrap();
    refused(folder.path(), "cut or damaged");
    fs::write(&weights, &whole[..100]).unwrap();
    refused(folder.path(), "its header should have");

    let mut tensors = case.tensors.clone();
    tensors.remove("model.layers.1.mlp.up_proj.weight");
    write_tensors(&weights, &tensors, Dtype::F32);
    refused(folder.path(), "model.layers.1.mlp.up_proj.weight is missing");

    let mut tensors = case.tensors.clone();
    tensors.insert("model.layers.1.mlp.up_proj.weight".into(), vec![64, 96]);
    write_tensors(&weights, &tensors, Dtype::F32);
    refused(folder.path(), "[64, 96], and config.json makes it [96, 64]");

    let mut tensors = case.tensors.clone();
    tensors.insert("model.layers.1.self_attn.q_norm.weight".into(), vec![16]);
    write_tensors(&weights, &tensors, Dtype::F32);
    refused(
        folder.path(),
        "no place for the tensor model.layers.1.self_attn.q_norm.weight",
    );

    fs::remove_file(&weights).unwrap();
    refused(folder.path(), "safetensors");
    fs::create_dir(&weights).unwrap();
    refused(folder.path(), "safetensors");
}

#[test]
fn an_index_cannot_lead_out_of_the_folder_or_to_what_is_not_there() {
    let (folder, case) = house("llama");
    let checkpoint = folder.path().join("checkpoint");
    fs::remove_file(checkpoint.join("model.safetensors")).unwrap();
    case.write_sharded(&checkpoint);
    let index = "model.safetensors.index.json";
    let tensor = "model.norm.weight";
    edit(folder.path(), index, |index| {
        index["weight_map"][tensor] = json!("../other.safetensors")
    });
    refused(folder.path(), "is not the name of a safetensors file");
    edit(folder.path(), index, |index| {
        index["weight_map"][tensor] = json!("none.safetensors")
    });
    refused(folder.path(), "none.safetensors");
    edit(folder.path(), index, |index| {
        let wrong = match index["weight_map"]["model.embed_tokens.weight"]
            .as_str()
            .unwrap()
            .contains("00001")
        {
            true => "model-00002-of-00002.safetensors",
            false => "model-00001-of-00002.safetensors",
        };
        index["weight_map"][tensor] = json!("model-00001-of-00002.safetensors");
        index["weight_map"]["model.embed_tokens.weight"] = json!(wrong);
    });
    refused(folder.path(), "has no such tensor");
}

#[test]
fn values_that_are_not_finite_are_refused_by_the_tensors_name() {
    let (folder, _) = house("llama");
    let weights = folder.path().join("checkpoint/model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&weights, bytes).unwrap();
    refused(folder.path(), "a value that is not finite");
}

#[test]
fn a_configuration_that_cannot_be_is_refused_by_its_key() {
    let changes: &[(&str, Value, &str)] = &[
        ("architectures", json!(["MambaForCausalLM"]), "MambaForCausalLM"),
        ("num_hidden_layers", json!(1_000_000_000), "num_hidden_layers"),
        ("num_hidden_layers", json!(0), "num_hidden_layers"),
        ("num_hidden_layers", json!(3), "model.layers.2"),
        ("num_attention_heads", json!(0), "num_attention_heads"),
        ("num_key_value_heads", json!(3), "num_key_value_heads"),
        ("vocab_size", json!(4_000_000_000u32), "vocab_size"),
        ("vocab_size", json!(100), "model.embed_tokens.weight"),
        ("hidden_size", json!(-1), "config.json"),
        ("rms_norm_eps", json!(0.0), "rms_norm_eps"),
        ("rope_theta", json!(0.0), "rope_theta"),
        ("hidden_act", json!("gelu"), "hidden_act"),
        ("rope_scaling", json!({"type": "dynamic", "factor": 2.0}), "dynamic"),
        ("rope_scaling", json!({"type": "linear"}), "factor"),
        ("rope_scaling", json!({"type": "yarn", "factor": 0.5}), "yarn"),
        ("use_sliding_window", json!(true), "use_sliding_window"),
        ("quantization_config", json!({"bits": 4}), "quantization_config"),
        ("partial_rotary_factor", json!(0.5), "partial_rotary_factor"),
        ("tie_word_embeddings", json!("maybe"), "config.json"),
    ];
    let (folder, case) = house("llama");
    for (key, value, words) in changes {
        edit(folder.path(), "config.json", |config| {
            *config = case.config.clone();
            config[*key] = value.clone();
        });
        refused(folder.path(), words);
    }
}

#[test]
fn a_mixture_of_experts_is_refused_by_the_tensor() {
    let (folder, case) = house("deepseek");
    let mut tensors: BTreeMap<String, Vec<usize>> = case.tensors.clone();
    tensors.insert("model.layers.1.mlp.experts.0.up_proj.weight".into(), vec![96, 64]);
    write_tensors(
        &folder.path().join("checkpoint/model.safetensors"),
        &tensors,
        Dtype::F32,
    );
    refused(folder.path(), "mixture of experts");
}

#[test]
fn tokenizers_that_would_end_the_process_or_tokenise_otherwise_are_refused() {
    let (folder, _) = house("llama");
    let path = folder.path().join("checkpoint/tokenizer.json");
    let original: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let changes: &[(&str, Value, &str)] = &[
        ("/added_tokens/0/id", json!(400), "no row in the embedding"),
        ("/added_tokens/0/id", json!(3), "have the same id"),
        ("/added_tokens/0/content", json!("<|end|>"), "are both `<|end|>`"),
        ("/added_tokens/0/content", json!("a\u{0}b"), "NUL"),
        ("/model/type", json!("Unigram"), "Unigram"),
        ("/model/merges", json!([["a", ""]]), "not two parts"),
        ("/pre_tokenizer", json!({"type": "Whitespace"}), "ByteLevel"),
        ("/pre_tokenizer/add_prefix_space", json!(true), "add_prefix_space"),
        ("/model/ignore_merges", json!(true), "ignore_merges"),
        ("/model/byte_fallback", json!(true), "SentencePiece"),
        ("/model/vocab", json!([["a", 0.0]]), "only BPE"),
    ];
    for (pointer, value, words) in changes {
        let mut changed = original.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value.clone();
        if *pointer == "/model/byte_fallback" {
            changed["pre_tokenizer"] = json!({"type": "Whitespace"});
        }
        fs::write(&path, changed.to_string()).unwrap();
        refused(folder.path(), words);
    }
    let mut normalised = original.clone();
    normalised["normalizer"] = json!({"type": "Lowercase"});
    fs::write(&path, normalised.to_string()).unwrap();
    refused(folder.path(), "normalizer");
    fs::write(&path, "[".repeat(100_000)).unwrap();
    refused(folder.path(), "tokenizer.json");
    fs::remove_file(&path).unwrap();
    refused(folder.path(), "tokenizer.json is missing");
    fs::write(&path, original.to_string()).unwrap();
    edit(folder.path(), "tokenizer_config.json", |own| {
        own["eos_token"] = json!("<|none|>")
    });
    refused(folder.path(), "<|none|>");
}

#[test]
fn an_existing_file_is_never_replaced_and_an_interruption_leaves_nothing() {
    let (folder, _) = house("llama");
    let options = options(folder.path(), Quantity::F32);
    let cancel = Cancel::new();
    let stopped = convert(&options, &cancel, &mut |_| cancel.cancel());
    assert!(matches!(stopped, Err(ConvertError::Interrupted)), "{stopped:?}");
    assert_eq!(listing(folder.path()).len(), 1);

    fs::write(&options.out, "mine").unwrap();
    let problem = converts(&options).unwrap_err().to_string();
    assert!(problem.contains("exists already"), "{problem}");
    assert_eq!(fs::read_to_string(&options.out).unwrap(), "mine");
}

#[cfg(unix)]
#[test]
fn links_lead_to_regular_files_as_in_the_hubs_cache_or_are_refused() {
    use std::os::unix::fs::symlink;
    let (folder, _) = house("llama");
    let checkpoint = folder.path().join("checkpoint");
    let weights = checkpoint.join("model.safetensors");
    fs::create_dir(checkpoint.join("blobs")).unwrap();
    fs::rename(&weights, checkpoint.join("blobs/abc")).unwrap();
    symlink("/dev/zero", &weights).unwrap();
    refused(folder.path(), "safetensors");
    fs::remove_file(&weights).unwrap();
    symlink("blobs/abc", &weights).unwrap();
    converts(&options(folder.path(), Quantity::F32)).unwrap();
}
