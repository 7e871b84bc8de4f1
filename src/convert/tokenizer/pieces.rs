//! BPE on characters with byte fallback, as a SentencePiece model becomes in `tokenizer.json`; llama.cpp's "llama". It has no
//! merges but a score for each token: of two neighbours whose concatenation is a token, the pair with the best score is joined
//! first. That is the same as the merges if every way to make a token is among them, and each token's follow each other.

use std::collections::HashMap;

use super::file::{Normalizer, Pattern, PreTokenizer, PrependScheme, TokenizerFile};
use super::vocabulary::{Kind, Vocabulary};
use crate::convert::gguf_header::GgufValue;

/// The character that stands for a space.
const SPACE: &str = "▁";

/// The keys of the kind. Marks the byte tokens.
///
/// # Errors
/// What llama.cpp cannot run.
pub(super) fn metadata(
    file: &TokenizerFile,
    vocabulary: &mut Vocabulary,
    notes: &mut Vec<String>,
) -> Result<Vec<(String, GgufValue)>, String> {
    let space_in_front = space_in_front(file, notes)?;
    for byte in 0..=u8::MAX {
        let text = format!("<0x{byte:02X}>");
        match vocabulary.kind(&text) {
            Some(_) => vocabulary.mark(&text, Kind::Byte),
            None => return Err(format!("it has byte fallback and no token {text}")),
        }
    }
    let unknown = file.model.unk_token.as_deref().unwrap_or("<unk>");
    vocabulary.mark(unknown, Kind::Unknown);
    let scores = scores(file, vocabulary)?;
    let mut metadata = vec![
        ("tokenizer.ggml.model".into(), GgufValue::Text("llama".into())),
        ("tokenizer.ggml.pre".into(), GgufValue::Text("default".into())),
        ("tokenizer.ggml.scores".into(), GgufValue::F32s(scores)),
        (
            "tokenizer.ggml.add_space_prefix".into(),
            GgufValue::Bool(space_in_front),
        ),
    ];
    if let Some(id) = vocabulary.id(unknown) {
        metadata.push(("tokenizer.ggml.unknown_token_id".into(), GgufValue::U32(id)));
    }
    Ok(metadata)
}

/// The scores: the later the merge, the lower.
fn scores(file: &TokenizerFile, vocabulary: &Vocabulary) -> Result<Vec<f32>, String> {
    let otherwise = |token: &str| {
        format!(
            "its merges are not those of a SentencePiece model, and llama.cpp would join `{token}` in another order"
        )
    };
    let mut ranks: HashMap<String, usize> = HashMap::new();
    let mut pairs = std::collections::HashSet::new();
    let mut last = String::new();
    for (left, right) in file.model.merges.iter().filter_map(|merge| merge.parts()) {
        let token = format!("{left}{right}");
        pairs.insert((left, right));
        if token != last {
            let rank = ranks.len();
            if ranks.insert(token.clone(), rank).is_some() {
                return Err(otherwise(&token));
            }
        }
        last = token;
    }
    let mut scores = vec![0.0; vocabulary.len()];
    for (id, text) in vocabulary.texts().enumerate() {
        if vocabulary.kind(text) != Some(Kind::Normal) {
            continue;
        }
        let cuts = text.char_indices().skip(1).map(|(position, _)| text.split_at(position));
        for (left, right) in cuts {
            let both = vocabulary.id(left).is_some() && vocabulary.id(right).is_some();
            if both && !pairs.contains(&(left, right)) {
                return Err(otherwise(text));
            }
        }
        // Tokens that no merge makes are single characters; their score is not used.
        scores[id] = -(ranks.get(text).copied().unwrap_or(ranks.len()) as f32);
    }
    Ok(scores)
}

/// Whether a space is put in front of a text.
fn space_in_front(file: &TokenizerFile, notes: &mut Vec<String>) -> Result<bool, String> {
    let (mut prepends, mut replaces) = (false, false);
    let mut normalizers = Vec::new();
    if let Some(normalizer) = &file.normalizer {
        flatten(normalizer, &mut normalizers);
    }
    for normalizer in normalizers {
        match normalizer {
            Normalizer::Prepend { prepend } if prepend == SPACE && !replaces => prepends = true,
            Normalizer::Replace {
                pattern: Pattern::String(from),
                content,
            } if from == " " && content == SPACE => {
                replaces = true;
            }
            other => {
                return Err(format!(
                    "its normalizer changes the text in a way that llama.cpp does not: {other:?}"
                ));
            }
        }
    }
    match &file.pre_tokenizer {
        None if replaces => Ok(prepends),
        Some(PreTokenizer::Metaspace {
            replacement,
            prepend_scheme,
            split: false,
        }) if replacement == SPACE && !prepends => {
            match prepend_scheme {
                PrependScheme::Never => return Ok(false),
                PrependScheme::First => notes.push(
                    "llama.cpp puts a space in front of the text after every control token; the original only at the beginning"
                        .into(),
                ),
                PrependScheme::Always => {}
            }
            notes.push(
                "llama.cpp puts a space in front of a text that begins with one, too; the original does not".into(),
            );
            Ok(true)
        }
        _ => Err("its BPE has byte fallback, and its pre-tokenizer is not that of a SentencePiece model".into()),
    }
}

fn flatten<'a>(normalizer: &'a Normalizer, steps: &mut Vec<&'a Normalizer>) {
    match normalizer {
        Normalizer::Sequence { normalizers } => normalizers.iter().for_each(|inner| flatten(inner, steps)),
        step => steps.push(step),
    }
}
