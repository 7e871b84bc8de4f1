//! A JSON schema as a grammar, through `llguidance`: compiles a schema and tells which tokens may come next. Limits bound every
//! schema and every answer: lexer states, work per step, white space and digits.
//!
//! An object's members come in the order of the schema, with at most one space after a comma or a colon. A character is escaped
//! only if JSON requires it, so every name has one spelling and `additionalProperties` cannot produce a name of `properties`.

use std::sync::Arc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llguidance::api::{ParserLimits, TopLevelGrammar};
use llguidance::toktrie::{ApproximateTokEnv, InferenceCapabilities, TokRxInfo, TokTrie};
use llguidance::{JsonCompileOptions, Matcher, ParserFactory};
use serde_json::Value;

use super::number_length::NumberLength;
use super::vocab_trie::Pieces;
use crate::engine::error::EngineError;

/// Stack size of the thread that compiles a schema: `llguidance` recurses into the schema and its references.
const STACK: usize = 64 << 20;

/// The most lexer states of one answer, about 2 KiB each.
const LEXER_STATES: usize = 50_000;

/// Compiles schemas for the tokens of one model.
pub(crate) struct SchemaCompiler {
    factory: ParserFactory,
    pieces: Arc<Pieces>,
}

/// A compiled schema, at the start of an answer.
pub(crate) struct Schema {
    start: Matcher,
    number: NumberLength,
    pieces: Arc<Pieces>,
}

/// The position of an answer in a schema.
pub(crate) struct SchemaState {
    matcher: Matcher,
    pieces: Arc<Pieces>,
    number: NumberLength,
}

impl SchemaCompiler {
    /// A compiler for a model's vocabulary.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] if the vocabulary has no end-of-text token.
    pub(crate) fn of(model: &LlamaModel) -> Result<Self, EngineError> {
        SchemaCompiler::new(Pieces::of(model))
    }

    /// A compiler for a vocabulary of the 256 bytes: whether a schema is supported does not depend on the model.
    pub(super) fn of_bytes() -> Result<Self, EngineError> {
        SchemaCompiler::new(Pieces::of_bytes())
    }

    pub(super) fn new(pieces: Pieces) -> Result<Self, EngineError> {
        let end = pieces.ends().first().and_then(|token| u32::try_from(token.0).ok());
        let end = end.ok_or_else(|| refused("this model has no token that ends a text"))?;
        let words: Vec<Vec<u8>> = pieces.iter().map(<[u8]>::to_vec).collect();
        let size = u32::try_from(words.len()).map_err(refused)?;
        let trie = TokTrie::from(&TokRxInfo::new(size, end), &words);
        let tokens = Arc::new(ApproximateTokEnv::new(trie));
        let mut factory = ParserFactory::new(&(tokens as _), InferenceCapabilities::default(), &[]).map_err(refused)?;
        factory.quiet();
        *factory.limits_mut() = ParserLimits {
            max_lexer_states: LEXER_STATES,
            // Masks are rarely computed: a token is sampled first, and usually only that one is checked.
            precompute_large_lexemes: false,
            verbose_errors: false,
            ..ParserLimits::default()
        };
        Ok(SchemaCompiler {
            factory,
            pieces: Arc::new(pieces),
        })
    }

    /// Compiles a schema.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] with the reason why it is not supported.
    pub(crate) fn compile(&self, schema: &Value) -> Result<Schema, EngineError> {
        self.compile_rules(
            TopLevelGrammar::from_json_schema(as_schema(schema)?),
            NumberLength::default(),
        )
    }

    /// Compiles rules, with the limit of numbers at the start of an answer.
    ///
    /// # Errors
    ///
    /// Those of [`SchemaCompiler::compile`].
    pub(super) fn compile_rules(&self, grammar: TopLevelGrammar, number: NumberLength) -> Result<Schema, EngineError> {
        let read = || Matcher::new(self.factory.create_parser(grammar));
        let start = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("schema".into()).stack_size(STACK);
            let thread = thread.spawn_scoped(scope, read).map_err(refused)?;
            thread.join().map_err(|_| refused("reading it failed"))
        })?;
        match start.get_error() {
            Some(reason) => Err(refused(in_one_line(&reason))),
            None => Ok(Schema {
                start,
                number,
                pieces: Arc::clone(&self.pieces),
            }),
        }
    }
}

impl Schema {
    /// The state before the first token. States share nothing, so no answer can use up another's limits.
    pub(crate) fn start(&self) -> SchemaState {
        SchemaState {
            matcher: self.start.deep_clone(),
            pieces: Arc::clone(&self.pieces),
            number: self.number,
        }
    }
}

impl SchemaState {
    /// Whether a token can come next. A number at its maximum of digits must end, even if the schema allows more.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] if the answer exceeds a limit; the methods below return it, too.
    pub(crate) fn admits(&mut self, token: LlamaToken) -> Result<bool, EngineError> {
        if self.pieces.ends().contains(&token) {
            return self.is_complete();
        }
        let piece = self.pieces.piece(token);
        if piece.is_empty() || self.number.after(piece).is_too_long() {
            return Ok(false);
        }
        let token = u32::try_from(token.0).map_err(failed)?;
        Ok(self.matcher.validate_tokens(&[token]).map_err(failed)? == 1)
    }

    /// All tokens that can come next.
    pub(crate) fn all_admitted(&mut self) -> Result<Vec<LlamaToken>, EngineError> {
        let ends = if self.is_complete()? { self.pieces.ends() } else { &[] };
        let mut written = Vec::new();
        if !self.matcher.is_stopped() {
            let mask = self.matcher.compute_mask().map_err(failed)?;
            let texts = (0..).zip(self.pieces.iter()).filter(|(_, piece)| !piece.is_empty());
            written.extend(texts.filter(|&(token, _)| mask.is_allowed(token)));
        }
        let mut tokens: Vec<LlamaToken> = ends.to_vec();
        let short = |piece: &[u8]| !self.number.after(piece).is_too_long();
        // If every token would exceed the limit, the schema prescribes the number, as with `const`: admit all of its digits.
        let has_short = !tokens.is_empty() || written.iter().any(|(_, piece)| short(piece));
        let offered = written.into_iter().filter(|(_, piece)| !has_short || short(piece));
        tokens.extend(offered.filter_map(|(token, _)| Some(LlamaToken(i32::try_from(token).ok()?))));
        Ok(tokens)
    }

    /// An end-of-text token, if nothing else can follow.
    pub(crate) fn forced_end(&self) -> Option<LlamaToken> {
        let is_over = self.matcher.is_stopped() && !self.matcher.is_error();
        self.pieces.ends().first().copied().filter(|_| is_over)
    }

    /// Advances by an admitted token. An end-of-text token changes nothing.
    pub(crate) fn accept(&mut self, token: LlamaToken) -> Result<(), EngineError> {
        if self.pieces.ends().contains(&token) {
            return Ok(());
        }
        self.number = self.number.after(self.pieces.piece(token));
        let token = u32::try_from(token.0).map_err(failed)?;
        self.matcher.consume_token(token).map_err(failed)
    }

    /// Whether the answer can end here.
    pub(super) fn is_complete(&mut self) -> Result<bool, EngineError> {
        if self.matcher.is_error() {
            return Err(failed(self.matcher.get_error().unwrap_or_default()));
        }
        Ok(self.matcher.is_stopped() || self.matcher.is_accepting().map_err(failed)?)
    }
}

/// A schema as the library reads it, with the limits of white space and escapes.
///
/// # Errors
///
/// [`EngineError::Grammar`] if it is not an object.
pub(super) fn as_schema(schema: &Value) -> Result<Value, EngineError> {
    let mut schema = schema.clone();
    if !schema.is_object() {
        return Err(refused("a schema must be an object"));
    }
    JsonCompileOptions {
        item_separator: ", ?".to_owned(),
        key_separator: ": ?".to_owned(),
        whitespace_flexible: false,
        json_allowed_escapes: Some("nrbtf\\\"".to_owned()),
        ..JsonCompileOptions::default()
    }
    .apply_to(&mut schema);
    Ok(schema)
}

/// The library's error in one line, without the state dump and the backtrace. An error in a pattern quotes the pattern first; its
/// last line has the reason.
fn in_one_line(reason: &str) -> String {
    let mut lines = reason.lines().map(str::trim).take_while(|line| !line.starts_with('<'));
    let first = lines.next().unwrap_or_default();
    let last = lines.find(|line| line.starts_with("error:"));
    let line = format!("{first} {}", last.unwrap_or_default());
    line.trim().chars().take(300).collect()
}

fn refused(error: impl std::fmt::Display) -> EngineError {
    EngineError::Grammar(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> EngineError {
    EngineError::Native {
        operation: "following the schema",
        reason: in_one_line(&error.to_string()),
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
pub(crate) mod tests;
