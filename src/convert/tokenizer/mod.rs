//! From `tokenizer.json` to the tokenizer keys of a GGUF file. Two kinds are possible: byte-level BPE ("gpt2" in llama.cpp) and
//! BPE on characters with byte fallback, as SentencePiece makes it ("llama"). A tokenizer that llama.cpp would run otherwise is
//! refused; small differences are told as notes.

mod byte_level;
mod file;
mod pieces;
mod pre_tokenizer;
mod special;
mod vocabulary;

use self::file::TokenizerFile;
use self::special::Special;
use self::vocabulary::Vocabulary;
use super::checkpoint::Folder;
use super::config::Config;
use super::error::ConvertError;
use super::gguf_header::GgufValue;

const TOKENIZER: &str = "tokenizer.json";
/// Bytes of the longest file; the largest vocabularies take a tenth.
const LARGEST: u64 = 256 << 20;

/// The tokenizer's keys, and what differs from the original.
pub(super) struct Tokenizer {
    pub(super) metadata: Vec<(String, GgufValue)>,
    pub(super) notes: Vec<String>,
}

impl Tokenizer {
    /// Reads the tokenizer of a checkpoint.
    ///
    /// # Errors
    /// [`ConvertError::Damaged`] and [`ConvertError::Json`] for broken files, [`ConvertError::Unsupported`] for a tokenizer that
    /// llama.cpp cannot run.
    pub(super) fn read(folder: &Folder, config: &Config) -> Result<Self, ConvertError> {
        let file: TokenizerFile = folder.required(TOKENIZER, LARGEST)?;
        let path = folder.path().join(TOKENIZER);
        let unsupported = |problem| ConvertError::unsupported(&path, problem);
        if let Some(problem) = file.model.problem() {
            return Err(unsupported(problem));
        }
        let mut vocabulary =
            Vocabulary::of(&file, config.vocab_size).map_err(|problem| ConvertError::damaged(&path, problem))?;
        let mut notes = stripping_notes(&file);
        let kind = match file.model.byte_fallback {
            true => pieces::metadata(&file, &mut vocabulary, &mut notes).map_err(unsupported)?,
            false => byte_level::metadata(&file, &mut notes).map_err(unsupported)?,
        };
        let special = Special::read(folder, config, &file, &vocabulary, &mut notes)?;
        let mut metadata = vocabulary.metadata();
        metadata.extend(kind);
        metadata.extend(special.metadata());
        Ok(Tokenizer { metadata, notes })
    }
}

/// llama.cpp keeps the spaces around an added token, whatever its flags.
fn stripping_notes(file: &TokenizerFile) -> Vec<String> {
    let named = |wanted: fn(&file::AddedToken) -> bool| {
        let tokens = file.added_tokens.iter().filter(|token| wanted(token));
        tokens.map(|token| format!("`{}`", token.content)).collect::<Vec<_>>()
    };
    let mut notes = Vec::new();
    let stripping = named(|token| token.lstrip || token.rstrip);
    if !stripping.is_empty() {
        notes.push(format!(
            "llama.cpp keeps the spaces beside {}, which the original takes away",
            stripping.join(", ")
        ));
    }
    let words = named(|token| token.single_word);
    if !words.is_empty() {
        notes.push(format!("llama.cpp finds {} within words, too", words.join(", ")));
    }
    notes
}
