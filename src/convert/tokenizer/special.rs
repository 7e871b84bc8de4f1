//! The tokens with a meaning (beginning, end, padding), whether they are added to a text, and the chat template. From
//! `tokenizer_config.json`, else from `generation_config.json` and `config.json`.

use serde::Deserialize;

use super::file::{PostProcessor, TemplatePart, TokenizerFile};
use super::vocabulary::Vocabulary;
use crate::convert::checkpoint::Folder;
use crate::convert::config::{Config, TokenIds};
use crate::convert::error::ConvertError;
use crate::convert::gguf_header::GgufValue;

const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const GENERATION_CONFIG: &str = "generation_config.json";
const TEMPLATE: &str = "chat_template.jinja";
/// Bytes of the longest file. `tokenizer_config.json` may list every added token.
const LARGEST: u64 = 32 << 20;

/// The tokens by id.
#[derive(Debug, Default)]
pub(super) struct Special {
    beginning: Option<u32>,
    end: Option<u32>,
    end_of_turn: Option<u32>,
    padding: Option<u32>,
    adds_beginning: bool,
    adds_end: bool,
    template: Option<String>,
}

/// The part of `tokenizer_config.json` that is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    bos_token: Option<TokenText>,
    eos_token: Option<TokenText>,
    pad_token: Option<TokenText>,
    add_bos_token: Option<bool>,
    add_eos_token: Option<bool>,
    chat_template: Option<Template>,
}

/// A token as text, alone or with its flags.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum TokenText {
    Plain(String),
    Object { content: String },
}

/// One template, or several by name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Template {
    One(String),
    Several(Vec<NamedTemplate>),
}

#[derive(Debug, Deserialize)]
struct NamedTemplate {
    name: String,
    template: String,
}

#[derive(Debug, Default, Deserialize)]
struct GenerationConfig {
    eos_token_id: Option<TokenIds>,
}

impl Special {
    /// # Errors
    /// [`ConvertError::Damaged`] if a token is not in the vocabulary, or none ends a text.
    pub(super) fn read(
        folder: &Folder,
        config: &Config,
        file: &TokenizerFile,
        vocabulary: &Vocabulary,
        notes: &mut Vec<String>,
    ) -> Result<Self, ConvertError> {
        let own: TokenizerConfig = folder.json(TOKENIZER_CONFIG, LARGEST)?.unwrap_or_default();
        let generation: GenerationConfig = folder.json(GENERATION_CONFIG, LARGEST)?.unwrap_or_default();
        let damaged = |problem: String| ConvertError::damaged(folder.path(), problem);
        let named = |token: &Option<TokenText>, key: &str| match token.as_ref().map(TokenText::text) {
            None | Some("") => Ok(None),
            Some(text) => match vocabulary.id(text) {
                Some(id) => Ok(Some(id)),
                None => Err(damaged(format!(
                    "{TOKENIZER_CONFIG} has {key} = `{text}`, which is no token"
                ))),
            },
        };
        let first = |ids: &Option<TokenIds>| ids.iter().flat_map(TokenIds::ids).next();
        let ends = generation.eos_token_id.or_else(|| config.eos_token_id.clone());
        let end = named(&own.eos_token, "eos_token")?.or(first(&ends)).ok_or_else(|| {
            damaged(format!(
                "neither {TOKENIZER_CONFIG} nor config.json names the token that ends a text (eos_token)"
            ))
        })?;
        let further: Vec<u32> = ends.iter().flat_map(TokenIds::ids).filter(|id| *id != end).collect();
        if further.len() > 1 {
            notes.push(format!(
                "a GGUF file holds two tokens that end a text; left out: {:?}",
                &further[1..]
            ));
        }
        let mut special = Special {
            beginning: named(&own.bos_token, "bos_token")?.or(first(&config.bos_token_id)),
            end: Some(end),
            end_of_turn: further.first().copied(),
            padding: named(&own.pad_token, "pad_token")?.or(first(&config.pad_token_id)),
            template: template(own.chat_template, folder)?,
            ..Special::default()
        };
        let ids = [special.beginning, special.end, special.end_of_turn, special.padding];
        if let Some(id) = ids.into_iter().flatten().find(|id| *id as usize >= vocabulary.len()) {
            return Err(damaged(format!(
                "the special token {id} is not in the vocabulary of {}",
                vocabulary.len()
            )));
        }
        let (begins, ends) = special.template_ends(file.post_processor.as_ref(), vocabulary);
        special.adds_beginning = own.add_bos_token.unwrap_or(begins);
        special.adds_end = own.add_eos_token.unwrap_or(ends);
        if special.adds_beginning && special.beginning.is_none() {
            return Err(damaged(
                "a token is to begin every text, and none is named (bos_token)".into(),
            ));
        }
        Ok(special)
    }

    /// Whether the post-processor adds the tokens of the beginning and the end.
    fn template_ends(&self, processor: Option<&PostProcessor>, vocabulary: &Vocabulary) -> (bool, bool) {
        match processor {
            Some(PostProcessor::Sequence { processors }) => {
                let inner = processors
                    .iter()
                    .map(|inner| self.template_ends(Some(inner), vocabulary));
                inner.fold((false, false), |all, one| (all.0 || one.0, all.1 || one.1))
            }
            Some(PostProcessor::TemplateProcessing { single }) => {
                let is = |part: Option<&TemplatePart>, token: Option<u32>| match part {
                    Some(TemplatePart::SpecialToken { id }) => token.is_some() && vocabulary.id(id) == token,
                    _ => false,
                };
                (is(single.first(), self.beginning), is(single.last(), self.end))
            }
            _ => (false, false),
        }
    }

    /// Their keys.
    pub(super) fn metadata(&self) -> Vec<(String, GgufValue)> {
        let key = |name: &str| format!("tokenizer.ggml.{name}");
        let ids = [
            ("bos_token_id", self.beginning),
            ("eos_token_id", self.end),
            ("eot_token_id", self.end_of_turn),
            ("padding_token_id", self.padding),
        ];
        let mut metadata: Vec<_> = ids
            .into_iter()
            .filter_map(|(name, id)| Some((key(name), GgufValue::U32(id?))))
            .collect();
        metadata.push((key("add_bos_token"), GgufValue::Bool(self.adds_beginning)));
        metadata.push((key("add_eos_token"), GgufValue::Bool(self.adds_end)));
        if let Some(template) = &self.template {
            metadata.push(("tokenizer.chat_template".into(), GgufValue::Text(template.clone())));
        }
        metadata
    }
}

impl TokenText {
    fn text(&self) -> &str {
        match self {
            TokenText::Plain(text) | TokenText::Object { content: text } => text,
        }
    }
}

/// The template of `tokenizer_config.json`, or the file beside it.
fn template(own: Option<Template>, folder: &Folder) -> Result<Option<String>, ConvertError> {
    let own = match own {
        Some(Template::One(text)) => Some(text),
        Some(Template::Several(named)) => named
            .into_iter()
            .find(|template| template.name == "default")
            .map(|template| template.template),
        None => None,
    };
    match own {
        Some(text) => Ok(Some(text)),
        None => folder.text(TEMPLATE, LARGEST),
    }
}
