//! Texts as training examples of a checkpoint: its own tokenizer, and the tokens that it puts before and after a text.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use tokenizers::Tokenizer;

use crate::train::{Example, Tokenise, TrainError};

/// Which tokens a run learns to predict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LossOn {
    /// Those of the completion, and the end of the text.
    #[default]
    Completion,
    /// Those of the prompt too.
    All,
}

/// The tokenizer of a checkpoint.
pub struct TextTokenizer {
    tokenizer: Tokenizer,
    /// What stands before every text, if anything does.
    begin: Option<u32>,
    /// What ends a completion.
    end: u32,
    /// The longest example.
    context: usize,
    loss: LossOn,
}

/// What tokenizer_config.json says about the ends of a text.
#[derive(Debug, Default, Deserialize)]
struct Settings {
    add_bos_token: Option<bool>,
    bos_token: Option<Named>,
    eos_token: Option<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Named {
    Text(String),
    Object { content: String },
}

/// What config.json says about them.
#[derive(Debug, Default, Deserialize)]
struct Ids {
    bos_token_id: Option<Id>,
    eos_token_id: Option<Id>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Id {
    One(u32),
    Several(Vec<u32>),
}

impl TextTokenizer {
    /// Reads tokenizer.json of a checkpoint, and which tokens begin and end a text. `context` is the longest example that the
    /// checkpoint takes, in tokens.
    ///
    /// # Errors
    /// [`TrainError::File`] if a file cannot be read, or none names the token that ends a text.
    pub fn open(directory: &Path, context: usize, loss: LossOn) -> Result<Self, TrainError> {
        let path = directory.join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(&path).map_err(|error| TrainError::file(&path, error))?;
        // A file may ask for both; a training example is never cut or padded.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|error| TrainError::file(&path, error))?;

        let settings: Settings = read(&directory.join("tokenizer_config.json"))?.unwrap_or_default();
        let ids: Ids = read(&directory.join("config.json"))?.unwrap_or_default();
        let id = |named: Option<Named>, id: Option<Id>| {
            let named = named.and_then(|named| tokenizer.token_to_id(named.text()));
            named.or_else(|| id.and_then(Id::first))
        };
        let end = id(settings.eos_token, ids.eos_token_id).ok_or_else(|| {
            let reason = "neither its eos_token nor config.json's eos_token_id names the token that ends a text";
            TrainError::file(directory.join("tokenizer_config.json"), reason)
        })?;
        let begin = id(settings.bos_token, ids.bos_token_id);
        let begins = match settings.add_bos_token {
            Some(begins) => begins,
            // Else as the tokenizer's own post-processor does it.
            None => {
                let empty = tokenizer
                    .encode_fast("", true)
                    .map_err(|error| TrainError::file(&path, error))?;
                begin.is_some_and(|begin| empty.get_ids().first() == Some(&begin))
            }
        };
        Ok(Self {
            tokenizer,
            begin: begin.filter(|_| begins),
            end,
            context,
            loss,
        })
    }

    fn ids(&self, text: &str) -> Result<Vec<u32>, String> {
        let encoding = self
            .tokenizer
            .encode_fast(text, false)
            .map_err(|error| error.to_string())?;
        Ok(encoding.get_ids().to_vec())
    }
}

impl Tokenise for TextTokenizer {
    /// The tokens of prompt and completion do not merge across the border, as in a forecast, where the prompt is given and the
    /// rest is written token by token. Nothing is cut: a prompt without its end teaches what it does not say.
    fn example(&self, prompt: &str, completion: &str, _number: u64) -> Result<Example, String> {
        let mut tokens: Vec<u32> = self.begin.into_iter().collect();
        tokens.extend(self.ids(prompt)?);
        let prompt = tokens.len();
        tokens.extend(self.ids(completion)?);
        tokens.push(self.end);
        if tokens.len() > self.context {
            return Err(format!(
                "prompt and completion take {} tokens, and the checkpoint's context is {}; leave it out (`tripod dataset filter \
                 --max-tokens`), or draw shorter ones",
                tokens.len(),
                self.context
            ));
        }
        let first = match self.loss {
            LossOn::Completion => prompt.max(1),
            LossOn::All => 1,
        };
        let weights = (0..tokens.len()).map(|index| if index < first { 0.0 } else { 1.0 });
        Ok(Example {
            weights: weights.collect(),
            tokens,
        })
    }
}

impl Named {
    fn text(&self) -> &str {
        match self {
            Named::Text(text) | Named::Object { content: text } => text,
        }
    }
}

impl Id {
    fn first(self) -> Option<u32> {
        match self {
            Id::One(id) => Some(id),
            Id::Several(ids) => ids.first().copied(),
        }
    }
}

/// A JSON file; `None` if there is no such file.
fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Option<T>, TrainError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| TrainError::file(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(TrainError::file(path, error)),
    }
}
