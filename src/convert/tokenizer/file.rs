//! The parts of `tokenizer.json` that matter, as types. The format is that of the `tokenizers` library.

use std::collections::HashMap;

use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
pub(super) struct TokenizerFile {
    #[serde(default)]
    pub(super) added_tokens: Vec<AddedToken>,
    pub(super) normalizer: Option<Normalizer>,
    pub(super) pre_tokenizer: Option<PreTokenizer>,
    pub(super) post_processor: Option<PostProcessor>,
    pub(super) model: Model,
}

/// A token found in the text before anything else.
#[derive(Debug, Deserialize)]
pub(super) struct AddedToken {
    pub(super) id: u32,
    pub(super) content: String,
    #[serde(default)]
    pub(super) special: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    #[serde(default)]
    pub(super) single_word: bool,
}

/// The model: only BPE is read.
#[derive(Debug, Deserialize)]
pub(super) struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    pub(super) vocab: Vocab,
    #[serde(default)]
    pub(super) merges: Vec<Merge>,
    #[serde(default)]
    pub(super) byte_fallback: bool,
    #[serde(default)]
    pub(super) ignore_merges: bool,
    pub(super) unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
}

/// Tokens and their ids; other models than BPE have a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Vocab {
    Map(HashMap<String, u32>),
    Other(serde::de::IgnoredAny),
}

impl Default for Vocab {
    fn default() -> Self {
        Vocab::Map(HashMap::new())
    }
}

/// Two tokens that become one. Older files have them as a text with a space between.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Merge {
    Pair(String, String),
    Text(String),
}

/// What changes the text first.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Normalizer {
    Sequence {
        normalizers: Vec<Normalizer>,
    },
    Prepend {
        prepend: String,
    },
    Replace {
        pattern: Pattern,
        content: String,
    },
    #[serde(rename = "NFC")]
    Nfc,
    #[serde(other)]
    Other,
}

/// What splits the text.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum PreTokenizer {
    Sequence {
        pretokenizers: Vec<PreTokenizer>,
    },
    Split {
        pattern: Pattern,
        behavior: String,
        #[serde(default)]
        invert: bool,
    },
    ByteLevel {
        #[serde(default = "yes")]
        add_prefix_space: bool,
        #[serde(default = "yes")]
        use_regex: bool,
    },
    Digits {
        #[serde(default)]
        individual_digits: bool,
    },
    Metaspace {
        replacement: String,
        #[serde(default)]
        prepend_scheme: PrependScheme,
        #[serde(default = "yes")]
        split: bool,
    },
    #[serde(other)]
    Other,
}

/// Where Metaspace puts a space in front.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PrependScheme {
    #[default]
    Always,
    First,
    Never,
}

/// A regular expression or a plain text.
#[derive(Debug, Deserialize)]
pub(super) enum Pattern {
    Regex(String),
    String(String),
}

/// What adds tokens at the beginning and the end.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(super) enum PostProcessor {
    Sequence {
        processors: Vec<PostProcessor>,
    },
    TemplateProcessing {
        single: Vec<TemplatePart>,
    },
    #[serde(other)]
    Other,
}

/// A part of a template.
#[derive(Debug, Deserialize)]
pub(super) enum TemplatePart {
    SpecialToken { id: String },
    Sequence {},
}

fn yes() -> bool {
    true
}

impl Model {
    /// The tokens and their ids.
    pub(super) fn tokens(&self) -> impl Iterator<Item = (&str, u32)> {
        let map = match &self.vocab {
            Vocab::Map(map) => Some(map),
            Vocab::Other(_) => None,
        };
        map.into_iter().flatten().map(|(text, id)| (text.as_str(), *id))
    }

    /// Why it is no BPE that llama.cpp runs.
    pub(super) fn problem(&self) -> Option<String> {
        // Files of old versions have no type; those with merges are BPE.
        let kind = self.kind.as_deref().unwrap_or("BPE");
        if kind != "BPE" || matches!(self.vocab, Vocab::Other(_)) {
            return Some(format!("its model is {kind}, and only BPE is converted"));
        }
        let has = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        if has(&self.continuing_subword_prefix) || has(&self.end_of_word_suffix) {
            return Some("its tokens mark the parts of a word, which llama.cpp's BPE does not".into());
        }
        let broken = self.merges.iter().find(|merge| merge.parts().is_none())?;
        Some(format!("the merge {broken:?} has not two parts"))
    }
}

impl Merge {
    /// The two tokens.
    pub(super) fn parts(&self) -> Option<(&str, &str)> {
        match self {
            Merge::Pair(left, right) => Some((left.as_str(), right.as_str())),
            Merge::Text(text) => text.split_once(' '),
        }
        .filter(|(left, right)| !left.is_empty() && !right.is_empty())
    }
}
