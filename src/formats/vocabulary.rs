//! The vocabulary of a model made for one prompt format: whole words, or single characters. It tokenises a text of the format as
//! llama.cpp does with the same vocabulary in a GGUF file.

use std::collections::HashMap;
use std::ops::Range;

use super::series_format::FormatError;

/// The tokens of a model made for one prompt format.
#[derive(Debug)]
pub struct Vocabulary {
    pieces: Vec<Piece>,
    numbers: HashMap<String, u32>,
    graded: Option<Range<u32>>,
    unit: Unit,
}

/// What becomes one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// A word with the space before it. A text with another word is not of the format.
    Word,
    /// A character. One that the vocabulary lacks becomes the tokens of its bytes.
    Character,
}

/// One entry of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text, a word's leading space included.
    pub text: String,
    /// What it is.
    pub kind: PieceKind,
}

/// What an entry of a vocabulary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Stands for what cannot be written otherwise.
    Unknown,
    /// Begins or ends a text.
    Control,
    /// One byte of a text that cannot be written otherwise.
    Byte,
    /// A word, or a character.
    Word,
}

/// Number of the entry that begins a text.
const BOS: u32 = 1;

/// Number of the entry that ends a text.
const EOS: u32 = 2;

/// Number of the entry of the byte 0; those of the others follow.
const FIRST_BYTE: u32 = 3;

impl Vocabulary {
    /// A vocabulary of these words, which must differ. `graded` is the range of words, counted from the first, that stand for
    /// neighbouring values in ascending order.
    pub(super) fn of_words(words: impl IntoIterator<Item = String>, graded: Option<Range<u32>>) -> Self {
        Self::new(words, graded, Unit::Word)
    }

    /// A vocabulary of these characters, which must differ.
    pub(super) fn of_characters(characters: impl IntoIterator<Item = char>) -> Self {
        Self::new(characters.into_iter().map(String::from), None, Unit::Character)
    }

    /// Entries for all other text come first: unknown, beginning, end and the 256 bytes.
    fn new(words: impl IntoIterator<Item = String>, graded: Option<Range<u32>>, unit: Unit) -> Self {
        let piece = |text: &str, kind| Piece {
            text: text.to_owned(),
            kind,
        };
        let mut pieces = vec![
            piece("<unk>", PieceKind::Unknown),
            piece("<s>", PieceKind::Control),
            piece("</s>", PieceKind::Control),
        ];
        pieces.extend((0..=255_u8).map(|byte| piece(&format!("<0x{byte:02X}>"), PieceKind::Byte)));
        let first = pieces.len() as u32;
        pieces.extend(words.into_iter().map(|word| piece(&word, PieceKind::Word)));
        let is_word = |(_, piece): &(u32, &Piece)| piece.kind == PieceKind::Word;
        let numbers = (0..).zip(&pieces).filter(is_word);
        Self {
            numbers: numbers.map(|(number, piece)| (piece.text.clone(), number)).collect(),
            graded: graded.map(|range| first + range.start..first + range.end),
            pieces,
            unit,
        }
    }

    /// The entries; an entry's index is its token.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The words with their leading spaces, or the characters.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let words = self.pieces.iter().filter(|piece| piece.kind == PieceKind::Word);
        words.map(|piece| piece.text.as_str())
    }

    /// The token that begins a text.
    pub fn bos(&self) -> u32 {
        BOS
    }

    /// The token that ends a text.
    pub fn eos(&self) -> u32 {
        EOS
    }

    /// The tokens whose words stand for neighbouring values, in ascending order.
    pub fn graded(&self) -> Option<Range<u32>> {
        self.graded.clone()
    }

    /// The token of a word with its leading space, or of a character.
    pub fn token(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// The tokens of a text, without one for its beginning.
    ///
    /// # Errors
    ///
    /// [`FormatError::UnknownWord`] for a word outside a vocabulary of words.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, FormatError> {
        match self.unit {
            Unit::Word => self.encode_words(text),
            Unit::Character => Ok(self.encode_characters(text)),
        }
    }

    fn encode_words(&self, text: &str) -> Result<Vec<u32>, FormatError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == ' ')
                .map_or(rest.len(), |(at, _)| at);
            let (word, after) = rest.split_at(end);
            tokens.push(self.token(word).ok_or_else(|| FormatError::UnknownWord {
                word: word.trim_start().to_owned(),
            })?);
            rest = after;
        }
        Ok(tokens)
    }

    fn encode_characters(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len());
        let mut bytes = [0; 4];
        for character in text.chars() {
            let character = character.encode_utf8(&mut bytes);
            match self.token(character) {
                Some(token) => tokens.push(token),
                None => tokens.extend(character.bytes().map(|byte| FIRST_BYTE + u32::from(byte))),
            }
        }
        tokens
    }
}
