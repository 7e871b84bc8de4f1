//! Counts tokens under the vocabulary of a GGUF file or a `tokenizer.json`. A file goes in, numbers come out; loads no weights.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use tokenizers::Tokenizer;

use super::error::EngineError;
use super::llama::Vocabulary;

/// A tokenizer that counts. Several threads can use it.
#[derive(Debug)]
pub struct TokenCounter {
    path: PathBuf,
    tokenizer: Kind,
}

#[derive(Debug)]
enum Kind {
    Gguf(Box<Vocabulary>),
    Json(Box<Tokenizer>),
}

impl TokenCounter {
    /// Opens a GGUF file, whose weights are not read, or a `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// [`EngineError::Load`] if the file is neither.
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let fail = |reason: String| EngineError::Load {
            path: path.to_owned(),
            reason,
        };
        let mut magic = [0; 4];
        let begun = File::open(path)
            .map_err(|error| fail(error.to_string()))?
            .read_exact(&mut magic);
        let tokenizer = if begun.is_ok() && &magic == b"GGUF" {
            Kind::Gguf(Box::new(Vocabulary::open(path)?))
        } else {
            let mut tokenizer = Tokenizer::from_file(path)
                .map_err(|error| fail(format!("{error}; it is neither a GGUF file nor a tokenizer.json")))?;
            // Many published files pad or truncate to a fixed length.
            tokenizer.with_padding(None);
            tokenizer
                .with_truncation(None)
                .map_err(|error| fail(error.to_string()))?;
            Kind::Json(Box::new(tokenizer))
        };
        Ok(TokenCounter {
            path: path.to_owned(),
            tokenizer,
        })
    }

    /// The tokens of a text. `begins` adds those that the tokenizer puts around a sequence, such as a beginning-of-sequence
    /// token; leave it out for a text that continues another one.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] if the tokenizer refuses the text.
    pub fn count(&self, text: &str, begins: bool) -> Result<usize, EngineError> {
        match &self.tokenizer {
            Kind::Gguf(vocabulary) => Ok(vocabulary.count(text, begins)),
            Kind::Json(tokenizer) => {
                let encoded = tokenizer.encode_fast(text, begins);
                encoded
                    .map(|encoding| encoding.len())
                    .map_err(|error| EngineError::Native {
                        operation: "tokenising",
                        reason: format!("{}: {error}", self.path.display()),
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A word-level tokenizer of four words that begins each sequence with `[CLS]` and pads to 64 tokens.
    const WORDS: &str = r#"{
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 64}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 1, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": [],
        "normalizer": null,
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {"type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}}},
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "[PAD]": 1, "[CLS]": 2, "up": 3, "down": 4}, "unk_token": "[UNK]"}
    }"#;

    #[test]
    fn a_text_is_counted_whole_and_without_padding() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        std::fs::write(&path, WORDS).unwrap();
        let counter = TokenCounter::open(&path).unwrap();
        assert_eq!(counter.count("up down up down sideways", false).unwrap(), 5);
        assert_eq!(counter.count("up down", true).unwrap(), 3);
    }

    #[test]
    fn a_file_that_is_no_tokenizer_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("empty.json", ""), ("other.json", "{}"), ("cut.gguf", "GGUF")] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            let error = TokenCounter::open(&path).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(TokenCounter::open(&folder.path().join("missing")).is_err());
    }
}
