//! Byte-level BPE: every byte is a character of an alphabet, and merges join them. llama.cpp's "gpt2".

use super::file::{Normalizer, TokenizerFile};
use super::pre_tokenizer;
use crate::convert::gguf_header::GgufValue;

/// The keys of the kind.
///
/// # Errors
/// What llama.cpp cannot run.
pub(super) fn metadata(file: &TokenizerFile, notes: &mut Vec<String>) -> Result<Vec<(String, GgufValue)>, String> {
    if let Some(normalizer) = &file.normalizer {
        check(normalizer, notes)?;
    }
    let name = pre_tokenizer::name(file.pre_tokenizer.as_ref(), file.model.ignore_merges)?;
    let merges: Vec<String> = file
        .model
        .merges
        .iter()
        .filter_map(|merge| merge.parts())
        .map(|(left, right)| format!("{left} {right}"))
        .collect();
    // llama.cpp leaves the digits of this one together; without merges of digits that is the same.
    if name == "deepseek-llm" && merges.iter().any(|merge| joins_digits(merge)) {
        return Err("it splits digits and yet merges some, which llama.cpp would join".into());
    }
    Ok(vec![
        ("tokenizer.ggml.model".into(), GgufValue::Text("gpt2".into())),
        ("tokenizer.ggml.pre".into(), GgufValue::Text(name.into())),
        ("tokenizer.ggml.merges".into(), GgufValue::Texts(merges)),
    ])
}

fn check(normalizer: &Normalizer, notes: &mut Vec<String>) -> Result<(), String> {
    match normalizer {
        Normalizer::Sequence { normalizers } => normalizers.iter().try_for_each(|inner| check(inner, notes)),
        Normalizer::Nfc => {
            notes.push("the original composes characters (NFC) first and llama.cpp does not: text in another form gets other tokens".into());
            Ok(())
        }
        other => Err(format!(
            "its normalizer changes the text in a way that llama.cpp does not: {other:?}"
        )),
    }
}

fn joins_digits(merge: &str) -> bool {
    merge
        .chars()
        .all(|character| character == ' ' || character.is_ascii_digit())
}
