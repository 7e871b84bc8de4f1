//! LoRA adapters: merged or applied by llama.cpp, the logits are those of the forward pass with W + scale · B A.

use std::fs;

use safetensors::Dtype;
use serde_json::json;
use tripod::convert::Quantity;

use super::checkpoint::{Case, Expected, case, converts, expected, listing, options, write_tensors};
use super::llama;

const CLOSE: f32 = 1e-3;

/// A folder with a checkpoint and its adapter.
fn house(case: &Case) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    case.write(&folder.path().join("checkpoint"), Dtype::F32);
    case.write_adapter(&folder.path().join("adapter"));
    folder
}

#[test]
fn a_merged_adapter_is_in_the_logits_of_every_architecture() {
    let Expected { tokens, stride, .. } = expected();
    for name in ["llama", "qwen2", "deepseek"] {
        let case = case(name);
        let folder = house(&case);
        let mut options = options(folder.path(), Quantity::F32);
        options.adapter = Some(folder.path().join("adapter"));
        options.merge = true;
        converts(&options).unwrap();
        let found = llama::logits(&options.out, &tokens, None);
        let (largest, position) = llama::difference(&found, case.adapted_logits.as_ref().unwrap(), stride);
        assert!(largest < CLOSE, "{name}: {largest} at position {position}");
        let (unlike, _) = llama::difference(&found, &case.logits, stride);
        assert!(unlike > 0.1, "{name}: the adapter does something");
    }
}

#[test]
fn an_adapter_applied_by_llama_cpp_computes_what_a_merged_one_does() {
    let Expected { tokens, stride, .. } = expected();
    for name in ["llama", "qwen2"] {
        let case = case(name);
        let folder = house(&case);
        let base = options(folder.path(), Quantity::F32);
        converts(&base).unwrap();
        let mut alone = base.clone();
        alone.adapter = Some(folder.path().join("adapter"));
        alone.out = folder.path().join("adapter.gguf");
        assert_eq!(converts(&alone).unwrap().manifest, None);
        let found = llama::logits(&base.out, &tokens, Some(&alone.out));
        let (largest, position) = llama::difference(&found, case.adapted_logits.as_ref().unwrap(), stride);
        assert!(largest < CLOSE, "{name}: {largest} at position {position}");
    }
}

#[test]
fn an_adapter_that_llama_cpp_would_ignore_is_refused_unless_it_is_merged() {
    let case = case("deepseek");
    let folder = house(&case);
    let mut options = options(folder.path(), Quantity::F32);
    options.adapter = Some(folder.path().join("adapter"));
    let problem = converts(&options).unwrap_err().to_string();
    assert!(
        problem.contains("self_attn") && problem.contains("--merge"),
        "{problem}"
    );
    assert!(!options.out.exists());

    // What it does apply, it applies.
    let Expected { tokens, stride, .. } = expected();
    let mut kept = case.adapter.as_ref().unwrap().tensors.clone();
    kept.retain(|name, _| name.contains(".mlp.") || name.contains(".o_proj."));
    write_tensors(
        &folder.path().join("adapter/adapter_model.safetensors"),
        &kept,
        Dtype::F32,
    );
    converts(&options).unwrap();
    let mut merged = options.clone();
    (merged.merge, merged.out) = (true, folder.path().join("merged.gguf"));
    converts(&merged).unwrap();
    let mut base = options.clone();
    (base.adapter, base.out) = (None, folder.path().join("base.gguf"));
    converts(&base).unwrap();
    let applied = llama::logits(&base.out, &tokens, Some(&options.out));
    let merged = llama::logits(&merged.out, &tokens, None);
    let (largest, _) = llama::difference(&applied, &merged, 1);
    assert!(largest < CLOSE, "{largest}");
    let (unlike, _) = llama::difference(&applied, &case.logits, stride);
    assert!(unlike > 0.1);
}

#[test]
fn an_adapter_of_another_model_or_another_kind_is_refused_with_its_name() {
    let case = case("llama");
    let folder = house(&case);
    let adapter = folder.path().join("adapter");
    let mut options = options(folder.path(), Quantity::F32);
    (options.adapter, options.merge) = (Some(adapter.clone()), true);
    let refused = |settings: serde_json::Value, tensors: &[(&str, [usize; 2])], words: &str| {
        fs::write(adapter.join("adapter_config.json"), settings.to_string()).unwrap();
        let tensors = tensors
            .iter()
            .map(|(name, shape)| ((*name).to_owned(), shape.to_vec()))
            .collect();
        write_tensors(&adapter.join("adapter_model.safetensors"), &tensors, Dtype::F32);
        let problem = converts(&options).unwrap_err().to_string();
        assert!(problem.contains(words), "{words}: {problem}");
    };
    let plain = json!({"peft_type": "LORA", "r": 4, "lora_alpha": 8});
    let up = "base_model.model.model.layers.0.mlp.up_proj";
    let [a, b] = ["A", "B"].map(|side| format!("{up}.lora_{side}.weight"));
    let far = a.replace("layers.0", "layers.9");
    let far_b = b.replace("layers.0", "layers.9");
    refused(plain.clone(), &[], "holds no adapter");
    refused(plain.clone(), &[(&a, [4, 64])], "only one of lora_A and lora_B");
    refused(plain.clone(), &[(&a, [4, 63]), (&b, [96, 4])], "for a weight [96, 64]");
    refused(plain.clone(), &[(&a, [4, 64]), (&b, [96, 3])], "for a weight [96, 64]");
    refused(plain.clone(), &[(&a, [3, 64]), (&b, [96, 3])], "says 4");
    refused(plain.clone(), &[(&far, [4, 64]), (&far_b, [96, 4])], "layers.9");
    refused(
        plain.clone(),
        &[("base_model.model.lm_head.weight", [320, 64])],
        "not a matrix of LoRA",
    );
    let good: &[(&str, [usize; 2])] = &[(&a, [4, 64]), (&b, [96, 4])];
    refused(
        json!({"peft_type": "LORA", "r": 4, "lora_alpha": 0}),
        good,
        "lora_alpha",
    );
    refused(json!({"peft_type": "IA3", "r": 4, "lora_alpha": 8}), good, "IA3");
    refused(
        json!({"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_dora": true}),
        good,
        "use_dora",
    );
    let folder_of_base = listing(folder.path());
    assert_eq!(folder_of_base.len(), 2, "nothing is left behind: {folder_of_base:?}");
}
