//! Checks the header of an adapter before llama.cpp reads it: llama.cpp ends the process at a key of an unexpected type.

use std::path::Path;

use llama_cpp_sys_2::{GGML_TYPE_BF16, GGML_TYPE_F16, GGML_TYPE_F32};

use super::header::{Header, TensorAt, Value};

/// Checks that a file is a LoRA adapter (Hu et al. 2021) for a model of this architecture. The error is the reason why it is none.
pub(super) fn check(path: &Path, architecture: &str) -> Result<(), String> {
    let header = Header::read(path).ok_or("its header cannot be read; make the adapter again")?;
    problem(&header, architecture).map_or(Ok(()), Err)
}

fn problem(header: &Header, architecture: &str) -> Option<String> {
    let text = |key: &str| match header.value(key) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    if text("general.type") != "adapter" || text("adapter.type") != "lora" {
        return Some("it is not a LoRA adapter: general.type must be `adapter` and adapter.type `lora`".into());
    }
    let made_for = text("general.architecture");
    if made_for != architecture {
        return Some(format!(
            "it was made for a {made_for} model, and the base is a {architecture} model"
        ));
    }
    if !matches!(header.value("adapter.lora.alpha"), Some(Value::Float(alpha)) if alpha.is_finite()) {
        return Some("it does not state adapter.lora.alpha".into());
    }
    if header.value("adapter.alora.invocation_tokens").is_some() {
        return Some("it applies only after certain tokens (activated LoRA), which is not supported".into());
    }
    if !header.tensors.iter().any(|tensor| tensor.name.ends_with(".lora_a")) {
        return Some("it adapts no tensor".into());
    }
    let is_matrix = |tensor: &TensorAt| {
        let is_float = [GGML_TYPE_F32, GGML_TYPE_F16, GGML_TYPE_BF16].contains(&tensor.kind);
        is_float && tensor.shape[2..] == [1, 1]
    };
    let wrong = header.tensors.iter().find(|tensor| !is_matrix(tensor))?;
    Some(format!("its tensor {} is not a matrix of floats", wrong.name))
}

#[cfg(test)]
mod tests {
    use super::super::header::Entry;
    use super::*;

    fn header(change: impl FnOnce(&mut Header)) -> Header {
        let entry = |key: &str, value| Entry { key: key.into(), value };
        let text = |text: &str| Value::Text(text.into());
        let mut header = Header {
            entries: vec![
                entry("general.type", text("adapter")),
                entry("adapter.type", text("lora")),
                entry("general.architecture", text("llama")),
                entry("adapter.lora.alpha", Value::Float(16.0)),
            ],
            tensors: vec![TensorAt {
                name: "blk.0.attn_q.weight.lora_a".into(),
                kind: GGML_TYPE_F32,
                shape: [32, 4, 1, 1],
                from: 0,
                bytes: 512,
            }],
        };
        change(&mut header);
        header
    }

    #[test]
    fn an_adapter_is_accepted_and_anything_else_is_refused_with_the_reason() {
        assert_eq!(problem(&header(|_| {}), "llama"), None);
        let refused = |change: fn(&mut Header), word: &str| {
            let reason = problem(&header(change), "llama").unwrap_or_default();
            assert!(reason.contains(word), "{word}: {reason}");
        };
        refused(|header| header.entries[0].value = Value::Count(1), "not a LoRA adapter");
        refused(
            |header| header.entries[1].value = Value::Text("ia3".into()),
            "not a LoRA adapter",
        );
        refused(|header| header.entries[2].value = Value::Text("qwen2".into()), "qwen2");
        refused(|header| header.entries[3].value = Value::Text("16".into()), "alpha");
        refused(|header| header.tensors.clear(), "no tensor");
        refused(
            |header| header.tensors[0].kind = llama_cpp_sys_2::GGML_TYPE_I32,
            "lora_a",
        );
    }
}
