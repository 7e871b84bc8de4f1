//! A JSON schema as a grammar, through `llguidance`: the schema's text comes in, and which tokens may come next goes out. Every
//! schema and every answer is bounded: in the states of the lexer, in the work of a step, in blanks and in digits.
//!
//! An object's members come in the order of the schema, with at most one blank after a comma or a colon. A character is
//! escaped only where JSON demands it, so that every name has one spelling and `additionalProperties` cannot meet a name of `properties`.

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

/// Stack of the thread that reads a schema: `llguidance` recurses over it and along its references.
const STACK: usize = 64 << 20;

/// The most states of an answer's lexer, about 2 KiB each.
const LEXER_STATES: usize = 50_000;

/// Compiles schemas for the tokens of one model.
pub(crate) struct SchemaCompiler {
    factory: ParserFactory,
    pieces: Arc<Pieces>,
}

/// A schema that was read, at the beginning of an answer.
pub(crate) struct Schema {
    start: Matcher,
    pieces: Arc<Pieces>,
}

/// Where in a schema an answer is.
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
    /// [`EngineError::Grammar`] for a vocabulary without a token that ends a text.
    pub(crate) fn of(model: &LlamaModel) -> Result<Self, EngineError> {
        SchemaCompiler::new(Pieces::of(model))
    }

    /// A compiler for the 256 bytes: whether a schema can be kept does not depend on the model.
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
            // Few masks are computed, since a token is sampled first and only that one is checked.
            precompute_large_lexemes: false,
            verbose_errors: false,
            ..ParserLimits::default()
        };
        Ok(SchemaCompiler {
            factory,
            pieces: Arc::new(pieces),
        })
    }

    /// Reads a schema.
    ///
    /// # Errors
    ///
    /// [`EngineError::Grammar`] with what cannot be kept.
    pub(crate) fn compile(&self, schema: &Value) -> Result<Schema, EngineError> {
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
        let grammar = TopLevelGrammar::from_json_schema(schema);
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
                pieces: Arc::clone(&self.pieces),
            }),
        }
    }
}

impl Schema {
    /// The place before anything is written. Places share nothing, so that no answer can use up another's bounds.
    pub(crate) fn start(&self) -> SchemaState {
        SchemaState {
            matcher: self.start.deep_clone(),
            pieces: Arc::clone(&self.pieces),
            number: NumberLength::default(),
        }
    }
}

impl SchemaState {
    /// Whether a token can come next. A number that is long enough must end, even where the schema allows more digits.
    ///
    /// # Errors
    ///
    /// [`EngineError::Native`] where the answer goes beyond a bound, as in all that follow.
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
        // Only a value that the schema spells out has more digits; it must be written to its end.
        let has_short = !tokens.is_empty() || written.iter().any(|(_, piece)| short(piece));
        let offered = written.into_iter().filter(|(_, piece)| !has_short || short(piece));
        tokens.extend(offered.filter_map(|(token, _)| Some(LlamaToken(i32::try_from(token).ok()?))));
        Ok(tokens)
    }

    /// A token that ends the text, where nothing else can follow.
    pub(crate) fn forced_end(&self) -> Option<LlamaToken> {
        let is_over = self.matcher.is_stopped() && !self.matcher.is_error();
        self.pieces.ends().first().copied().filter(|_| is_over)
    }

    /// Goes on by a token that is admitted. Nothing follows one that ends the text.
    pub(crate) fn accept(&mut self, token: LlamaToken) -> Result<(), EngineError> {
        if self.pieces.ends().contains(&token) {
            return Ok(());
        }
        self.number = self.number.after(self.pieces.piece(token));
        let token = u32::try_from(token.0).map_err(failed)?;
        self.matcher.consume_token(token).map_err(failed)
    }

    fn is_complete(&mut self) -> Result<bool, EngineError> {
        if self.matcher.is_error() {
            return Err(failed(self.matcher.get_error().unwrap_or_default()));
        }
        Ok(self.matcher.is_stopped() || self.matcher.is_accepting().map_err(failed)?)
    }
}

/// What an error of the library says, without the state and the backtrace that it adds. A pattern's error draws the pattern
/// and the place, and says what is wrong in its last line.
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
