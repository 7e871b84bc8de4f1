//! The tokens in the order of their ids, with llama.cpp's types. llama.cpp ends the process if two tokens are equal, so that is
//! found here.

use std::collections::HashMap;

use super::file::TokenizerFile;
use crate::convert::gguf_header::GgufValue;

/// The most rows of an embedding without a token. Sizes are rounded up to a multiple, so that some are usual.
const MOST_FILLED: usize = 1 << 16;

/// The type of a token, with its number in GGUF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal = 1,
    Unknown = 2,
    /// Found in the text only when control tokens are wanted.
    Control = 3,
    /// Always found in the text.
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// All tokens.
#[derive(Debug)]
pub(super) struct Vocabulary {
    tokens: Vec<(String, Kind)>,
    ids: HashMap<String, u32>,
}

impl Vocabulary {
    /// The tokens of the file, filled up to the size of the embedding.
    ///
    /// # Errors
    /// What is wrong with the ids or texts.
    pub(super) fn of(file: &TokenizerFile, size: usize) -> Result<Self, String> {
        let mut slots: HashMap<u32, (&str, Kind)> = HashMap::new();
        for (text, id) in file.model.tokens() {
            if let Some((other, _)) = slots.insert(id, (text, Kind::Normal)) {
                return Err(format!("`{other}` and `{text}` have the same id {id}"));
            }
        }
        for token in &file.added_tokens {
            let kind = match token.special {
                true => Kind::Control,
                false => Kind::UserDefined,
            };
            match slots.insert(token.id, (&token.content, kind)) {
                Some((other, _)) if other != token.content => {
                    return Err(format!(
                        "`{other}` and `{}` have the same id {}",
                        token.content, token.id
                    ));
                }
                _ => {}
            }
        }
        if let Some(id) = slots.keys().find(|id| **id as usize >= size) {
            return Err(format!("the token {id} has no row in the embedding, which has {size}"));
        }
        if size > slots.len() + MOST_FILLED {
            return Err(format!("it has {} tokens, and the embedding {size} rows", slots.len()));
        }
        let mut tokens = Vec::with_capacity(size);
        let mut ids = HashMap::new();
        for id in 0..size as u32 {
            let (text, kind) = match slots.get(&id) {
                Some((text, kind)) if !text.is_empty() => ((*text).to_owned(), *kind),
                _ => (format!("[PAD{id}]"), Kind::Unused),
            };
            if text.contains('\0') {
                return Err(format!("the token {id} holds a NUL character"));
            }
            if let Some(other) = ids.insert(text.clone(), id) {
                return Err(format!("the tokens {other} and {id} are both `{text}`"));
            }
            tokens.push((text, kind));
        }
        Ok(Vocabulary { tokens, ids })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The id of a text.
    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    /// The type of a text, if it is a token.
    pub(super) fn kind(&self, text: &str) -> Option<Kind> {
        self.id(text).map(|id| self.tokens[id as usize].1)
    }

    /// Gives a token another type.
    pub(super) fn mark(&mut self, text: &str, kind: Kind) {
        if let Some(id) = self.id(text) {
            self.tokens[id as usize].1 = kind;
        }
    }

    /// The tokens in the order of their ids.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(|(text, _)| text.as_str())
    }

    /// The keys that list them.
    pub(super) fn metadata(&self) -> Vec<(String, GgufValue)> {
        let texts = self.texts().map(str::to_owned).collect();
        let kinds = self.tokens.iter().map(|(_, kind)| *kind as i32).collect();
        vec![
            ("tokenizer.ggml.tokens".into(), GgufValue::Texts(texts)),
            ("tokenizer.ggml.token_type".into(), GgufValue::I32s(kinds)),
        ]
    }
}
